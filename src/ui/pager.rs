//! A document in its pane.

use std::path::Path;

use ratatui::layout::Rect;

use super::links;
use super::paint::{Brush, Piece, piece};
use super::zoom::draw_row;
use crate::screen::look::Meaning;
use crate::screen::page::{Row, Target};
use crate::screen::words;
use crate::screen::{Content, Pager};

/// Draws the document. `project`: what its links are relative to.
pub fn draw(brush: &mut Brush<'_>, place: Rect, project: &Path, pager: &Pager, focused: bool) {
    let meaning = if focused { Meaning::Focus } else { Meaning::Frame };
    let title = [piece(pager.title.clone(), Meaning::Strong)];
    let inside = brush.frame(place, meaning, &title, &position(pager));
    if inside.is_empty() {
        return;
    }
    match &pager.content {
        Content::Opening => {
            brush.pieces(inside.x, inside.y, inside.width, &[piece("opening", Meaning::Dim)]);
        }
        Content::Failed(why) => {
            let mut y = inside.y;
            for line in super::panel::wrapped(&words::clean(why), usize::from(inside.width)) {
                if y < inside.bottom() {
                    brush.pieces(inside.x, y, inside.width, &[piece(line, Meaning::Bad)]);
                    y += 1;
                }
            }
        }
        Content::Here if pager.rows.is_empty() => {
            let empty = if pager.filter.is_some() { "no line has that" } else { "it is empty" };
            brush.pieces(inside.x, inside.y, inside.width, &[piece(empty, Meaning::Dim)]);
        }
        Content::Here => draw_rows(brush, inside, project, pager),
    }
    brush.scroll_bar(place, pager.top, usize::from(inside.height), pager.rows.len());
    brush.on_edge(place, place.bottom() - 1, &state(pager), &[]);
}

fn draw_rows(brush: &mut Brush<'_>, place: Rect, project: &Path, pager: &Pager) {
    for (at, row) in pager.rows.iter().skip(pager.top).take(usize::from(place.height)).enumerate() {
        let y = place.y + at as u16;
        let line = &pager.page.lines[row.line];
        draw_row(brush, place.x, y, place.width, line, row, pager.left);
        mark(brush, place, y, pager, row);
        link(brush, place, y, project, pager, row);
    }
}

/// Marks the hits and the lit link of a row.
fn mark(brush: &mut Brush<'_>, place: Rect, y: u16, pager: &Pager, row: &Row) {
    let line = &pager.page.lines[row.line];
    let mut tint = |from: usize, to: usize, meaning: Meaning| {
        let (from, to) = (from.max(row.from), to.min(row.to));
        if from >= to {
            return;
        }
        let begin = (row.indent + words::width(&line.text[row.from..from])).saturating_sub(pager.left);
        let end = (row.indent + words::width(&line.text[row.from..to])).saturating_sub(pager.left);
        let (begin, end) = (begin.min(usize::from(place.width)) as u16, end.min(usize::from(place.width)) as u16);
        brush.tint(Rect { x: place.x + begin, y, width: end - begin, height: 1 }, meaning);
    };
    if let Some(find) = &pager.find {
        let first = find.hits.partition_point(|(line, _, _)| *line < row.line);
        for (at, (line, from, to)) in find.hits.iter().enumerate().skip(first) {
            if *line != row.line {
                break;
            }
            tint(*from, *to, if find.at == Some(at) { Meaning::ThisHit } else { Meaning::Hit });
        }
    }
    if let Some(link) = pager.link.and_then(|link| pager.page.links.get(link)).filter(|link| link.line == row.line) {
        tint(link.from, link.to, Meaning::Selected);
    }
}

/// Lets the terminal follow the links of a row, where it can.
fn link(brush: &mut Brush<'_>, place: Rect, y: u16, project: &Path, pager: &Pager, row: &Row) {
    let line = &pager.page.lines[row.line];
    let first = pager.page.links.partition_point(|link| link.line < row.line);
    for link in pager.page.links[first..].iter().take_while(|link| link.line == row.line) {
        let (from, to) = (link.from.max(row.from), link.to.min(row.to));
        if from >= to {
            continue;
        }
        let cell = |byte: usize| {
            let at = (row.indent + words::width(&line.text[row.from..byte])).saturating_sub(pager.left);
            at.min(usize::from(place.width)) as u16
        };
        let (begin, end) = (cell(from), cell(to));
        let address = match &link.target {
            Target::Web(address) => links::web(address),
            Target::File { path, .. } => links::file(project, path),
        };
        brush.link(Rect { x: place.x + begin, y, width: end - begin, height: 1 }, address);
    }
}

/// Where in the document the reader is.
fn position(pager: &Pager) -> Vec<Piece> {
    if pager.content != Content::Here {
        return Vec::new();
    }
    let text = if pager.is_whole() {
        let last = (pager.top + pager.height).min(pager.rows.len());
        match pager.rows.len() <= pager.height {
            true => String::new(),
            false => format!("{}%", last * 100 / pager.rows.len().max(1)),
        }
    } else {
        let of = words::bytes(pager.size);
        format!("{}–{} of {of}", words::bytes(pager.from), words::bytes(pager.end()))
    };
    if text.is_empty() { Vec::new() } else { vec![piece(text, Meaning::Dim)] }
}

/// What is on: search, filter, follow, raw, no wrapping.
fn state(pager: &Pager) -> Vec<Piece> {
    let mut words_on: Vec<Piece> = Vec::new();
    let mut put = |text: String, meaning: Meaning| {
        if !words_on.is_empty() {
            words_on.push(piece(" · ", Meaning::Dim));
        }
        words_on.push(piece(text, meaning));
    };
    if pager.follow {
        put("following".to_owned(), Meaning::Running);
    }
    if let Some(find) = &pager.find {
        let needle = words::fit(&words::clean(&find.needle), 24, "…");
        match (find.at, find.hits.len()) {
            (_, 0) => put(format!("/{needle} not found"), Meaning::Warm),
            (Some(at), all) => put(format!("/{needle} {}/{all}", at + 1), Meaning::Text),
            (None, all) => put(format!("/{needle} {all} hits"), Meaning::Text),
        }
    }
    if let Some(filter) = &pager.filter {
        put(format!("only lines with {}", words::fit(&words::clean(filter), 24, "…")), Meaning::Warm);
    }
    if pager.is_of_records {
        put("in words".to_owned(), Meaning::Dim);
    }
    if pager.raw {
        put("as written".to_owned(), Meaning::Text);
    }
    if !pager.wrap {
        put("not wrapped".to_owned(), Meaning::Text);
    }
    if let Some(link) = pager.link.and_then(|link| pager.page.links.get(link)) {
        let target = match &link.target {
            crate::screen::page::Target::Web(address) => address.clone(),
            crate::screen::page::Target::File { path, line } => {
                line.map_or_else(|| path.clone(), |line| format!("{path}:{line}"))
            }
        };
        put(words::clean(&target), Meaning::Link);
    }
    words_on
}
