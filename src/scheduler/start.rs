//! Freed slots are filled at once, by the event that freed them.

use std::collections::BTreeMap;
use std::time::Duration;

use super::brain::{Scheduler, whole_ms};
use super::event::Order;
use super::record::{AttemptVerdict, Record};
use super::state::{AgentState, Attempt, Mode};
use crate::plan::AgentId;

impl Scheduler {
    /// Starts attempts until no slot is free or nothing may start.
    pub(super) fn fill(&mut self) {
        let free = self.state.slots.saturating_sub(self.roster.active.len());
        if free == 0 || !self.may_start() {
            return;
        }
        let mut room = self.room_at_places();
        let mut chosen = Vec::new();
        for (_, _, agent) in &self.roster.ready {
            if chosen.len() == free {
                break;
            }
            if !self.may_run(*agent) {
                continue;
            }
            match room.get_mut(self.tasks[agent.0].place.as_str()) {
                Some(0) => continue,
                Some(left) => *left -= 1,
                None => {}
            }
            chosen.push(*agent);
        }
        for agent in chosen {
            self.start(agent);
        }
    }

    /// Returns whether new attempts start at all.
    fn may_start(&self) -> bool {
        self.state.mode == Mode::Running && !self.state.budget_reached && !self.state.stopped && !self.compiling
    }

    /// Returns whether this agent may run now, given a slot.
    fn may_run(&self, agent: AgentId) -> bool {
        let needs_allow = self.state.agent(agent).forced || self.roster.needs_met(agent);
        let rests = |engine: &str| self.state.throttled.contains_key(engine);
        needs_allow && !rests(self.engine(agent)) && !self.tasks[agent.0].shares.iter().any(|engine| rests(engine))
    }

    /// Returns how many more attempts run at each place that has a limit of its own; at least one attempt may.
    fn room_at_places(&self) -> BTreeMap<&str, usize> {
        let mut room: BTreeMap<&str, usize> =
            self.settings.place_slots.iter().map(|(place, slots)| (place.as_str(), (*slots).max(1))).collect();
        if !room.is_empty() {
            for agent in &self.roster.active {
                if let Some(left) = room.get_mut(self.tasks[agent.0].place.as_str()) {
                    *left = left.saturating_sub(1);
                }
            }
        }
        room
    }

    fn start(&mut self, agent: AgentId) {
        let state = self.state.agent(agent);
        let task = &self.tasks[agent.0];
        let attempt = state.last_attempt() + 1;
        let engine = self.engine(agent).to_owned();
        let model = if engine == task.engine { task.model.clone() } else { None };
        let folder = format!("{}-{attempt}", task.slug);
        let place = task.place.clone();
        let throttled = state.opening().last().filter(|last| last.was_throttled() && last.engine == engine);
        let (limit, after) = match throttled {
            Some(last) => (self.rest_of_box(agent, last), Some(last.n)),
            None => (self.time_box(agent), state.attempts.iter().rev().find(|it| it.leaves_notes()).map(|it| it.n)),
        };
        let resumes = throttled.is_some();
        self.emit(Record::AttemptStarting {
            agent: self.name(agent),
            attempt,
            folder,
            place,
            engine,
            model,
            limit_s: limit.as_secs_f64(),
        });
        self.order(Order::Start { agent, attempt, limit, after, resumes });
    }

    pub(super) fn time_box(&self, agent: AgentId) -> Duration {
        whole_ms(self.tasks[agent.0].time_box)
    }

    /// Returns the time that a throttled attempt had left, and enough for its notes in any case.
    fn rest_of_box(&self, agent: AgentId, last: &Attempt) -> Duration {
        let left = last.ended.as_ref().map_or(Duration::ZERO, |ended| ended.left);
        left.max(self.notes_time(self.time_box(agent)))
    }
}

impl AgentState {
    /// Returns the attempt whose session the newest one continues: a quota had stopped it, and the same engine goes on.
    pub fn continued(&self) -> Option<&Attempt> {
        let [.., before, newest] = self.opening() else { return None };
        (before.was_throttled() && before.engine == newest.engine).then_some(before)
    }
}

impl Attempt {
    /// Returns whether it ended and a quota or rate limit had stopped it.
    pub(super) fn was_throttled(&self) -> bool {
        self.ended.as_ref().is_some_and(|ended| ended.verdict == AttemptVerdict::Throttled)
    }

    /// Returns whether it ended in a way that leaves notes for the next: unfinished, or (its report is there) refused
    /// by its verify command.
    pub(super) fn leaves_notes(&self) -> bool {
        let Some(ended) = &self.ended else { return false };
        match ended.verdict {
            AttemptVerdict::OutOfTime | AttemptVerdict::Lost => true,
            AttemptVerdict::Failed => ended.report.is_some() || self.notes.is_some(),
            AttemptVerdict::Done | AttemptVerdict::Killed | AttemptVerdict::Throttled => self.notes.is_some(),
        }
    }
}
