//! What the app is told, and what it wants done.

use std::path::PathBuf;

use crate::engine::{Launch, Server, Stream};
use crate::plan::{AgentId, Plan};
use crate::scheduler::{By, Command, End, Record};
use crate::shim::ShimOrder;
use crate::team_dir::entries::Entry;
use crate::worktree::{Base, Tree};

/// One attempt of one agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    pub agent: AgentId,
    pub attempt: u32,
}

/// A fact for the app.
#[derive(Debug, Clone, PartialEq)]
pub enum Msg {
    /// Everything is set up: the run begins, or goes on after a replay.
    Begin,
    /// A deadline came, or nothing in particular.
    Tick,
    /// Its place has it and has not begun it yet, and why.
    Queued {
        key: Key,
        why: String,
    },
    Started {
        key: Key,
        pid: i32,
    },
    Adopted {
        key: Key,
        pid: i32,
    },
    /// Lines of output, oldest first; `skipped` bytes before them were not read.
    Output {
        key: Key,
        stream: Stream,
        lines: Vec<Vec<u8>>,
        /// Where the log is after them.
        offset: u64,
        skipped: u64,
    },
    Exited {
        key: Key,
        end: End,
        why: Option<String>,
        left: Left,
    },
    Verified {
        key: Key,
        ok: bool,
        tail: String,
    },
    /// An attempt's worktree is there, or why not.
    Prepared {
        key: Key,
        made: Result<Base, String>,
    },
    /// The MCP servers of an agent were tried before this order, each by the plan's name: why it is of no use, if so.
    Tried {
        command: Command,
        by: By,
        found: Vec<(String, Option<String>)>,
    },
    /// What is in an attempt's worktree is kept as this commit, or why not.
    Kept {
        key: Key,
        commit: Result<String, String>,
    },
    /// What others wrote into the team directory.
    News(News),
    /// The reports and notes that the compile step reads.
    Papers(Vec<(String, String)>),
    Person {
        command: Command,
        by: By,
    },
    /// The answer to a question of an agent.
    Answer {
        agent: AgentId,
        id: String,
        answer: String,
        by: By,
    },
    /// The person has left the session of an attempt, which is paused meanwhile: its agent goes on in it.
    GivenBack {
        key: Key,
    },
    /// The plan on disk, read again because the person wants it; its hash.
    Reload {
        plan: Box<Plan>,
        hash: String,
    },
    /// Stop everything: wrap up, or kill.
    Stop {
        by: By,
        kill: bool,
    },
    /// Something could not be done.
    Trouble {
        what: String,
    },
}

/// What an attempt left on disk.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Left {
    /// The report, if it was written in this attempt and has content.
    pub report: Option<Paper>,
    /// Notes by the agent itself.
    pub notes: Option<Paper>,
}

/// A file and its text.
#[derive(Debug, Clone, PartialEq)]
pub struct Paper {
    /// Relative to the project.
    pub path: String,
    pub text: String,
}

/// Something new in the team directory.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    Urgent(Entry),
    Finding(Entry),
    /// A report or handoff notes were written or changed; relative to the project.
    Paper(String),
}

/// What the shell must do, in order. Failures come back as [`Msg`].
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Append to the journal and publish.
    Journal(Record),
    /// Publish only: derived from the logs.
    Publish(Record),
    Start(Box<Start>),
    /// Make the worktree of an attempt that is to start, and answer with [`Msg::Prepared`].
    Prepare {
        key: Key,
        tree: Tree,
    },
    /// Try these MCP servers, each by the plan's name, and answer with [`Msg::Tried`].
    Try {
        command: Command,
        by: By,
        servers: Vec<(String, Server)>,
    },
    /// Make it no longer: nobody waits for it.
    Unprepare {
        key: Key,
    },
    /// Keep what is in the worktree of an attempt, and answer with [`Msg::Kept`].
    Keep {
        key: Key,
        tree: Tree,
        /// What follows waits for it, a moment.
        first: bool,
    },
    Shim {
        key: Key,
        order: ShimOrder,
    },
    /// Append to the agent's input.
    Write {
        key: Key,
        bytes: Vec<u8>,
    },
    /// End the process, and when it is gone start this in the same attempt: it continues the session.
    Relaunch(Box<Start>),
    /// Replace a file of the team directory.
    Save {
        path: PathBuf,
        text: String,
    },
    /// Put this below what is in a file.
    Append {
        path: PathBuf,
        text: String,
    },
    AppendFinding(String),
    AppendUrgent(String),
    /// A deadline moved: write it where the agent looks.
    Deadline {
        path: PathBuf,
        unix_s: u64,
    },
    /// Append this line to the answers that the attempt's MCP server reads.
    Answer {
        path: PathBuf,
        line: String,
    },
    Verify {
        key: Key,
        command: String,
        /// Where the agent worked.
        at: PathBuf,
    },
    /// Read these reports and notes, and answer with [`Msg::Papers`].
    ReadPapers(Vec<String>),
    /// Run a hook with this JSON on its input.
    Hook {
        command: String,
        event: String,
    },
    /// The run is over.
    Ended,
}

/// An attempt to start.
#[derive(Debug, Clone, PartialEq)]
pub struct Start {
    pub key: Key,
    pub agent: String,
    /// Absolute.
    pub folder: PathBuf,
    pub launch: Launch,
    /// Where its process starts, absolute.
    pub at: PathBuf,
    /// Files of Quintet's own for the agent: prompt, needs, deadline, MCP configuration.
    pub files: Vec<(PathBuf, String)>,
    pub report: PathBuf,
    pub handoff: PathBuf,
    pub limit_s: f64,
    pub grace_s: f64,
    pub place: String,
    pub every_line: bool,
    /// The shim's policy when Quintet is gone: keep the agent, or end it.
    pub keep: bool,
}
