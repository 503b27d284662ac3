//! Two agents that fail for the same reason, with no success between: something is wrong with more than the task.

use std::collections::BTreeMap;

use super::brain::Scheduler;
use super::record::{AgentVerdict, AttemptVerdict, Record, Severity};
use super::state::Mode;

/// Why a run is held when the person paused all of it.
pub(super) const PAUSED: &str = "paused by the person";

/// The failures since the last success.
#[derive(Debug, Default)]
pub(super) struct SameFailure {
    /// By reason: the agent that failed first.
    failures: BTreeMap<String, String>,
    /// The reason that two agents share, as the second one told it, and both names.
    shared: Option<(String, [String; 2])>,
}

impl SameFailure {
    /// Takes in a record.
    pub fn take(&mut self, record: &Record) {
        match record {
            Record::AttemptEnded { verdict: AttemptVerdict::Done, .. }
            | Record::AgentEnded { verdict: AgentVerdict::Done | AgentVerdict::Partial, .. }
            | Record::RunReleased { .. } => *self = SameFailure::default(),
            Record::AgentEnded { agent, verdict: AgentVerdict::Failed, why: Some(why), .. } => {
                let reason = normalised(why, agent);
                let other = self.failures.entry(reason).or_insert_with(|| agent.clone());
                if other != agent {
                    self.shared = Some((why.clone(), [other.clone(), agent.clone()]));
                }
            }
            Record::RunHeld { .. } => self.shared = None,
            _ => {}
        }
    }
}

impl Scheduler {
    /// Holds the run when two agents have failed alike and there is more to start.
    pub(super) fn hold_if_two_failed_alike(&mut self) {
        if !self.settings.hold_on_same_failure || self.state.mode != Mode::Running || self.roster.open.is_empty() {
            return;
        }
        if let Some((why, [one, other])) = self.same_failure.shared.take() {
            let why = format!("{one} and {other} failed for the same reason: {why}");
            self.emit(Record::RunHeld { why: why.clone() });
            let text = format!("the run is held: {why}");
            self.emit(Record::UrgentAdded {
                severity: Severity::Critical,
                text,
                source: "quintet".to_owned(),
                file: None,
                line: None,
            });
        }
    }
}

/// Returns the reason without what differs from agent to agent: its name, long numbers, spaces, case.
fn normalised(why: &str, agent: &str) -> String {
    // A name of a letter or two is part of many words.
    let why = if agent.len() > 2 { why.replace(agent, "agent") } else { why.to_owned() }.to_lowercase();
    why.split_whitespace().map(without_long_numbers).collect::<Vec<_>>().join(" ")
}

/// A process id or a time differs each time; an exit code or an HTTP status is the reason itself.
fn without_long_numbers(word: &str) -> &str {
    let digits = word.chars().filter(char::is_ascii_digit).count();
    if digits > 3 { "#" } else { word }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_the_same_whatever_its_agent_and_process_are_called() {
        let one = normalised("scan-auth: process 48211 got HTTP 401", "scan-auth");
        let other = normalised("scan-api:  process 48377 got HTTP 401", "scan-api");
        assert_eq!(one, other);
    }

    #[test]
    fn another_exit_code_is_another_reason() {
        assert_ne!(normalised("exit 1", "a"), normalised("exit 2", "b"));
    }
}
