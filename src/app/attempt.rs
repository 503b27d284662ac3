//! From plan and setup to what the scheduler must know.

use std::time::Duration;

use crate::engine::Engine;
use crate::plan::{AgentId, Plan};
use crate::scheduler::{Settings, TaskSpec};
use crate::settings::Setup;

/// Waits before the first and every later retry.
const BACKOFF: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(5)];

/// Returns what the scheduler must know of every agent.
pub fn tasks(plan: &Plan, setup: &Setup) -> Vec<TaskSpec> {
    let chains = plan.chain_lengths();
    plan.each().map(|(id, _)| task(plan, setup, id, &setup.agents[id.0].engine, chains[id.0])).collect()
}

/// Returns what the scheduler must know of an agent that this engine plays. `chain`: the longest chain of dependants.
pub fn task(plan: &Plan, setup: &Setup, id: AgentId, engine: &Engine, chain: usize) -> TaskSpec {
    let (agent, own) = (plan.agent(id), &setup.agents[id.0]);
    let is_own = own.engine.name == engine.name;
    TaskSpec {
        name: agent.name.clone(),
        slug: agent.slug.clone(),
        needs: agent.needs.clone(),
        time_box: own.time_box,
        engine: engine.name.clone(),
        model: if is_own { own.model.clone() } else { engine.model.clone() },
        chain,
        wraps_up: engine.kind.is_llm(),
        pauses_softly: engine.kind.is_llm(),
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
