//! What is written in the journal and sent as events: decisions and facts, by the names of the public contract.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptVerdict {
    Done,
    OutOfTime,
    Failed,
    Killed,
    /// Its process is gone and nobody knows how it ended.
    Lost,
    /// Stopped by a quota or rate limit; not counted.
    Throttled,
}

/// How an agent ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentVerdict {
    Done,
    Partial,
    Failed,
    Killed,
    Skipped,
    Blocked,
}

impl AgentVerdict {
    /// Returns whether dependants may start.
    pub fn satisfies(self) -> bool {
        match self {
            AgentVerdict::Done | AgentVerdict::Partial | AgentVerdict::Skipped => true,
            AgentVerdict::Failed | AgentVerdict::Killed | AgentVerdict::Blocked => false,
        }
    }
}

/// An attempt is to end before its own end: what for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndOrder {
    /// Notes, then a successor.
    HandOver,
    /// Notes, then its slot is free until the person resumes it.
    Park,
    /// Notes, then its agent ends.
    Stop,
    /// Notes, then its agent ends: what it may spend is spent.
    Budget,
    /// At once; its agent ends `killed`.
    Kill,
    /// At once; its agent ends `skipped`.
    Skip,
}

/// Who gave an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// A key on the screen.
    Screen,
    /// `quintet ctl`.
    Ctl,
    /// A signal.
    Signal,
    /// Quintet itself, by its rules.
    Quintet,
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

/// A journal line or event without its envelope (`v`, `seq`, `t`, `mono`, `run`). Durations are seconds.
///
/// Fields may be added, with `#[serde(default)]`; none is ever removed or changes its meaning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event")]
pub enum Record {
    #[serde(rename = "run.started")]
    RunStarted {
        plan: String,
        plan_hash: String,
        project: String,
        /// In plan order.
        agents: Vec<String>,
        slots: usize,
        /// The boot that `mono` belongs to.
        boot: String,
        /// The options of the run, to carry on with.
        options: serde_json::Value,
    },
    #[serde(rename = "run.resumed")]
    RunResumed { boot: String },
    #[serde(rename = "agent.ready")]
    AgentReady { agent: String },
    #[serde(rename = "agent.retry")]
    AgentRetry {
        agent: String,
        #[serde(with = "super::millis")]
        at: DateTime<Utc>,
        why: String,
        /// How long from this record until the retry.
        after_s: f64,
    },
    /// Before the process is started: after a crash, this folder is looked at.
    #[serde(rename = "attempt.starting")]
    AttemptStarting {
        agent: String,
        attempt: u32,
        /// Relative to the run's folder.
        folder: String,
        place: String,
        engine: String,
        #[serde(default)]
        model: Option<String>,
        limit_s: f64,
    },
    /// Its place has it and has not begun it yet. Said again when the reason is another.
    #[serde(rename = "attempt.queued")]
    AttemptQueued { agent: String, attempt: u32, why: String },
    #[serde(rename = "attempt.started")]
    AttemptStarted {
        agent: String,
        attempt: u32,
        pid: i32,
        /// The same session goes on in a new process: to hear what it is told, some engines need one.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        again: bool,
    },
    #[serde(rename = "attempt.adopted")]
    AttemptAdopted { agent: String, attempt: u32, pid: i32 },
    /// Derived from the log; an event, never journalled.
    #[serde(rename = "attempt.activity")]
    AttemptActivity {
        agent: String,
        attempt: u32,
        kind: String,
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tool: Option<String>,
    },
    /// Something could not be done, or can be done again, and the run goes on; an event, never journalled.
    #[serde(rename = "run.troubled")]
    RunTroubled { what: String },
    #[serde(rename = "attempt.warning")]
    AttemptWarning { agent: String, attempt: u32, left_s: f64 },
    /// It is to end before its own end; what it does next is said by the records that follow.
    #[serde(rename = "attempt.ordered")]
    AttemptOrdered {
        agent: String,
        attempt: u32,
        order: EndOrder,
        by: By,
        /// How long it has for its notes.
        within_s: f64,
    },
    #[serde(rename = "attempt.wrapping_up")]
    AttemptWrappingUp { agent: String, attempt: u32, why: String },
    #[serde(rename = "attempt.paused")]
    AttemptPaused {
        agent: String,
        attempt: u32,
        by: By,
        /// The whole tree is stopped, not only the turn of the model.
        frozen: bool,
    },
    #[serde(rename = "attempt.resumed")]
    AttemptResumed { agent: String, attempt: u32, by: By },
    #[serde(rename = "attempt.extended")]
    AttemptExtended { agent: String, attempt: u32, by_s: f64, by: By },
    /// TERM was sent; at the end of the grace the tree is killed.
    #[serde(rename = "attempt.stopping")]
    AttemptStopping {
        agent: String,
        attempt: u32,
        why: String,
        grace_s: f64,
        /// It had given its result, which counts: only its process did not end.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        finished: bool,
    },
    #[serde(rename = "attempt.killing")]
    AttemptKilling { agent: String, attempt: u32, why: String },
    /// It ended well and left its report; its verify command runs, in its slot, its box stopped.
    #[serde(rename = "attempt.verifying")]
    AttemptVerifying { agent: String, attempt: u32 },
    #[serde(rename = "attempt.ended")]
    AttemptEnded {
        agent: String,
        attempt: u32,
        verdict: AttemptVerdict,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        exit: Option<i32>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signal: Option<i32>,
        wall_s: f64,
        /// Without pauses and questions.
        run_s: f64,
        /// What of `wall_s` it waited in the queue of its place.
        #[serde(default)]
        queued_s: f64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tokens: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cost_usd: Option<f64>,
        tools: BTreeMap<String, u64>,
        /// Whether it counts as a try: 0 or 1 successor, 0 or 1 retry.
        #[serde(default)]
        counted: bool,
        /// Whether it left a finding, a met criterion, a changed file or a report.
        #[serde(default)]
        progress: bool,
        /// The report that it wrote, relative to the project.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        report: Option<String>,
        /// Trying again cannot help: wrong login, unknown model, missing program, no report.
        #[serde(default)]
        hopeless: bool,
        /// What was left of its box.
        #[serde(default)]
        left_s: f64,
        /// It says itself that its task is only partly done.
        #[serde(default)]
        partial: bool,
    },
    /// A quota ended the attempt, whose session the next one of the same engine continues: its id, and all that was used
    /// in it, earlier attempts included. Before `attempt.ended`.
    #[serde(rename = "attempt.session")]
    AttemptSession {
        agent: String,
        attempt: u32,
        session: String,
        input_tokens: u64,
        output_tokens: u64,
        cost_usd: f64,
    },
    #[serde(rename = "handoff.written")]
    HandoffWritten {
        agent: String,
        attempt: u32,
        /// Relative to the project.
        path: String,
        author: NotesAuthor,
    },
    /// The agent has a git worktree of its own, for all its attempts.
    #[serde(rename = "worktree.added")]
    WorktreeAdded {
        agent: String,
        /// Where it works, relative to the project.
        path: String,
        branch: String,
        /// The commit of the project that it was made from.
        base: String,
        /// What git itself writes to when the agent commits, absolute.
        git_dir: String,
        /// The folder in it that is this worktree's alone, absolute.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        own_git_dir: Option<String>,
    },
    /// Everything that is in an agent's worktree is kept under a private ref, committed or not.
    #[serde(rename = "work.kept")]
    WorkKept {
        agent: String,
        attempt: u32,
        /// `refs/quintet/RUN/AGENT-ATTEMPT`
        name: String,
        commit: String,
    },
    /// Its attempt ended with notes and freed its slot; it waits until the person resumes it (`agent.ready`).
    #[serde(rename = "agent.parked")]
    AgentParked { agent: String, by: By },
    #[serde(rename = "agent.ended")]
    AgentEnded {
        agent: String,
        verdict: AgentVerdict,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
        /// Relative to the project.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        report: Option<String>,
    },
    /// An ended or blocked agent is to run again, or an ended one counts as satisfied again.
    #[serde(rename = "agent.reopened")]
    AgentReopened {
        agent: String,
        by: By,
        /// Starts although its needs are not satisfied.
        #[serde(default)]
        forced: bool,
        /// Another engine than before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        engine: Option<String>,
    },
    #[serde(rename = "criterion.met")]
    CriterionMet {
        agent: String,
        attempt: u32,
        /// 1-based.
        n: usize,
        evidence: String,
    },
    #[serde(rename = "finding.added")]
    FindingAdded {
        agent: String,
        severity: Severity,
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        line: Option<u32>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rule: Option<String>,
    },
    #[serde(rename = "urgent.added")]
    UrgentAdded {
        severity: Severity,
        text: String,
        /// An agent's name, a person's, or `quintet`.
        source: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        line: Option<u32>,
    },
    #[serde(rename = "throttle.opened")]
    ThrottleOpened {
        engine: String,
        #[serde(with = "super::millis")]
        until: DateTime<Utc>,
        after_s: f64,
        why: String,
    },
    #[serde(rename = "throttle.closed")]
    ThrottleClosed { engine: String },
    #[serde(rename = "budget.reached")]
    BudgetReached {
        /// `None`: the run's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent: Option<String>,
        what: String,
    },
    #[serde(rename = "run.held")]
    RunHeld { why: String },
    #[serde(rename = "run.released")]
    RunReleased { by: By },
    #[serde(rename = "run.draining")]
    RunDraining { by: By },
    #[serde(rename = "slots.changed")]
    SlotsChanged { slots: usize, by: By },
    /// An agent goes first among those that are ready.
    #[serde(rename = "agent.next")]
    AgentNext { agent: String, by: By },
    #[serde(rename = "ask.opened")]
    AskOpened {
        id: String,
        agent: String,
        attempt: u32,
        kind: String,
        text: String,
        #[serde(with = "super::millis")]
        until: DateTime<Utc>,
        after_s: f64,
    },
    #[serde(rename = "ask.answered")]
    AskAnswered { id: String, agent: String, answer: String, by: By },
    /// The person has allowed an agent a call for good. `rule`: a hash that tells this call from others.
    #[serde(rename = "permission.kept")]
    PermissionKept { agent: String, rule: String },
    /// A message of the person to an agent.
    #[serde(rename = "message.sent")]
    MessageSent { agent: String, attempt: u32, text: String, by: By },
    /// Nothing more starts, what runs is wrapped up or killed.
    #[serde(rename = "run.stopping")]
    RunStopping { by: By, kill: bool },
    /// The plan on disk was taken in: `changed` are the agents that are another now.
    #[serde(rename = "plan.reloaded")]
    PlanReloaded {
        plan_hash: String,
        changed: Vec<String>,
        /// What differs and stays as it was in this run, in words.
        #[serde(default)]
        kept: Vec<String>,
    },
    /// The run was stopped before its end.
    #[serde(rename = "run.stopped")]
    RunStopped { why: String },
    #[serde(rename = "run.ended")]
    RunEnded {
        complete: bool,
        verdicts: BTreeMap<String, AgentVerdict>,
        conditions: Vec<Judged>,
        #[serde(default)]
        factors: Vec<Judged>,
        slots: SlotUse,
        wall_s: f64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cost_usd: Option<f64>,
        /// Relative to the project.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        report: Option<String>,
    },
}

impl Record {
    /// Returns the name of the agent whose life it tells.
    pub fn agent(&self) -> Option<&str> {
        match self {
            Record::AgentReady { agent }
            | Record::AgentRetry { agent, .. }
            | Record::AttemptStarting { agent, .. }
            | Record::AttemptQueued { agent, .. }
            | Record::AttemptStarted { agent, .. }
            | Record::AttemptAdopted { agent, .. }
            | Record::AttemptActivity { agent, .. }
            | Record::AttemptWarning { agent, .. }
            | Record::AttemptOrdered { agent, .. }
            | Record::AttemptWrappingUp { agent, .. }
            | Record::AttemptPaused { agent, .. }
            | Record::AttemptResumed { agent, .. }
            | Record::AttemptExtended { agent, .. }
            | Record::AttemptStopping { agent, .. }
            | Record::AttemptKilling { agent, .. }
            | Record::AttemptVerifying { agent, .. }
            | Record::AttemptEnded { agent, .. }
            | Record::AttemptSession { agent, .. }
            | Record::HandoffWritten { agent, .. }
            | Record::WorktreeAdded { agent, .. }
            | Record::WorkKept { agent, .. }
            | Record::AgentParked { agent, .. }
            | Record::AgentEnded { agent, .. }
            | Record::AgentReopened { agent, .. }
            | Record::CriterionMet { agent, .. }
            | Record::FindingAdded { agent, .. }
            | Record::AgentNext { agent, .. }
            | Record::AskOpened { agent, .. }
            | Record::AskAnswered { agent, .. }
            | Record::PermissionKept { agent, .. }
            | Record::MessageSent { agent, .. } => Some(agent),
            Record::BudgetReached { agent, .. } => agent.as_deref(),
            Record::RunStarted { .. }
            | Record::RunResumed { .. }
            | Record::RunTroubled { .. }
            | Record::UrgentAdded { .. }
            | Record::ThrottleOpened { .. }
            | Record::ThrottleClosed { .. }
            | Record::RunHeld { .. }
            | Record::RunReleased { .. }
            | Record::RunDraining { .. }
            | Record::SlotsChanged { .. }
            | Record::RunStopping { .. }
            | Record::PlanReloaded { .. }
            | Record::RunStopped { .. }
            | Record::RunEnded { .. } => None,
        }
    }
}

/// Who wrote the handoff notes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotesAuthor {
    Agent,
    Quintet,
}

/// A completion condition or success factor at the end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    pub text: String,
    /// `None`: a person must judge.
    pub holds: Option<bool>,
    pub evidence: String,
}

/// How well the slots were used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct SlotUse {
    pub max_active: usize,
    /// From a slot's freeing to the next start in it, while anything was ready.
    pub idle_p50_ms: f64,
    pub idle_p99_ms: f64,
}
