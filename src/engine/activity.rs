//! One vocabulary for what agents do, whatever program plays them.

use chrono::{DateTime, Utc};

use crate::scheduler::Severity;

/// Where a line came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    Out,
    Err,
    /// The attempt's own MCP server (`quintet mcp`), JSON lines.
    Said,
}

/// One thing an agent did or said.
#[derive(Debug, Clone, PartialEq)]
pub enum Activity {
    Text {
        text: String,
    },
    /// `name`: under one name whatever a program calls it, e.g. `mcp__quintet__time_left`, `Bash`.
    ToolStarted {
        id: String,
        name: String,
        summary: String,
    },
    ToolEnded {
        id: String,
        ok: bool,
        summary: String,
    },
    /// `n` is 1-based.
    Criterion {
        n: usize,
        evidence: String,
    },
    Finding {
        severity: Severity,
        text: String,
        file: Option<String>,
        line: Option<u32>,
        rule: Option<String>,
    },
    Urgent {
        severity: Severity,
        text: String,
        file: Option<String>,
        line: Option<u32>,
    },
    /// What this attempt has used so far (a total, not an increment).
    Usage {
        input_tokens: u64,
        output_tokens: u64,
        cost_usd: Option<f64>,
    },
    /// The session can be resumed by this id.
    Session {
        id: String,
        model: Option<String>,
    },
    /// The program was not allowed to do something.
    Denied {
        what: String,
    },
    /// Something around it does not work; it goes on.
    Trouble {
        what: String,
    },
    /// The program asks the person. `kind`: `question` (of `ask_person`: the answer goes to the attempt's folder) or
    /// `permission` (the answer is a [`Tell::Answer`](super::Tell::Answer)).
    Asked {
        id: String,
        kind: String,
        text: String,
    },
    /// A file was written by the agent, as it named it.
    Changed {
        file: String,
    },
    /// The program waits and tries again by itself.
    Retrying {
        why: String,
    },
    /// A quota or rate limit ended it.
    Quota {
        until: Option<DateTime<Utc>>,
        why: String,
    },
    /// Names a report other than the expected file.
    Report {
        path: String,
    },
    /// A terminal event. The last one before the end of output decides.
    Result {
        ok: bool,
        text: Option<String>,
        why: Option<String>,
        /// Wrong login, unknown model, missing program: trying again cannot help.
        hopeless: bool,
        /// It ended well, but the task is only partly done, or nothing here can do it.
        partial: bool,
    },
}

impl Activity {
    /// Returns it as it may leave Quintet: with every text that an agent could have put a secret into passed through
    /// `hide`. Ids stay: by them questions are answered and sessions continued.
    pub fn hidden(self, hide: impl Fn(String) -> String) -> Activity {
        let maybe = |text: Option<String>| text.map(&hide);
        match self {
            Activity::Text { text } => Activity::Text { text: hide(text) },
            Activity::ToolStarted { id, name, summary } => {
                Activity::ToolStarted { id, name: hide(name), summary: hide(summary) }
            }
            Activity::ToolEnded { id, ok, summary } => Activity::ToolEnded { id, ok, summary: hide(summary) },
            Activity::Criterion { n, evidence } => Activity::Criterion { n, evidence: hide(evidence) },
            Activity::Finding { severity, text, file, line, rule } => {
                Activity::Finding { severity, text: hide(text), file: maybe(file), line, rule: maybe(rule) }
            }
            Activity::Urgent { severity, text, file, line } => {
                Activity::Urgent { severity, text: hide(text), file: maybe(file), line }
            }
            Activity::Denied { what } => Activity::Denied { what: hide(what) },
            Activity::Trouble { what } => Activity::Trouble { what: hide(what) },
            Activity::Asked { id, kind, text } => Activity::Asked { id, kind, text: hide(text) },
            Activity::Changed { file } => Activity::Changed { file: hide(file) },
            Activity::Retrying { why } => Activity::Retrying { why: hide(why) },
            Activity::Quota { until, why } => Activity::Quota { until, why: hide(why) },
            Activity::Report { path } => Activity::Report { path: hide(path) },
            Activity::Result { ok, text, why, hopeless, partial } => {
                Activity::Result { ok, text: maybe(text), why: maybe(why), hopeless, partial }
            }
            Activity::Usage { .. } | Activity::Session { .. } => self,
        }
    }

    /// Returns what it says to a person who reads the output; `None`: nothing.
    pub fn said(&self) -> Option<&str> {
        match self {
            Activity::ToolStarted { summary, name, .. } if summary.is_empty() => Some(name),
            Activity::Text { text }
            | Activity::ToolStarted { summary: text, .. }
            | Activity::Finding { text, .. }
            | Activity::Urgent { text, .. }
            | Activity::Result { text: Some(text), .. } => Some(text),
            Activity::ToolEnded { .. }
            | Activity::Criterion { .. }
            | Activity::Usage { .. }
            | Activity::Session { .. }
            | Activity::Denied { .. }
            | Activity::Trouble { .. }
            | Activity::Asked { .. }
            | Activity::Changed { .. }
            | Activity::Retrying { .. }
            | Activity::Quota { .. }
            | Activity::Report { .. }
            | Activity::Result { text: None, .. } => None,
        }
    }
}
