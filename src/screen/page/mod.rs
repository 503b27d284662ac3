//! A document as it is read on the screen: lines with their meaning, headings to jump to, links to follow.
//!
//! `markdown` and `log` make a [`Page`] from what is in a file; `rows` wraps its lines to a width. Nothing of a
//! document that a terminal could obey survives: every text passes [`words::clean`](super::words::clean) or its like.

mod code;
mod links;
mod log;
mod markdown;
mod table;
mod wrap;

use ratatui::style::Style;

use super::look::Meaning;
pub use links::Target;

/// A document, ready to be wrapped and drawn.
#[derive(Debug, Clone, Default)]
pub struct Page {
    pub lines: Vec<Line>,
    pub headings: Vec<Heading>,
    pub links: Vec<Link>,
}

/// One line before wrapping.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Line {
    pub text: String,
    /// In order; each reaches from where the one before ends to its own `to`.
    pub marks: Vec<Mark>,
    /// The line of the file it comes from, 1-based.
    pub source: usize,
    /// By how many cells what is wrapped is set in.
    pub hang: usize,
    /// Never wrapped: tables, code, rules.
    pub fixed: bool,
}

/// A stretch of a line and what it means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mark {
    /// Byte offset at which it ends.
    pub to: usize,
    pub meaning: Meaning,
    /// Over the style of the meaning: bold, italics, the colours that an agent printed.
    pub style: Style,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// 1 to 6.
    pub level: u8,
    pub text: String,
    pub line: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub line: usize,
    /// Byte offsets in the line's text.
    pub from: usize,
    pub to: usize,
    pub target: Target,
}

/// A stretch of a line that fits the width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    pub line: usize,
    pub from: usize,
    pub to: usize,
    /// Blank cells before it.
    pub indent: usize,
}

/// How a document is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    Markdown,
    /// Output of a program, with its colours.
    Log,
    /// Anything else, by its file extension.
    Code(String),
}

impl Format {
    /// Returns how a file of this name is read.
    pub fn of(path: &str) -> Format {
        match path.rsplit(['/', '\\']).next().unwrap_or(path).rsplit_once('.') {
            Some((_, "md" | "markdown")) => Format::Markdown,
            Some((_, "log")) | None => Format::Log,
            Some((_, extension)) => Format::Code(extension.to_lowercase()),
        }
    }
}

impl Page {
    /// Returns the page of a document. `width` matters for tables and rules only; `raw` shows the text as written.
    pub fn read(bytes: &[u8], format: &Format, width: usize, raw: bool, ascii: bool) -> Page {
        let mut page = match format {
            Format::Markdown if !raw => markdown::page(&String::from_utf8_lossy(bytes), width, ascii),
            Format::Markdown => log::page(bytes, true),
            Format::Log => log::page(bytes, raw),
            Format::Code(extension) => code::page(&String::from_utf8_lossy(bytes), extension),
        };
        page.find_files();
        page
    }

    /// Returns the page of a log of records, in words; `None`: it is none, and read as any log.
    ///
    /// What follows the last whole line is left for later: half a record says nothing. `first`: lines of the file
    /// before these.
    pub fn records(bytes: &[u8], first: usize) -> Option<Page> {
        let mut page = log::records(bytes, first)?;
        page.find_files();
        Some(page)
    }

    /// Returns a page of plain text, a line a line.
    pub fn plain(text: &str) -> Page {
        log::page(text.as_bytes(), true)
    }

    /// Returns the rows of the page: wrapped to the width, or one a line.
    pub fn rows(&self, width: usize, wrap: bool) -> Vec<Row> {
        let mut rows = Vec::with_capacity(self.lines.len());
        for (at, line) in self.lines.iter().enumerate() {
            if wrap && !line.fixed {
                wrap::wrap(line, at, width, &mut rows);
            } else {
                rows.push(Row { line: at, from: 0, to: line.text.len(), indent: 0 });
            }
        }
        rows
    }

    /// Returns every place of a text, as line and byte offsets; capital letters matter if it has some.
    pub fn hits(&self, needle: &str) -> Vec<(usize, usize, usize)> {
        if needle.is_empty() {
            return Vec::new();
        }
        let exact = needle.chars().any(char::is_uppercase);
        let Ok(pattern) = regex::RegexBuilder::new(&regex::escape(needle)).case_insensitive(!exact).build() else {
            return Vec::new();
        };
        let hits_of = |(at, line): (usize, &Line)| -> Vec<(usize, usize, usize)> {
            pattern.find_iter(&line.text).map(|hit| (at, hit.start(), hit.end())).collect()
        };
        self.lines.iter().enumerate().flat_map(hits_of).collect()
    }
}

impl Line {
    /// Appends a text that means something.
    pub fn push(&mut self, text: &str, meaning: Meaning, style: Style) {
        if text.is_empty() {
            return;
        }
        self.text.push_str(text);
        let to = self.text.len();
        match self.marks.last_mut() {
            Some(last) if last.meaning == meaning && last.style == style => last.to = to,
            _ => self.marks.push(Mark { to, meaning, style }),
        }
    }

    /// Returns the stretches of a part of the line.
    pub fn spans(&self, from: usize, to: usize) -> impl Iterator<Item = (&str, Meaning, Style)> {
        let mut start = 0;
        self.marks.iter().filter_map(move |mark| {
            let (begin, end) = (start.max(from), mark.to.min(to));
            start = mark.to;
            (begin < end).then(|| (&self.text[begin..end], mark.meaning, mark.style))
        })
    }

    /// Gives a part of the line another meaning.
    pub fn remark(&mut self, from: usize, to: usize, meaning: Meaning) {
        let mut marks = Vec::with_capacity(self.marks.len() + 2);
        let mut start = 0;
        for mark in &self.marks {
            for (end, inside) in [(mark.to.min(from), false), (mark.to.min(to), true), (mark.to, false)] {
                if end > start {
                    let meaning = if inside { meaning } else { mark.meaning };
                    marks.push(Mark { to: end, meaning, style: mark.style });
                    start = end;
                }
            }
        }
        self.marks = marks;
    }
}
