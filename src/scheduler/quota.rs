//! Quotas of engines, and what the run may spend.

use super::brain::{Scheduler, whole_ms};
use super::event::Outcome;
use super::record::{By, EndOrder, Record};
use crate::plan::AgentId;

/// Why an agent is not tried again.
pub(super) const SPENT: &str = "what it may spend is spent";

impl Scheduler {
    /// Lets an engine rest until its quota is there again.
    pub(super) fn open_breaker(&mut self, agent: AgentId, outcome: &Outcome) {
        let Some((until, wait)) = outcome.throttled_until else { return };
        let engine = self.engine(agent).to_owned();
        let wait = whole_ms(wait);
        let rests_longer = self.state.throttled.get(&engine).is_some_and(|known| *known >= self.now + wait);
        if !rests_longer {
            let why = outcome.why.clone().unwrap_or_else(|| "a quota or rate limit".to_owned());
            self.emit(Record::ThrottleOpened { engine, until, after_s: wait.as_secs_f64(), why });
        }
    }

    /// Starts nothing more and stops what runs when the run's cap is reached, as far as it is told; the same of an agent
    /// and its own cap.
    pub(super) fn spent(&mut self, agent: AgentId, run_cost_usd: f64, run_tokens: u64, over_own_cap: bool) {
        let is_reached = self.share_of_cap(run_cost_usd, run_tokens) >= 1.0;
        if is_reached && !self.state.budget_reached {
            let what = self.spent_in_words(run_cost_usd, run_tokens);
            self.emit(Record::BudgetReached { agent: None, what });
            self.roster.unsettled = self.roster.open.clone();
        }
        if is_reached {
            for agent in self.actives() {
                self.end_for_budget(agent);
            }
        }
        if over_own_cap {
            if !self.state.agent(agent).budget_spent {
                self.emit(Record::BudgetReached { agent: Some(self.name(agent)), what: SPENT.to_owned() });
            }
            self.end_for_budget(agent);
        }
    }

    fn end_for_budget(&mut self, agent: AgentId) {
        if self.is_free_to_end(agent) {
            self.end_early(agent, EndOrder::Budget, By::Quintet);
        }
    }

    /// Returns whether an attempt runs that was not told to end yet.
    fn is_free_to_end(&self, agent: AgentId) -> bool {
        self.active(agent).is_some_and(|(_, it)| it.order.is_none())
    }

    fn share_of_cap(&self, cost_usd: f64, tokens: u64) -> f64 {
        let of_cost = self.settings.max_cost.map_or(0.0, |cap| cost_usd / cap);
        let of_tokens = self.settings.max_tokens.map_or(0.0, |cap| tokens as f64 / cap as f64);
        of_cost.max(of_tokens)
    }

    fn spent_in_words(&self, cost_usd: f64, tokens: u64) -> String {
        let dollars = self.settings.max_cost.map(|cap| format!("{cost_usd:.2} of {cap:.2} dollars"));
        let tokens = self.settings.max_tokens.map(|cap| format!("{tokens} of {cap} tokens"));
        dollars.into_iter().chain(tokens).collect::<Vec<_>>().join(", ")
    }
}
