//! The worst that a run can come to, told before it starts.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use super::spend::Account;
use super::{AgentSetup, Setup};
use crate::plan::Plan;

/// The worst that a run can come to.
#[derive(Debug, Clone, PartialEq)]
pub struct WorstCase {
    pub attempts: usize,
    /// Without the pauses before retries.
    pub wall: Duration,
    /// US dollars that are billed and measured; `None`: none are.
    pub dollars: Option<f64>,
    /// The same if every attempt is killed before it tells what its last turn has cost; `None`: no more.
    pub untold: Option<f64>,
    /// Agents by engine and account, of language models only.
    agents: BTreeMap<(String, Account), usize>,
    /// Engines on a key that do not tell what they cost.
    unmeasured: Vec<String>,
}

/// Returns the worst that this run can come to.
pub fn worst_case(plan: &Plan, setup: &Setup) -> WorstCase {
    // Successors and retries together are no more than the greater of both. Attempts that a quota or a crash ends are
    // not counted by anything, and have the time and the dollars that those before them left.
    let each = setup.successors.max(setup.retries).saturating_add(1);
    let longest_of = |own: &AgentSetup| own.time_box.saturating_add(setup.grace).saturating_mul(each);
    let longest = setup.agents.iter().map(longest_of).max().unwrap_or_default();
    let whole = setup.agents.iter().map(longest_of).fold(Duration::ZERO, Duration::saturating_add);
    let slots = u32::try_from(setup.slots.min(plan.agents.len())).unwrap_or(u32::MAX).max(1);
    let mut agents = BTreeMap::new();
    let mut unmeasured = Vec::new();
    let (mut dollars, mut untold) = (None, 0.0);
    for own in setup.agents.iter().filter(|own| own.account != Account::Free) {
        *agents.entry((own.engine.name.clone(), own.account)).or_default() += 1;
        match (own.account, own.engine.kind.tells_cost()) {
            (Account::Key, true) => {
                let cap = own.max_cost.unwrap_or(f64::INFINITY);
                *dollars.get_or_insert(0.0) += cap;
                untold += if own.engine.kind.tells_cost_at_once() { cap } else { cap * f64::from(each) };
            }
            (Account::Key, false) if !unmeasured.contains(&own.engine.name) => {
                unmeasured.push(own.engine.name.clone());
            }
            (Account::Key | Account::Login | Account::Free, _) => {}
        }
    }
    let dollars = dollars.map(|all: f64| setup.max_cost.map_or(all, |cap| all.min(cap)));
    WorstCase {
        attempts: plan.agents.len().saturating_mul(usize::try_from(each).unwrap_or(usize::MAX)),
        wall: longest.max(whole / slots),
        dollars,
        untold: dollars.and_then(|told| (untold > told).then_some(untold)),
        agents,
        unmeasured,
    }
}

impl WorstCase {
    /// Returns whether somebody pays for each call: then the person is asked first.
    pub fn is_billed(&self) -> bool {
        self.agents.keys().any(|(_, account)| *account == Account::Key)
    }

    /// Returns attempts and time in a sentence.
    pub fn in_short(&self) -> String {
        let attempts = if self.attempts == 1 { "1 attempt".to_owned() } else { format!("{} attempts", self.attempts) };
        format!("At worst {attempts} and about {} min", self.wall.as_secs().div_ceil(60))
    }

    /// Returns who pays and how much at most; empty: no model is called.
    pub fn words(&self, setup: &Setup) -> String {
        let mut text = String::new();
        for ((engine, account), count) in &self.agents {
            let agents = if *count == 1 { "1 agent".to_owned() } else { format!("{count} agents") };
            let who = match account {
                Account::Key => "on an API key: each call is billed",
                Account::Login => "on the program's own login: dollars that it tells are not billed on a subscription",
                Account::Free => continue,
            };
            let _ = writeln!(text, "  {agents} by {engine}, {who}");
        }
        if let Some(dollars) = self.dollars {
            let agent = setup.agents.iter().filter_map(|own| own.max_cost).fold(0.0, f64::max);
            let _ = writeln!(
                text,
                "  at worst ${dollars:.2}; at most ${agent:.2} an agent (max_cost), all its attempts together"
            );
        }
        if let Some(untold) = self.untold {
            let _ = writeln!(text, "  a turn that is killed does not tell its cost: ${untold:.2} if all of them are");
        }
        if !self.unmeasured.is_empty() {
            let engines = self.unmeasured.join(" and ");
            let _ = writeln!(text, "  {engines} tells no dollars, so nothing caps them");
        }
        text
    }
}
