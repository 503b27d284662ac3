//! What happened, a line each: for the screen, the log and plain lines.

use chrono::{DateTime, Utc};

use super::lines;
use crate::scheduler::{AgentVerdict, AttemptVerdict, Record, Severity, Time};

/// Something that happened, in words.
#[derive(Debug, Clone, PartialEq)]
pub struct Happening {
    pub at: Time,
    pub wall: DateTime<Utc>,
    pub tone: Tone,
    pub text: String,
}

/// What kind of thing it was; the screen gives each a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// The run begins or goes on.
    Run,
    /// Something is at work.
    Work,
    /// Time runs out, or something waits.
    Late,
    /// Something is being ended.
    End,
    /// A clock stands.
    Still,
    Good,
    /// Partly good: notes, partial, not complete.
    Half,
    Bad,
    /// The person is asked.
    Asks,
    Found(Severity),
    /// What a person or Quintet ordered, and all else.
    Plain,
}

impl Happening {
    /// Returns what a record says to people; `None`: they need not read it. What agents say and do is no such thing.
    pub fn of(at: Time, wall: DateTime<Utc>, record: &Record) -> Option<Happening> {
        if matches!(record, Record::AttemptActivity { .. }) {
            return None;
        }
        Some(Happening { at, wall, tone: tone(record), text: lines::words(record)? })
    }

    /// Returns it with its time of day.
    pub fn line(&self) -> String {
        format!("{} {}", self.wall.with_timezone(&chrono::Local).format("%H:%M:%S"), self.text)
    }
}

fn tone(record: &Record) -> Tone {
    match record {
        Record::RunStarted { .. } | Record::RunResumed { .. } => Tone::Run,
        Record::AttemptStarted { .. }
        | Record::AttemptAdopted { .. }
        | Record::AttemptResumed { .. }
        | Record::RunReleased { .. } => Tone::Work,
        Record::AgentRetry { .. }
        | Record::AttemptWarning { .. }
        | Record::AttemptWrappingUp { .. }
        | Record::ThrottleOpened { .. }
        | Record::RunDraining { .. } => Tone::Late,
        Record::AttemptStopping { .. }
        | Record::AttemptKilling { .. }
        | Record::BudgetReached { .. }
        | Record::RunStopping { .. }
        | Record::RunStopped { .. } => Tone::End,
        Record::AttemptPaused { .. } | Record::AgentParked { .. } => Tone::Still,
        Record::AttemptEnded { verdict, .. } => match verdict {
            AttemptVerdict::Done => Tone::Good,
            AttemptVerdict::OutOfTime => Tone::Half,
            AttemptVerdict::Failed | AttemptVerdict::Killed | AttemptVerdict::Lost => Tone::Bad,
            AttemptVerdict::Throttled => Tone::Late,
        },
        Record::AgentEnded { verdict, .. } => match verdict {
            AgentVerdict::Done => Tone::Good,
            AgentVerdict::Partial => Tone::Half,
            AgentVerdict::Skipped => Tone::Plain,
            AgentVerdict::Failed | AgentVerdict::Killed | AgentVerdict::Blocked => Tone::Bad,
        },
        Record::RunEnded { complete: true, .. } | Record::CriterionMet { .. } => Tone::Good,
        Record::RunEnded { complete: false, .. } | Record::HandoffWritten { .. } => Tone::Half,
        Record::RunHeld { .. } | Record::RunTroubled { .. } => Tone::Bad,
        Record::AskOpened { .. } => Tone::Asks,
        Record::FindingAdded { severity, .. } | Record::UrgentAdded { severity, .. } => Tone::Found(*severity),
        Record::AgentReady { .. }
        | Record::AttemptStarting { .. }
        | Record::AttemptQueued { .. }
        | Record::AttemptActivity { .. }
        | Record::AttemptOrdered { .. }
        | Record::AttemptVerifying { .. }
        | Record::WorktreeAdded { .. }
        | Record::WorkKept { .. }
        | Record::AttemptSession { .. }
        | Record::AttemptExtended { .. }
        | Record::AgentReopened { .. }
        | Record::ThrottleClosed { .. }
        | Record::SlotsChanged { .. }
        | Record::AgentNext { .. }
        | Record::AskAnswered { .. }
        | Record::PermissionKept { .. }
        | Record::MessageSent { .. }
        | Record::PlanReloaded { .. } => Tone::Plain,
    }
}
