//! Code and other plain files, with line numbers.

use ratatui::style::Style;

use super::{Line, Page};
use crate::app::look::Meaning;
use crate::app::words;

/// Returns the page of a file.
pub fn page(text: &str, _extension: &str) -> Page {
    let count = text.lines().count();
    let digits = count.to_string().len();
    let lines = text
        .lines()
        .enumerate()
        .map(|(at, code)| {
            let mut line = Line { source: at + 1, fixed: false, hang: digits + 2, ..Line::default() };
            line.push(&format!("{:>digits$}  ", at + 1), Meaning::Dim, Style::default());
            line.push(&words::clean(&code.replace('\t', "    ")), Meaning::Code, Style::default());
            line
        })
        .collect();
    Page { lines, ..Page::default() }
}
