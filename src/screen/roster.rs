//! Who is not at work: what comes next, and what is finished.

use std::cmp::Reverse;

use crate::plan::AgentId;
use crate::run::Run;
use crate::scheduler::{Phase, Time};

/// Agents that hold no slot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roster {
    /// In the order in which they will likely start.
    pub next: Vec<AgentId>,
    /// The last one to end first.
    pub finished: Vec<AgentId>,
}

impl Roster {
    pub fn of(run: &Run) -> Roster {
        let chains = run.plan.chain_lengths();
        let mut next: Vec<AgentId> = Vec::new();
        let mut finished: Vec<(Time, AgentId)> = Vec::new();
        for (id, _) in run.plan.each() {
            match &run.state.agent(id).phase {
                Phase::Waiting | Phase::Ready { .. } | Phase::Backoff { .. } | Phase::Parked => next.push(id),
                Phase::Active(_) => {}
                Phase::Ended { at, .. } => finished.push((*at, id)),
            }
        }
        next.sort_by_key(|id| {
            let agent = run.state.agent(*id);
            let rank = match agent.phase {
                Phase::Ready { .. } => 0,
                Phase::Backoff { .. } => 1,
                // It waits for the person alone.
                Phase::Parked => 2,
                Phase::Waiting => 3,
                Phase::Active(_) | Phase::Ended { .. } => 4,
            };
            (!agent.first, rank, Reverse(chains[id.0]), *id)
        });
        finished.sort_by_key(|(at, id)| (Reverse(*at), *id));
        Roster { next, finished: finished.into_iter().map(|(_, id)| id).collect() }
    }

    /// Returns all of them in the order of the screen.
    pub fn all(&self) -> impl Iterator<Item = AgentId> {
        self.next.iter().chain(&self.finished).copied()
    }
}
