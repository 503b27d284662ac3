//! From plan and setup to what the scheduler must know.

use std::time::Duration;

use crate::plan::Plan;
use crate::scheduler::{Settings, TaskSpec};
use crate::settings::Setup;

/// Waits before the first and every later retry.
const BACKOFF: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(5)];

/// Returns what the scheduler must know of every agent.
pub fn tasks(plan: &Plan, setup: &Setup) -> Vec<TaskSpec> {
    let chains = plan.chain_lengths();
    plan.each()
        .zip(&setup.agents)
        .map(|((id, agent), setup)| TaskSpec {
            name: agent.name.clone(),
            slug: agent.slug.clone(),
            needs: agent.needs.clone(),
            time_box: setup.time_box,
            engine: setup.engine.name.clone(),
            model: setup.model.clone(),
            chain: chains[id.0],
            wraps_up: setup.engine.kind.is_llm(),
            pauses_softly: setup.engine.kind.is_llm(),
            verifies: setup.verify.is_some(),
            place: setup.place.clone(),
        })
        .collect()
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
        place_slots: setup.place_slots.clone(),
    }
}
