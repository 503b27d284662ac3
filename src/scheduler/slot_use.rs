//! How well the slots are used: the most that were held, and how long a freed slot stood empty.

use std::collections::BTreeMap;

use super::clock::Time;
use super::record::{Record, SlotUse};

/// Measures the time from the choice of a slot's next attempt until its process runs.
///
/// A slot is refilled by the event that frees it or that makes an agent ready, so this is the whole time in which it
/// stands empty though something could run. The first filling of a slot is no refill.
#[derive(Debug, Default)]
pub(super) struct SlotMeter {
    active: usize,
    max_active: usize,
    /// Slots that were held before and are free.
    freed: usize,
    /// Refills that have not started yet.
    refilling: BTreeMap<String, Time>,
    /// How often a slot stood empty for so many milliseconds.
    gaps: BTreeMap<u64, u64>,
}

impl SlotMeter {
    /// Takes in a record.
    pub fn take(&mut self, now: Time, record: &Record) {
        match record {
            Record::AttemptStarting { agent, .. } => {
                self.active += 1;
                self.max_active = self.max_active.max(self.active);
                if self.freed > 0 {
                    self.freed -= 1;
                    self.refilling.insert(agent.clone(), now);
                }
            }
            // A place's queue is no idleness of Quintet's.
            Record::AttemptStarted { agent, .. } | Record::AttemptQueued { agent, .. } => {
                if let Some(since) = self.refilling.remove(agent) {
                    let gap = now.0.saturating_sub(since.0);
                    *self.gaps.entry(gap).or_default() += 1;
                }
            }
            Record::AttemptEnded { agent, .. } => {
                self.active = self.active.saturating_sub(1);
                self.freed += 1;
                self.refilling.remove(agent);
            }
            _ => {}
        }
    }

    /// Returns the figures so far.
    pub fn so_far(&self) -> SlotUse {
        SlotUse { max_active: self.max_active, idle_p50_ms: self.percentile(0.50), idle_p99_ms: self.percentile(0.99) }
    }

    fn percentile(&self, share: f64) -> f64 {
        let count: u64 = self.gaps.values().sum();
        let rank = (share * count as f64).ceil() as u64;
        let mut seen = 0;
        for (gap, times) in &self.gaps {
            seen += times;
            if seen >= rank {
                return *gap as f64;
            }
        }
        0.0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::scheduler::AttemptVerdict;

    fn starting(agent: &str) -> Record {
        Record::AttemptStarting {
            agent: agent.into(),
            attempt: 1,
            folder: String::new(),
            place: "local".into(),
            engine: "builtin".into(),
            model: None,
            limit_s: 900.0,
        }
    }

    fn started(agent: &str) -> Record {
        Record::AttemptStarted { agent: agent.into(), attempt: 1, pid: 1, again: false }
    }

    fn ended(agent: &str) -> Record {
        Record::AttemptEnded {
            agent: agent.into(),
            attempt: 1,
            verdict: AttemptVerdict::Done,
            why: None,
            exit: Some(0),
            signal: None,
            wall_s: 1.0,
            run_s: 1.0,
            queued_s: 0.0,
            tokens: None,
            cost_usd: None,
            tools: BTreeMap::new(),
            counted: false,
            progress: true,
            report: None,
            hopeless: false,
            left_s: 0.0,
            partial: false,
        }
    }

    #[test]
    fn a_refill_is_measured_and_the_first_filling_is_not() {
        let mut meter = SlotMeter::default();
        meter.take(Time(0), &starting("a"));
        meter.take(Time(40), &started("a"));
        meter.take(Time(1_000), &ended("a"));
        meter.take(Time(1_000), &starting("b"));
        meter.take(Time(1_003), &started("b"));

        let so_far = meter.so_far();

        assert_eq!(so_far, SlotUse { max_active: 1, idle_p50_ms: 3.0, idle_p99_ms: 3.0 });
    }
}
