//! The events of the Markdown parser become blocks.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::line::{declares_agent, ends_agents, is_heading, is_prose, is_whole, names_agent};
use super::{BOLD_LEVEL, Block, Item, Kind, Words};
use crate::plan::{field, path};

/// Lists nested deeper than this are read as lines of the entry they stand in, so that no text can make the tree deep.
const DEEPEST: usize = 12;

/// Returns the blocks of a document, in order.
pub(in crate::plan) fn outline(text: &str) -> Vec<Block> {
    build(text, false)
}

/// Returns the blocks of a text between fences; `line`: where its first line stands, `start`: at which byte.
///
/// Code inside of it is read as lines, so that no fence inside a fence can make the tree deep.
pub(in crate::plan) fn fenced(text: &str, line: usize, start: usize) -> Vec<Block> {
    let mut blocks = build(text, true);
    blocks.iter_mut().for_each(|block| block.shift(line - 1, start));
    blocks
}

fn build(text: &str, in_fence: bool) -> Vec<Block> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS | Options::ENABLE_STRIKETHROUGH;
    let mut builder = Builder {
        line_starts: std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect(),
        levels: vec![Level::default()],
        in_fence,
        ..Builder::default()
    };
    for (event, span) in Parser::new_ext(text, options).into_offset_iter() {
        builder.take(event, span);
    }
    builder.flush_lines();
    builder.levels.swap_remove(0).blocks
}

/// Blocks being gathered: of the document, or of the entry of a list.
#[derive(Default)]
struct Level {
    blocks: Vec<Block>,
    /// The entries and the start of the list that is open here.
    list: Option<(Vec<Item>, bool, usize)>,
    /// For an entry: its text.
    item_lines: Vec<Words>,
}

/// A table being read.
#[derive(Default)]
struct OpenTable {
    head: Vec<Words>,
    rows: Vec<Vec<Words>>,
    row: Vec<Words>,
}

#[derive(Default)]
struct Builder {
    line_starts: Vec<usize>,
    /// The document stands between fences itself.
    in_fence: bool,
    /// The last heading is a line that names an agent.
    below_agent_line: bool,
    /// The document, then the open entry of each open list.
    levels: Vec<Level>,
    /// Open lists that are too deep to be lists.
    too_deep: usize,
    lines: Vec<Words>,
    lines_span: Range<usize>,
    current: Words,
    current_open: bool,
    /// The line has a letter or digit already.
    current_speaks: bool,
    hard_break: bool,
    /// The last of `lines` is not continued by the next one.
    line_is_whole: bool,
    strong: usize,
    /// Where the open link leads.
    link: Option<String>,
    heading: Option<u8>,
    /// Its language (`None`: indented, not fenced), what it holds, and where.
    code: Option<(Option<String>, String, Range<usize>)>,
    table: Option<OpenTable>,
}

impl Builder {
    fn line_of(&self, at: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= at)
    }

    fn take(&mut self, event: Event<'_>, span: Range<usize>) {
        match event {
            Event::Start(tag) => self.open(tag, span),
            Event::End(tag) => self.close(tag, span),
            Event::Text(text) => match &mut self.code {
                Some((_, code, _)) => code.push_str(&text),
                None => self.write(&text, span),
            },
            Event::Code(code) => self.write(&format!("`{code}`"), span),
            Event::SoftBreak => self.end_line(false),
            Event::HardBreak => self.end_line(true),
            Event::InlineHtml(html) if html.get(..3).is_some_and(|tag| tag.eq_ignore_ascii_case("<br")) => {
                self.end_line(true);
            }
            Event::Rule => self.flush_lines(),
            Event::InlineHtml(_)
            | Event::Html(_)
            | Event::InlineMath(_)
            | Event::DisplayMath(_)
            | Event::FootnoteReference(_)
            | Event::TaskListMarker(_) => {}
        }
    }

    fn open(&mut self, tag: Tag<'_>, span: Range<usize>) {
        match tag {
            Tag::Heading { level, .. } => {
                self.flush_lines();
                self.heading = Some(level as u8);
            }
            Tag::Paragraph => self.flush_lines(),
            Tag::List(first) => {
                self.flush_lines();
                if self.levels.len() > DEEPEST {
                    self.too_deep += 1;
                } else {
                    self.level().list = Some((Vec::new(), first.is_some(), span.start));
                }
            }
            Tag::Item => {
                self.flush_lines();
                if self.too_deep == 0 {
                    self.levels.push(Level::default());
                }
            }
            Tag::CodeBlock(kind) => {
                self.flush_lines();
                let language = match kind {
                    CodeBlockKind::Fenced(info) => {
                        Some(info.split([' ', ',', '{']).next().unwrap_or("").to_lowercase())
                    }
                    CodeBlockKind::Indented => None,
                };
                self.code = Some((language, String::new(), span));
            }
            Tag::Table(_) => {
                self.flush_lines();
                self.table = Some(OpenTable::default());
            }
            Tag::Strong => self.strong += 1,
            Tag::Link { dest_url, .. } => self.link = Some(dest_url.into_string()),
            Tag::BlockQuote(_) | Tag::HtmlBlock => self.flush_lines(),
            Tag::TableHead
            | Tag::TableRow
            | Tag::TableCell
            | Tag::Emphasis
            | Tag::Strikethrough
            | Tag::Superscript
            | Tag::Subscript
            | Tag::Image { .. }
            | Tag::FootnoteDefinition(_)
            | Tag::DefinitionList
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition
            | Tag::MetadataBlock(_) => {}
        }
    }

    fn close(&mut self, tag: TagEnd, span: Range<usize>) {
        match tag {
            TagEnd::Heading(_) => {
                self.end_line(true);
                let lines = std::mem::take(&mut self.lines);
                if let (Some(level), Some(words)) = (self.heading.take(), joined(lines)) {
                    self.below_agent_line = false;
                    self.push(Block { kind: Kind::Heading { level, words }, span });
                }
            }
            TagEnd::Item => {
                self.flush_lines();
                if self.too_deep == 0 && self.levels.len() > 1 {
                    let level = self.levels.pop().expect("an open entry");
                    if let Some((items, ..)) = &mut self.level().list {
                        items.push(Item { lines: level.item_lines, inner: level.blocks });
                    }
                }
            }
            TagEnd::List(_) => {
                if self.too_deep > 0 {
                    self.too_deep -= 1;
                } else if let Some((items, ordered, start)) = self.level().list.take() {
                    let (mut caption, mut start) = self.caption(start);
                    if let Some(words) = caption.take_if(|words| self.below_agent_line && ends_agents(&words.text)) {
                        let end = words.start + words.text.len();
                        self.push(Block { kind: Kind::Heading { level: BOLD_LEVEL, words }, span: start..end });
                        self.below_agent_line = false;
                        start = end;
                    }
                    self.push(Block { kind: Kind::List { caption, ordered, items }, span: start..span.end });
                }
            }
            TagEnd::CodeBlock => {
                if let Some((language, text, span)) = self.code.take() {
                    self.code(language, text, span);
                }
            }
            TagEnd::TableCell => {
                self.end_line(true);
                let cell = joined(std::mem::take(&mut self.lines)).unwrap_or_default();
                if let Some(table) = &mut self.table {
                    table.row.push(cell);
                }
            }
            TagEnd::TableHead => {
                if let Some(table) = &mut self.table {
                    table.head = std::mem::take(&mut table.row);
                }
            }
            TagEnd::TableRow => {
                if let Some(table) = &mut self.table {
                    table.rows.push(std::mem::take(&mut table.row));
                }
            }
            TagEnd::Table => {
                if let Some(OpenTable { head, rows, .. }) = self.table.take() {
                    self.push(Block { kind: Kind::Table { head, rows }, span });
                }
            }
            TagEnd::Strong => self.strong = self.strong.saturating_sub(1),
            TagEnd::Link => self.link_target(span),
            TagEnd::Paragraph | TagEnd::BlockQuote(_) | TagEnd::HtmlBlock => self.flush_lines(),
            TagEnd::Emphasis
            | TagEnd::Strikethrough
            | TagEnd::Superscript
            | TagEnd::Subscript
            | TagEnd::Image
            | TagEnd::FootnoteDefinition
            | TagEnd::DefinitionList
            | TagEnd::DefinitionListTitle
            | TagEnd::DefinitionListDefinition
            | TagEnd::MetadataBlock(_) => {}
        }
    }

    fn level(&mut self) -> &mut Level {
        self.levels.last_mut().expect("the document is always open")
    }

    fn push(&mut self, block: Block) {
        self.level().blocks.push(block);
    }

    fn write(&mut self, text: &str, span: Range<usize>) {
        if !self.current_open {
            let line = self.line_of(span.start);
            self.current = Words { line, start: span.start, ..Words::default() };
            self.current_open = true;
            self.current_speaks = false;
        }
        // A sign before the bold words is no word.
        let all_bold_so_far = self.current.bold == self.current.text.len() || !self.current_speaks;
        self.current.text.push_str(text);
        if self.strong > 0 && all_bold_so_far {
            self.current.bold = self.current.text.len();
        }
        self.current_speaks |= text.contains(char::is_alphanumeric);
        self.lines_span.end = span.end;
    }

    /// Says where a link leads when it leads to a file: `the handbook (docs/handbook.md)`.
    fn link_target(&mut self, span: Range<usize>) {
        let Some(target) = self.link.take() else { return };
        let is_file = path::mentions(&target).first().is_some_and(|found| found.path == target);
        if is_file && self.current_open && !self.current.text.contains(&target) {
            self.write(&format!(" ({target})"), span);
        }
    }

    /// Ends a line of the source. A line that starts no new thought continues the one before.
    fn end_line(&mut self, hard: bool) {
        if std::mem::take(&mut self.current_open) {
            let words = std::mem::take(&mut self.current);
            let label = field::label(&words);
            let breaks =
                std::mem::take(&mut self.hard_break) || words.bold > 0 || label.is_some() || declares_agent(&words);
            match self.lines.last_mut() {
                Some(last) if !breaks && !self.line_is_whole => {
                    last.text.push(' ');
                    last.text.push_str(&words.text);
                }
                _ => {
                    self.line_is_whole = is_heading(&words)
                        || declares_agent(&words)
                        || label.is_some_and(|label| is_whole(label, &words));
                    self.lines.push(words);
                }
            }
        }
        self.hard_break = hard;
    }

    /// Ends a block of code. Agents between fences are agents: people keep whole prompts there.
    fn code(&mut self, language: Option<String>, text: String, span: Range<usize>) {
        // A fence has a line of its own.
        let line = self.line_of(span.start) + usize::from(language.is_some());
        let language = language.unwrap_or_default();
        let words =
            |(at, text): (usize, &str)| Words { text: text.trim().to_owned(), line: line + at, ..Words::default() };
        if self.in_fence {
            let lines: Vec<Words> =
                text.lines().enumerate().map(words).filter(|words| !words.text.is_empty()).collect();
            if !lines.is_empty() {
                self.push(Block { kind: Kind::Lines(lines), span });
            }
            return;
        }
        let in_item = self.levels.len() > 1;
        if !in_item && is_prose(&language) && text.lines().enumerate().map(words).any(|words| declares_agent(&words)) {
            let start = self.line_starts.get(line - 1).copied().unwrap_or(span.start);
            fenced(&text, line, start).into_iter().for_each(|block| self.push(block));
            return;
        }
        let (caption, start) = self.caption(span.start);
        self.push(Block { kind: Kind::Code { caption, language, text, line }, span: start..span.end });
    }

    /// Ends a paragraph.
    fn flush_lines(&mut self) {
        self.end_line(true);
        if self.heading.is_some() || self.table.is_some() {
            return;
        }
        let mut lines = std::mem::take(&mut self.lines);
        let Some(first) = lines.first() else { return };
        let span = first.start..self.lines_span.end;
        let in_item = self.levels.len() > 1;
        if in_item && self.level().blocks.is_empty() {
            self.level().item_lines.append(&mut lines);
        } else if in_item {
            self.push(Block { kind: Kind::Lines(lines), span });
        } else {
            self.paragraph(lines, span.end);
        }
    }

    /// Keeps a paragraph of the document: a line of it that names an agent is a heading for those below.
    fn paragraph(&mut self, mut lines: Vec<Words>, end: usize) {
        let alone = lines.len() == 1;
        while !lines.is_empty() {
            let opens = |words: &Words| declares_agent(words) || is_heading(words) && names_agent(words);
            let is_head = opens(&lines[0]) || alone && is_heading(&lines[0]);
            let count = if is_head { 1 } else { lines.iter().position(opens).unwrap_or(lines.len()) };
            let rest = lines.split_off(count);
            let span = lines[0].start..rest.first().map_or(end, |next| next.start);
            if is_head {
                self.below_agent_line = opens(&lines[0]);
            }
            let kind = match lines.pop() {
                Some(words) if is_head => Kind::Heading { level: BOLD_LEVEL, words },
                last => Kind::Lines(lines.into_iter().chain(last).collect()),
            };
            self.push(Block { kind, span });
            lines = rest;
        }
    }

    /// Takes the line that ends in a colon just before, and says where the block starts with it.
    fn caption(&mut self, start: usize) -> (Option<Words>, usize) {
        let level = self.level();
        let ends_in_colon = |words: &Words| words.text.trim_end().ends_with([':', '：']);
        let taken = match level.blocks.last_mut() {
            Some(Block { kind: Kind::Lines(lines), span }) => {
                let caption = lines.pop_if(|words| ends_in_colon(words));
                if let Some(caption) = &caption {
                    span.end = caption.start;
                }
                caption
            }
            Some(_) => None,
            None if level.item_lines.len() > 1 => level.item_lines.pop_if(|words| ends_in_colon(words)),
            None => None,
        };
        level.blocks.pop_if(|block| matches!(&block.kind, Kind::Lines(lines) if lines.is_empty()));
        let start = taken.as_ref().map_or(start, |caption| caption.start);
        (taken, start)
    }
}

fn joined(lines: Vec<Words>) -> Option<Words> {
    lines.into_iter().reduce(|mut all, next| {
        all.text.push(' ');
        all.text.push_str(&next.text);
        all
    })
}
