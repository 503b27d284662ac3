//! What has the keys, and what they are aimed at.

use super::pane::Pane;
use super::seats::Aim;
use super::{Overlay, Screen};
use crate::plan::AgentId;
use crate::run::{Run, Source};
use crate::scheduler::{Mode, Phase, Stage};
use crate::screen::action::{Action, Context};
use crate::screen::graph::Node;
use crate::screen::layout::Class;
use crate::screen::roster::Roster;

/// The part of the screen that has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    /// A place for an attempt.
    Seat(usize),
    Queue,
    Graph,
    Feed,
    /// Zoom, pager, list: whatever is open.
    Pane,
}

impl Screen {
    /// Returns the contexts in force, the most particular first.
    pub fn stack(&self, run: &Run) -> Vec<Context> {
        if self.focus == Focus::Pane && matches!(self.pane, Some(Pane::Pager(_))) {
            return vec![Context::Pager, Context::Everywhere];
        }
        let on_entries = match (&self.focus, &self.pane) {
            (Focus::Feed, _) | (Focus::Pane, Some(Pane::Findings { .. })) => true,
            (Focus::Seat(_) | Focus::Queue | Focus::Graph | Focus::Pane, _) => false,
        };
        let mut stack = match (on_entries, self.aim(run)) {
            (true, _) => vec![Context::Feed],
            (false, Some(aim)) => contexts_of(run, aim.agent),
            (false, None) => Vec::new(),
        };
        if matches!(run.state.mode, Mode::Held { .. }) {
            stack.push(Context::Held);
        }
        stack.extend([Context::Team, Context::Everywhere]);
        stack
    }

    /// Returns the part that is shown where several share one place.
    pub fn in_sight(&self) -> Focus {
        self.peek.unwrap_or(self.focus)
    }

    /// Returns whether an action is offered: it can be done for this run, and its engine can do it.
    pub fn offers(&self, run: &Run, action: Action) -> bool {
        let can_be_told = || self.aim(run).is_none_or(|aim| !run.is_deaf(aim.agent));
        (run.source == Source::Quintet || !action.steers()) && (action != Action::Message || can_be_told())
    }

    /// Returns the attempt that keys are aimed at: the one that was on the screen when it was last drawn.
    pub fn aim(&self, run: &Run) -> Option<Aim> {
        let aim = match self.focus {
            Focus::Seat(seat) => match self.shown.get(seat) {
                Some(shown) => *shown,
                None => self.seats.now(run).get(seat).and_then(|seat| seat.aim),
            },
            Focus::Queue => self.queued(run).map(|agent| self.aim_at(run, agent)),
            Focus::Graph => match self.node {
                Node::Agent(agent) => Some(self.aim_at(run, agent)),
                Node::Compile => None,
            },
            Focus::Feed => None,
            Focus::Pane => match &self.pane {
                Some(Pane::Zoom { agent, .. } | Pane::Timeline { agent }) => Some(self.aim_at(run, *agent)),
                Some(
                    Pane::Pager(_)
                    | Pane::Reports { .. }
                    | Pane::Findings { .. }
                    | Pane::History { .. }
                    | Pane::Verdict { .. }
                    | Pane::Events { .. },
                )
                | None => None,
            },
        };
        // A plan of a team that is only watched may have no agents yet.
        aim.filter(|aim| aim.agent.0 < run.plan.agents.len())
    }

    /// Returns the newest attempt of an agent that was on the screen.
    pub(super) fn aim_at(&self, run: &Run, agent: AgentId) -> Aim {
        let attempt = self.shown_attempts.get(agent.0).copied();
        let last = || run.state.agents.get(agent.0).map_or(0, |agent| agent.last_attempt());
        Aim { agent, attempt: attempt.unwrap_or_else(last) }
    }

    /// Returns the agent that is selected in the queue.
    pub fn queued(&self, run: &Run) -> Option<AgentId> {
        let roster = Roster::of(run);
        let selected = self.queued.filter(|agent| roster.all().any(|other| other == *agent));
        selected.or_else(|| roster.all().next())
    }

    /// Returns the place of the selected entry in the feed, newest first if none was selected.
    pub fn entry(&self, run: &Run) -> Option<usize> {
        let urgent = super::feed::urgent(run);
        self.entry.filter(|entry| urgent.contains(entry)).or_else(|| urgent.first().copied())
    }

    /// Returns the parts that can have the focus, in the order of Tab.
    pub(super) fn ring(&self, run: &Run) -> Vec<Focus> {
        let layout = self.layout(run);
        let seats = self.seats.now(run).len();
        let seat = match self.focus {
            Focus::Seat(seat) => Some(seat),
            _ => self.last_seat.filter(|seat| *seat < seats),
        };
        let first = (seats > 0).then(|| Focus::Seat(seat.unwrap_or(0)));
        let mut ring: Vec<Focus> = first.into_iter().collect();
        if self.pane.is_some() {
            ring.push(Focus::Pane);
        }
        let below = self.pane.is_none();
        match layout.class {
            Class::Grid => {
                ring.push(Focus::Queue);
                if layout.graph.is_some() {
                    ring.push(Focus::Graph);
                }
                ring.push(Focus::Feed);
            }
            Class::Narrow | Class::Compact | Class::Tiny if below => {
                ring.extend([Focus::Graph, Focus::Feed, Focus::Queue]);
            }
            Class::Narrow | Class::Compact | Class::Tiny => {}
        }
        ring
    }

    /// Moves the focus to the next or previous part.
    pub(super) fn next_focus(&mut self, run: &Run, forward: bool) {
        let ring = self.ring(run);
        let at = ring.iter().position(|focus| *focus == self.focus).unwrap_or(0);
        if !ring.is_empty() {
            let step = if forward { 1 } else { ring.len() - 1 };
            self.set_focus(ring[(at + step) % ring.len()]);
        }
    }

    pub(super) fn set_focus(&mut self, focus: Focus) {
        self.peek = None;
        if let Focus::Seat(seat) = focus {
            self.last_seat = Some(seat);
        }
        self.focus = focus;
    }

    /// Puts the focus back on something that is there.
    pub(super) fn settle_focus(&mut self, run: &Run) {
        let seats = self.seats.now(run).len();
        let lost = match self.focus {
            Focus::Seat(seat) => seat >= seats,
            Focus::Pane => self.pane.is_none(),
            Focus::Queue | Focus::Graph | Focus::Feed => !self.ring(run).contains(&self.focus),
        };
        if lost {
            let seat = self.last_seat.unwrap_or(0).min(seats.saturating_sub(1));
            let focus = match (&self.pane, seats) {
                (Some(_), _) => Focus::Pane,
                (None, 0) => Focus::Queue,
                (None, _) => Focus::Seat(seat),
            };
            self.set_focus(focus);
        }
        let gone = |aim: &Aim| aim.agent.0 >= run.plan.agents.len();
        if matches!(&self.overlay, Some(Overlay::Stop(aim)) if gone(aim)) {
            self.overlay = None;
        }
    }
}

/// Returns the contexts that an agent's state puts in force.
pub fn contexts_of(run: &Run, agent: AgentId) -> Vec<Context> {
    match &run.state.agent(agent).phase {
        Phase::Waiting | Phase::Ready { .. } | Phase::Backoff { .. } => vec![Context::Waiting],
        Phase::Parked => vec![Context::Paused],
        Phase::Active(active) => match active.stage {
            Stage::Starting | Stage::Running | Stage::WrappingUp { .. } => vec![Context::Running, Context::Active],
            Stage::Queued { .. } => vec![Context::Active],
            Stage::Asking { .. } => vec![Context::Asking, Context::Running, Context::Active],
            Stage::Paused { .. } => vec![Context::Paused, Context::Active],
            Stage::Stopping { .. } | Stage::Killing { .. } => vec![Context::Active],
        },
        Phase::Ended { .. } => vec![Context::Ended],
    }
}
