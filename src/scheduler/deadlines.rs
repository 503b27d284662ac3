//! What happens by itself as time goes by. Every deadline of a run is here.

use std::time::Duration;

use super::brain::{Scheduler, whole_ms};
use super::clock::Time;
use super::event::Order;
use super::record::Record;
use super::state::{Active, Phase, Stage};
use crate::plan::AgentId;

/// Why an attempt is asked for its notes, and why it is stopped.
const NEARLY_UP: &str = "its time is nearly up";
const TIME_UP: &str = "its time is up";

/// The least that is kept of a box for notes, unless that is more than half of it.
const LEAST_NOTES_TIME: Duration = Duration::from_secs(30);

impl Scheduler {
    /// Does what has become due.
    pub(super) fn meet_deadlines(&mut self) {
        if self.is_over() {
            return;
        }
        for agent in self.actives() {
            self.meet_deadlines_of(agent);
        }
        for agent in self.roster.backoff.clone() {
            if let Phase::Backoff { until, .. } = self.state.agent(agent).phase
                && until <= self.now
            {
                self.emit(Record::AgentReady { agent: self.name(agent) });
            }
        }
        let over = |until: &Time| *until <= self.now;
        let passed = self.state.throttled.iter().filter(|(_, until)| over(until)).map(|(engine, _)| engine.clone());
        for engine in passed.collect::<Vec<_>>() {
            self.emit(Record::ThrottleClosed { engine });
        }
    }

    /// Returns when something is due next.
    pub(super) fn next_deadline(&self) -> Option<Time> {
        if self.is_over() || !self.begun {
            return None;
        }
        let attempts = self.roster.active.iter().filter_map(|agent| self.next_deadline_of(*agent));
        let retries = self.roster.backoff.iter().filter_map(|agent| match self.state.agent(*agent).phase {
            Phase::Backoff { until, .. } => Some(until),
            Phase::Waiting | Phase::Ready { .. } | Phase::Parked | Phase::Active(_) | Phase::Ended { .. } => None,
        });
        attempts.chain(retries).chain(self.state.throttled.values().copied()).min()
    }

    /// Returns how much of a box is kept for the notes.
    pub(super) fn notes_time(&self, limit: Duration) -> Duration {
        let share = limit.mul_f64(self.settings.wrap_up.clamp(0.0, 1.0));
        whole_ms(share.max(LEAST_NOTES_TIME).min(limit / 2))
    }

    /// Returns what is left of a box when the warning comes.
    fn warning_time(&self, limit: Duration) -> Duration {
        whole_ms(limit.mul_f64(1.0 - self.settings.warning.clamp(0.0, 1.0)))
    }

    fn meet_deadlines_of(&mut self, agent: AgentId) {
        if self.unheard.contains(&agent) {
            return;
        }
        if let Some((_, too_long)) = self.verifying.get(&agent) {
            if *too_long <= self.now {
                self.verify_took_too_long(agent);
            }
            return;
        }
        self.answer_overdue_questions(agent);
        if let Some(until) = self.lingers_until(agent) {
            if until <= self.now {
                self.end_lingering(agent);
            }
            return;
        }
        let Some((active, it)) = self.active(agent) else { return };
        let left = active.clock.left(self.now);
        let limit = active.clock.limit;
        let attempt = active.attempt;
        match &active.stage {
            Stage::Running if left.is_zero() => self.terminate(agent, TIME_UP),
            Stage::Running if self.tasks[agent.0].wraps_up && left <= self.notes_time(limit) => {
                self.wrap_up(agent, NEARLY_UP, left);
            }
            Stage::Running if !active.warned && left <= self.warning_time(limit) => self.warn(agent, attempt, left),
            Stage::WrappingUp { why } if it.order.is_some_and(|order| order.until <= self.now) => {
                let why = why.clone();
                self.terminate(agent, &why);
            }
            Stage::WrappingUp { .. } if left.is_zero() => self.terminate(agent, TIME_UP),
            Stage::Stopping { why, kill_at } if *kill_at <= self.now => {
                let why = format!("{why}, and it did not end in its grace");
                self.kill(agent, why);
            }
            Stage::Starting
            | Stage::Queued { .. }
            | Stage::Running
            | Stage::Asking { .. }
            | Stage::Paused { .. }
            | Stage::WrappingUp { .. }
            | Stage::Stopping { .. }
            | Stage::Killing { .. } => {}
        }
    }

    fn next_deadline_of(&self, agent: AgentId) -> Option<Time> {
        if self.unheard.contains(&agent) {
            return None;
        }
        if let Some((_, too_long)) = self.verifying.get(&agent) {
            return Some(*too_long);
        }
        if let Some(until) = self.lingers_until(agent) {
            return Some(until);
        }
        let (active, it) = self.active(agent)?;
        let of_stage = match &active.stage {
            Stage::Running => self.next_of_running(agent, active),
            Stage::WrappingUp { .. } => {
                let ordered = it.order.map(|order| order.until);
                active.clock.when_left(Duration::ZERO).into_iter().chain(ordered).min()
            }
            Stage::Stopping { kill_at, .. } => Some(*kill_at),
            Stage::Starting
            | Stage::Queued { .. }
            | Stage::Asking { .. }
            | Stage::Paused { .. }
            | Stage::Killing { .. } => None,
        };
        it.questions.iter().map(|question| question.until).chain(of_stage).min()
    }

    fn next_of_running(&self, agent: AgentId, active: &Active) -> Option<Time> {
        let limit = active.clock.limit;
        let warning = if active.warned { Duration::ZERO } else { self.warning_time(limit) };
        let notes = if self.tasks[agent.0].wraps_up { self.notes_time(limit) } else { Duration::ZERO };
        active.clock.when_left(warning.max(notes))
    }

    fn warn(&mut self, agent: AgentId, attempt: u32, left: Duration) {
        self.emit(Record::AttemptWarning { agent: self.name(agent), attempt, left_s: left.as_secs_f64() });
        if self.tasks[agent.0].wraps_up {
            self.order(Order::Warn { agent, attempt, left });
        }
    }

    /// Asks a language model for its notes.
    pub(super) fn wrap_up(&mut self, agent: AgentId, why: &str, left: Duration) {
        let Some((active, _)) = self.active(agent) else { return };
        let attempt = active.attempt;
        let frozen = matches!(active.stage, Stage::Paused { frozen: true, .. });
        self.emit(Record::AttemptWrappingUp { agent: self.name(agent), attempt, why: why.to_owned() });
        if frozen {
            self.order(Order::Thaw { agent, attempt, hard: true });
        }
        self.order(Order::WrapUp { agent, attempt, left });
    }

    /// Sends TERM; the kill follows at the end of the grace.
    pub(super) fn terminate(&mut self, agent: AgentId, why: &str) {
        let Some((active, _)) = self.active(agent) else { return };
        let attempt = active.attempt;
        let grace_s = whole_ms(self.settings.grace).as_secs_f64();
        self.emit(Record::AttemptStopping {
            agent: self.name(agent),
            attempt,
            why: why.to_owned(),
            grace_s,
            finished: false,
        });
        self.order(Order::Term { agent, attempt });
    }

    /// Kills the whole tree.
    pub(super) fn kill(&mut self, agent: AgentId, why: String) {
        let Some((active, _)) = self.active(agent) else { return };
        let attempt = active.attempt;
        self.emit(Record::AttemptKilling { agent: self.name(agent), attempt, why });
        self.order(Order::Kill { agent, attempt });
    }
}
