//! Urgent issues, newest first.

use std::path::Path;

use chrono::FixedOffset;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::links;
use super::paint::{Brush, Piece, piece, width_of};
use super::panel::wrapped;
use crate::run::{Entry, Run};
use crate::screen::layout::first_shown;
use crate::screen::look::{Meaning, severity};
use crate::screen::words;

/// Draws entries of the feed, given by their places in it.
pub fn draw(
    brush: &mut Brush<'_>,
    place: Rect,
    run: &Run,
    entries: &[usize],
    selected: Option<usize>,
    offset: FixedOffset,
) {
    if entries.is_empty() {
        brush.pieces(place.x, place.y, place.width, &[piece("nothing so far", Meaning::Dim)]);
        return;
    }
    let at = selected.and_then(|entry| entries.iter().position(|other| *other == entry)).unwrap_or(0);
    // About three lines an entry: begin so that the selected one is in sight.
    let shown = (usize::from(place.height) / 3).max(1);
    let first = first_shown(at, shown, entries.len());
    let mut y = place.y;
    for index in &entries[first..] {
        if y >= place.bottom() {
            break;
        }
        let room = Rect { y, height: place.bottom() - y, ..place };
        let entry = &run.feed.entries[*index];
        let height = draw_entry(brush, room, &run.project, entry, selected == Some(*index), offset);
        y += height;
    }
}

/// Draws one entry; returns the lines it took.
fn draw_entry(
    brush: &mut Brush<'_>,
    place: Rect,
    project: &Path,
    entry: &Entry,
    selected: bool,
    offset: FixedOffset,
) -> u16 {
    let meaning = Meaning::of_severity(entry.severity);
    let clock = entry.at.with_timezone(&offset).format("%H:%M").to_string();
    let bold = if entry.read { Style::default() } else { Style::default().add_modifier(Modifier::BOLD) };
    let symbol = if entry.read { brush.symbols.pick("△", "!") } else { brush.symbols.urgent() };
    let head = [
        piece(format!("{symbol} "), meaning),
        piece(format!("{clock} "), Meaning::Dim),
        Piece { text: words::clean(&entry.source), meaning: Meaning::Strong, style: bold },
        piece(format!("  {}", severity(entry.severity)), meaning),
    ];
    brush.line(place, place.y, &head, &[]);
    let mut y = place.y + 1;
    let text = if entry.read { Meaning::Dim } else { Meaning::Text };
    let inside = usize::from(place.width.saturating_sub(2));
    let lines = wrapped(&words::clean(&entry.text), inside);
    let most = if selected { 8 } else { 2 };
    for (at, line) in lines.iter().take(most).enumerate() {
        if y >= place.bottom() {
            break;
        }
        let cut = at + 1 == most && lines.len() > most;
        let line = if cut {
            words::fit(&format!("{line} {}", lines[at + 1]), inside, brush.symbols.ellipsis())
        } else {
            line.clone()
        };
        brush.pieces(place.x + 2, y, place.width - 2, &[piece(line, text)]);
        y += 1;
    }
    if let Some(file) = &entry.file
        && y < place.bottom()
    {
        let line = entry.line.map_or_else(String::new, |line| format!(":{line}"));
        let shown = words::fit_path(
            &format!("{}{line}", words::clean(file)),
            inside.saturating_sub(2),
            brush.symbols.ellipsis(),
        );
        let enter = if selected { brush.symbols.enter() } else { "" };
        let left = [piece(shown, Meaning::Link)];
        let width = width_of(&left) as u16;
        brush.line(Rect { x: place.x + 2, width: place.width - 2, ..place }, y, &left, &[piece(enter, Meaning::Key)]);
        brush.link(Rect { x: place.x + 2, y, width, height: 1 }, links::file(project, file));
        y += 1;
    }
    if selected {
        brush.tint(Rect { height: y - place.y, ..place }, Meaning::Selected);
    }
    y - place.y
}
