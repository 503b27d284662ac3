//! What is kept of attempts: the newest as they were, of all of them the sums. A person's retries can make any number.

use std::collections::BTreeMap;
use std::time::Duration;

use super::record::AttemptVerdict;
use super::state::{AgentState, Ended};

/// How many attempts of an agent are kept as they were. The journal has them all.
const KEPT: usize = 32;

/// The sums of an agent's ended attempts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sums {
    pub attempts: usize,
    /// Without pauses and questions.
    pub ran: Duration,
    /// The longest that one of them ran.
    pub longest: Duration,
    /// Those that ended by a limit or an order.
    pub out_of_time: usize,
    pub tokens: u64,
    /// US dollars.
    pub cost_usd: f64,
    /// Calls by tool.
    pub tools: BTreeMap<String, u64>,
}

impl Sums {
    fn add(&mut self, ended: &Ended) {
        self.attempts += 1;
        self.ran += ended.run;
        self.longest = self.longest.max(ended.run);
        self.out_of_time += usize::from(ended.verdict == AttemptVerdict::OutOfTime);
        self.tokens += ended.tokens.unwrap_or(0);
        self.cost_usd += ended.cost_usd.unwrap_or(0.0);
        for (tool, calls) in &ended.tools {
            *self.tools.entry(tool.clone()).or_default() += calls;
        }
    }
}

impl AgentState {
    /// Returns the sums of its ended attempts.
    pub fn sums(&self) -> Sums {
        let mut sums = self.earlier.clone();
        self.attempts.iter().filter_map(|attempt| attempt.ended.as_ref()).for_each(|ended| sums.add(ended));
        sums
    }

    /// Returns how many attempts it has had, the active one included.
    pub fn tries(&self) -> usize {
        self.earlier.attempts + self.attempts.len()
    }

    /// Keeps only the sums of its oldest attempts.
    pub(super) fn forget_oldest(&mut self) {
        while self.attempts.len() > KEPT {
            let oldest = self.attempts.remove(0);
            oldest.ended.iter().for_each(|ended| self.earlier.add(ended));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scheduler::{Record, State, Time};

    #[test]
    fn however_many_attempts_few_are_kept_and_all_are_counted() {
        let mut state = State::new(["a".to_owned()], 1);
        for n in 1..=1000 {
            let agent = || "a".to_owned();
            state.apply(
                Time(u64::from(n) * 10),
                &Record::AttemptStarting {
                    agent: agent(),
                    attempt: n,
                    folder: format!("a-{n}"),
                    place: "local".to_owned(),
                    engine: "mine".to_owned(),
                    model: None,
                    limit_s: 900.0,
                },
            );
            state.apply(
                Time(u64::from(n) * 10 + 5),
                &Record::AttemptEnded {
                    agent: agent(),
                    attempt: n,
                    verdict: AttemptVerdict::OutOfTime,
                    why: None,
                    exit: Some(0),
                    signal: None,
                    wall_s: 1.0,
                    run_s: 0.5,
                    queued_s: 0.0,
                    tokens: Some(3),
                    cost_usd: Some(0.25),
                    tools: BTreeMap::from([("Read".to_owned(), 2)]),
                    counted: true,
                    progress: true,
                    report: None,
                    hopeless: false,
                    left_s: 0.0,
                    partial: false,
                },
            );
        }
        let agent = &state.agents[0];
        assert_eq!((agent.attempts.len(), agent.tries(), agent.last_attempt()), (KEPT, 1000, 1000));
        let sums = agent.sums();
        assert_eq!((sums.attempts, sums.out_of_time, sums.tokens), (1000, 1000, 3000));
        assert_eq!((sums.ran, sums.longest), (Duration::from_secs(500), Duration::from_millis(500)));
        assert_eq!((sums.cost_usd, sums.tools["Read"]), (250.0, 2000));
    }
}
