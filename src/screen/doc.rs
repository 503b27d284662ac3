//! What the person can read, and what comes when it is opened.

use std::path::PathBuf;

use crate::plan::AgentId;
use crate::screen::page::Format;

/// Something to read. The shell knows where it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doc {
    Report(AgentId),
    /// All output of an attempt, standard output and errors.
    Log {
        agent: AgentId,
        attempt: u32,
    },
    Notes {
        agent: AgentId,
        attempt: u32,
    },
    /// What an attempt was told.
    Prompt {
        agent: AgentId,
        attempt: u32,
    },
    /// Everything that an agent changed in its own worktree.
    Diff(AgentId),
    FinalReport,
    /// By its place in the plan's list of deliverables.
    Deliverable(usize),
    Plan,
    Findings,
    Urgent,
    /// The run as a person would write it.
    OrchestrationLog,
    /// A file of the project, relative to it, or to the document that named it.
    File {
        path: String,
        line: Option<u32>,
    },
}

/// A stretch of a file, in answer to a wish to open or read it.
///
/// Files of up to [`WHOLE`] bytes come whole, whatever was asked for. Of longer ones a stretch of about [`STRETCH`]
/// comes that begins and ends with whole lines; of a log, the last one first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    pub path: PathBuf,
    /// Of the whole file (of a log: of all that was ever written to it).
    pub size: u64,
    /// Where `bytes` begins.
    pub from: u64,
    pub bytes: Vec<u8>,
}

/// Up to this size a file comes whole.
pub const WHOLE: u64 = 4 * 1024 * 1024;
/// How much of a longer file comes at once.
pub const STRETCH: u64 = 512 * 1024;

impl Document {
    pub fn is_whole(&self) -> bool {
        self.from == 0 && self.bytes.len() as u64 >= self.size
    }

    pub fn end(&self) -> u64 {
        self.from + self.bytes.len() as u64
    }
}

impl Doc {
    /// Returns whether it grows at its end while it is read.
    pub fn grows(&self) -> bool {
        match self {
            Doc::Log { .. } | Doc::OrchestrationLog => true,
            Doc::Report(_)
            | Doc::Notes { .. }
            | Doc::Prompt { .. }
            | Doc::Diff(_)
            | Doc::FinalReport
            | Doc::Deliverable(_)
            | Doc::Plan
            | Doc::Findings
            | Doc::Urgent
            | Doc::File { .. } => false,
        }
    }

    /// Returns how it is read; `path` is where it was found.
    pub fn format(&self, path: &str) -> Format {
        match self {
            Doc::Log { .. } => Format::Log,
            Doc::File { .. } => Format::of(path),
            Doc::Diff(_) => Format::Code("diff".to_owned()),
            Doc::Report(_)
            | Doc::Notes { .. }
            | Doc::Prompt { .. }
            | Doc::FinalReport
            | Doc::Deliverable(_)
            | Doc::Plan
            | Doc::Findings
            | Doc::Urgent
            | Doc::OrchestrationLog => Format::Markdown,
        }
    }
}
