//! A table fits the width: its widest columns give way first, and their cells wrap.

use ratatui::style::{Modifier, Style};

use super::wrap::wrap;
use super::{Line, Row};
use crate::screen::look::Meaning;
use crate::screen::words;

/// Rows of cells; the first is the head.
pub struct Table {
    pub rows: Vec<Vec<String>>,
    pub source: usize,
}

impl Table {
    /// Appends the lines of the table to a page.
    pub fn lay_out(&self, width: usize, ascii: bool, lines: &mut Vec<Line>) {
        let widths = self.widths(width);
        for (at, cells) in self.rows.iter().enumerate() {
            let head = at == 0;
            self.lay_out_row(cells, &widths, head, ascii, lines);
            if head {
                let (line, cross) = if ascii { ("-", "-+-") } else { ("─", "─┼─") };
                let rule: Vec<String> = widths.iter().map(|width| line.repeat(*width)).collect();
                lines.push(self.line(&rule.join(cross), Meaning::Dim, Style::default()));
            }
        }
    }

    fn lay_out_row(&self, cells: &[String], widths: &[usize], head: bool, ascii: bool, lines: &mut Vec<Line>) {
        let wrapped: Vec<Vec<String>> = widths
            .iter()
            .enumerate()
            .map(|(at, width)| wrapped(cells.get(at).map_or("", String::as_str), *width))
            .collect();
        let height = wrapped.iter().map(Vec::len).max().unwrap_or(1);
        let (meaning, style) = if head {
            (Meaning::Strong, Style::default().add_modifier(Modifier::BOLD))
        } else {
            (Meaning::Text, Style::default())
        };
        let between = if ascii { " | " } else { " │ " };
        for part in 0..height {
            let mut line = self.line("", Meaning::Text, Style::default());
            for (at, width) in widths.iter().enumerate() {
                if at > 0 {
                    line.push(between, Meaning::Dim, Style::default());
                }
                let text = wrapped[at].get(part).map_or("", String::as_str);
                line.push(text, meaning, style);
                let fill = if at + 1 == widths.len() { 0 } else { width.saturating_sub(words::width(text)) };
                line.push(&" ".repeat(fill), Meaning::Text, Style::default());
            }
            lines.push(line);
        }
    }

    fn line(&self, text: &str, meaning: Meaning, style: Style) -> Line {
        let mut line = Line { source: self.source, fixed: true, ..Line::default() };
        line.push(text, meaning, style);
        line
    }

    /// Returns the width of every column: what its cells want, less what is too much in all.
    fn widths(&self, width: usize) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let wanted = |column: usize| {
            self.rows.iter().filter_map(|row| row.get(column)).map(|cell| words::width(cell)).max().unwrap_or(0).max(1)
        };
        let mut widths: Vec<usize> = (0..columns).map(wanted).collect();
        let room = width.saturating_sub(3 * columns.saturating_sub(1)).max(columns * 4);
        while widths.iter().sum::<usize>() > room {
            let over = widths.iter().sum::<usize>() - room;
            let widest = *widths.iter().max().expect("a table has columns");
            let next = widths.iter().copied().filter(|width| *width < widest).max().unwrap_or(1);
            let of_them = widths.iter().filter(|width| **width == widest).count();
            let less = (widest - next).min(over.div_ceil(of_them)).max(1);
            for width in widths.iter_mut().filter(|width| **width == widest) {
                *width -= less;
            }
        }
        widths
    }
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let line = Line { text: text.to_owned(), ..Line::default() };
    let mut rows: Vec<Row> = Vec::new();
    wrap(&line, 0, width, &mut rows);
    rows.iter().map(|row| text[row.from..row.to].to_owned()).collect()
}
