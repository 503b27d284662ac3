//! The run ends when nothing runs and nothing can run any more.

use super::brain::Scheduler;
use super::event::Order;
use super::hold::PAUSED;
use super::record::{AgentVerdict, Record};
use super::state::Mode;

impl Scheduler {
    /// Returns whether the last order was given: only the final report is still to come, or it is there.
    pub(super) fn is_over(&self) -> bool {
        self.compiling || self.state.mode == Mode::Ended
    }

    /// Has the final report written when nothing can run.
    pub(super) fn finish_if_over(&mut self) {
        if self.is_over() || !self.roster.active.is_empty() {
            return;
        }
        if self.state.stopped {
            self.end_unfinished();
        } else if !self.roster.open.is_empty() {
            let Some(why) = self.why_nothing_more_starts() else { return };
            self.emit(Record::RunStopped { why });
            self.end_unfinished();
        }
        self.compiling = true;
        self.order(Order::Compile);
    }

    fn why_nothing_more_starts(&self) -> Option<String> {
        match &self.state.mode {
            Mode::Running | Mode::Ended => None,
            // Nobody is there to resume it; but who paused it all is.
            Mode::Held { why } => (self.settings.headless && why != PAUSED).then(|| why.clone()),
            Mode::Draining => Some("drained".to_owned()),
            Mode::Stopping { kill: true } => Some("killed".to_owned()),
            Mode::Stopping { kill: false } => Some("stopped".to_owned()),
        }
    }

    /// Ends the agents that have run and would have gone on. Those that never ran keep no verdict.
    fn end_unfinished(&mut self) {
        for agent in self.roster.open.clone() {
            if !self.state.agent(agent).opening().is_empty() {
                let record = self.give_up(agent, AgentVerdict::Killed, Some("the run was stopped".to_owned()));
                self.emit(record);
            }
        }
    }
}
