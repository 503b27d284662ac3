//! The kinds of program that play an agent, one file each, pure: a briefing becomes a [`Launch`], a line of output
//! becomes [`Activity`]s, and what Quintet has to say to the agent becomes bytes for its input.
//!
//! No process is started here and no file is touched; `shell` does what a [`Launch`] says.
//!
//! # What each program can do
//!
//! Seen with Claude Code 2.1.330, Codex 0.169.0, Gemini CLI 0.61.0, OpenCode 1.18.33 and three ACP agents
//! (claude-agent-acp 0.101.0, codex-acp 2.6.0, `opencode acp`), each run against a model server on the loopback by the
//! tests in `tests/it/engines/real.rs` (the program and its engine alone) and `whole.rs` (whole runs); recorded output of
//! theirs is in `tests/it/engines/recordings`.
//!
//! | | `claude` | `codex` | `gemini` | `opencode` | `acp` |
//! |---|---|---|---|---|---|
//! | spoken to by | `stream-json` both ways | `exec --json`, a process a turn; or `app-server` | ACP, or its stream | `run --format json`, a process a turn | ACP |
//! | prompt comes by | input | input | protocol | input | protocol |
//! | message while it works | with the next tool result | ends the turn, resumes; `app-server`: in the turn | ends the turn | ends the turn, resumes | steering, or ends the turn |
//! | word on time | yes | no: tool `time_left`; `app-server`: yes | no: tool `time_left` | no: tool `time_left` | where it can be steered |
//! | handoff notes | interrupt, same session | resume; `app-server`: interrupt, same session | cancel, same session | resume | cancel, same session |
//! | missing report is asked for | same session | resume | same session | resume | same session |
//! | goes on after a quota | `--resume` | `resume` | `session/load`, or anew | `--session` | `session/load`, or anew |
//! | pause | interrupt | freeze; `app-server`: interrupt | cancel | freeze | cancel |
//! | a person takes over by | `--resume` | `resume` | `--resume` | `-s` | cannot |
//! | asks the person | yes | no: it fails | yes | no: it is denied | yes |
//! | `read-only` by | allow-list and prompts | permission profile | prompts | permission rules | prompts, mode |
//! | team directory, but no run, writable | yes | yes | yes | yes | yes; codex-acp: by Quintet's tools alone |
//! | MCP servers by | `--mcp-config` | `-c mcp_servers` | session | variable | session |
//! | tells tokens | after each call | at the end of a turn; `app-server`: after each call | at the end of a turn | after each call | at the end of a turn |
//! | tells dollars | at the end of a turn | no | no | after each call | some |
//! | ends by itself after its result | when its input closes | yes | no, with MCP servers it hangs | yes | when its input closes |
//! | quota is an event | yes | yes | no: it retries in silence | no: it retries in silence | yes; `opencode acp`: no |
//!
//! What a user gets of it, in whole runs (`codex` by both of its protocols):
//!
//! | | `claude` | `codex` | `gemini` | `opencode` | `acp`, three agents |
//! |---|---|---|---|---|---|
//! | answers in text only: `done`, the answer saved as report | seen | seen | seen | seen | seen |
//! | calls `time_left`: one call of `mcp__quintet__time_left` | seen | seen | seen | seen | seen |
//! | never stops: notes, a successor, `partial`, nothing of it lives on | seen | seen | seen | seen | seen |
//! | heeds its time: notes in its own words | seen | seen | seen | seen | seen |
//! | the model refuses (400): `failed` with the reason | seen | seen | seen | seen | seen |
//! | rate limit (429): the breaker opens, nothing more starts | seen | seen | shown as silent | shown as silent | seen; `opencode acp`: shown as silent |
//! | the plan as asked, five at a time: complete, spend and MCP calls told | seen | seen | seen | seen | seen |

pub mod acp;
pub mod activity;
pub mod briefing;
pub mod builtin;
pub mod claude;
pub mod codex;
pub mod command;
mod failure;
pub mod foreign;
pub mod gemini;
mod json;
pub mod known;
pub mod launch;
pub mod lines;
mod measured;
pub mod opencode;
pub mod outcome;
mod pieces;
pub mod prompt;
mod rights;
pub mod servers;
pub mod take_over;
#[cfg(test)]
mod testing;
mod tool;
pub mod transcript;

pub use activity::{Activity, Stream};
pub use briefing::{Briefing, Launch, Spent};
pub use known::known;
use launch::environment;
pub use launch::{LaunchError, launch, session};
pub use measured::tells_tokens;
pub use outcome::{Judge, Judgement};
pub use servers::Server;
pub use transcript::Transcript;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// The kind of program that plays an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Builtin,
    Claude,
    Codex,
    Gemini,
    Opencode,
    Acp,
    Command,
}

/// An engine as configured: `[engines.NAME]` over what is known of its kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Engine {
    pub name: String,
    pub kind: Kind,
    /// Program and first arguments; placeholders like `{agent}` expand in it.
    pub command: Vec<String>,
    pub model: Option<String>,
    /// Appended.
    pub args: Vec<String>,
    pub env: BTreeMap<String, String>,
    pub env_clear: bool,
    /// `command` only: what its input gets.
    pub stdin: Stdin,
    /// `command` only: how its output is read.
    pub output: Output,
    /// Whether an agent is only done with a report.
    pub report: ReportRule,
    /// Where its agents run unless they say otherwise.
    pub place: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stdin {
    #[default]
    None,
    Prompt,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Output {
    #[default]
    Text,
    Jsonl,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReportRule {
    #[default]
    Required,
    None,
}

impl Kind {
    /// Returns whether a language model plays: it can be told things, wraps up in its session, spends tokens.
    pub fn is_llm(self) -> bool {
        match self {
            Kind::Claude | Kind::Codex | Kind::Gemini | Kind::Opencode | Kind::Acp => true,
            Kind::Builtin | Kind::Command => false,
        }
    }
}

/// Returns whether its processes speak a protocol that begins anew with each of them.
pub fn has_protocol(engine: &Engine) -> bool {
    match engine.kind {
        Kind::Acp => true,
        Kind::Gemini => !gemini::is_plain(engine),
        Kind::Codex => codex::is_server(engine),
        Kind::Builtin | Kind::Claude | Kind::Opencode | Kind::Command => false,
    }
}

/// Returns whether a pause interrupts its turn; else its whole process tree is stopped.
pub fn pauses_softly(engine: &Engine) -> bool {
    match engine.kind {
        Kind::Claude | Kind::Acp => true,
        Kind::Gemini => !gemini::is_plain(engine),
        Kind::Codex => codex::is_server(engine),
        Kind::Builtin | Kind::Opencode | Kind::Command => false,
    }
}

/// Returns whether no line of its output may be skipped, since it speaks a structure.
pub fn reads_every_line(engine: &Engine) -> bool {
    match engine.kind {
        Kind::Command => engine.output == Output::Jsonl,
        Kind::Builtin | Kind::Claude | Kind::Codex | Kind::Gemini | Kind::Opencode | Kind::Acp => true,
    }
}

/// One attempt's conversation with its program: reads its output, knows how to speak to it.
///
/// It is rebuilt from the log after a crash, so it depends on nothing but the briefing and the lines.
pub trait Session: Send {
    /// Takes one whole line of output (without its newline; at most 16 MB, not always UTF-8).
    fn line(&mut self, stream: Stream, line: &[u8]) -> Heard;

    /// Returns how to tell the program this now.
    fn tell(&mut self, what: &Tell) -> Told;

    /// A prompt of the program was answered by an earlier Quintet.
    fn forget(&mut self, _prompt: &str) {}

    /// Returns what the person has allowed for good, by its rules' hashes.
    fn kept(&self) -> BTreeSet<String> {
        BTreeSet::new()
    }
}

/// What one line of output meant.
#[derive(Debug, Default, PartialEq)]
pub struct Heard {
    pub activities: Vec<Activity>,
    /// Bytes the program must get on its input in answer (protocol replies).
    pub reply: Vec<u8>,
}

impl From<Vec<Activity>> for Heard {
    fn from(activities: Vec<Activity>) -> Heard {
        Heard { activities, reply: Vec::new() }
    }
}

impl From<Vec<u8>> for Heard {
    fn from(reply: Vec<u8>) -> Heard {
        Heard { activities: Vec::new(), reply }
    }
}

/// Something that Quintet or the person has to say to an agent.
#[derive(Debug, Clone, PartialEq)]
pub enum Tell {
    /// A message of the person.
    Message { text: String },
    /// How long it has.
    Warning { left_s: u64 },
    /// Stop the work; write handoff notes and the partial report only.
    WrapUp { left_s: u64, notes: String, report: String },
    /// The report is missing: write it, nothing else.
    AskReport { report: String },
    /// Stop at this turn (pause).
    Interrupt,
    /// Go on after an interrupt.
    Continue,
    /// The answer to a question or permission prompt.
    Answer { id: String, answer: String },
}

/// How to tell it.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// Append these bytes to its input.
    Write(Vec<u8>),
    /// End the process, then start this one in the same attempt: it continues the session.
    Relaunch(Box<Launch>),
    /// This engine cannot be told.
    Cannot,
}
