//! One agent, closely: what it is to do, how far it is, what it did, what it printed.

use ratatui::layout::Rect;

use super::paint::{Brush, Piece, piece};
use super::panel::{deed_pieces, mood, wrapped};
use super::theme::Theme;
use crate::plan::AgentId;
use crate::run::{Run, settled};
use crate::scheduler::{AttemptVerdict, Phase, Time};
use crate::screen::glance::Glance;
use crate::screen::look::{Meaning, word};
use crate::screen::page::{Page, Row};
use crate::screen::words;

/// A line: left part, right part.
type Both = (Vec<Piece>, Vec<Piece>);

/// Draws the agent; `scroll`: how many lines up from the end of what it did.
pub fn draw(brush: &mut Brush<'_>, place: Rect, run: &Run, agent: AgentId, scroll: usize, focused: bool, now: Time) {
    let glance = Glance::of(run, agent, now);
    let symbol = brush.symbols.state(glance.word);
    let title =
        [piece(format!("{symbol} "), Meaning::of(glance.word)), piece(words::clean(&glance.name), Meaning::Strong)];
    let right = match glance.countdown {
        Some(countdown) => {
            let left = words::countdown(countdown.left);
            vec![piece(format!("{} {left}", word(glance.word)), mood(countdown.mood))]
        }
        None => vec![piece(word(glance.word), Meaning::of(glance.word))],
    };
    let frame = if focused { Meaning::Focus } else { Meaning::Frame };
    let inside = brush.frame(place, frame, &title, &right);
    if inside.is_empty() {
        return;
    }
    let mut y = inside.y;
    if let Some(countdown) = glance.countdown {
        brush.bar(inside.x, y, inside.width, countdown.share(), mood(countdown.mood));
        y += 1;
    }
    let facts = facts(brush, run, agent, &glance, inside.width);
    let most = usize::from(inside.height) * 6 / 10;
    for (left, right) in facts.iter().take(most) {
        if y < inside.bottom() {
            brush.line(inside, y, left, right);
            y += 1;
        }
    }
    let rest = Rect { y, height: inside.bottom().saturating_sub(y), ..inside };
    draw_output(brush, rest, run, agent, scroll, now);
}

fn facts(brush: &Brush<'_>, run: &Run, agent: AgentId, glance: &Glance, width: u16) -> Vec<Both> {
    let (plan, state, live) = (run.plan.agent(agent), run.state.agent(agent), &run.live[agent.0]);
    let mut lines: Vec<Both> = Vec::new();
    let mut put = |left: Vec<Piece>, right: Vec<Piece>| lines.push((left, right));
    let room = usize::from(width);
    for (at, line) in wrapped(&words::clean(&plan.task), room).into_iter().take(3).enumerate() {
        let meaning = if at == 0 { Meaning::Strong } else { Meaning::Text };
        put(vec![piece(line, meaning)], Vec::new());
    }
    if let Phase::Ended { why: Some(why), .. } = &state.phase {
        for line in wrapped(&words::clean(why), room).into_iter().take(4) {
            put(vec![piece(line, Meaning::of(glance.word))], Vec::new());
        }
    }
    if glance.doing.needs_person {
        for line in wrapped(&glance.doing.text, room.saturating_sub(2)).into_iter().take(6) {
            put(vec![piece(format!("{} {line}", brush.symbols.state(glance.word)), Meaning::Needs)], Vec::new());
        }
        put(vec![piece("a", Meaning::Key), piece(" answers", Meaning::Dim)], Vec::new());
    }
    let engine = run.engines.get(agent.0).map_or("", String::as_str);
    let model = live.model.as_deref().map_or_else(String::new, |model| format!(" {}", words::clean(model)));
    let pid = state.active().and_then(|active| active.pid).map_or_else(String::new, |pid| format!("  pid {pid}"));
    let mut first = vec![
        piece("attempt ", Meaning::Dim),
        piece(glance.attempt.to_string(), Meaning::Text),
        piece("  engine ", Meaning::Dim),
        piece(format!("{engine}{model}"), Meaning::Text),
        piece(pid, Meaning::Dim),
    ];
    if let Some(spend) = glance.spend_shown() {
        first.push(piece(format!("  {spend}"), Meaning::Text));
    }
    let sign = glance.sign.filter(|_| state.active().is_some());
    let heard = sign.map_or_else(Vec::new, |sign| vec![piece(format!("heard {} ago", words::age(sign)), Meaning::Dim)]);
    put(first, heard);
    if glance.silent {
        let long = words::long_age(glance.sign.unwrap_or_default());
        put(vec![piece(format!("? silent for {long}, no open call"), Meaning::Hot)], Vec::new());
    }
    for (at, criterion) in plan.criteria.iter().enumerate() {
        let evidence = state.criteria.get(&(at + 1));
        let (mark, meaning) = match evidence {
            Some(_) => (brush.symbols.pick("✓", "v"), Meaning::Good),
            None => (brush.symbols.unknown(), Meaning::Dim),
        };
        let mut left = vec![piece(format!("{mark} "), meaning), piece(words::clean(criterion), Meaning::Text)];
        if let Some(evidence) = evidence.filter(|evidence| !evidence.is_empty()) {
            left.push(piece(format!("  {}", words::clean(evidence)), Meaning::Dim));
        }
        put(left, Vec::new());
    }
    for tool in &plan.tools {
        let calls = live.tools.get(tool).copied().unwrap_or(0);
        let (meaning, text) = match calls {
            0 => (Meaning::Warm, "unused".to_owned()),
            1 => (Meaning::Good, "1 call".to_owned()),
            calls => (Meaning::Good, format!("{calls} calls")),
        };
        put(vec![piece("tool ", Meaning::Dim), piece(words::clean(tool), Meaning::Text)], vec![piece(text, meaning)]);
    }
    for attempt in &state.attempts {
        let Some(ended) = &attempt.ended else { continue };
        let (meaning, how) = match ended.verdict {
            AttemptVerdict::Done => (Meaning::Good, "done"),
            AttemptVerdict::OutOfTime => (Meaning::Half, "out of time"),
            AttemptVerdict::Failed => (Meaning::Bad, "failed"),
            AttemptVerdict::Killed => (Meaning::Bad, "killed"),
            AttemptVerdict::Lost => (Meaning::Bad, "lost"),
            AttemptVerdict::Throttled => (Meaning::Warm, "throttled"),
        };
        let notes = if attempt.notes.is_some() { ", left notes" } else { "" };
        let why = ended.why.as_ref().map_or_else(String::new, |why| format!(": {}", words::clean(why)));
        put(
            vec![
                piece(format!("attempt {} ", attempt.n), Meaning::Dim),
                piece(how, meaning),
                piece(format!("{notes}{why}"), Meaning::Dim),
            ],
            vec![piece(words::clock(ended.run), Meaning::Dim)],
        );
    }
    put(vec![piece("report ", Meaning::Dim), piece(words::clean(&plan.report_path()), Meaning::Text)], Vec::new());
    lines
}

/// What it did on the left side of a line, what it printed where it did nothing that has a name.
fn draw_output(brush: &mut Brush<'_>, place: Rect, run: &Run, agent: AgentId, scroll: usize, now: Time) {
    if place.height < 2 {
        return;
    }
    let live = &run.live[agent.0];
    let rule = brush.symbols.pick("─", "-").repeat(usize::from(place.width));
    let style = brush.theme.style(Meaning::Frame);
    brush.text(place.x, place.y, place.width, &rule, style);
    let caption = if scroll > 0 { format!(" {scroll} lines up ") } else { " latest ".to_owned() };
    brush.pieces(place.x + 2, place.y, place.width.saturating_sub(2), &[piece(caption, Meaning::Dim)]);
    let place = Rect { y: place.y + 1, height: place.height - 1, ..place };
    if live.tail.is_empty() {
        let shown = live.deeds.iter().rev().skip(scroll).take(usize::from(place.height));
        for (up, deed) in shown.enumerate() {
            let y = place.bottom() - 1 - up as u16;
            let (left, right) = deed_pieces(brush, deed, now, up == 0);
            brush.line(place, y, &left, &right);
        }
        return;
    }
    let shown = live.tail.iter().rev().skip(scroll).take(usize::from(place.height));
    for (up, line) in shown.enumerate() {
        let y = place.bottom() - 1 - up as u16;
        let page =
            Page::read(settled(line).as_bytes(), &crate::screen::page::Format::Log, 0, false, brush.symbols.ascii);
        if let Some(line) = page.lines.first() {
            draw_row(
                brush,
                place.x,
                y,
                place.width,
                line,
                &Row { line: 0, from: 0, to: line.text.len(), indent: 0 },
                0,
            );
        }
    }
}

/// Draws a row of a page, less the cells that are scrolled off on its left.
pub fn draw_row(
    brush: &mut Brush<'_>,
    x: u16,
    y: u16,
    room: u16,
    line: &crate::screen::page::Line,
    row: &Row,
    skipped: usize,
) {
    let theme: &Theme = brush.theme;
    let mut at = row.indent;
    for (text, meaning, style) in line.spans(row.from, row.to) {
        let style = theme.style(meaning).patch(theme.printed(style));
        for grapheme in unicode_segmentation::UnicodeSegmentation::graphemes(text, true) {
            let wide = words::width(grapheme);
            if at >= skipped && at + wide <= skipped + usize::from(room) {
                brush.buffer.set_string(x + (at - skipped) as u16, y, grapheme, style);
            }
            at += wide;
            if at > skipped + usize::from(room) {
                return;
            }
        }
    }
}
