//! `agent-status.json`: the live state, for other tools and for `quintet status`.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::journal::{VERSION, millis, some_millis};

/// The whole file. Quintet is its only writer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    pub v: u32,
    pub run: String,
    pub plan: String,
    #[serde(with = "millis")]
    pub updated: DateTime<Utc>,
    pub slots: usize,
    pub active: usize,
    #[serde(with = "some_millis")]
    pub throttled_until: Option<DateTime<Utc>>,
    /// `running`, `held`, `draining`, `stopping`, `ended`.
    #[serde(default)]
    pub mode: String,
    #[serde(default)]
    pub cost_usd: f64,
    /// By name.
    pub agents: BTreeMap<String, AgentStatus>,
}

/// One agent in the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AgentStatus {
    /// The short name of its files, by which orders may call it too.
    #[serde(default)]
    pub slug: String,
    pub state: String,
    /// The newest attempt; 0 before the first.
    pub attempt: u32,
    pub phase: u32,
    #[serde(default)]
    pub order: usize,
    #[serde(with = "some_millis")]
    pub started: Option<DateTime<Utc>>,
    #[serde(with = "some_millis")]
    pub deadline: Option<DateTime<Utc>>,
    pub left_s: Option<f64>,
    /// What it is doing, or why it is where it is.
    pub now: Option<String>,
    pub criteria: Criteria,
    pub engine: String,
    pub model: Option<String>,
    pub tools: BTreeMap<String, u64>,
    pub tokens: u64,
    pub cost_usd: f64,
    pub report: Option<String>,
    pub pid: Option<i32>,
}

/// By the agent's own account; `met` is null while nothing is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Criteria {
    pub met: Option<usize>,
    pub of: usize,
}

impl Status {
    /// Returns the file's text.
    pub fn text(&self) -> String {
        let mut text = serde_json::to_string(self).expect("the status is plain data with string keys");
        text.push('\n');
        text
    }

    /// Returns a status with no agents yet.
    pub fn empty(run: &str, plan: &str, updated: DateTime<Utc>) -> Status {
        Status {
            v: VERSION,
            run: run.to_owned(),
            plan: plan.to_owned(),
            updated,
            slots: 0,
            active: 0,
            throttled_until: None,
            mode: "running".to_owned(),
            cost_usd: 0.0,
            agents: BTreeMap::new(),
        }
    }
}
