//! `quintet.toml`: the project's, and in the same format the user's config file.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::span::{Share, Span};
use crate::engine::{Kind, Output, ReportRule, Server, Stdin};
use crate::place;
use crate::plan::{Permissions, Workspace};

/// A settings file. Everything may be missing; unknown keys are warnings, never errors.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct File {
    pub slots: Option<usize>,
    pub time_box: Option<Span>,
    pub warning: Option<Share>,
    pub wrap_up: Option<Share>,
    pub grace: Option<Span>,
    pub successors: Option<u32>,
    pub retries: Option<u32>,
    pub engine: Option<String>,
    /// Where agents without a place of their own run.
    pub place: Option<String>,
    pub permissions: Option<Permissions>,
    pub workspace: Option<Workspace>,
    /// US dollars and tokens for a whole run.
    pub max_cost: Option<f64>,
    pub max_tokens: Option<u64>,
    pub on_quit: Option<super::merge::OnQuit>,
    pub on_crash: Option<super::merge::OnCrash>,
    pub engines: BTreeMap<String, EngineTable>,
    pub agents: BTreeMap<String, AgentTable>,
    pub mcp: BTreeMap<String, Server>,
    /// The plan's name of an MCP server = the person's.
    pub mcp_aliases: BTreeMap<String, String>,
    pub worktree: Worktree,
    pub places: BTreeMap<String, PlaceTable>,
    pub hooks: Hooks,
    /// Theme, symbols, motion, notifications: read by the screen.
    pub ui: toml::Table,
    /// Action = key or keys: read by the screen.
    pub keys: toml::Table,
    /// Rules of the built-in analysts to leave out.
    pub rules: toml::Table,
}

/// `[engines.NAME]`
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct EngineTable {
    pub kind: Option<Kind>,
    pub program: Option<String>,
    pub command: Option<Vec<String>>,
    pub model: Option<String>,
    pub args: Vec<String>,
    pub env: BTreeMap<String, String>,
    pub env_clear: bool,
    pub stdin: Option<Stdin>,
    pub output: Option<Output>,
    pub report: Option<ReportRule>,
    pub place: Option<String>,
}

/// `[agents.NAME]`
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct AgentTable {
    pub engine: Option<String>,
    pub model: Option<String>,
    pub time_box: Option<Span>,
    pub permissions: Option<Permissions>,
    pub env: BTreeMap<String, String>,
    pub max_cost: Option<f64>,
    pub max_tokens: Option<u64>,
    pub max_turns: Option<u32>,
    pub verify: Option<String>,
    pub workspace: Option<Workspace>,
    pub place: Option<String>,
}

/// `[worktree]`: what a new worktree gets before its agent starts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Worktree {
    /// Files of the project that git does not know, copied by their paths in it: `.env`.
    pub copy: Vec<String>,
    /// A shell command, run in the worktree: `npm ci`.
    pub setup: Option<String>,
}

/// `[places.NAME]`
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct PlaceTable {
    pub kind: Option<place::Kind>,
    pub slots: Option<usize>,
    pub hosts: Vec<String>,
    pub options: Vec<String>,
    pub program: Option<String>,
    pub cpus: Option<u32>,
    /// As `sbatch --mem` takes it: `4G`.
    pub memory: Option<String>,
    pub spare: Option<Span>,
    pub patience: Option<Span>,
    pub commands: BTreeMap<place::Verb, Vec<String>>,
}

/// `[hooks]`: commands that get the event as JSON on their input.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Hooks {
    pub asking: Option<String>,
    pub urgent: Option<String>,
    pub held: Option<String>,
    pub ended: Option<String>,
}

/// A settings file could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {why}")]
pub struct FileError {
    pub path: String,
    /// With line, column and excerpt.
    pub why: String,
}

impl File {
    /// Reads a settings file; also returns the keys that nobody knows.
    ///
    /// # Errors
    /// Text that is no TOML, or a value of the wrong kind: with line and excerpt.
    pub fn read(path: &str, text: &str) -> Result<(File, Vec<String>), FileError> {
        let wrong = |why: String| FileError { path: path.to_owned(), why };
        let from = toml::Deserializer::parse(text).map_err(|error| wrong(error.to_string()))?;
        let mut unknown = Vec::new();
        let file = serde_ignored::deserialize(from, |key| unknown.push(key.to_string()))
            .map_err(|error: toml::de::Error| wrong(error.to_string()))?;
        Ok((file, unknown))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_contract_is_read() {
        let text = r#"
            slots = 5
            time_box = "15m"
            engine = "builtin"
            [engines.mine]
            kind = "command"
            command = ["./agent.sh", "{agent}"]
            stdin = "prompt"
            output = "jsonl"
            report = "none"
            env = { KEY = "value" }
            [engines.claude]
            program = "claude"
            [agents.security-auditor]
            engine = "claude"
            time_box = "10m"
            permissions = "read-only"
            verify = "cargo test -p auth"
            [mcp.tavily]
            command = ["npx", "-y", "tavily-mcp"]
        "#;
        let (file, unknown) = File::read("quintet.toml", text).expect("it is valid");
        assert_eq!(unknown, Vec::<String>::new());
        assert_eq!(file.engines["mine"].output, Some(Output::Jsonl));
        assert_eq!(file.agents["security-auditor"].time_box.map(|span| span.0.as_secs()), Some(600));
    }

    #[test]
    fn a_misspelt_key_is_named_and_the_rest_is_read() {
        let (file, unknown) = File::read("quintet.toml", "slots = 3\nslotz = 4\n").expect("it is valid");
        assert_eq!((file.slots, unknown), (Some(3), vec!["slotz".to_owned()]));
    }

    #[test]
    fn a_wrong_value_is_shown_with_its_line() {
        let error = File::read("quintet.toml", "slots = 3\ntime_box = \"soon\"\n").expect_err("`soon` is no duration");
        assert!(error.to_string().contains("time_box = \"soon\""), "{error}");
    }
}
