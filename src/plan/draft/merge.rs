//! One agent may be written in two places: in a list that gives the overview and below its own heading.

use std::collections::HashMap;

use crate::plan::draft::{DraftAgent, Shape};
use crate::plan::name;

/// Joins what belongs together, sorts by phase, and gives every agent the name of its files.
///
/// Two agents of one name that are written in the same way, or in different phases, stay two.
pub(super) fn merge(found: Vec<DraftAgent>) -> Vec<DraftAgent> {
    let mut agents: Vec<DraftAgent> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for agent in found {
        let key = name::key(&agent.name);
        match places.get(&key).copied() {
            Some(known) if belong_together(&agents[known], &agent) => join(&mut agents[known], agent),
            Some(_) => agents.push(agent),
            None => {
                places.insert(key, agents.len());
                agents.push(agent);
            }
        }
    }
    number_phases(&mut agents);
    agents.sort_by_key(|agent| agent.phase);
    name_files(&mut agents);
    agents
}

fn belong_together(one: &DraftAgent, other: &DraftAgent) -> bool {
    let mention = one.shape == Shape::Mention || other.shape == Shape::Mention;
    let other_phase = one.told_phase && other.told_phase && one.phase != other.phase;
    mention || (one.shape != other.shape && !other_phase)
}

fn join(one: &mut DraftAgent, mut other: DraftAgent) {
    if other.shape == Shape::Heading || one.shape == Shape::Mention {
        // The fuller account speaks first.
        std::mem::swap(one, &mut other);
        one.name.clone_from(&other.name);
    }
    if !one.told_phase && (other.told_phase || one.phase == 0) {
        (one.phase, one.told_phase) = (other.phase, other.told_phase);
    }
    if one.task.is_empty() {
        one.task = other.task;
    } else {
        let more = other.task.into_iter().filter(|line| !one.task.contains(line));
        one.how.extend(more);
    }
    let more: Vec<String> = other.how.into_iter().filter(|line| !one.how.contains(line)).collect();
    one.how.extend(more);
    one.time_box = one.time_box.or(other.time_box);
    one.told_output = one.told_output.take().or(other.told_output);
    one.number = one.number.or(other.number);
    if one.criteria.is_empty() {
        one.criteria = other.criteria;
    }
    one.tools.extend(other.tools);
    let mut seen = std::collections::HashSet::new();
    one.tools.retain(|tool| seen.insert(tool.clone()));
    one.reads.extend(other.reads);
    one.told_needs.extend(other.told_needs);
}

/// Phases count from 1, also where the author counts from 0 or names none.
fn number_phases(agents: &mut [DraftAgent]) {
    let counts_from_zero = agents.iter().any(|agent| agent.told_phase && agent.phase == 0);
    for agent in agents {
        agent.phase = if counts_from_zero { agent.phase + 1 } else { agent.phase.max(1) };
    }
}

fn name_files(agents: &mut [DraftAgent]) {
    let mut taken: HashMap<String, String> = HashMap::new();
    for (at, agent) in agents.iter_mut().enumerate() {
        let key = name::key(&agent.name);
        let mut slug = name::slug(&agent.name);
        if slug.is_empty() {
            slug = format!("agent-{}", at + 1);
        }
        // Long names that begin alike, and names in another script, still need files of their own.
        if taken.get(&slug).is_some_and(|other| *other != key) {
            let end = format!("-{}", at + 1);
            slug.truncate(40 - end.len());
            slug.truncate(slug.trim_end_matches('-').len());
            slug.push_str(&end);
        }
        taken.insert(slug.clone(), key);
        agent.slug = slug;
    }
}
