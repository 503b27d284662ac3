//! Markdown becomes blocks: headings, lines, lists, tables, code, each with its place in the text.
//!
//! Marks of emphasis are gone, code keeps its backticks. Two habits of writers are taken as what they mean: a paragraph
//! all in bold is a heading below all others, and a line that ends in a colon before a list is the list's caption.

mod build;
mod line;

use std::ops::Range;

pub(super) use build::{fenced, outline};
pub(super) use line::is_prose;

/// The level of a paragraph all in bold, below the six of Markdown.
pub(super) const BOLD_LEVEL: u8 = 7;

/// A piece of the document.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Block {
    pub kind: Kind,
    /// Bytes of the text.
    pub span: Range<usize>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Heading {
        level: u8,
        words: Words,
    },
    Lines(Vec<Words>),
    List {
        caption: Option<Words>,
        ordered: bool,
        items: Vec<Item>,
    },
    Table {
        head: Vec<Words>,
        rows: Vec<Vec<Words>>,
    },
    /// `line`: where the code itself begins, below its fence.
    Code {
        caption: Option<Words>,
        language: String,
        text: String,
        line: usize,
    },
}

/// An entry of a list.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Item {
    pub lines: Vec<Words>,
    pub inner: Vec<Block>,
}

/// A line of text without emphasis.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Words {
    pub text: String,
    /// How many bytes at the start are bold; 0 for none.
    pub bold: usize,
    /// 1-based.
    pub line: usize,
    /// The byte of the document where it starts.
    pub start: usize,
}

impl Block {
    /// Moves a block that was read on its own to where it stands: so many lines down, so many bytes on.
    fn shift(&mut self, lines: usize, bytes: usize) {
        self.span = self.span.start + bytes..self.span.end + bytes;
        let words = |words: &mut Words| {
            words.line += lines;
            words.start += bytes;
        };
        match &mut self.kind {
            Kind::Heading { words: heading, .. } => words(heading),
            Kind::Lines(all) => all.iter_mut().for_each(words),
            Kind::List { caption, items, .. } => {
                caption.iter_mut().for_each(words);
                for item in items {
                    item.lines.iter_mut().for_each(words);
                    item.inner.iter_mut().for_each(|block| block.shift(lines, bytes));
                }
            }
            Kind::Table { head, rows } => head.iter_mut().chain(rows.iter_mut().flatten()).for_each(words),
            Kind::Code { caption, line, .. } => {
                caption.iter_mut().for_each(words);
                *line += lines;
            }
        }
    }
}

impl Item {
    /// Returns the first line; an entry without text has an empty one.
    pub(super) fn first(&self) -> &str {
        self.lines.first().map_or("", |words| &words.text)
    }
}
