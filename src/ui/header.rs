//! The first line: does anything need me, is everything alive, how far is the whole?

use chrono::{DateTime, FixedOffset};
use ratatui::layout::Rect;

use super::paint::{Brush, Piece, piece, width_of};
use crate::run::Run;
use crate::scheduler::{Time, Word};
use crate::screen::feed;
use crate::screen::look::Meaning;
use crate::screen::tally::Tally;
use crate::screen::words;

/// Draws the header.
pub fn draw(brush: &mut Brush<'_>, place: Rect, run: &Run, now: Time, wall: DateTime<FixedOffset>) {
    let tally = Tally::of(run);
    let right = right(brush, run, &tally, now, wall, place.width);
    let needs = needs(brush, run, &tally, place.width >= 64);
    let room = usize::from(place.width).saturating_sub(width_of(&right) + width_of(&needs) + 14);
    let named = width_of(&right) + width_of(&needs) + 10 <= usize::from(place.width);
    let mut left = vec![piece(if named { " quintet" } else { "" }, Meaning::Focus)];
    let engine = engine(run);
    if room > words::width(&engine) + 14 {
        let title =
            words::fit(&words::clean(&run.plan.title), room - words::width(&engine) - 4, brush.symbols.ellipsis());
        left.push(piece(format!("  {title}"), Meaning::Text));
    }
    if room > words::width(&engine) {
        left.push(piece(format!("  {engine}"), Meaning::Dim));
    }
    left.extend(needs);
    brush.line(place, place.y, &left, &right);
}

/// What needs the person.
fn needs(brush: &Brush<'_>, run: &Run, tally: &Tally, wide: bool) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let gap = || piece(if wide { "  " } else { " " }, Meaning::Text);
    if tally.asking > 0 {
        let symbol = brush.symbols.state(Word::Asking);
        let text = match (wide, tally.asking) {
            (true, 1) => format!("{symbol} 1 asks"),
            (true, asking) => format!("{symbol} {asking} ask"),
            (false, asking) => format!("{symbol}{asking}"),
        };
        pieces.extend([gap(), piece(text, Meaning::Needs)]);
    }
    let (all, urgent) = (feed::unseen(run), feed::unseen_urgent(run));
    if all > 0 {
        let symbol = brush.symbols.urgent();
        let text = match (wide, urgent, all - urgent) {
            (true, urgent, 0) => format!("{symbol} {urgent} urgent"),
            (true, 0, 1) => format!("{symbol} 1 notice"),
            (true, 0, notices) => format!("{symbol} {notices} notices"),
            (true, urgent, notices) => format!("{symbol} {urgent} urgent +{notices}"),
            (false, ..) => format!("{symbol}{all}"),
        };
        pieces.extend([gap(), piece(text, Meaning::Bad)]);
    }
    pieces
}

fn right(
    brush: &Brush<'_>,
    run: &Run,
    tally: &Tally,
    now: Time,
    wall: DateTime<FixedOffset>,
    width: u16,
) -> Vec<Piece> {
    let wide = width >= 64;
    let bar = || match wide {
        true => piece(brush.symbols.pick(" │ ", " | "), Meaning::Frame),
        false => piece(" ", Meaning::Text),
    };
    let mut pieces = Vec::new();
    let paused = match tally.paused {
        0 => String::new(),
        paused => format!("+{paused}{}", brush.symbols.state(Word::Paused)),
    };
    let active = format!("{}{paused}/{}", tally.running, run.state.slots);
    let meaning = if tally.running > 0 { Meaning::Running } else { Meaning::Dim };
    if run.state.ended.is_none() {
        pieces.push(piece(active, meaning));
    }
    let mut count = |word: Word, n: usize, meaning: Meaning, always: bool| {
        if always || n > 0 {
            let symbol = brush.symbols.state(word);
            let text = if wide { format!("  {symbol} {n}") } else { format!(" {symbol}{n}") };
            pieces.push(piece(text, meaning));
        }
    };
    count(Word::Done, tally.good, Meaning::Good, true);
    count(Word::Partial, tally.partial, Meaning::Half, false);
    count(Word::Failed, tally.bad, Meaning::Bad, false);
    count(Word::Waiting, tally.waiting + tally.ready, Meaning::Waiting, run.state.ended.is_none());
    if let Some(spend) = spend(run, tally).filter(|_| width >= 50) {
        pieces.push(bar());
        pieces.push(spend);
    }
    pieces.push(bar());
    pieces.extend(clock(run, now, wall, width));
    pieces.push(piece(" ", Meaning::Text));
    pieces
}

fn spend(run: &Run, tally: &Tally) -> Option<Piece> {
    match (tally.cost_usd > 0.0, run.max_cost) {
        (true, Some(cap)) => {
            let near = tally.cost_usd > cap * 0.8;
            let text = format!("{}/{}", words::money(tally.cost_usd), words::cap(cap).trim_start_matches('$'));
            Some(piece(text, if near { Meaning::Warm } else { Meaning::Text }))
        }
        (true, None) => Some(piece(words::money(tally.cost_usd), Meaning::Text)),
        (false, _) if tally.tokens > 0 => Some(piece(format!("{} tok", words::count(tally.tokens)), Meaning::Text)),
        (false, _) => None,
    }
}

fn clock(run: &Run, now: Time, wall: DateTime<FixedOffset>, width: u16) -> Vec<Piece> {
    let Some(started) = run.state.started else { return vec![piece("not started", Meaning::Dim)] };
    if let Some(ended) = run.state.ended {
        let took = words::clock(ended.since(started));
        let complete = run.state.complete == Some(true);
        let (word, meaning) = if complete { ("complete", Meaning::Good) } else { ("ended", Meaning::Half) };
        return vec![piece(word, meaning), piece(format!(" after {took}"), Meaning::Dim)];
    }
    let mut pieces = vec![piece(words::clock(now.since(started)), Meaning::Strong)];
    if width >= 120 {
        pieces.insert(0, piece("run ", Meaning::Dim));
        if let Some(at) = run_end(run, now, wall) {
            pieces.push(piece(format!(", ends by {}", at.format("%H:%M")), Meaning::Dim));
        }
    }
    pieces
}

fn run_end(run: &Run, now: Time, wall: DateTime<FixedOffset>) -> Option<DateTime<FixedOffset>> {
    Some(wall + chrono::TimeDelta::from_std(Tally::longest(run, now)?).ok()?)
}

/// Returns the engine of all agents, or how many there are.
fn engine(run: &Run) -> String {
    let mut engines: Vec<&str> = run.engines.iter().map(String::as_str).collect();
    engines.sort_unstable();
    engines.dedup();
    engines.retain(|engine| !engine.is_empty());
    match engines.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        many => format!("{} engines", many.len()),
    }
}
