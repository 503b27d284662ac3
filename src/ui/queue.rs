//! Who comes next, and who is finished.

use ratatui::layout::Rect;

use super::paint::{Brush, Piece, piece};
use crate::plan::AgentId;
use crate::run::{Run, Source};
use crate::scheduler::{AgentVerdict, Phase, Time};
use crate::screen::glance::Glance;
use crate::screen::layout::first_shown;
use crate::screen::look::{Meaning, word};
use crate::screen::roster::Roster;
use crate::screen::words;

/// Draws the list in a place; `selected` is lit when it has the focus.
pub fn draw(brush: &mut Brush<'_>, place: Rect, run: &Run, selected: Option<AgentId>, focused: bool, now: Time) {
    let roster = Roster::of(run);
    let all: Vec<AgentId> = roster.all().collect();
    if all.is_empty() {
        brush.pieces(place.x, place.y, place.width, &[piece("everyone is at work", Meaning::Dim)]);
        return;
    }
    let at = selected.and_then(|agent| all.iter().position(|other| *other == agent)).unwrap_or(0);
    let first = first_shown(if focused { at } else { 0 }, usize::from(place.height), all.len());
    for (row, agent) in all.iter().skip(first).take(usize::from(place.height)).enumerate() {
        let y = place.y + row as u16;
        let last = row + 1 == usize::from(place.height) && first + row + 1 < all.len();
        if last && !focused {
            let more = format!("{} {} more", brush.symbols.ellipsis(), all.len() - first - row);
            brush.pieces(place.x, y, place.width, &[piece(more, Meaning::Dim)]);
            break;
        }
        draw_row(brush, Rect { y, height: 1, ..place }, run, *agent, now);
        if focused && Some(*agent) == selected.or(all.first().copied()) {
            brush.tint(Rect { y, height: 1, ..place }, Meaning::Selected);
        }
    }
}

fn draw_row(brush: &mut Brush<'_>, place: Rect, run: &Run, agent: AgentId, now: Time) {
    let state = run.state.agent(agent);
    let glance = Glance::of(run, agent, now);
    let meaning = Meaning::of(glance.word);
    let symbol = brush.symbols.state(glance.word);
    let name_room = (usize::from(place.width) * 6 / 10).clamp(14, 30).min(usize::from(place.width).saturating_sub(2));
    let name = words::fit(&words::clean(&state.name), name_room, brush.symbols.ellipsis());
    let used = words::width(&name) + 3;
    let room = usize::from(place.width).saturating_sub(used);
    let detail = detail(brush, run, agent, &glance, room);
    let ended = matches!(state.phase, Phase::Ended { .. });
    let name_meaning = if ended { Meaning::Text } else { Meaning::Strong };
    brush.line(place, place.y, &[piece(format!("{symbol} "), meaning), piece(name, name_meaning)], &detail);
}

fn detail(brush: &Brush<'_>, run: &Run, agent: AgentId, glance: &Glance, room: usize) -> Vec<Piece> {
    let fit = |text: &str| words::fit(text, room, brush.symbols.ellipsis());
    let state = run.state.agent(agent);
    match &state.phase {
        Phase::Ended { report, why, .. } => {
            let clock = if state.attempts.is_empty() { String::new() } else { words::clock(state.sums().ran) };
            let word = word(glance.word);
            let mut text = match (report, why) {
                (Some(_), _) => format!("{clock} report {}", brush.symbols.enter()),
                (None, Some(why)) if room > words::width(word) + 8 => format!("{word}: {}", words::clean(why)),
                (None, _) => format!("{clock} {word}"),
            };
            if words::width(&text) > room && report.is_some() {
                text = format!("{clock} {}", brush.symbols.enter());
            }
            vec![piece(fit(text.trim()), if report.is_some() { Meaning::Dim } else { Meaning::of(glance.word) })]
        }
        _ => {
            let text = match waits_for(run, agent) {
                Some(names) => fit_names(&names, room, brush.symbols.ellipsis()),
                None => fit(&glance.doing.text),
            };
            let parked = matches!(state.phase, Phase::Parked);
            let meaning = match (parked, state.first) {
                (true, _) => Meaning::Still,
                (false, true) => Meaning::Focus,
                (false, false) => Meaning::Dim,
            };
            vec![piece(text, meaning)]
        }
    }
}

/// Returns the agents it waits for; `None`: it waits for something else.
fn waits_for(run: &Run, agent: AgentId) -> Option<Vec<String>> {
    if run.state.agent(agent).phase != Phase::Waiting || run.source == Source::Journal {
        return None;
    }
    let open = |need: &&AgentId| !run.state.agent(**need).verdict().is_some_and(AgentVerdict::satisfies);
    let needs = run.plan.agent(agent).needs.iter().filter(open);
    let names: Vec<String> = needs.map(|need| words::clean(&run.plan.agent(*need).name)).collect();
    (!names.is_empty()).then_some(names)
}

/// Returns whom it waits for in so many cells: all names, or the first and how many more.
fn fit_names(names: &[String], room: usize, ellipsis: &str) -> String {
    for before in ["waits for ", "for "] {
        let all = format!("{before}{}", names.join(", "));
        if words::width(&all) <= room {
            return all;
        }
    }
    let more = if names.len() > 1 { format!(" +{}", names.len() - 1) } else { String::new() };
    let before = if room > 24 { "waits for " } else { "for " };
    let name = words::fit(&names[0], room.saturating_sub(before.len() + more.len()), ellipsis);
    format!("{before}{name}{more}")
}
