//! Events as lines for people: `--headless`, and the events of the orchestration log.

use crate::plan::{AgentId, Plan};
use crate::scheduler::record::NotesAuthor;
use crate::scheduler::{Command, Record};
use crate::team_dir::Envelope;

/// Returns an event as one line with its time; `None` for what a person need not read.
pub fn line(envelope: &Envelope) -> Option<String> {
    let time = envelope.t.with_timezone(&chrono::Local).format("%H:%M:%S");
    let words = match &envelope.record {
        // Elsewhere it stands in the feed.
        Record::RunTroubled { what } => what.clone(),
        record => words(record)?,
    };
    Some(format!("{time} {words}"))
}

/// Returns an event in words.
pub fn words(record: &Record) -> Option<String> {
    let why_of = |why: &Option<String>| why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    Some(match record {
        Record::RunStarted { plan, agents, slots, .. } => {
            format!("run started: {plan}, {} agents, {slots} slots", agents.len())
        }
        Record::RunResumed { .. } => "run carried on".to_owned(),
        // It stands in the feed; see `line` for whoever has none.
        Record::RunTroubled { .. } => return None,
        Record::AgentReady { .. } | Record::AttemptStarting { .. } | Record::AttemptVerifying { .. } => return None,
        Record::AgentRetry { agent, why, after_s, .. } => format!("{agent} tries again in {after_s:.0} s: {why}"),
        Record::AttemptQueued { agent, attempt, why } => format!("{agent} attempt {attempt} is queued: {why}"),
        Record::AttemptStarted { agent, attempt, pid, again: false } => {
            format!("{agent} attempt {attempt} started (pid {pid})")
        }
        Record::AttemptStarted { agent, attempt, pid, again: true } => {
            format!("{agent} attempt {attempt} goes on in a new process (pid {pid})")
        }
        Record::AttemptAdopted { agent, attempt, pid } => format!("{agent} attempt {attempt} found again (pid {pid})"),
        Record::AttemptActivity { agent, kind, text, tool, .. } => {
            let tool = tool.as_ref().map(|tool| format!(" {tool}")).unwrap_or_default();
            let text = text.lines().next().filter(|text| !text.is_empty()).map(|text| format!(": {text}"));
            format!("{agent} {kind}{tool}{}", text.unwrap_or_default())
        }
        Record::AttemptWarning { agent, left_s, .. } => format!(
            "{agent} has {} left",
            if *left_s < 10.0 {
                format!("{left_s:.1} s")
            } else {
                super::pages::minutes(crate::scheduler::seconds(*left_s))
            }
        ),
        Record::AttemptOrdered { agent, order, by, .. } => {
            let order = serde_json::to_string(order).unwrap_or_default();
            format!("{agent}: {} ordered by {}", order.trim_matches('"').replace('_', " "), by_words(*by))
        }
        Record::AttemptWrappingUp { agent, why, .. } => format!("{agent} wraps up: {why}"),
        Record::AttemptPaused { agent, by, .. } => format!("{agent} paused by {}", by_words(*by)),
        Record::AttemptResumed { agent, by, .. } => format!("{agent} resumed by {}", by_words(*by)),
        Record::AttemptExtended { agent, by_s, .. } => format!("{agent} got {by_s:.0} s more"),
        Record::AttemptStopping { agent, why, .. } => format!("{agent} is stopped: {why}"),
        Record::AttemptKilling { agent, why, .. } => format!("{agent} is killed: {why}"),
        Record::AttemptEnded { agent, attempt, verdict, why, run_s, queued_s, .. } => {
            let ending = super::pages::ending(*verdict, why.as_deref());
            let queued = if *queued_s > 0.0 { format!(" and {queued_s:.1} s in the queue") } else { String::new() };
            format!("{agent} attempt {attempt} ended after {run_s:.1} s{queued}: {ending}")
        }
        Record::HandoffWritten { agent, path, author, .. } => {
            let author = match author {
                NotesAuthor::Agent => "the agent",
                NotesAuthor::Quintet => "Quintet",
            };
            format!("{agent} handoff notes by {author}: {path}")
        }
        Record::AgentParked { agent, .. } => format!("{agent} freed its slot and waits"),
        Record::AgentEnded { agent, verdict, why, report } => {
            let verdict = serde_json::to_string(verdict).unwrap_or_default();
            let report = report.as_ref().map(|path| format!(", report {path}")).unwrap_or_default();
            format!("{agent} {}{}{report}", verdict.trim_matches('"'), why_of(why))
        }
        Record::AgentReopened { agent, by, .. } => format!("{agent} opened again by {}", by_words(*by)),
        Record::CriterionMet { agent, n, evidence, .. } => format!("{agent} says criterion {n} is met: {evidence}"),
        Record::FindingAdded { agent, text, file, line, .. } => {
            format!("{agent} found: {text}{}", place(file.as_deref(), *line))
        }
        Record::UrgentAdded { text, source, file, line, .. } => {
            format!("URGENT {source}: {text}{}", place(file.as_deref(), *line))
        }
        Record::ThrottleOpened { engine, why, after_s, .. } => format!("{engine} throttled for {after_s:.0} s: {why}"),
        Record::ThrottleClosed { engine } => format!("{engine} may start again"),
        Record::BudgetReached { agent, what } => {
            format!("budget of {} reached: {what}", agent.as_deref().unwrap_or("the run"))
        }
        Record::RunHeld { why } => format!("run held: {why}"),
        Record::RunReleased { by } => format!("run goes on, by {}", by_words(*by)),
        Record::RunDraining { by } => format!("nothing more starts, by {}", by_words(*by)),
        Record::SlotsChanged { slots, by } => format!("{slots} slots from now, by {}", by_words(*by)),
        Record::AgentNext { agent, by } => format!("{agent} goes next, by {}", by_words(*by)),
        Record::AskOpened { agent, text, .. } => format!("{agent} asks: {text}"),
        Record::AskAnswered { agent, answer, by, .. } => format!("{agent} was answered by {}: {answer}", by_words(*by)),
        Record::WorktreeAdded { agent, branch, .. } => format!("{agent} works in a worktree on branch {branch}"),
        Record::WorkKept { .. } | Record::PermissionKept { .. } | Record::AttemptSession { .. } => return None,
        Record::MessageSent { agent, text, .. } => format!("message to {agent}: {text}"),
        Record::RunStopping { by, kill } => {
            format!("everything is {} by {}", if *kill { "killed" } else { "wrapped up" }, by_words(*by))
        }
        Record::PlanReloaded { changed, kept, .. } => {
            let changed = if changed.is_empty() {
                "nothing changed".to_owned()
            } else {
                format!("changed: {}", changed.join(", "))
            };
            let kept: String = kept.iter().map(|what| format!("; {what}")).collect();
            format!("plan read again, {changed}{kept}")
        }
        Record::RunStopped { why } => format!("run stopped: {why}"),
        Record::RunEnded { complete, wall_s, report, .. } => {
            let report = report.as_ref().map(|path| format!(", report {path}")).unwrap_or_default();
            format!("run ended after {wall_s:.1} s, {}{report}", if *complete { "complete" } else { "not complete" })
        }
    })
}

fn by_words(by: crate::scheduler::By) -> &'static str {
    match by {
        crate::scheduler::By::Screen => "a key",
        crate::scheduler::By::Ctl => "quintet ctl",
        crate::scheduler::By::Signal => "a signal",
        crate::scheduler::By::Quintet => "Quintet",
    }
}

fn place(file: Option<&str>, line: Option<u32>) -> String {
    let line = line.map(|line| format!(":{line}")).unwrap_or_default();
    file.map(|file| format!(" ({file}{line})")).unwrap_or_default()
}

impl Command {
    /// Returns the order in words: `extend testing-engineer`.
    pub fn words(&self, plan: &Plan) -> String {
        let of = |verb: &str, agent: &AgentId| format!("{verb} {}", plan.agent(*agent).name);
        match self {
            Command::Pause { agent, hard: false, .. } => of("pause", agent),
            Command::Pause { agent, hard: true, .. } => of("freeze", agent),
            Command::Resume { agent, .. } => of("resume", agent),
            Command::Park { agent, .. } => of("free the slot of", agent),
            Command::HandOver { agent, .. } => of("hand over", agent),
            Command::Stop { agent, .. } => of("stop", agent),
            Command::Kill { agent, .. } => of("kill", agent),
            Command::Extend { agent, .. } => of("extend", agent),
            Command::Retry { agent, .. } => of("retry", agent),
            Command::Skip { agent } => of("skip", agent),
            Command::Force { agent } => of("force", agent),
            Command::Next { agent } => of("run next", agent),
            Command::Message { agent, .. } => of("message", agent),
            Command::PauseAll => "pause all".to_owned(),
            Command::ResumeAll => "resume all".to_owned(),
            Command::StopAll => "stop all".to_owned(),
            Command::KillAll => "kill all".to_owned(),
            Command::Slots(slots) => format!("slots {slots}"),
            Command::Drain => "drain".to_owned(),
            Command::Release => "go on".to_owned(),
        }
    }
}
