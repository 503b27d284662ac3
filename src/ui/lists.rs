//! The panes that are lists: what there is to read, what was found, what happened, how the run stands.

use chrono::FixedOffset;
use ratatui::layout::Rect;

use super::feed;
use super::paint::{Brush, Piece, piece};
use super::panel::wrapped;
use crate::run::{Earlier, Outcome, Run};
use crate::scheduler::record::Judged;
use crate::scheduler::{Record, Severity, Time, Word};
use crate::screen::layout::first_shown;
use crate::screen::look::{Meaning, severity, word};
use crate::screen::words;
use crate::screen::{feed as entries, pane};

/// Draws everything there is to read.
pub fn reports(brush: &mut Brush<'_>, place: Rect, run: &Run, at: usize, focused: bool) {
    let inside = framed(brush, place, "to read", focused, &[]);
    let shelf = pane::shelf(run);
    let first = first_shown(at, usize::from(inside.height), shelf.len());
    for (row, item) in shelf.iter().skip(first).take(usize::from(inside.height)).enumerate() {
        let line = Rect { y: inside.y + row as u16, height: 1, ..inside };
        let room = usize::from(inside.width) / 2;
        let detail = words::fit_path(&item.detail, room, brush.symbols.ellipsis());
        brush.line(line, line.y, &[piece(item.name.clone(), Meaning::Text)], &[piece(detail, Meaning::Dim)]);
        if first + row == at {
            brush.tint(line, Meaning::Selected);
        }
    }
    brush.scroll_bar(place, first, usize::from(inside.height), shelf.len());
}

/// Draws findings and urgent issues down to a severity.
pub fn findings(
    brush: &mut Brush<'_>,
    place: Rect,
    run: &Run,
    (at, least): (usize, Severity),
    focused: bool,
    offset: FixedOffset,
) {
    let all = entries::findings(run, least);
    let count = words::plural(all.len(), "entry").replace("entrys", "entries");
    let which = if least == Severity::Info { count } else { format!("{count}, {} and above", severity(least)) };
    let inside = framed(brush, place, "findings and urgent issues", focused, &[piece(which, Meaning::Dim)]);
    feed::draw(brush, inside, run, &all, all.get(at).copied(), offset);
}

/// Draws the earlier runs of the team directory, the newest first.
pub fn history(
    brush: &mut Brush<'_>,
    place: Rect,
    runs: Option<&[Earlier]>,
    at: usize,
    focused: bool,
    offset: FixedOffset,
) {
    let inside = framed(brush, place, "earlier runs", focused, &[]);
    let Some(runs) = runs.filter(|runs| !runs.is_empty()) else {
        let text = if runs.is_none() { "looking" } else { "there is no earlier run in this team directory" };
        brush.pieces(inside.x, inside.y, inside.width, &[piece(text, Meaning::Dim)]);
        return;
    };
    let first = first_shown(at, usize::from(inside.height), runs.len());
    for (row, run) in runs.iter().skip(first).take(usize::from(inside.height)).enumerate() {
        let line = Rect { y: inside.y + row as u16, height: 1, ..inside };
        let (symbol, meaning) = match run.outcome {
            Outcome::Complete => (Word::Done, Meaning::Good),
            Outcome::NotComplete => (Word::Partial, Meaning::Half),
            Outcome::Stopped => (Word::Stopping, Meaning::Hot),
            Outcome::Unfinished => (Word::Paused, Meaning::Still),
        };
        let began = run.began.with_timezone(&offset).format("%Y-%m-%d %H:%M").to_string();
        let left = [
            piece(format!("{} ", brush.symbols.state(symbol)), meaning),
            piece(began, Meaning::Text),
            piece(format!("  {:<12}", run.outcome.as_str()), meaning),
            piece(format!("  {} of {} done", run.done, run.agents), Meaning::Text),
            piece(format!("  {}", words::clock(run.took)), Meaning::Dim),
        ];
        brush.line(line, line.y, &left, &[piece(words::clean(&run.id), Meaning::Dim)]);
        if first + row == at {
            brush.tint(line, Meaning::Selected);
        }
    }
    brush.scroll_bar(place, first, usize::from(inside.height), runs.len());
}

/// Draws what happened, the newest at the bottom.
pub fn events(brush: &mut Brush<'_>, place: Rect, run: &Run, scroll: usize, focused: bool) {
    let inside = framed(brush, place, "what happened", focused, &[]);
    let started = run.state.started.unwrap_or_default();
    for (up, happening) in run.events.iter().rev().skip(scroll).take(usize::from(inside.height)).enumerate() {
        let y = inside.bottom() - 1 - up as u16;
        let line = [
            piece(format!("{}  ", words::clock(happening.at.since(started))), Meaning::Dim),
            piece(words::clean(&happening.text), Meaning::of_tone(happening.tone)),
        ];
        brush.pieces(inside.x, y, inside.width, &line);
    }
}

/// Draws how the run stands, or ended: conditions with their evidence, verdicts, where the final report is.
pub fn verdict(brush: &mut Brush<'_>, place: Rect, run: &Run, scroll: usize, focused: bool, now: Time) {
    let title = if run.end.is_some() { "the run has ended" } else { "how the run stands" };
    let inside = framed(brush, place, title, focused, &[]);
    let lines = verdict_lines(brush, run, usize::from(inside.width), now);
    let top = scroll.min(lines.len().saturating_sub(usize::from(inside.height)));
    for (row, (left, right)) in lines.iter().skip(top).take(usize::from(inside.height)).enumerate() {
        brush.line(inside, inside.y + row as u16, left, right);
    }
    brush.scroll_bar(place, top, usize::from(inside.height), lines.len());
}

type Both = (Vec<Piece>, Vec<Piece>);

fn verdict_lines(brush: &Brush<'_>, run: &Run, width: usize, now: Time) -> Vec<Both> {
    let mut lines: Vec<Both> = Vec::new();
    if let Some(Record::RunEnded { complete, conditions, factors, slots, wall_s, cost_usd, report, .. }) = &run.end {
        let (text, meaning) = if *complete { ("complete", Meaning::Good) } else { ("not complete", Meaning::Half) };
        let took = words::clock(crate::scheduler::seconds(*wall_s));
        let cost =
            cost_usd.filter(|cost| *cost > 0.0).map_or_else(String::new, |cost| format!(", {}", words::money(cost)));
        lines.push((vec![piece(text, meaning), piece(format!(" after {took}{cost}"), Meaning::Dim)], Vec::new()));
        if let Some(report) = report {
            let enter = vec![piece(brush.symbols.enter(), Meaning::Key), piece(" reads it", Meaning::Dim)];
            lines.push((vec![piece("final report ", Meaning::Dim), piece(words::clean(report), Meaning::Link)], enter));
        }
        let idle = format!(
            "at most {} at once; a free slot waited {:.0} ms (median), {:.0} ms (99 of 100)",
            slots.max_active, slots.idle_p50_ms, slots.idle_p99_ms
        );
        lines.push((vec![piece(idle, Meaning::Dim)], Vec::new()));
        judged(brush, "complete when", conditions, width, &mut lines);
        judged(brush, "critical success factors", factors, width, &mut lines);
    } else {
        open(brush, "complete when", &run.plan.conditions, width, &mut lines);
        open(brush, "critical success factors", &run.plan.factors, width, &mut lines);
    }
    heading("agents", &mut lines);
    for state in &run.state.agents {
        let it = state.word();
        let tries = match state.tries() {
            0 | 1 => String::new(),
            n => format!("{n} attempts  "),
        };
        let took = state.sums().ran + state.active().map_or(std::time::Duration::ZERO, |active| active.clock.ran(now));
        let took = if state.attempts.is_empty() { String::new() } else { words::clock(took) };
        lines.push((
            vec![
                piece(format!("{} ", brush.symbols.state(it)), Meaning::of(it)),
                piece(words::clean(&state.name), Meaning::Text),
                piece(format!("  {}", word(it)), Meaning::of(it)),
            ],
            vec![piece(format!("{tries}{took}"), Meaning::Dim)],
        ));
    }
    lines
}

fn judged(brush: &Brush<'_>, title: &str, all: &[Judged], width: usize, lines: &mut Vec<Both>) {
    if all.is_empty() {
        return;
    }
    heading(title, lines);
    for one in all {
        let (mark, meaning) = match one.holds {
            Some(true) => (brush.symbols.pick("✓", "v"), Meaning::Good),
            Some(false) => (brush.symbols.pick("✗", "X"), Meaning::Bad),
            None => ("?", Meaning::Needs),
        };
        marked(mark, meaning, &one.text, width, lines);
        for line in wrapped(&words::clean(&one.evidence), width.saturating_sub(4)) {
            lines.push((vec![piece(format!("    {line}"), Meaning::Dim)], Vec::new()));
        }
    }
}

fn open(brush: &Brush<'_>, title: &str, all: &[String], width: usize, lines: &mut Vec<Both>) {
    if all.is_empty() {
        return;
    }
    heading(title, lines);
    for text in all {
        marked(brush.symbols.unknown(), Meaning::Dim, text, width, lines);
    }
}

fn marked(mark: &str, meaning: Meaning, text: &str, width: usize, lines: &mut Vec<Both>) {
    for (at, line) in wrapped(&words::clean(text), width.saturating_sub(2)).into_iter().enumerate() {
        let mark = if at == 0 { mark } else { " " };
        lines.push((vec![piece(format!("{mark} "), meaning), piece(line, Meaning::Text)], Vec::new()));
    }
}

fn heading(text: &str, lines: &mut Vec<Both>) {
    if !lines.is_empty() {
        lines.push((Vec::new(), Vec::new()));
    }
    lines.push((vec![piece(text, Meaning::Heading)], Vec::new()));
}

/// Draws the frame of a pane.
pub fn framed(brush: &mut Brush<'_>, place: Rect, title: &str, focused: bool, right: &[Piece]) -> Rect {
    let meaning = if focused { Meaning::Focus } else { Meaning::Frame };
    brush.frame(place, meaning, &[piece(title, Meaning::Strong)], right)
}
