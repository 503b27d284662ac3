//! Finds agents by what people call them, and the nearest one when nobody is called so.

use std::cell::Cell;
use std::collections::HashMap;

use super::draft::DraftAgent;
use super::draft::phase_in;
use super::name::{key, slug};

/// How alike two names must be to be taken for one another, 0 to 1.
const NEAR: f64 = 0.75;
/// After so many searches for a near name, none is offered: a plan this wrong is not mended name by name.
const MOST_SEARCHES: usize = 40;

/// The names of the agents of a plan.
pub(super) struct Names {
    keys: HashMap<String, usize>,
    numbers: HashMap<u32, usize>,
    outputs: HashMap<String, usize>,
    all: Vec<(String, String)>,
    searches: Cell<usize>,
}

impl Names {
    pub(super) fn of(agents: &[DraftAgent]) -> Names {
        let mut names = Names {
            keys: HashMap::new(),
            numbers: HashMap::new(),
            outputs: HashMap::new(),
            all: agents.iter().map(|agent| (agent.name.clone(), slug(&agent.name))).collect(),
            searches: Cell::new(0),
        };
        for (place, agent) in agents.iter().enumerate() {
            names.keys.entry(key(&agent.name)).or_insert(place);
            if let Some(number) = agent.number {
                names.numbers.entry(number).or_insert(place);
            }
            if let Some(output) = &agent.output {
                names.outputs.entry(output.clone()).or_insert(place);
                if let Some((_, file)) = output.rsplit_once('/') {
                    names.outputs.entry(file.to_owned()).or_insert(place);
                }
            }
        }
        names
    }

    /// Returns the agent of this name; case, blanks and hyphens do not matter. `Agent 3` finds by number.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        let wanted = key(name);
        let by_key = |wanted: &str| self.keys.get(wanted).copied();
        let number = || {
            let digits = wanted.strip_prefix("agent").unwrap_or(&wanted);
            digits.parse().ok().and_then(|number: u32| self.numbers.get(&number).copied())
        };
        by_key(&wanted)
            .or_else(number)
            .or_else(|| by_key(wanted.strip_suffix("agent")?))
            .or_else(|| by_key(&format!("{wanted}agent")))
            .or_else(|| self.outputs.get(name.trim()).copied())
    }

    /// Returns whom a need means: one agent, all of a phase, or all of the phases before.
    pub(super) fn several(&self, name: &str, dependant: usize, agents: &[DraftAgent]) -> Vec<usize> {
        if let Some(one) = self.find(name) {
            return vec![one];
        }
        let lower = name.to_lowercase();
        let here = agents[dependant].phase;
        let those = |wanted: &dyn Fn(u32) -> bool| -> Vec<usize> {
            let others = agents.iter().enumerate().filter(|(place, agent)| *place != dependant && wanted(agent.phase));
            others.map(|(place, _)| place).collect()
        };
        let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        match phase_in(name) {
            Some(phase) if words.len() <= 6 => those(&|other| other == phase && other < here),
            Some(_) => Vec::new(),
            None if words.first() == Some(&"all") && words.len() <= 5 => those(&|other| other < here),
            None => Vec::new(),
        }
    }

    /// Returns the name that is nearest to one that nobody has, if one is near.
    pub(super) fn near(&self, name: &str) -> Option<&str> {
        let wanted = slug(name);
        if wanted.is_empty() || self.searches.replace(self.searches.get() + 1) >= MOST_SEARCHES {
            return None;
        }
        let words: Vec<&str> = wanted.split('-').collect();
        let alike = |known: &str| {
            let known_words: Vec<&str> = known.split('-').collect();
            if words.len() < known_words.len() && words.iter().all(|word| known_words.contains(word)) {
                // Part of the name: near enough to ask.
                return NEAR;
            }
            let (short, long) = (wanted.len().min(known.len()), wanted.len().max(known.len()));
            if short * 4 < long * 3 { 0.0 } else { strsim::normalized_damerau_levenshtein(&wanted, known) }
        };
        let best = self.all.iter().map(|(name, slug)| (name, alike(slug))).max_by(|a, b| a.1.total_cmp(&b.1))?;
        (best.1 >= NEAR).then_some(best.0.as_str())
    }

    /// Returns some names, for a hint.
    pub(super) fn some(&self) -> String {
        let shown: Vec<&str> = self.all.iter().take(10).map(|(name, _)| name.as_str()).collect();
        let more = self.all.len().saturating_sub(shown.len());
        if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { shown.join(", ") }
    }
}
