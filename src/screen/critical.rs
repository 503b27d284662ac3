//! The critical path: the chain of agents that will likely end last.

use std::time::Duration;

use super::graph::Node;
use crate::plan::AgentId;
use crate::run::{Run, Source};
use crate::scheduler::{Phase, Time};

/// A chain of agents of which each needs the one before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CriticalPath {
    /// In their order; the compile step last, where the plan has one.
    pub nodes: Vec<Node>,
    /// What is left of their time boxes, if none needs another attempt.
    pub left: Duration,
}

impl CriticalPath {
    /// Returns the chain with the most time boxes to come; empty where nothing that is left needs anything else.
    pub fn of(run: &Run, now: Time) -> CriticalPath {
        if run.source != Source::Quintet || run.state.ended.is_some() {
            return CriticalPath::default();
        }
        let plan = &run.plan;
        // Plans have no cycles: an agent is weighed once all that need it are.
        let mut waits: Vec<usize> = plan.each().map(|(id, _)| plan.dependants(id).len()).collect();
        let mut weights = vec![Duration::ZERO; plan.agents.len()];
        let mut after: Vec<Option<AgentId>> = vec![None; plan.agents.len()];
        let mut free: Vec<AgentId> = plan.each().map(|(id, _)| id).filter(|id| waits[id.0] == 0).collect();
        while let Some(id) = free.pop() {
            let next = plan.dependants(id).into_iter().max_by_key(|next| (weights[next.0], std::cmp::Reverse(*next)));
            after[id.0] = next.filter(|next| !weights[next.0].is_zero());
            weights[id.0] = own(run, id, now) + next.map_or(Duration::ZERO, |next| weights[next.0]);
            for need in &plan.agent(id).needs {
                waits[need.0] -= 1;
                if waits[need.0] == 0 {
                    free.push(*need);
                }
            }
        }
        let is_open = |id: &AgentId| !own(run, *id, now).is_zero();
        let first = plan.each().map(|(id, _)| id).filter(is_open);
        let Some(first) = first.max_by_key(|id| (weights[id.0], std::cmp::Reverse(*id))) else {
            return CriticalPath::default();
        };
        let mut nodes = vec![first];
        nodes.extend(std::iter::successors(after[first.0], |id| after[id.0]));
        let mut nodes: Vec<Node> = nodes.into_iter().map(Node::Agent).collect();
        let last = nodes.last().copied();
        let is_compiled = |id: &AgentId| last == Some(Node::Agent(*id));
        if plan.compile.as_ref().is_some_and(|compile| compile.needs.iter().any(is_compiled)) {
            nodes.push(Node::Compile);
        }
        if nodes.len() < 2 {
            return CriticalPath::default();
        }
        CriticalPath { nodes, left: weights[first.0] }
    }

    /// Returns whether a node is on it.
    pub fn has(&self, node: Node) -> bool {
        self.nodes.contains(&node)
    }

    /// Returns whether an edge of these nodes is on it.
    pub fn goes(&self, from: &[Node], to: Node) -> bool {
        self.nodes.windows(2).any(|pair| pair[1] == to && from.contains(&pair[0]))
    }
}

/// Returns what an agent has still to run.
fn own(run: &Run, id: AgentId, now: Time) -> Duration {
    match &run.state.agent(id).phase {
        Phase::Active(active) => active.clock.left(now).max(Duration::from_millis(1)),
        Phase::Waiting | Phase::Ready { .. } | Phase::Backoff { .. } | Phase::Parked => run.plan.agent(id).time_box,
        Phase::Ended { .. } => Duration::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plan;
    use crate::scheduler::{AgentVerdict, Record};

    fn run(needs: &[&[usize]], minutes: &[u64]) -> Run {
        let names: Vec<String> = (0..needs.len()).map(|n| format!("agent-{n}")).collect();
        let mut plan = Plan::of_names("plan", &names);
        for (at, agent) in plan.agents.iter_mut().enumerate() {
            agent.needs = needs[at].iter().map(|need| AgentId(*need)).collect();
            agent.time_box = Duration::from_secs(minutes[at] * 60);
        }
        Run::new("r", plan, "plan.md".into(), "/p".into())
    }

    fn path(run: &Run) -> Vec<usize> {
        let nodes = CriticalPath::of(run, Time(0)).nodes;
        nodes.into_iter().map(|node| if let Node::Agent(id) = node { id.0 } else { usize::MAX }).collect()
    }

    #[test]
    fn it_is_the_chain_with_the_most_time_to_come_and_not_the_one_with_the_most_agents() {
        // 0 > 1 > 2 takes 30 minutes, 3 > 4 takes 50.
        let run = run(&[&[], &[0], &[1], &[], &[3]], &[10, 10, 10, 20, 30]);
        assert_eq!(path(&run), [3, 4]);
        assert_eq!(CriticalPath::of(&run, Time(0)).left, Duration::from_secs(3000));
    }

    #[test]
    fn what_has_ended_is_not_on_it() {
        let mut run = run(&[&[], &[0], &[1], &[]], &[60, 5, 5, 15]);
        assert_eq!(path(&run), [0, 1, 2]);
        let ended =
            Record::AgentEnded { agent: "agent-0".to_owned(), verdict: AgentVerdict::Done, why: None, report: None };
        run.state.apply(Time(1), &ended);
        // One that needs nothing and is needed by nobody is no path.
        assert_eq!(path(&run), Vec::<usize>::new());
        run.plan.agents[3].time_box = Duration::from_secs(60);
        assert_eq!(path(&run), [1, 2]);
    }
}
