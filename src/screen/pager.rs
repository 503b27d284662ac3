//! A document that is being read: what of it is here, how it is wrapped, and where the reader is.
//!
//! Up to 4 MB are here whole. Of a longer file a stretch is here; reading past its end asks for the next one, so a
//! log of 100 MB opens at once. `reading` has what the keys do.

use super::doc::{Doc, Document, STRETCH};
use super::intent::Intent;
use crate::screen::page::{Format, Page, Row};

/// Up to so many bytes a log of records is read again as a whole when it grows: what is told in pieces is one text then.
const AGAIN: usize = 1024 * 1024;

/// A document and its reader.
#[derive(Debug, Clone)]
pub struct Pager {
    pub doc: Doc,
    pub title: String,
    pub content: Content,
    pub page: Page,
    pub rows: Vec<Row>,
    /// The row at the top.
    pub top: usize,
    /// Cells scrolled sideways.
    pub left: usize,
    pub wrap: bool,
    pub raw: bool,
    /// Stays at the end as it grows.
    pub follow: bool,
    pub find: Option<Find>,
    pub filter: Option<String>,
    /// The link that is lit.
    pub link: Option<usize>,
    /// Where it was found, once it is here.
    pub path: String,
    pub size: u64,
    pub from: u64,
    format: Format,
    bytes: Vec<u8>,
    ascii: bool,
    /// A log of records, shown in words.
    pub is_of_records: bool,
    /// Cells of the text.
    pub(super) width: usize,
    pub height: usize,
    /// Once it is here: go to this line of the file.
    go_to: Option<u32>,
    /// A stretch is asked for.
    pub(super) asked: Option<Why>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    Opening,
    /// Why it cannot be read.
    Failed(String),
    Here,
}

/// A search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Find {
    pub needle: String,
    /// Line and byte offsets, in order.
    pub hits: Vec<(usize, usize, usize)>,
    /// The hit at which the reader is.
    pub at: Option<usize>,
}

/// Why another stretch is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    Open,
    Before,
    After,
    First,
    Last,
    HitAfter,
    HitBefore,
}

impl Pager {
    /// Returns a pager that waits for its document.
    pub fn opening(doc: Doc, title: String, ascii: bool) -> Pager {
        let go_to = match &doc {
            Doc::File { line, .. } => *line,
            _ => None,
        };
        Pager {
            follow: doc.grows(),
            title,
            content: Content::Opening,
            page: Page::default(),
            rows: Vec::new(),
            top: 0,
            left: 0,
            wrap: true,
            raw: false,
            find: None,
            filter: None,
            link: None,
            path: String::new(),
            size: 0,
            from: 0,
            format: Format::Log,
            bytes: Vec::new(),
            ascii,
            is_of_records: false,
            width: 80,
            height: 20,
            go_to,
            asked: Some(Why::Open),
            doc,
        }
    }

    /// Takes in the document, a stretch of it, or why there is none.
    pub fn opened(&mut self, content: Result<Document, String>) -> Vec<Intent> {
        let document = match content {
            Ok(document) => document,
            Err(why) => {
                if self.content != Content::Here {
                    self.content = Content::Failed(why);
                }
                self.asked = None;
                return Vec::new();
            }
        };
        self.path = document.path.to_string_lossy().into_owned();
        self.format = self.doc.format(&self.path);
        let goes_on =
            self.content == Content::Here && document.from == self.end() && self.from + 8 * STRETCH > document.end();
        let anchor = self.anchor();
        self.size = document.size;
        let why = self.asked.take();
        if goes_on && why.is_none_or(|why| why == Why::After) {
            self.append(&document.bytes);
            return Vec::new();
        }
        self.content = Content::Here;
        self.from = document.from;
        self.bytes = document.bytes;
        self.lay_out();
        self.settle(why, anchor)
    }

    /// Fits the text into so many cells.
    pub fn resize(&mut self, width: usize, height: usize) {
        self.height = height.max(1);
        if self.width != width.max(2) {
            let at = self.rows.get(self.top).map(|row| (row.line, row.from));
            self.width = width.max(2);
            if self.content == Content::Here {
                self.lay_out();
                if let Some((line, from)) = at {
                    self.top = self.row_of(line, from);
                }
            }
        }
        self.stay_inside();
    }

    /// Returns the last row that may stand at the top.
    pub fn last_top(&self) -> usize {
        self.rows.len().saturating_sub(self.height)
    }

    /// Returns the offset at which what is here ends.
    pub fn end(&self) -> u64 {
        self.from + self.bytes.len() as u64
    }

    /// Returns whether all of it is here.
    pub fn is_whole(&self) -> bool {
        self.from == 0 && self.end() >= self.size
    }

    /// Returns what is here as it is written, without what a terminal would obey.
    pub fn text(&self) -> String {
        self.page.lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n")
    }

    /// Returns the line of the file at the top.
    pub fn source_line(&self) -> Option<u32> {
        let row = self.rows.get(self.top)?;
        u32::try_from(self.page.lines[row.line].source).ok()
    }

    /// Reads the bytes again: after another width, another view, another stretch.
    pub(super) fn lay_out(&mut self) {
        let is_log = matches!(self.doc, Doc::Log { .. }) && !self.raw;
        let records = if is_log { Page::records(&self.bytes, 0) } else { None };
        self.is_of_records = records.is_some();
        let plain = || Page::read(&self.bytes, &self.format, self.width, self.raw, self.ascii);
        self.page = records.unwrap_or_else(plain);
        self.rows = self.page.rows(self.width, self.wrap);
        if let Some(filter) = &self.filter {
            let kept: std::collections::BTreeSet<usize> =
                self.page.hits(filter).into_iter().map(|(line, _, _)| line).collect();
            self.rows.retain(|row| kept.contains(&row.line));
        }
        if let Some(find) = &mut self.find {
            find.hits = self.page.hits(&find.needle);
            find.at = find.at.filter(|at| *at < find.hits.len());
        }
        self.link = self.link.filter(|link| *link < self.page.links.len());
    }

    /// Returns the row in which a byte of a line stands.
    pub(super) fn row_of(&self, line: usize, byte: usize) -> usize {
        self.rows.partition_point(|row| (row.line, row.from) <= (line, byte)).saturating_sub(1)
    }

    pub(super) fn stay_inside(&mut self) {
        self.top = if self.follow { self.last_top() } else { self.top.min(self.last_top()) };
    }

    /// Takes in what a log has grown by.
    fn append(&mut self, more: &[u8]) {
        if more.is_empty() {
            return;
        }
        let partial = self.bytes.last().is_some_and(|last| *last != b'\n');
        let old = self.bytes.len();
        self.bytes.extend_from_slice(more);
        let is_short = self.bytes.len() <= AGAIN;
        if self.is_of_records && !is_short && self.filter.is_none() {
            return self.append_records(old);
        }
        if self.filter.is_some() || self.is_of_records || self.format != Format::Log {
            self.lay_out();
            self.stay_inside();
            return;
        }
        let begins = if partial {
            let last = self.page.lines.len().saturating_sub(1);
            self.page.lines.truncate(last);
            self.rows.retain(|row| row.line < last);
            self.page.links.retain(|link| link.line < last);
            let old = self.bytes.len() - more.len();
            self.bytes[..old].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1)
        } else {
            self.bytes.len() - more.len()
        };
        let first = self.page.lines.len();
        let mut new = Page::read(&self.bytes[begins..], &self.format, self.width, self.raw, self.ascii);
        for line in &mut new.lines {
            line.source += first;
        }
        for link in &mut new.links {
            link.line += first;
        }
        self.join(new, first);
    }

    /// Takes in the whole records that came after `old` bytes.
    fn append_records(&mut self, old: usize) {
        let begins = self.bytes[..old].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let last = self.page.lines.last().map_or(0, |line| line.source);
        let Some(mut new) = Page::records(&self.bytes[begins..], last) else { return };
        let first = self.page.lines.len();
        for link in &mut new.links {
            link.line += first;
        }
        self.join(new, first);
    }

    /// Adds the lines of another page behind the `first` that are here; its links count from the whole page already.
    fn join(&mut self, mut new: Page, first: usize) {
        let mut rows = new.rows(self.width, self.wrap);
        for row in &mut rows {
            row.line += first;
        }
        if let Some(find) = &mut self.find {
            find.hits.retain(|(line, _, _)| *line < first);
            find.hits.extend(new.hits(&find.needle).into_iter().map(|(line, from, to)| (line + first, from, to)));
        }
        self.page.lines.append(&mut new.lines);
        self.page.links.append(&mut new.links);
        self.rows.append(&mut rows);
        self.stay_inside();
    }

    /// Returns the byte of the file at which the top line begins.
    fn anchor(&self) -> u64 {
        let source = self.source_line().unwrap_or(1) as usize;
        let line = source.saturating_sub(1);
        let mut breaks = self.bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
        let begins = if line == 0 { 0 } else { breaks.nth(line - 1).unwrap_or(0) };
        self.from + begins as u64
    }

    /// Goes where the reader wanted to be, now that the stretch is here.
    fn settle(&mut self, why: Option<Why>, anchor: u64) -> Vec<Intent> {
        match why {
            Some(Why::Open) | None => {
                if let Some(line) = self.go_to.take() {
                    let at = self.page.lines.partition_point(|other| other.source < line as usize);
                    self.top = self.row_of(at, 0).saturating_sub(self.height / 3);
                    self.follow = false;
                }
            }
            Some(Why::Before | Why::After) => {
                let inside = anchor.saturating_sub(self.from) as usize;
                let line = self.bytes[..inside.min(self.bytes.len())].iter().filter(|byte| **byte == b'\n').count();
                let at = self.page.lines.partition_point(|other| other.source <= line);
                self.top = self.row_of(at, 0);
            }
            Some(Why::First) => self.top = 0,
            Some(Why::Last) => self.top = self.last_top(),
            Some(Why::HitAfter) => return self.hit_or_on(true),
            Some(Why::HitBefore) => return self.hit_or_on(false),
        }
        self.stay_inside();
        Vec::new()
    }
}
