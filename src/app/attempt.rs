//! From plan and setup to what the scheduler must know.

use std::time::Duration;

use crate::engine;
use crate::plan::{AgentId, Plan};
use crate::scheduler::{Settings, TaskSpec};
use crate::settings::{Setup, spend};

/// Waits before the first and every later retry.
const BACKOFF: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(5)];

/// Returns what the scheduler must know of every agent.
pub fn tasks(plan: &Plan, setup: &Setup) -> Vec<TaskSpec> {
    let chains = plan.chain_lengths();
    plan.each().map(|(id, _)| task(plan, setup, id, chains[id.0])).collect()
}

/// Returns what the scheduler must know of an agent as it is set up now. `chain`: the longest chain of dependants.
pub fn task(plan: &Plan, setup: &Setup, id: AgentId, chain: usize) -> TaskSpec {
    let (agent, own) = (plan.agent(id), &setup.agents[id.0]);
    let engine = &own.engine;
    TaskSpec {
        name: agent.name.clone(),
        slug: agent.slug.clone(),
        needs: agent.needs.clone(),
        time_box: own.time_box,
        engine: engine.name.clone(),
        shares: spend::sharers(engine, &setup.engines),
        model: own.model.clone(),
        chain,
        wraps_up: engine.kind.is_llm(),
        pauses_softly: engine::pauses_softly(engine),
        verifies: own.verify.is_some(),
        place: own.place.clone(),
    }
}

/// Returns the rules of the run.
pub fn rules(setup: &Setup, headless: bool) -> Settings {
    Settings {
        slots: setup.slots,
        warning: setup.warning,
        wrap_up: setup.wrap_up,
        grace: setup.grace,
        successors: setup.successors,
        retries: setup.retries,
        backoff: BACKOFF.to_vec(),
        hold_on_same_failure: true,
        headless,
        max_cost: setup.max_cost,
        max_tokens: setup.max_tokens,
        place_slots: setup.places.values().filter_map(|place| Some((place.name.clone(), place.slots?))).collect(),
    }
}
