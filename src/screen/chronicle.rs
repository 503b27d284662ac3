//! What happened, in words: a line for every record that a person would want to know of.

use std::time::Duration;

use super::{KEPT, Screen};
use crate::run::Run;
use crate::scheduler::seconds;
use crate::scheduler::{AgentVerdict, AttemptVerdict, By, Record, Time};
use crate::screen::look::{Meaning, severity};
use crate::screen::words;

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
        let Some((meaning, text)) = sentence(record) else { return };
        if self.happenings.len() == KEPT {
            self.happenings.pop_front();
        }
        let at = run.state.started.map_or(Duration::ZERO, |started| now.since(started));
        self.happenings.push_back(Happening { at, meaning, text: words::clean(&text) });
    }
}

/// Returns what a record says, as one line; `None` for those that only count.
pub fn sentence(record: &Record) -> Option<(Meaning, String)> {
    let by = |by: &By| match by {
        By::Screen => " (key)",
        By::Ctl => " (ctl)",
        By::Signal => " (signal)",
        By::Quintet => "",
    };
    let clock = |value: f64| words::clock(seconds(value));
    let line = match record {
        Record::RunStarted { agents, slots, .. } => {
            (Meaning::Strong, format!("the run starts: {} in {slots} slots", words::plural(agents.len(), "agent")))
        }
        Record::RunResumed { .. } => (Meaning::Strong, "the run is carried on".to_owned()),
        Record::AgentReady { .. } | Record::AttemptActivity { .. } | Record::AttemptStarting { .. } => return None,
        Record::AgentRetry { agent, why, after_s, .. } => {
            (Meaning::Warm, format!("{agent} is tried again in {}: {why}", words::age(seconds(*after_s))))
        }
        Record::AttemptQueued { agent, attempt, why } => {
            (Meaning::Waiting, format!("{agent} is queued, attempt {attempt}: {why}"))
        }
        Record::AttemptStarted { agent, attempt, .. } => {
            (Meaning::Running, format!("{agent} starts, attempt {attempt}"))
        }
        Record::AttemptAdopted { agent, attempt, .. } => {
            (Meaning::Running, format!("{agent} is found again, attempt {attempt}"))
        }
        Record::AttemptWarning { agent, left_s, .. } => {
            (Meaning::Warm, format!("{agent} has {} left", words::countdown(seconds(*left_s))))
        }
        Record::AttemptOrdered { .. } | Record::AttemptVerifying { .. } => return None,
        Record::AgentParked { agent, by: who } => {
            (Meaning::Still, format!("{agent} gave its slot up and waits{}", by(who)))
        }
        Record::AttemptWrappingUp { agent, why, .. } => (Meaning::Warm, format!("{agent} wraps up: {why}")),
        Record::AttemptPaused { agent, by: who, frozen, .. } => {
            let how = if *frozen { "frozen" } else { "paused" };
            (Meaning::Still, format!("{agent} is {how}{}", by(who)))
        }
        Record::AttemptResumed { agent, by: who, .. } => (Meaning::Running, format!("{agent} goes on{}", by(who))),
        Record::AttemptExtended { agent, by_s, by: who, .. } => {
            (Meaning::Text, format!("{agent} gets {} more{}", words::age(seconds(*by_s)), by(who)))
        }
        Record::AttemptStopping { agent, why, .. } => (Meaning::Hot, format!("{agent} is asked to end: {why}")),
        Record::AttemptKilling { agent, why, .. } => (Meaning::Hot, format!("{agent} is killed: {why}")),
        Record::AttemptEnded { agent, attempt, verdict, why, run_s, .. } => {
            let (meaning, how) = attempt_verdict(*verdict);
            let why = why.as_ref().map_or_else(String::new, |why| format!(": {why}"));
            (meaning, format!("{agent} attempt {attempt} {how} after {}{why}", clock(*run_s)))
        }
        Record::HandoffWritten { agent, path, .. } => (Meaning::Half, format!("{agent} left notes: {path}")),
        Record::AgentEnded { agent, verdict, why, .. } => {
            let (meaning, how) = agent_verdict(*verdict);
            let why = why.as_ref().map_or_else(String::new, |why| format!(": {why}"));
            (meaning, format!("{agent} {how}{why}"))
        }
        Record::AgentReopened { agent, by: who, forced, .. } => {
            let how = if *forced { "is to run although its needs are not met" } else { "is to run again" };
            (Meaning::Text, format!("{agent} {how}{}", by(who)))
        }
        Record::CriterionMet { agent, n, .. } => (Meaning::Good, format!("{agent} met criterion {n}, it says")),
        Record::FindingAdded { agent, severity: how, text, .. } => {
            (Meaning::of_severity(*how), format!("{agent} found ({}): {text}", severity(*how)))
        }
        Record::UrgentAdded { source, severity: how, text, .. } => {
            (Meaning::of_severity(*how), format!("urgent, from {source} ({}): {text}", severity(*how)))
        }
        Record::ThrottleOpened { engine, after_s, why, .. } => {
            (Meaning::Warm, format!("{engine} is throttled for {}: {why}", words::age(seconds(*after_s))))
        }
        Record::ThrottleClosed { engine } => (Meaning::Text, format!("{engine} may go on")),
        Record::BudgetReached { agent, what } => {
            let whose = agent.as_deref().unwrap_or("the run");
            (Meaning::Hot, format!("the budget of {whose} is used up: {what}"))
        }
        Record::RunHeld { why } => (Meaning::Bad, format!("held: {why}")),
        Record::RunReleased { by: who } => (Meaning::Running, format!("the run goes on{}", by(who))),
        Record::RunDraining { by: who } => (Meaning::Warm, format!("draining: nothing more starts{}", by(who))),
        Record::SlotsChanged { slots, by: who } => {
            (Meaning::Text, format!("{} from now on{}", words::plural(*slots, "slot"), by(who)))
        }
        Record::AgentNext { agent, by: who } => (Meaning::Text, format!("{agent} goes next{}", by(who))),
        Record::AskOpened { agent, text, .. } => (Meaning::Needs, format!("{agent} asks: {text}")),
        Record::AskAnswered { agent, answer, by: who, .. } => {
            (Meaning::Text, format!("{agent} is answered: {answer}{}", by(who)))
        }
        Record::MessageSent { agent, text, by: who, .. } => {
            (Meaning::Text, format!("{agent} gets a message{}: {text}", by(who)))
        }
        Record::RunStopping { by: who, kill } => {
            let how = if *kill { "everything is killed" } else { "everything is wrapped up" };
            (Meaning::Hot, format!("{how}{}", by(who)))
        }
        Record::PlanReloaded { changed, .. } if changed.is_empty() => {
            (Meaning::Text, "the plan was read again; nothing that has not started differs".to_owned())
        }
        Record::PlanReloaded { changed, .. } => {
            (Meaning::Text, format!("the plan was read again; changed: {}", changed.join(", ")))
        }
        Record::RunStopped { why } => (Meaning::Hot, format!("the run was stopped: {why}")),
        Record::RunEnded { complete, wall_s, .. } => {
            let (meaning, how) = if *complete { (Meaning::Good, "complete") } else { (Meaning::Half, "not complete") };
            (meaning, format!("the run has ended after {}, {how}", clock(*wall_s)))
        }
    };
    Some(line)
}

fn attempt_verdict(verdict: AttemptVerdict) -> (Meaning, &'static str) {
    match verdict {
        AttemptVerdict::Done => (Meaning::Good, "is done"),
        AttemptVerdict::OutOfTime => (Meaning::Half, "ran out of time"),
        AttemptVerdict::Failed => (Meaning::Bad, "failed"),
        AttemptVerdict::Killed => (Meaning::Bad, "was killed"),
        AttemptVerdict::Lost => (Meaning::Bad, "was lost"),
        AttemptVerdict::Throttled => (Meaning::Warm, "was throttled"),
    }
}

fn agent_verdict(verdict: AgentVerdict) -> (Meaning, &'static str) {
    match verdict {
        AgentVerdict::Done => (Meaning::Good, "is done"),
        AgentVerdict::Partial => (Meaning::Half, "is partly done"),
        AgentVerdict::Failed => (Meaning::Bad, "has failed"),
        AgentVerdict::Killed => (Meaning::Bad, "was killed"),
        AgentVerdict::Skipped => (Meaning::Dim, "is skipped"),
        AgentVerdict::Blocked => (Meaning::Bad, "is blocked"),
    }
}
