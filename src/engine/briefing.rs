//! What an attempt is told, and what must be started for it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use super::prompt;
use super::servers::Server;
use crate::plan::Permissions;

/// Everything one attempt is told. Paths are absolute.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Briefing {
    pub run: String,
    pub agent: String,
    pub slug: String,
    pub attempt: u32,
    /// The micro-task, as the plan says it; with its criteria.
    pub task: String,
    pub criteria: Vec<String>,
    /// Where it works: the project, or the project's folder in its own worktree.
    pub project: PathBuf,
    /// The branch of its own worktree, if it has one, and what git writes to when it commits there.
    pub branch: Option<String>,
    pub git_dir: Option<PathBuf>,
    /// The folder in it that is its worktree's alone.
    pub own_git_dir: Option<PathBuf>,
    pub team_dir: PathBuf,
    pub folder: PathBuf,
    pub report: PathBuf,
    pub handoff: PathBuf,
    pub previous_handoff: Option<PathBuf>,
    pub needs_file: PathBuf,
    pub prompt_file: PathBuf,
    pub prompt: String,
    pub mcp_config: PathBuf,
    pub deadline_file: PathBuf,
    /// Unix seconds, without pauses.
    pub deadline: u64,
    pub limit: Duration,
    pub model: Option<String>,
    pub permissions: Permissions,
    /// What the person has allowed this agent for good, by its rules' hashes.
    pub always: BTreeSet<String>,
    /// MCP tools the agent may and must use.
    pub tools: Vec<String>,
    /// MCP servers of the person that the agent may use; Quintet's own is added by the engines.
    pub servers: Vec<Server>,
    /// Continue this session of the engine (throttled attempts, relaunches).
    pub session: Option<String>,
    /// What it hears first in that session, beside how much time it has.
    pub go_on: String,
    /// What that session had used when it was left: some engines count a session's usage from its birth.
    pub session_spent: Spent,
    /// What this attempt may cost, in US dollars: what earlier ones left of the caps.
    pub max_cost: Option<f64>,
    pub max_turns: Option<u32>,
    /// Of `[agents.NAME]` and the front matter.
    pub env: BTreeMap<String, String>,
}

/// What was used, as engines tell it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Spent {
    /// Cached ones included.
    pub input_tokens: u64,
    pub output_tokens: u64,
    pub cost_usd: f64,
}

/// A program to start in the project's folder.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Launch {
    /// A name for `PATH`, or a path; with a `/` it is resolved against the project.
    pub program: String,
    pub args: Vec<String>,
    /// Beside what is inherited.
    pub env: BTreeMap<String, String>,
    pub env_clear: bool,
    /// The first bytes of its input.
    pub input: Vec<u8>,
    /// More input may follow; else its input is closed after `input`.
    pub keep_input_open: bool,
    /// Files to write first, with their contents, 0600.
    pub files: Vec<(PathBuf, String)>,
}

impl Briefing {
    /// Returns what the program hears first: its prompt, or, where it continues a session that has the prompt already,
    /// the word to go on, with the time that is left.
    pub fn opening(&self) -> String {
        match self.session {
            None => self.prompt.clone(),
            Some(_) => format!("{}\n\n{}", self.go_on, prompt::warning(self.limit.as_secs())),
        }
    }

    /// Returns where Quintet keeps its runs: no agent's place to write, but for its own worktree.
    pub fn runs(&self) -> PathBuf {
        self.team_dir.join("runs")
    }

    /// Returns the folder in which a program is to refuse every write, whatever else it allows; none for one that works
    /// there, in its own worktree.
    pub fn closed(&self) -> Option<PathBuf> {
        (!self.project.starts_with(self.runs())).then(|| self.runs())
    }

    /// Returns the `QUINTET_*` variables of the public contract.
    pub fn environment(&self) -> BTreeMap<String, String> {
        let path = |path: &PathBuf| path.to_string_lossy().into_owned();
        let mut env = BTreeMap::from([
            ("QUINTET_RUN".to_owned(), self.run.clone()),
            ("QUINTET_AGENT".to_owned(), self.agent.clone()),
            ("QUINTET_ATTEMPT".to_owned(), self.attempt.to_string()),
            ("QUINTET_PROJECT".to_owned(), path(&self.project)),
            ("QUINTET_TEAM_DIR".to_owned(), path(&self.team_dir)),
            ("QUINTET_REPORT".to_owned(), path(&self.report)),
            ("QUINTET_HANDOFF".to_owned(), path(&self.handoff)),
            ("QUINTET_NEEDS".to_owned(), path(&self.needs_file)),
            ("QUINTET_PROMPT_FILE".to_owned(), path(&self.prompt_file)),
            ("QUINTET_DEADLINE".to_owned(), self.deadline.to_string()),
            ("QUINTET_DEADLINE_FILE".to_owned(), path(&self.deadline_file)),
            ("QUINTET_MCP_CONFIG".to_owned(), path(&self.mcp_config)),
        ]);
        if let Some(branch) = &self.branch {
            env.insert("QUINTET_BRANCH".to_owned(), branch.clone());
        }
        if let Some(previous) = &self.previous_handoff {
            env.insert("QUINTET_PREVIOUS_HANDOFF".to_owned(), path(previous));
        }
        env
    }
}
