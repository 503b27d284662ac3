//! The lists that spare the scheduler from looking at every agent at every event.
//!
//! All of it follows from the state: [`Roster::refile`] is called for the agent of each record, live or replayed.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::event::TaskSpec;
use super::state::{AgentState, Phase, State};
use crate::plan::AgentId;

/// Who is where.
#[derive(Debug)]
pub(super) struct Roster {
    /// In the order in which they start.
    pub ready: BTreeSet<Rank>,
    pub active: BTreeSet<AgentId>,
    pub backoff: BTreeSet<AgentId>,
    /// Agents without a verdict.
    pub open: BTreeSet<AgentId>,
    /// Something about them or their needs changed, and it is not yet said what follows.
    pub unsettled: BTreeSet<AgentId>,
    agents: Vec<Entry>,
}

/// The place of a ready agent: the person's choice, then the longest chain of dependants, then plan order.
pub(super) type Rank = (Reverse<bool>, Reverse<usize>, AgentId);

#[derive(Debug)]
struct Entry {
    chain: usize,
    dependants: Vec<AgentId>,
    /// Its rank while it is ready.
    rank: Option<Rank>,
    standing: Standing,
    /// How many of its needs have no verdict that satisfies.
    unmet: usize,
    /// How many of its needs have a verdict that blocks.
    broken: usize,
}

/// What an agent means to its dependants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Open,
    Satisfies,
    Blocks,
}

impl Roster {
    /// Returns the lists of a run that has not begun.
    pub fn new(tasks: &[TaskSpec]) -> Roster {
        let mut agents: Vec<Entry> = tasks
            .iter()
            .map(|task| Entry {
                chain: task.chain,
                dependants: Vec::new(),
                rank: None,
                standing: Standing::Open,
                unmet: task.needs.len(),
                broken: 0,
            })
            .collect();
        for (index, task) in tasks.iter().enumerate() {
            for need in &task.needs {
                agents[need.0].dependants.push(AgentId(index));
            }
        }
        Roster {
            ready: BTreeSet::new(),
            active: BTreeSet::new(),
            backoff: BTreeSet::new(),
            open: (0..tasks.len()).map(AgentId).collect(),
            unsettled: BTreeSet::new(),
            agents,
        }
    }

    /// Returns whether every need of the agent is satisfied.
    pub fn needs_met(&self, agent: AgentId) -> bool {
        self.agents[agent.0].unmet == 0
    }

    /// Returns whether a need of the agent failed, was killed or is blocked.
    pub fn needs_broken(&self, agent: AgentId) -> bool {
        self.agents[agent.0].broken > 0
    }

    /// Takes in that an agent changed.
    pub fn refile(&mut self, id: AgentId, state: &State) {
        let agent = state.agent(id);
        let mut rank = None;
        keep(&mut self.active, id, matches!(agent.phase, Phase::Active(_)));
        keep(&mut self.backoff, id, matches!(agent.phase, Phase::Backoff { .. }));
        keep(&mut self.open, id, agent.verdict().is_none());
        if let Phase::Ready { .. } = agent.phase {
            rank = Some((Reverse(agent.first), Reverse(self.agents[id.0].chain), id));
        }
        self.rerank(id, rank);
        self.restand(id, Standing::of(agent));
        self.unsettled.insert(id);
    }

    fn rerank(&mut self, id: AgentId, rank: Option<Rank>) {
        if let Some(old) = std::mem::replace(&mut self.agents[id.0].rank, rank) {
            self.ready.remove(&old);
        }
        self.ready.extend(rank);
    }

    fn restand(&mut self, id: AgentId, standing: Standing) {
        let old = std::mem::replace(&mut self.agents[id.0].standing, standing);
        if old == standing {
            return;
        }
        let dependants = std::mem::take(&mut self.agents[id.0].dependants);
        for dependant in &dependants {
            let entry = &mut self.agents[dependant.0];
            entry.unmet += usize::from(old == Standing::Satisfies);
            entry.unmet -= usize::from(standing == Standing::Satisfies);
            entry.broken += usize::from(standing == Standing::Blocks);
            entry.broken -= usize::from(old == Standing::Blocks);
        }
        self.unsettled.extend(&dependants);
        self.agents[id.0].dependants = dependants;
    }
}

impl Standing {
    fn of(agent: &AgentState) -> Standing {
        match agent.verdict() {
            None => Standing::Open,
            Some(verdict) if verdict.satisfies() => Standing::Satisfies,
            Some(_) => Standing::Blocks,
        }
    }
}

fn keep(set: &mut BTreeSet<AgentId>, id: AgentId, belongs: bool) {
    if belongs {
        set.insert(id);
    } else {
        set.remove(&id);
    }
}
