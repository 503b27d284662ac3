//! Who ran when: a row an agent, time from left to right.

use std::time::Duration;

use ratatui::layout::Rect;

use super::lists::framed;
use super::paint::{Brush, piece};
use crate::plan::AgentId;
use crate::run::Run;
use crate::scheduler::state::Attempt;
use crate::scheduler::{AttemptVerdict, Time};
use crate::screen::layout::first_shown;
use crate::screen::look::Meaning;
use crate::screen::words;

/// Draws the timeline from the start of the run until now.
pub fn draw(brush: &mut Brush<'_>, place: Rect, run: &Run, selected: AgentId, focused: bool, now: Time) {
    let Some(started) = run.state.started.filter(|_| selected.0 < run.plan.agents.len()) else {
        let inside = framed(brush, place, "timeline", focused, &[]);
        brush.pieces(inside.x, inside.y, inside.width, &[piece("nothing has run yet", Meaning::Dim)]);
        return;
    };
    let until = run.state.ended.unwrap_or(now);
    let whole = until.since(started).max(Duration::from_secs(1));
    let right = [piece(format!("{} in all", words::clock(whole)), Meaning::Dim)];
    let inside = framed(brush, place, "timeline", focused, &right);
    if inside.height < 3 || inside.width < 30 {
        return;
    }
    let names = (inside.width / 3).clamp(12, 26);
    let track = Rect { x: inside.x + names + 1, width: inside.width - names - 1, ..inside };
    let scale = Scale { started, whole, track };
    draw_axis(brush, &scale);
    let rows = usize::from(inside.height - 2);
    let first = first_shown(selected.0, rows, run.plan.agents.len());
    for (row, (id, agent)) in run.plan.each().skip(first).take(rows).enumerate() {
        let y = inside.y + 1 + row as u16;
        let state = run.state.agent(id);
        let symbol = brush.symbols.state(state.word());
        let name =
            [piece(format!("{symbol} "), Meaning::of(state.word())), piece(words::clean(&agent.name), Meaning::Text)];
        brush.pieces(inside.x, y, names, &name);
        for attempt in &state.attempts {
            draw_attempt(brush, &scale, y, attempt, until);
        }
        for attempt in &state.attempts {
            draw_end(brush, &scale, y, attempt, until);
        }
        if id == selected {
            brush.tint(Rect { x: inside.x, y, width: names, height: 1 }, Meaning::Selected);
        }
    }
    draw_caption(brush, Rect { y: inside.bottom() - 1, height: 1, ..inside }, run, selected, started);
}

/// Where a moment stands.
struct Scale {
    started: Time,
    whole: Duration,
    track: Rect,
}

impl Scale {
    fn x(&self, at: Time) -> u16 {
        let share = at.since(self.started).as_secs_f64() / self.whole.as_secs_f64();
        let last = self.track.width.saturating_sub(1);
        self.track.x + ((share * f64::from(last)).round() as u16).min(last)
    }
}

fn draw_axis(brush: &mut Brush<'_>, scale: &Scale) {
    let step = step(scale.whole, u32::from(scale.track.width / 14).max(1));
    let mut at = Duration::ZERO;
    while at <= scale.whole {
        let text = words::clock(at);
        let x = scale.x(scale.started + at);
        let x = x.min(scale.track.right().saturating_sub(words::width(&text) as u16));
        brush.pieces(x, scale.track.y, scale.track.right() - x, &[piece(text, Meaning::Dim)]);
        at += step;
    }
}

/// Returns how far apart marks stand: a round span, at least a second, so that no two say the same.
fn step(whole: Duration, most: u32) -> Duration {
    const ROUND: [u64; 15] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400];
    let round = ROUND.into_iter().map(Duration::from_secs).find(|step| *step * most >= whole);
    round.unwrap_or_else(|| whole.div_f64(f64::from(most)))
}

fn draw_attempt(brush: &mut Brush<'_>, scale: &Scale, y: u16, attempt: &Attempt, until: Time) {
    let end = attempt.ended.as_ref().map_or(until, |ended| ended.at);
    let (from, to) = (scale.x(attempt.started), scale.x(end));
    let style = brush.theme.style(meaning(attempt));
    let full = brush.symbols.pick("━", "=");
    brush.buffer.set_string(from, y, full.repeat(usize::from(to.saturating_sub(from) + 1)), style);
    for (begin, stop) in &attempt.stops {
        let (begin, stop) = (scale.x(*begin), scale.x(stop.unwrap_or(end)));
        let style = brush.theme.style(Meaning::Still);
        brush.buffer.set_string(
            begin,
            y,
            brush.symbols.pick("╌", ".").repeat(usize::from(stop.saturating_sub(begin) + 1)),
            style,
        );
    }
}

fn meaning(attempt: &Attempt) -> Meaning {
    match attempt.ended.as_ref().map(|ended| ended.verdict) {
        None => Meaning::Running,
        Some(AttemptVerdict::Done) => Meaning::Good,
        Some(AttemptVerdict::OutOfTime) => Meaning::Half,
        Some(AttemptVerdict::Failed | AttemptVerdict::Killed | AttemptVerdict::Lost) => Meaning::Bad,
        Some(AttemptVerdict::Throttled) => Meaning::Warm,
    }
}

/// Draws how an attempt ended, over the beginning of the one that followed.
fn draw_end(brush: &mut Brush<'_>, scale: &Scale, y: u16, attempt: &Attempt, until: Time) {
    let to = scale.x(attempt.ended.as_ref().map_or(until, |ended| ended.at));
    let style = brush.theme.style(meaning(attempt));
    let tip = match attempt.ended.as_ref().map(|ended| ended.verdict) {
        None => brush.symbols.pick("▸", ">"),
        Some(AttemptVerdict::OutOfTime) => brush.symbols.handed_over(),
        Some(AttemptVerdict::Done) => brush.symbols.pick("✓", "v"),
        Some(AttemptVerdict::Failed | AttemptVerdict::Lost) => brush.symbols.pick("✗", "X"),
        Some(AttemptVerdict::Killed) => brush.symbols.pick("☓", "K"),
        Some(AttemptVerdict::Throttled) => brush.symbols.pick("‖", "="),
    };
    brush.buffer.set_string(to, y, tip, style);
}

fn draw_caption(brush: &mut Brush<'_>, place: Rect, run: &Run, agent: AgentId, started: Time) {
    let state = run.state.agent(agent);
    let mut pieces = vec![piece(words::clean(&state.name), Meaning::Strong)];
    for attempt in &state.attempts {
        let began = words::clock(attempt.started.since(started));
        let text = match &attempt.ended {
            Some(ended) => format!("  {}: from {began}, ran {}", attempt.n, words::clock(ended.run)),
            None => format!("  {}: since {began}", attempt.n),
        };
        pieces.push(piece(text, Meaning::Dim));
    }
    if state.attempts.is_empty() {
        pieces.push(piece("  has not run", Meaning::Dim));
    }
    brush.pieces(place.x, place.y, place.width, &pieces);
}
