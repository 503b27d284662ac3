//! What goes into the scheduler and what comes out of it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::record::{By, NotesAuthor, Record};
use crate::plan::AgentId;

/// An agent, as far as the scheduler must know it.
#[derive(Debug, Clone)]
pub struct TaskSpec {
    pub name: String,
    /// The name of its files; attempt 2 of `security` lives in the folder `security-2`.
    pub slug: String,
    pub needs: Vec<AgentId>,
    pub time_box: Duration,
    pub engine: String,
    /// The names of the engines whose account it uses, its own among them: when one of them rests, all do.
    pub shares: Vec<String>,
    pub model: Option<String>,
    /// The longest chain of dependants that starts here, itself included: longer goes first.
    pub chain: usize,
    /// Engines of language models wrap up in the same session before the end of the box.
    pub wraps_up: bool,
    /// A pause interrupts the turn instead of freezing the tree.
    pub pauses_softly: bool,
    /// A command must exit 0 before the agent is done.
    pub verifies: bool,
    /// The slots of its place, if that has its own limit.
    pub place: String,
}

/// The rules of a run.
#[derive(Debug, Clone)]
pub struct Settings {
    pub slots: usize,
    /// Share of the box at which the warning comes, 0 to 1.
    pub warning: f64,
    /// Share of the box that is kept for notes; at least 30 s (but never more than half of the box).
    pub wrap_up: f64,
    pub grace: Duration,
    pub successors: u32,
    pub retries: u32,
    /// Waits before the first, second, … retry; the last one repeats.
    pub backoff: Vec<Duration>,
    /// Hold the run when two agents fail for the same reason with no success between.
    pub hold_on_same_failure: bool,
    /// Nobody is there to resume a held run: it ends.
    pub headless: bool,
    /// Dollars and tokens for the run.
    pub max_cost: Option<f64>,
    pub max_tokens: Option<u64>,
    /// Slots per place that has a limit of its own.
    pub place_slots: Vec<(String, usize)>,
}

/// How an attempt's process ended, as the shim tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The exit file was there.
    Exited { exit: Option<i32>, signal: Option<i32> },
    /// The shim ended it at its backstop, while no Quintet was there.
    Backstop,
    /// Quintet's shim ended the tree since Quintet was gone.
    Orphaned,
    /// It never started: missing program, unknown model, …
    CannotStart,
    /// It never started, since the machine had no room for it: disk full, folder read-only, no descriptors. That may
    /// pass, so it is tried again and takes nothing from the agent.
    NoRoom,
    /// Its process and shim are gone and there is no exit file.
    Lost,
}

/// What the app made of an attempt's end: engine events, report, notes.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    pub end: End,
    /// The last terminal event was good (`command`: exit 0).
    pub good: bool,
    /// It ended well, but says itself that the task is only partly done: its agent ends `partial`, no successor.
    pub partial: bool,
    /// Why it was not good, or how it ended, in words.
    pub why: Option<String>,
    /// The report written in this attempt, relative to the project; `Some` too where none is required.
    pub report: Option<String>,
    /// The engine demands no report.
    pub report_optional: bool,
    /// Wrong login, unknown model, missing program: trying again cannot help.
    pub hopeless: bool,
    /// A quota or rate limit stopped it: when it may go on.
    pub throttled_until: Option<(DateTime<Utc>, Duration)>,
    /// It left a finding, a met criterion, a changed file or a report.
    pub progress: bool,
    pub tokens: Option<u64>,
    pub cost_usd: Option<f64>,
    pub tools: std::collections::BTreeMap<String, u64>,
}

/// A fact, or an order of the person.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Everything is set up: begin (or, after a replay, go on).
    Begin,
    /// Time went by.
    Tick,
    /// Its place has it and has not begun it yet, and why.
    Queued {
        agent: AgentId,
        attempt: u32,
        why: String,
    },
    Started {
        agent: AgentId,
        attempt: u32,
        pid: i32,
    },
    /// A live attempt of an earlier Quintet was found again.
    Adopted {
        agent: AgentId,
        attempt: u32,
        pid: i32,
    },
    Exited {
        agent: AgentId,
        attempt: u32,
        outcome: Outcome,
    },
    /// Its program gave its result, and nothing more is asked of it.
    Finished {
        agent: AgentId,
        attempt: u32,
    },
    /// It does something after its result all the same.
    WorksOn {
        agent: AgentId,
        attempt: u32,
    },
    /// The verify command of an attempt ended.
    Verified {
        agent: AgentId,
        attempt: u32,
        ok: bool,
        tail: String,
    },
    /// Notes are there (in answer to [`Order::WriteNotes`]).
    NotesWritten {
        agent: AgentId,
        attempt: u32,
        path: String,
        author: NotesAuthor,
    },
    /// What counts against the run's caps so far, running attempts included; and whether one agent is over its own.
    Spent {
        agent: AgentId,
        run_cost_usd: f64,
        run_tokens: u64,
        over_own_cap: bool,
    },
    /// The agent asks the person something; the box stops for it, but not for long.
    Asked {
        agent: AgentId,
        attempt: u32,
        id: String,
        kind: String,
        text: String,
    },
    Answered {
        agent: AgentId,
        id: String,
        answer: String,
        by: By,
    },
    /// A fact that changes nothing here but belongs to the fold: finding, urgent, criterion.
    Noted(Record),
    /// The compile step is done: this is the last record.
    Compiled(Record),
    Person {
        command: Command,
        by: By,
    },
}

/// An order of the person. `attempt` guards against acting on a successor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    Pause {
        agent: AgentId,
        attempt: Option<u32>,
        hard: bool,
    },
    Resume {
        agent: AgentId,
        attempt: Option<u32>,
    },
    /// Ends the attempt with notes; its slot is free and the agent waits until it is resumed.
    Park {
        agent: AgentId,
        attempt: Option<u32>,
    },
    HandOver {
        agent: AgentId,
        attempt: Option<u32>,
    },
    /// Wraps up with notes and ends the agent.
    Stop {
        agent: AgentId,
        attempt: Option<u32>,
    },
    Kill {
        agent: AgentId,
        attempt: Option<u32>,
    },
    Extend {
        agent: AgentId,
        attempt: Option<u32>,
        by: Duration,
    },
    Retry {
        agent: AgentId,
        engine: Option<String>,
    },
    Skip {
        agent: AgentId,
    },
    Force {
        agent: AgentId,
    },
    Next {
        agent: AgentId,
    },
    Message {
        agent: AgentId,
        attempt: Option<u32>,
        text: String,
    },
    PauseAll,
    ResumeAll,
    /// Wraps up everything that runs and starts nothing more.
    StopAll,
    KillAll,
    Slots(usize),
    /// Starts nothing more; what runs goes on to its end.
    Drain,
    /// Ends a hold.
    Release,
}

/// What the shell must do, in order.
#[derive(Debug, Clone, PartialEq)]
pub enum Order {
    /// Journal and publish it; it is applied to the state already.
    Record(Record),
    /// Start this attempt. `after`: the attempt whose notes it gets, or whose session it continues where it
    /// `resumes` (that one was throttled).
    Start {
        agent: AgentId,
        attempt: u32,
        limit: Duration,
        after: Option<u32>,
        resumes: bool,
    },
    /// Tell a language model how long it has.
    Warn {
        agent: AgentId,
        attempt: u32,
        left: Duration,
    },
    /// Interrupt, and ask in the same session for notes and the partial report only.
    WrapUp {
        agent: AgentId,
        attempt: u32,
        left: Duration,
    },
    /// `hard`: stop the tree; else interrupt the turn.
    Freeze {
        agent: AgentId,
        attempt: u32,
        hard: bool,
    },
    Thaw {
        agent: AgentId,
        attempt: u32,
        hard: bool,
    },
    Term {
        agent: AgentId,
        attempt: u32,
    },
    Kill {
        agent: AgentId,
        attempt: u32,
    },
    /// The backstop of the shim moves.
    Limit {
        agent: AgentId,
        attempt: u32,
        limit: Duration,
    },
    Message {
        agent: AgentId,
        attempt: u32,
        text: String,
    },
    Answer {
        agent: AgentId,
        attempt: u32,
        id: String,
        answer: String,
    },
    /// Make notes from the log unless the agent left some; answer with [`Event::NotesWritten`].
    WriteNotes {
        agent: AgentId,
        attempt: u32,
        why: String,
    },
    Verify {
        agent: AgentId,
        attempt: u32,
    },
    /// Nothing can run any more: write the final report; answer with [`Event::Compiled`].
    Compile,
    /// An order of the person could not be carried out, and why.
    Refused {
        command: Command,
        why: String,
    },
}
