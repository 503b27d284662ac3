//! The whole run in numbers.

use std::time::Duration;

use crate::run::{Run, Source};
use crate::scheduler::{Stage, Time, Word};

/// Numbers of the whole run.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Tally {
    pub running: usize,
    pub paused: usize,
    pub asking: usize,
    pub waiting: usize,
    pub ready: usize,
    pub good: usize,
    pub partial: usize,
    pub bad: usize,
    pub cost_usd: f64,
    pub tokens: u64,
}

impl Tally {
    pub fn of(run: &Run) -> Tally {
        let mut tally = Tally { cost_usd: run.cost(), tokens: run.tokens(), ..Tally::default() };
        for agent in &run.state.agents {
            match agent.word() {
                Word::Waiting => tally.waiting += 1,
                Word::Ready => tally.ready += 1,
                Word::Paused if agent.active().is_none() => tally.waiting += 1,
                Word::Paused => tally.paused += 1,
                Word::Asking => {
                    tally.asking += 1;
                    tally.running += 1;
                }
                Word::Starting | Word::Queued | Word::Running | Word::WrappingUp | Word::Stopping | Word::Killing => {
                    tally.running += 1
                }
                Word::Done | Word::Skipped => tally.good += 1,
                Word::Partial => tally.partial += 1,
                Word::Failed | Word::Killed | Word::Blocked => tally.bad += 1,
            }
        }
        tally
    }

    /// Returns after how long every time box that is still to come is over, if no agent needs another attempt;
    /// `None` while nothing runs.
    pub fn longest(run: &Run, now: Time) -> Option<Duration> {
        if run.source != Source::Quintet {
            return None;
        }
        let mut free: Vec<Duration> = run.state.active().map(|(_, active)| active.clock.left(now)).collect();
        free.resize(run.state.slots.max(1).max(free.len()), Duration::ZERO);
        for (id, agent) in run.plan.each() {
            let state = run.state.agent(id);
            if state.verdict().is_none() && state.active().is_none() {
                *free.iter_mut().min()? += agent.time_box;
            }
        }
        let all_stand = run.state.active().all(|(_, active)| matches!(active.stage, Stage::Paused { .. }));
        free.into_iter().max().filter(|longest| !longest.is_zero() && !all_stand)
    }
}
