//! What is said over the control socket of a running Quintet: one JSON object a line, both ways.
//!
//! A client sends a [`Request`] and gets an [`Answer`]. After [`Request::Follow`] the answer is followed by the run's
//! events, a line each, until either side closes.

use serde::{Deserialize, Serialize};

use super::Status;
use crate::scheduler::Command;

/// What a client wants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Request {
    /// The object of `agent-status.json`, as of now.
    Status,
    /// An order of the person: the verbs of `quintet ctl`.
    Order {
        verb: String,
        /// Its name or slug. For `answer` without `id`: the question, `ID` or `AGENT:ID`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent: Option<String>,
        /// For `answer`: the question of that agent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// Only if this is the attempt that runs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        attempt: Option<u32>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        arg: Option<String>,
        /// For `retry`: the person agrees to all that the engine would start, may do and cost.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        trust: bool,
    },
    /// An order of the person at an attached screen, of this very version.
    Person {
        command: Command,
        /// The agents that the screen knows, in the order of its plan, by which the command names them.
        #[serde(default)]
        agents: Vec<String>,
    },
    /// Every event from now on.
    Follow,
}

/// What a client is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    pub v: u32,
    pub ok: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
}

impl Answer {
    /// It was done.
    pub fn done() -> Answer {
        Answer { v: super::journal::VERSION, ok: true, why: None, status: None }
    }

    /// It was not done.
    pub fn refused(why: impl Into<String>) -> Answer {
        Answer { ok: false, why: Some(why.into()), ..Answer::done() }
    }

    /// Returns the line, without its newline.
    pub fn line(&self) -> String {
        serde_json::to_string(self).expect("plain data with string keys")
    }
}
