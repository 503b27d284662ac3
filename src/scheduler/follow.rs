//! What follows the end of an attempt: a successor, a retry, or the end of its agent.
//!
//! It is decided from the state alone, so it is the same decision when a crash came in between.

use std::time::Duration;

use super::brain::{Scheduler, whole_ms};
use super::quota::SPENT;
use super::record::{AgentVerdict, AttemptVerdict, EndOrder, Record};
use super::state::{Attempt, Ended, Mode};
use crate::plan::AgentId;

/// An agent whose attempts are lost, or throttled, so often in a row is given up, so that every run ends.
const MOST_LOST: usize = 3;
const MOST_THROTTLED: usize = 10;
/// The same of attempts that the machine had no room for: after about twenty minutes. The state remembers some more.
const MOST_WITHOUT_ROOM: usize = 30;
/// After so many of them it is tried once a minute only.
const OFTEN_WITHOUT_ROOM: usize = 10;
const SELDOM: Duration = Duration::from_secs(60);

impl Scheduler {
    /// Says what comes next for an agent whose attempt has ended.
    pub(super) fn follow(&mut self, agent: AgentId) {
        let Some(last) = self.state.agent(agent).attempts.last() else { return };
        let Some(ended) = &last.ended else { return };
        let record = match last.order.map(|ordered| (ordered.order, ordered.by)) {
            _ if ended.verdict == AttemptVerdict::Done && ended.partial => {
                let why = ended.why.clone().or_else(|| Some("partly done, by its own account".to_owned()));
                self.ended(agent, AgentVerdict::Partial, why)
            }
            _ if ended.verdict == AttemptVerdict::Done => self.ended(agent, AgentVerdict::Done, None),
            Some((EndOrder::Skip, _)) => self.ended(agent, AgentVerdict::Skipped, ended.why.clone()),
            _ if ended.verdict == AttemptVerdict::Killed => self.ended(agent, AgentVerdict::Killed, ended.why.clone()),
            Some((EndOrder::Budget, _)) => self.give_up(agent, AgentVerdict::Failed, ended.why.clone()),
            Some((EndOrder::Stop, _)) => self.give_up(agent, AgentVerdict::Killed, ended.why.clone()),
            _ if self.state.agent(agent).budget_spent => {
                let why = ended.why.clone().unwrap_or_default();
                self.give_up(agent, AgentVerdict::Failed, Some(format!("{why}; {SPENT}")))
            }
            Some((EndOrder::Park, by)) => Record::AgentParked { agent: self.name(agent), by },
            Some((EndOrder::HandOver, _)) if ended.verdict == AttemptVerdict::OutOfTime => self.ready(agent),
            Some((EndOrder::HandOver | EndOrder::Kill, _)) | None => self.follow_own_end(agent, last, ended),
        };
        self.emit(record);
    }

    fn follow_own_end(&self, agent: AgentId, last: &Attempt, ended: &Ended) -> Record {
        if let Mode::Stopping { .. } = self.state.mode {
            return self.give_up(agent, AgentVerdict::Killed, ended.why.clone());
        }
        let why = ended.why.clone().unwrap_or_default();
        let after = |reason: &str| Some(format!("{why}; {reason}"));
        match ended.verdict {
            AttemptVerdict::Throttled if self.in_a_row(agent, AttemptVerdict::Throttled) < MOST_THROTTLED => {
                self.ready(agent)
            }
            AttemptVerdict::Throttled => {
                self.give_up(agent, AgentVerdict::Failed, after(&format!("throttled {MOST_THROTTLED} times in a row")))
            }
            AttemptVerdict::Lost if self.in_a_row(agent, AttemptVerdict::Lost) < MOST_LOST => self.ready(agent),
            AttemptVerdict::Lost => {
                self.give_up(agent, AgentVerdict::Failed, after(&format!("lost {MOST_LOST} times in a row")))
            }
            AttemptVerdict::OutOfTime if self.state.agent(agent).successors_used >= 2 && !ended.progress => {
                self.give_up(agent, AgentVerdict::Failed, after("its successor made no progress"))
            }
            AttemptVerdict::OutOfTime if self.successor_allowed(agent, 0) => self.ready(agent),
            AttemptVerdict::OutOfTime => self.give_up(agent, AgentVerdict::Failed, after("no successor is left")),
            AttemptVerdict::Failed if ended.hopeless => self.give_up(agent, AgentVerdict::Failed, ended.why.clone()),
            AttemptVerdict::Failed if self.is_shaken(agent, last, ended.at) => self.ready(agent),
            AttemptVerdict::Failed if !ended.counted => match self.without_room(agent) {
                MOST_WITHOUT_ROOM.. => self.give_up(agent, AgentVerdict::Failed, ended.why.clone()),
                OFTEN_WITHOUT_ROOM.. => self.retry(agent, why, SELDOM),
                times => self.retry(agent, why, self.backoff(times)),
            },
            AttemptVerdict::Failed if self.retry_allowed(agent) => {
                self.retry(agent, why, self.backoff(self.state.agent(agent).retries_used as usize))
            }
            AttemptVerdict::Failed | AttemptVerdict::Killed | AttemptVerdict::Done => {
                self.give_up(agent, AgentVerdict::Failed, ended.why.clone())
            }
        }
    }

    /// Returns whether the agent may have a successor, when `more` successors are counted than are now.
    pub(super) fn successor_allowed(&self, agent: AgentId, more: u32) -> bool {
        let used = self.state.agent(agent);
        let successors = used.successors_used + more;
        successors <= self.settings.successors && successors + used.retries_used <= self.most_followers()
    }

    fn retry_allowed(&self, agent: AgentId) -> bool {
        let used = self.state.agent(agent);
        used.retries_used <= self.settings.retries && used.successors_used + used.retries_used <= self.most_followers()
    }

    /// Returns how many attempts may follow the first: successors and retries together.
    fn most_followers(&self) -> u32 {
        self.settings.successors.max(self.settings.retries)
    }

    fn in_a_row(&self, agent: AgentId, verdict: AttemptVerdict) -> usize {
        let is_it = |attempt: &&Attempt| attempt.ended.as_ref().is_some_and(|ended| ended.verdict == verdict);
        self.state.agent(agent).opening().iter().rev().take_while(is_it).count()
    }

    /// Returns how often in a row the machine had no room for an attempt.
    fn without_room(&self, agent: AgentId) -> usize {
        let is_it = |ended: &Ended| ended.verdict == AttemptVerdict::Failed && !ended.counted;
        let attempts = self.state.agent(agent).opening().iter().rev();
        attempts.take_while(|attempt| attempt.ended.as_ref().is_some_and(is_it)).count()
    }

    fn ready(&self, agent: AgentId) -> Record {
        Record::AgentReady { agent: self.name(agent) }
    }

    /// Returns the pause before the `times`th retry.
    fn backoff(&self, times: usize) -> Duration {
        let nth = times.saturating_sub(1);
        let backoff = self.settings.backoff.get(nth).or(self.settings.backoff.last()).copied().unwrap_or_default();
        whole_ms(backoff)
    }

    fn retry(&self, agent: AgentId, why: String, after: Duration) -> Record {
        Record::AgentRetry { agent: self.name(agent), at: self.wall + after, why, after_s: after.as_secs_f64() }
    }

    /// Ends an agent that is not done: `partial` if it left notes or a report, else with `verdict`.
    pub(super) fn give_up(&self, agent: AgentId, verdict: AgentVerdict, why: Option<String>) -> Record {
        let left_something = self.state.agent(agent).opening().iter().any(Attempt::left_something);
        self.ended(agent, if left_something { AgentVerdict::Partial } else { verdict }, why)
    }

    pub(super) fn ended(&self, agent: AgentId, verdict: AgentVerdict, why: Option<String>) -> Record {
        let report = match verdict {
            AgentVerdict::Skipped | AgentVerdict::Blocked => None,
            AgentVerdict::Done | AgentVerdict::Partial | AgentVerdict::Failed | AgentVerdict::Killed => {
                let reports = self.state.agent(agent).opening().iter().rev();
                reports.filter_map(|attempt| attempt.ended.as_ref()?.report.clone()).next()
            }
        };
        Record::AgentEnded { agent: self.name(agent), verdict, why, report }
    }
}

impl Attempt {
    /// Returns whether there is a report or there are notes of use to somebody: those that Quintet makes of the log
    /// of a lost attempt are only if the attempt made progress.
    fn left_something(&self) -> bool {
        let Some(ended) = &self.ended else { return false };
        let left_notes = match ended.verdict {
            AttemptVerdict::OutOfTime => true,
            AttemptVerdict::Lost => ended.progress,
            AttemptVerdict::Done | AttemptVerdict::Failed | AttemptVerdict::Killed | AttemptVerdict::Throttled => {
                self.notes.is_some()
            }
        };
        left_notes || ended.report.is_some()
    }
}
