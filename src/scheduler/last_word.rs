//! A program that has given its result ends by itself; one that does not is ended, and its result counts.

use std::time::Duration;

use super::brain::{Scheduler, whole_ms};
use super::clock::Time;
use super::event::Order;
use super::record::Record;
use super::state::Stage;
use crate::plan::AgentId;

/// How long a process may live on after its result before it is sent TERM. With what follows it is gone within the
/// 30 s that are promised.
const LINGER: Duration = Duration::from_secs(15);
/// The most that the grace is then.
const MOST_GRACE: Duration = Duration::from_secs(10);

const LINGERS: &str = "it gave its result and did not end";

impl Scheduler {
    /// It gave its result: nothing more is asked of it, and its process should end.
    pub(super) fn finished(&mut self, agent: AgentId, attempt: u32) {
        if self.attempt(agent, attempt).is_some() {
            self.lingering.insert(agent, self.now + LINGER);
        }
    }

    /// It does something after its result all the same: its sub-agents had not ended, or it was told something.
    pub(super) fn works_on(&mut self, agent: AgentId, attempt: u32) {
        if self.attempt(agent, attempt).is_some() {
            self.lingering.remove(&agent);
        }
    }

    /// Returns when a process that has given its result is ended.
    pub(super) fn lingers_until(&self, agent: AgentId) -> Option<Time> {
        let (active, _) = self.active(agent)?;
        self.lingering.get(&agent).copied().filter(|_| active.stage == Stage::Running)
    }

    pub(super) fn end_lingering(&mut self, agent: AgentId) {
        self.lingering.remove(&agent);
        let Some((active, _)) = self.active(agent) else { return };
        let (attempt, why) = (active.attempt, LINGERS.to_owned());
        let grace_s = whole_ms(self.settings.grace.min(MOST_GRACE)).as_secs_f64();
        self.emit(Record::AttemptStopping { agent: self.name(agent), attempt, why, grace_s, finished: true });
        self.order(Order::Term { agent, attempt });
    }
}
