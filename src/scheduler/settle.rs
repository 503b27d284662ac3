//! Agents become ready when their needs are satisfied, and blocked when a need can no longer be.

use super::brain::Scheduler;
use super::record::{AgentVerdict, By, Record};
use super::state::{Mode, Phase};
use crate::plan::AgentId;

impl Scheduler {
    /// Says what follows for every agent of which, or of whose needs, something changed.
    pub(super) fn settle(&mut self) {
        if self.is_over() || self.state.stopped {
            return;
        }
        while let Some(agent) = self.roster.unsettled.pop_first() {
            self.settle_one(agent);
        }
    }

    fn settle_one(&mut self, agent: AgentId) {
        let state = self.state.agent(agent);
        let is_blocked = !state.forced && self.roster.needs_broken(agent);
        let may_go = state.forced || self.roster.needs_met(agent);
        let stopping = matches!(self.state.mode, Mode::Stopping { .. });
        match &state.phase {
            Phase::Waiting if state.undecided => self.follow(agent),
            // A stopped run says nothing more about what has not run.
            Phase::Waiting | Phase::Ready { .. } | Phase::Backoff { .. } | Phase::Parked if stopping => {}
            Phase::Waiting | Phase::Ready { .. } | Phase::Backoff { .. } | Phase::Parked
                if self.state.budget_reached =>
            {
                let record = self.give_up(agent, AgentVerdict::Blocked, Some("the run's budget is spent".to_owned()));
                self.emit(record);
            }
            Phase::Waiting | Phase::Ready { .. } | Phase::Backoff { .. } | Phase::Parked if is_blocked => {
                let record = self.ended(agent, AgentVerdict::Blocked, self.broken_need(agent));
                self.emit(record);
            }
            Phase::Waiting if may_go => self.emit(Record::AgentReady { agent: self.name(agent) }),
            Phase::Ended { verdict: AgentVerdict::Blocked, .. }
                if !self.roster.needs_broken(agent) && !self.state.budget_reached =>
            {
                self.reopen(agent, By::Quintet, false, None);
            }
            Phase::Waiting
            | Phase::Ready { .. }
            | Phase::Backoff { .. }
            | Phase::Parked
            | Phase::Active(_)
            | Phase::Ended { .. } => {}
        }
    }

    pub(super) fn reopen(&mut self, agent: AgentId, by: By, forced: bool, engine: Option<String>) {
        self.emit(Record::AgentReopened { agent: self.name(agent), by, forced, engine });
    }

    /// Returns the first need that blocks the agent and its verdict, in words.
    pub(super) fn broken_need(&self, agent: AgentId) -> Option<String> {
        self.tasks[agent.0].needs.iter().find_map(|need| {
            let need = self.state.agent(*need);
            let verdict = need.verdict().filter(|verdict| !verdict.satisfies())?;
            let word = match verdict {
                AgentVerdict::Killed => "killed",
                AgentVerdict::Blocked => "blocked",
                AgentVerdict::Failed => "failed",
                AgentVerdict::Done | AgentVerdict::Partial | AgentVerdict::Skipped => return None,
            };
            Some(format!("needs {}: {word}", need.name))
        })
    }
}
