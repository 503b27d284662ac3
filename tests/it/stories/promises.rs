//! What holds in every story and at every moment of it.

use std::collections::BTreeMap;
use std::time::Duration;

use quintet::plan::AgentId;
use quintet::scheduler::{AttemptVerdict, Mode, Phase, Record, State, TaskSpec};

use super::process::Process;
use super::world::World;

/// How late a deadline may be met in a world whose clock is exact: starting and killing take some milliseconds.
const LATE: Duration = Duration::from_millis(20);

#[derive(Debug, Default)]
pub struct Promises {
    /// Counted attempts since the start or the last reopening.
    counted: BTreeMap<String, u32>,
    active: usize,
    /// Time in which no Quintet was there to meet a deadline is taken off.
    pub unattended: Duration,
}

impl Promises {
    /// Never more than the slots, never before its needs, never more than three attempts that count.
    pub fn recorded(&mut self, record: &Record, tasks: &[TaskSpec], state: &State) {
        match record {
            Record::AttemptStarting { agent, .. } => {
                self.active += 1;
                assert!(self.active <= state.slots, "{agent} starts above the slots");
                let id = state.find(agent).expect("records name agents of the plan");
                let counted = self.counted.get(agent).copied().unwrap_or_default();
                assert!(counted < 3, "{agent} starts a fourth time");
                assert!(state.agent(id).forced || needs_met(tasks, state, id), "{agent} starts before its needs");
            }
            Record::AttemptEnded { agent, verdict, counted, .. } => {
                self.active -= 1;
                *self.counted.entry(agent.clone()).or_default() += u32::from(*counted);
                assert!(!counted || matches!(verdict, AttemptVerdict::OutOfTime | AttemptVerdict::Failed));
            }
            Record::AgentReopened { agent, .. } => {
                self.counted.remove(agent);
            }
            _ => {}
        }
    }

    /// No box is overrun by more than its grace.
    pub fn process_ended(&self, process: &Process, grace: Duration) {
        let most = process.limit + grace + LATE + self.unattended;
        assert!(process.boxed <= most, "attempt {} ran {:?} of {most:?}", process.attempt, process.boxed);
    }

    /// No slot is free while an agent could run.
    pub fn nothing_waits(&self, world: &World) {
        let state = world.state();
        let is_over = world.orders.iter().any(|(_, order)| *order == quintet::scheduler::Order::Compile);
        if state.mode != Mode::Running || state.budget_reached || is_over || state.active_count() >= state.slots {
            return;
        }
        for (index, agent) in state.agents.iter().enumerate() {
            let id = AgentId(index);
            let could_wait_for_nothing = match agent.phase {
                Phase::Waiting | Phase::Ready { .. } => agent.forced || needs_met(&world.tasks, state, id),
                Phase::Backoff { until, .. } => until <= world.now,
                Phase::Parked | Phase::Active(_) | Phase::Ended { .. } => false,
            };
            let engine = agent.engine.as_ref().unwrap_or(&world.tasks[index].engine);
            let rests = state.throttled.contains_key(engine);
            assert!(!could_wait_for_nothing || rests || !has_room(world, id), "{} waits for nothing", agent.name);
        }
    }
}

fn needs_met(tasks: &[TaskSpec], state: &State, id: AgentId) -> bool {
    let met = |need: &AgentId| state.agent(*need).verdict().is_some_and(|verdict| verdict.satisfies());
    tasks[id.0].needs.iter().all(met)
}

fn has_room(world: &World, id: AgentId) -> bool {
    let place = &world.tasks[id.0].place;
    let Some((_, slots)) = world.settings.place_slots.iter().find(|(name, _)| name == place) else { return true };
    let there = world.state().active().filter(|(agent, _)| world.tasks[agent.0].place == *place).count();
    there < *slots
}
