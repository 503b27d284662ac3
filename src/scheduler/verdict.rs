//! What the end of an attempt means.
//!
//! An attempt that was asked to wrap up or was sent TERM is `out_of_time`, whatever its exit status: its work was cut
//! short. Only one that ended by itself before can be `done`.

use std::time::Duration;

use super::brain::Scheduler;
use super::event::{End, Outcome};
use super::record::{AttemptVerdict, By, EndOrder};
use super::state::{Active, Attempt, Stage};
use crate::plan::AgentId;

/// An engine may lose its connection while its tree is frozen: an error so soon after is no failure.
const SHAKEN: Duration = Duration::from_secs(30);

/// How an attempt ended, judged.
#[derive(Debug)]
pub(super) struct Judgement {
    pub verdict: AttemptVerdict,
    pub why: Option<String>,
    /// It counts as a successor or as a retry.
    pub counted: bool,
    /// Trying again cannot help.
    pub hopeless: bool,
}

impl Judgement {
    pub fn done() -> Judgement {
        Judgement { verdict: AttemptVerdict::Done, why: None, counted: false, hopeless: false }
    }

    pub fn failed(why: String) -> Judgement {
        Judgement { verdict: AttemptVerdict::Failed, why: Some(why), counted: true, hopeless: false }
    }

    fn uncounted(verdict: AttemptVerdict, why: impl Into<String>) -> Judgement {
        Judgement { verdict, why: Some(why.into()), counted: false, hopeless: false }
    }
}

impl Scheduler {
    /// Judges the end of an active attempt.
    pub(super) fn judge(&self, agent: AgentId, active: &Active, it: &Attempt, outcome: &Outcome) -> Judgement {
        if let Some(killed) = self.judge_by_order(it).filter(|by_order| by_order.verdict == AttemptVerdict::Killed) {
            return killed;
        }
        match outcome.end {
            End::Lost => {
                let why = outcome.why.clone().unwrap_or_else(|| "its process is gone without a trace".to_owned());
                return Judgement::uncounted(AttemptVerdict::Lost, why);
            }
            End::Orphaned => return Judgement::uncounted(AttemptVerdict::Lost, "it was ended since Quintet was gone"),
            End::CannotStart => return self.judge_failure(agent, it, outcome),
            End::NoRoom => return Judgement { counted: false, ..self.judge_failure(agent, it, outcome) },
            End::Backstop => return self.out_of_time(agent, it, "its time was up while Quintet was gone"),
            End::Exited { .. } => {}
        }
        match &active.stage {
            Stage::Stopping { .. } | Stage::Killing { .. } if it.finished => self.judge_own_end(agent, it, outcome),
            Stage::WrappingUp { why } | Stage::Stopping { why, .. } | Stage::Killing { why } => {
                self.out_of_time(agent, it, why)
            }
            Stage::Starting | Stage::Queued { .. } | Stage::Running | Stage::Asking { .. } | Stage::Paused { .. } => {
                self.judge_own_end(agent, it, outcome)
            }
        }
    }

    /// Judges an attempt by the order that it got, if it got one.
    pub(super) fn judge_by_order(&self, it: &Attempt) -> Option<Judgement> {
        let ordered = it.order?;
        let why = ordered.order.why(ordered.by);
        let verdict = match ordered.order {
            EndOrder::Kill | EndOrder::Skip => AttemptVerdict::Killed,
            EndOrder::HandOver | EndOrder::Park | EndOrder::Stop | EndOrder::Budget => AttemptVerdict::OutOfTime,
        };
        Some(Judgement::uncounted(verdict, why))
    }

    fn judge_own_end(&self, agent: AgentId, it: &Attempt, outcome: &Outcome) -> Judgement {
        let has_report = outcome.report.is_some() || outcome.report_optional;
        if outcome.good && has_report {
            let why = outcome.why.clone().filter(|_| outcome.partial);
            return Judgement { why, ..Judgement::done() };
        }
        if outcome.throttled_until.is_some() {
            let why = outcome.why.clone().unwrap_or_else(|| "a quota or rate limit stopped it".to_owned());
            return Judgement::uncounted(AttemptVerdict::Throttled, why);
        }
        if outcome.good {
            return Judgement { hopeless: true, ..Judgement::failed("no report".to_owned()) };
        }
        self.judge_failure(agent, it, outcome)
    }

    fn judge_failure(&self, agent: AgentId, it: &Attempt, outcome: &Outcome) -> Judgement {
        let why = outcome.why.clone().unwrap_or_else(|| outcome.end.in_words());
        let counted = !self.is_shaken(agent, it, self.now);
        Judgement { hopeless: outcome.hopeless, counted, ..Judgement::failed(why) }
    }

    /// Returns whether an attempt that ended at `end` was frozen shortly before.
    pub(super) fn is_shaken(&self, agent: AgentId, it: &Attempt, end: super::clock::Time) -> bool {
        let since_thaw = it.thawed.map(|thawed| end.since(thawed));
        self.tasks[agent.0].wraps_up && since_thaw.is_some_and(|since| since <= SHAKEN)
    }

    /// An order of the person takes no attempt away from the agent, but a hand-over counts while it is within the
    /// allowance.
    fn out_of_time(&self, agent: AgentId, it: &Attempt, why: &str) -> Judgement {
        match it.order.map(|ordered| (ordered.order, ordered.by)) {
            None => Judgement { counted: true, ..Judgement::uncounted(AttemptVerdict::OutOfTime, why) },
            Some((EndOrder::HandOver, by)) => {
                let counted = self.successor_allowed(agent, 1);
                Judgement { counted, ..Judgement::uncounted(AttemptVerdict::OutOfTime, EndOrder::HandOver.why(by)) }
            }
            Some((order, by)) => Judgement::uncounted(AttemptVerdict::OutOfTime, order.why(by)),
        }
    }
}

impl EndOrder {
    /// Returns the order in words, as a reason.
    pub(super) fn why(self, by: By) -> String {
        let deed = match self {
            EndOrder::HandOver => "handed over",
            EndOrder::Park => "parked",
            EndOrder::Stop => "stopped",
            EndOrder::Kill => "killed",
            EndOrder::Skip => "skipped",
            EndOrder::Budget => return "its budget is spent".to_owned(),
        };
        match by {
            By::Screen | By::Ctl => format!("{deed} by the person"),
            By::Signal => format!("{deed} by a signal"),
            By::Quintet => format!("{deed} by Quintet"),
        }
    }
}

impl End {
    /// Returns exit status and signal, where they are known.
    pub(super) fn status(self) -> (Option<i32>, Option<i32>) {
        match self {
            End::Exited { exit, signal } => (exit, signal),
            End::Backstop | End::Orphaned | End::CannotStart | End::NoRoom | End::Lost => (None, None),
        }
    }

    fn in_words(self) -> String {
        match self {
            End::Exited { exit: Some(exit), .. } => format!("exit {exit}"),
            End::Exited { exit: None, signal: Some(signal) } => format!("ended by signal {signal}"),
            End::Exited { exit: None, signal: None } => "it ended, and nobody knows how".to_owned(),
            End::CannotStart | End::NoRoom => "it could not be started".to_owned(),
            End::Backstop | End::Orphaned | End::Lost => "it was lost".to_owned(),
        }
    }
}
