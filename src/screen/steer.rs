//! Moving about: the focus, selections, scrolling, looking closer and coming back.

use super::intent::Intent;
use super::pane::Pane;
use super::reading::Scroll;
use super::{Focus, Screen, feed, pane};
use crate::plan::AgentId;
use crate::run::{Run, Source};
use crate::scheduler::{Phase, Time};
use crate::screen::graph::Node;
use crate::screen::layout::Class;
use crate::screen::page::Target;
use crate::screen::roster::Roster;

impl Screen {
    /// Moves by a step: the selection of what has the focus, or the focus itself.
    pub(super) fn go(&mut self, run: &Run, dx: i32, dy: i32) -> Vec<Intent> {
        match self.focus {
            Focus::Seat(seat) => {
                self.go_from_seat(run, seat, dx, dy);
                Vec::new()
            }
            Focus::Queue | Focus::Feed if dx != 0 => {
                self.sideways(run, dx);
                Vec::new()
            }
            Focus::Graph => {
                if let Some(node) = self.graph.beside(self.node, dx, dy) {
                    self.node = node;
                }
                Vec::new()
            }
            Focus::Queue | Focus::Feed => self.scroll(run, Scroll::Lines(dy as isize)),
            Focus::Pane => match &mut self.pane {
                Some(Pane::Pager(pager)) if dx != 0 => {
                    pager.sideways(dx as isize * 8);
                    Vec::new()
                }
                _ if dx < 0 => {
                    self.next_focus(run, false);
                    Vec::new()
                }
                _ => self.scroll(run, Scroll::Lines(dy as isize)),
            },
        }
    }

    /// Goes to the nearest panel in a direction; at the edge, to the part beyond.
    fn go_from_seat(&mut self, run: &Run, seat: usize, dx: i32, dy: i32) {
        let layout = self.layout(run);
        let seats = self.seats(run).len();
        if layout.strips {
            let next = seat.saturating_add_signed(dy as isize);
            if dy != 0 && next < seats {
                self.set_focus(Focus::Seat(next));
            } else if dx != 0 {
                self.next_focus(run, dx > 0);
            }
            return;
        }
        let Some((_, here)) = layout.seats.iter().find(|(other, _)| *other == seat) else { return };
        let (x, y) = (i32::from(here.x) + i32::from(here.width) / 2, i32::from(here.y) + i32::from(here.height) / 2);
        let mut places: Vec<(Focus, ratatui::layout::Rect)> =
            layout.seats.iter().map(|(other, place)| (Focus::Seat(*other), *place)).collect();
        places.extend(layout.queue.map(|place| (Focus::Queue, place)));
        places.extend(layout.graph.map(|place| (Focus::Graph, place)));
        places.extend(layout.feed.map(|place| (Focus::Feed, place)));
        let nearest = places
            .into_iter()
            .filter(|(focus, _)| *focus != Focus::Seat(seat))
            .map(|(focus, place)| {
                let other_x = i32::from(place.x) + i32::from(place.width) / 2;
                let other_y = i32::from(place.y) + i32::from(place.height) / 2;
                (focus, other_x - x, (other_y - y) * 2)
            })
            .filter(
                |(_, across, down)| if dx != 0 { across * dx > 4 && across.abs() > down.abs() } else { down * dy > 2 },
            )
            .min_by_key(
                |(_, across, down)| if dx != 0 { across.abs() + down.abs() * 3 } else { down.abs() * 2 + across.abs() },
            );
        if let Some((focus, _, _)) = nearest {
            self.set_focus(focus);
        }
    }

    fn sideways(&mut self, run: &Run, dx: i32) {
        self.next_focus(run, dx > 0);
    }

    /// Scrolls what has the focus, or moves its selection.
    pub(super) fn scroll(&mut self, run: &Run, by: Scroll) -> Vec<Intent> {
        let layout = self.layout(run);
        match self.focus {
            Focus::Seat(seat) => {
                let seats = self.seats(run).len();
                if layout.class == Class::Grid || seats == 0 {
                    return Vec::new();
                }
                self.set_focus(Focus::Seat(moved(seat, seats, by, 5)));
                Vec::new()
            }
            Focus::Queue => {
                let all: Vec<AgentId> = Roster::of(run).all().collect();
                let at = self.queued(run).and_then(|agent| all.iter().position(|other| *other == agent)).unwrap_or(0);
                let next = moved(at, all.len(), by, 10);
                // At the upper edge the way leads on.
                if next == at && by == Scroll::Lines(-1) {
                    self.go_up(run);
                }
                self.queued = all.get(next).copied();
                Vec::new()
            }
            Focus::Feed => {
                let all = feed::urgent(run);
                let at = self.entry(run).and_then(|entry| all.iter().position(|other| *other == entry)).unwrap_or(0);
                let next = moved(at, all.len(), by, 5);
                if next == at && by == Scroll::Lines(-1) {
                    self.go_up(run);
                }
                // The newest is not held fast: the next one to come takes its place.
                self.entry = if next == 0 { None } else { all.get(next).copied() };
                Vec::new()
            }
            Focus::Graph => {
                let steps = match by {
                    Scroll::Lines(lines) => lines,
                    Scroll::Page(pages) => pages * 10,
                    Scroll::HalfPage(halves) => halves * 5,
                    Scroll::Top => -1000,
                    Scroll::Bottom => 1000,
                };
                for _ in 0..steps.unsigned_abs() {
                    let Some(node) = self.graph.beside(self.node, 0, steps.signum() as i32) else { break };
                    self.node = node;
                }
                Vec::new()
            }
            Focus::Pane => self.scroll_pane(run, by),
        }
    }

    fn go_up(&mut self, run: &Run) {
        if self.layout(run).class == Class::Grid && self.pane.is_none() && !self.seats(run).is_empty() {
            self.set_focus(Focus::Seat(self.last_seat.unwrap_or(0)));
        }
    }

    fn scroll_pane(&mut self, run: &Run, by: Scroll) -> Vec<Intent> {
        let page = self.layout(run).pane.map_or(10, |place| usize::from(place.height.saturating_sub(4)));
        let happenings = run.events.len();
        match &mut self.pane {
            Some(Pane::Pager(pager)) => return pager.scroll(by),
            // Lines up from the end: up is more.
            Some(Pane::Zoom { agent, scroll }) => {
                let live = &run.live[agent.0];
                let most = live.tail.len().max(live.deeds.len());
                *scroll = most - moved(most - (*scroll).min(most), most + 1, by, page);
            }
            Some(Pane::Events { scroll }) => {
                *scroll = happenings - moved(happenings - (*scroll).min(happenings), happenings + 1, by, page);
            }
            Some(Pane::Verdict { scroll }) => *scroll = moved(*scroll, 400, by, page),
            Some(Pane::Reports { at }) => *at = moved(*at, pane::shelf(run).len(), by, page),
            Some(Pane::Findings { at, least }) => *at = moved(*at, feed::findings(run, *least).len(), by, page / 2),
            Some(Pane::History { at, runs }) => *at = moved(*at, runs.as_ref().map_or(0, Vec::len), by, page),
            Some(Pane::Timeline { agent }) => *agent = AgentId(moved(agent.0, run.plan.agents.len(), by, page)),
            None => {}
        }
        Vec::new()
    }

    /// Looks closer at what is selected.
    pub(super) fn open(&mut self, run: &Run, now: Time) -> Vec<Intent> {
        match self.focus {
            Focus::Seat(_) => {
                if let Some(aim) = self.aim(run) {
                    self.open_pane(Pane::Zoom { agent: aim.agent, scroll: 0 });
                }
                Vec::new()
            }
            Focus::Queue => match self.queued(run) {
                Some(agent) => self.open_agent(run, agent),
                None => Vec::new(),
            },
            Focus::Graph => match self.node {
                Node::Agent(agent) => self.open_agent(run, agent),
                Node::Compile if run.end.is_some() => self.open_doc(run, super::Doc::FinalReport),
                Node::Compile => self.say(now, "it is compiled when nothing else can run"),
            },
            Focus::Feed => self.visit(run, now),
            Focus::Pane => self.open_in_pane(run, now),
        }
    }

    fn open_in_pane(&mut self, run: &Run, now: Time) -> Vec<Intent> {
        match &mut self.pane {
            Some(Pane::Pager(pager)) => match pager.lit().cloned() {
                Some(Target::Web(address)) => vec![Intent::Browse(address)],
                Some(Target::File { path, line }) => self.open_doc(run, super::Doc::File { path, line }),
                None => pager.scroll(Scroll::Lines(1)),
            },
            Some(Pane::Zoom { agent, .. }) => {
                let aim = Some(*agent).map(|agent| self.aim_at(run, agent)).filter(|aim| aim.attempt > 0);
                match aim {
                    Some(_) if run.source == Source::Files => self.say(now, "what it prints is not known here"),
                    Some(aim) => self.open_doc(run, super::Doc::Log { agent: aim.agent, attempt: aim.attempt }),
                    None => self.say(now, "it has not started yet"),
                }
            }
            Some(Pane::Reports { at }) => match pane::shelf(run).into_iter().nth(*at) {
                Some(shelf) => self.open_doc(run, shelf.doc),
                None => Vec::new(),
            },
            Some(Pane::Findings { .. }) => self.visit(run, now),
            Some(Pane::History { at, runs }) => {
                let chosen = runs.as_ref().and_then(|runs| runs.get(*at));
                chosen.map(|run| Intent::ShowEarlier(run.id.clone())).into_iter().collect()
            }
            Some(Pane::Timeline { agent }) => {
                let agent = *agent;
                self.open_agent(run, agent)
            }
            Some(Pane::Verdict { .. }) if run.end.is_some() => self.open_doc(run, super::Doc::FinalReport),
            Some(Pane::Verdict { .. } | Pane::Events { .. }) | None => Vec::new(),
        }
    }

    /// Opens the report of an agent, or the agent itself while there is none.
    pub(super) fn open_agent(&mut self, run: &Run, agent: AgentId) -> Vec<Intent> {
        let Some(state) = run.state.agents.get(agent.0) else { return Vec::new() };
        match &state.phase {
            Phase::Ended { report: Some(_), .. } => self.open_doc(run, super::Doc::Report(agent)),
            _ => {
                self.open_pane(Pane::Zoom { agent, scroll: 0 });
                Vec::new()
            }
        }
    }

    /// Comes back from what was opened last; first a search is taken off.
    pub(super) fn back(&mut self) -> Vec<Intent> {
        if let Some(Pane::Pager(pager)) = &mut self.pane {
            if pager.link.take().is_some() {
                return Vec::new();
            }
            if pager.find.take().is_some() {
                return Vec::new();
            }
        }
        let was_open = self.pane.is_some();
        self.pane = self.trail.pop();
        match (&self.pane, was_open) {
            (Some(_), _) => self.set_focus(Focus::Pane),
            (None, true) => self.set_focus(Focus::Seat(self.last_seat.unwrap_or(0))),
            (None, false) => self.flash = None,
        }
        Vec::new()
    }
}

/// Returns a place in a list after a scroll.
fn moved(at: usize, count: usize, by: Scroll, page: usize) -> usize {
    let page = page.max(1) as isize;
    let next = match by {
        Scroll::Lines(lines) => at.saturating_add_signed(lines),
        Scroll::Page(pages) => at.saturating_add_signed(pages * page),
        Scroll::HalfPage(halves) => at.saturating_add_signed(halves * (page / 2).max(1)),
        Scroll::Top => 0,
        Scroll::Bottom => usize::MAX,
    };
    next.min(count.saturating_sub(1))
}
