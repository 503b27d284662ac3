//! What keys do to a document: scroll, search, jump, follow links.

use super::doc::{Doc, STRETCH};
use super::intent::Intent;
use super::pager::{Content, Find, Pager, Why};
use crate::screen::page::Target;

/// How far a scroll goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scroll {
    Lines(isize),
    Page(isize),
    HalfPage(isize),
    Top,
    Bottom,
}

impl Pager {
    /// Scrolls; asks for the stretch beyond if there is one.
    pub fn scroll(&mut self, by: Scroll) -> Vec<Intent> {
        let page = self.height.saturating_sub(2).max(1) as isize;
        let lines = match by {
            Scroll::Lines(lines) => lines,
            Scroll::Page(pages) => pages * page,
            Scroll::HalfPage(halves) => halves * (page / 2).max(1),
            Scroll::Top => {
                self.follow = false;
                self.top = 0;
                return if self.from > 0 { self.ask(Why::First, 0) } else { Vec::new() };
            }
            Scroll::Bottom => {
                self.follow = self.doc.grows();
                self.top = self.last_top();
                let begin = self.size.saturating_sub(STRETCH);
                return if self.end() < self.size { self.ask(Why::Last, begin) } else { Vec::new() };
            }
        };
        let wanted = self.top.saturating_add_signed(lines);
        self.top = wanted.min(self.last_top());
        // Whoever scrolls up reads; who comes to the end again follows again.
        if lines < 0 {
            self.follow = false;
        } else if self.doc.grows() && wanted >= self.last_top() && self.end() >= self.size {
            self.follow = true;
        }
        if lines < 0 && self.top == 0 && self.from > 0 {
            return self.ask(Why::Before, self.from.saturating_sub(STRETCH / 2));
        }
        if lines > 0 && wanted >= self.last_top() && self.end() < self.size {
            return self.ask(Why::After, self.end().saturating_sub(STRETCH / 2));
        }
        Vec::new()
    }

    /// Scrolls sideways, where lines are not wrapped.
    pub fn sideways(&mut self, cells: isize) {
        let longest = self.page.lines.iter().map(|line| line.text.len()).max().unwrap_or(0);
        self.left = self.left.saturating_add_signed(cells).min(longest.saturating_sub(self.width / 2));
    }

    /// Searches from where the reader is.
    pub fn search(&mut self, needle: &str) -> Vec<Intent> {
        if needle.is_empty() {
            self.find = None;
            return Vec::new();
        }
        self.find = Some(Find { needle: needle.to_owned(), hits: self.page.hits(needle), at: None });
        self.hit_or_on(true)
    }

    /// Goes to the next or previous hit, beyond what is here if need be.
    pub fn next_hit(&mut self, forward: bool) -> Vec<Intent> {
        let Some(find) = &mut self.find else { return Vec::new() };
        let next = match (find.at, forward) {
            (Some(at), true) => at.checked_add(1).filter(|next| *next < find.hits.len()),
            (Some(at), false) => at.checked_sub(1),
            (None, _) => return self.hit_or_on(forward),
        };
        match next {
            Some(next) => {
                find.at = Some(next);
                self.show_hit();
                Vec::new()
            }
            None => self.beyond(forward),
        }
    }

    /// Goes to the first hit from here on, or asks for what is beyond.
    pub(super) fn hit_or_on(&mut self, forward: bool) -> Vec<Intent> {
        let here = self.rows.get(self.top).map_or((0, 0), |row| (row.line, row.from));
        let Some(find) = &mut self.find else { return Vec::new() };
        let at = if forward {
            let at = find.hits.partition_point(|(line, from, _)| (*line, *from) < here);
            // A stretch that was asked for is searched from its beginning.
            (at < find.hits.len()).then_some(at)
        } else {
            find.hits.len().checked_sub(1)
        };
        match at {
            Some(at) => {
                find.at = Some(at);
                self.show_hit();
                Vec::new()
            }
            None => self.beyond(forward),
        }
    }

    fn beyond(&mut self, forward: bool) -> Vec<Intent> {
        if forward && self.end() < self.size {
            self.top = 0;
            return self.ask(Why::HitAfter, self.end());
        }
        if !forward && self.from > 0 {
            return self.ask(Why::HitBefore, self.from.saturating_sub(STRETCH));
        }
        // All is here: round to the other end.
        if let Some(find) = &mut self.find
            && !find.hits.is_empty()
            && self.from == 0
        {
            find.at = Some(if forward { 0 } else { find.hits.len() - 1 });
            self.show_hit();
        }
        Vec::new()
    }

    fn show_hit(&mut self) {
        let Some((line, from, _)) = self.find.as_ref().and_then(|find| find.hits.get(find.at?).copied()) else {
            return;
        };
        self.show(line, from);
    }

    /// Brings a place into view, if it is not.
    pub fn show(&mut self, line: usize, byte: usize) {
        let row = self.row_of(line, byte);
        self.follow = false;
        if !(self.top..self.top + self.height).contains(&row) {
            self.top = row.saturating_sub(self.height / 3);
        }
        self.stay_inside();
    }

    /// Jumps to the heading after or before the top.
    pub fn next_heading(&mut self, forward: bool) {
        let here = self.rows.get(self.top).map_or(0, |row| row.line);
        let next = if forward {
            self.page.headings.iter().find(|heading| heading.line > here)
        } else {
            self.page.headings.iter().rev().find(|heading| heading.line < here)
        };
        if let Some(line) = next.map(|heading| heading.line) {
            self.jump(line);
        }
    }

    /// Puts a line at the top.
    pub fn jump(&mut self, line: usize) {
        self.follow = false;
        self.top = self.row_of(line, 0);
        self.stay_inside();
    }

    /// Lights the next or previous link, beginning with what is in view.
    pub fn next_link(&mut self, forward: bool) {
        let count = self.page.links.len();
        if count == 0 {
            return;
        }
        let here = self.rows.get(self.top).map_or(0, |row| row.line);
        let next = match (self.link, forward) {
            (Some(link), true) => (link + 1) % count,
            (Some(link), false) => (link + count - 1) % count,
            (None, true) => self.page.links.iter().position(|link| link.line >= here).unwrap_or(0),
            (None, false) => self.page.links.iter().rposition(|link| link.line <= here).unwrap_or(count - 1),
        };
        self.link = Some(next);
        let (line, from) = (self.page.links[next].line, self.page.links[next].from);
        self.show(line, from);
    }

    /// Returns where the lit link leads.
    pub fn lit(&self) -> Option<&Target> {
        Some(&self.page.links.get(self.link?)?.target)
    }

    /// Turns wrapping on or off, and stays at the same place.
    pub fn toggle_wrap(&mut self) {
        self.wrap = !self.wrap;
        self.left = 0;
        self.again();
    }

    /// Shows the text as it is written, or as it is meant.
    pub fn toggle_raw(&mut self) {
        self.raw = !self.raw;
        let source = self.source_line().unwrap_or(1) as usize;
        self.lay_out();
        let line = self.page.lines.partition_point(|line| line.source < source);
        self.top = self.row_of(line, 0);
        self.stay_inside();
    }

    /// Shows only lines with this text; an empty one: all.
    pub fn set_filter(&mut self, text: &str) {
        self.filter = (!text.is_empty()).then(|| text.to_owned());
        self.again();
    }

    fn again(&mut self) {
        let at = self.rows.get(self.top).map(|row| (row.line, row.from));
        self.lay_out();
        self.top = at.map_or(0, |(line, from)| self.row_of(line, from));
        self.stay_inside();
    }

    fn ask(&mut self, why: Why, from: u64) -> Vec<Intent> {
        if self.asked.is_some() || self.content != Content::Here {
            return Vec::new();
        }
        self.asked = Some(why);
        vec![Intent::Read { doc: self.doc.clone(), from, len: STRETCH }]
    }

    /// Returns the document a link of this one leads to.
    pub fn linked(&self, target: &Target) -> Result<Doc, String> {
        match target {
            Target::Web(address) => Err(address.clone()),
            Target::File { path, line } => Ok(Doc::File { path: path.clone(), line: *line }),
        }
    }
}
