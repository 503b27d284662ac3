//! What happened, line by line, for a person to look through.

use std::time::Duration;

use super::{KEPT, Screen};
use crate::app::lines;
use crate::app::look::Meaning;
use crate::app::run::Run;
use crate::app::words;
use crate::scheduler::{AgentVerdict, AttemptVerdict, Record, Time};

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Happening {
    /// Since the run began.
    pub at: Duration,
    pub meaning: Meaning,
    pub text: String,
}

impl Screen {
    pub(super) fn chronicle(&mut self, run: &Run, now: Time, record: &Record) {
        if matches!(record, Record::AttemptActivity { .. }) {
            return;
        }
        let Some(text) = lines::words(record) else { return };
        if self.happenings.len() == KEPT {
            self.happenings.pop_front();
        }
        let at = run.state.started.map_or(Duration::ZERO, |started| now.since(started));
        self.happenings.push_back(Happening { at, meaning: meaning(record), text: words::clean(&text) });
    }
}

/// Returns what a record means to the person.
fn meaning(record: &Record) -> Meaning {
    match record {
        Record::AttemptStarted { .. } | Record::AttemptAdopted { .. } | Record::AttemptResumed { .. } => {
            Meaning::Running
        }
        Record::AttemptWarning { .. } | Record::AttemptWrappingUp { .. } | Record::AgentRetry { .. } => Meaning::Warm,
        Record::AttemptPaused { .. } | Record::AgentParked { .. } => Meaning::Still,
        Record::AttemptStopping { .. } | Record::AttemptKilling { .. } | Record::RunStopping { .. } => Meaning::Hot,
        Record::BudgetReached { .. } | Record::RunStopped { .. } => Meaning::Hot,
        Record::AttemptEnded { verdict, .. } => match verdict {
            AttemptVerdict::Done => Meaning::Good,
            AttemptVerdict::OutOfTime => Meaning::Half,
            AttemptVerdict::Failed | AttemptVerdict::Killed | AttemptVerdict::Lost => Meaning::Bad,
            AttemptVerdict::Throttled => Meaning::Warm,
        },
        Record::AgentEnded { verdict, .. } => match verdict {
            AgentVerdict::Done => Meaning::Good,
            AgentVerdict::Partial => Meaning::Half,
            AgentVerdict::Failed | AgentVerdict::Killed | AgentVerdict::Blocked => Meaning::Bad,
            AgentVerdict::Skipped => Meaning::Dim,
        },
        Record::HandoffWritten { .. } => Meaning::Half,
        Record::CriterionMet { .. } => Meaning::Good,
        Record::FindingAdded { severity, .. } | Record::UrgentAdded { severity, .. } => Meaning::of_severity(*severity),
        Record::ThrottleOpened { .. } | Record::RunDraining { .. } => Meaning::Warm,
        Record::RunHeld { .. } => Meaning::Bad,
        Record::AskOpened { .. } => Meaning::Needs,
        Record::RunStarted { .. } | Record::RunResumed { .. } | Record::RunReleased { .. } => Meaning::Strong,
        Record::RunEnded { complete, .. } => {
            if *complete {
                Meaning::Good
            } else {
                Meaning::Half
            }
        }
        Record::AgentReady { .. }
        | Record::AttemptStarting { .. }
        | Record::AttemptActivity { .. }
        | Record::AttemptVerifying { .. }
        | Record::AttemptOrdered { .. }
        | Record::AttemptExtended { .. }
        | Record::AgentReopened { .. }
        | Record::ThrottleClosed { .. }
        | Record::SlotsChanged { .. }
        | Record::AgentNext { .. }
        | Record::AskAnswered { .. }
        | Record::MessageSent { .. } => Meaning::Text,
    }
}
