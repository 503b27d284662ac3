//! A valid plan, as the rest of the house sees it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::name::slug;

/// The place of an agent in [`Plan::agents`], 0-based, in plan order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AgentId(pub usize);

/// A valid plan: every need names an agent, there is no cycle, names and slugs are unique.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub title: String,
    /// How many attempts may run at once; 5 unless the plan says otherwise.
    pub slots: usize,
    /// The time box of an attempt; 15 minutes unless the plan says otherwise.
    pub time_box: Duration,
    /// In plan order. Needs are on the agents.
    pub agents: Vec<Agent>,
    /// The built-in last step, where the plan draws one.
    pub compile: Option<Compile>,
    pub files: TeamFiles,
    pub deliverables: Vec<String>,
    /// "Complete when": each is judged at the end of the run.
    pub conditions: Vec<String>,
    /// Critical success factors, judged like conditions.
    pub factors: Vec<String>,
    /// Prose that belongs to no agent; every agent gets it.
    pub brief: String,
    /// Settings of the front matter that are not for one agent.
    pub overrides: Overrides,
    /// Which settings the plan gives itself; the others are defaults.
    pub said: Said,
}

/// What the plan says itself, so that a default does not outweigh a settings file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Said {
    pub slots: bool,
    pub time_box: bool,
}

/// A role in the plan with one micro-task.
#[derive(Debug, Clone, PartialEq)]
pub struct Agent {
    /// As written, without emphasis marks or numbers.
    pub name: String,
    /// `[a-z0-9-]{1,40}`, unique in the plan: the name of the agent's files.
    pub slug: String,
    /// 1-based.
    pub phase: u32,
    pub task: String,
    pub needs: Vec<AgentId>,
    /// The agent's own, or the plan's.
    pub time_box: Duration,
    /// MCP tools the agent must use, `mcp__<server>__<tool>`, in order, each once.
    pub tools: Vec<String>,
    /// MCP servers named in prose.
    pub tool_hints: Vec<String>,
    /// Where the report goes, relative to the project, `/`-separated; `None`: `.claude-team/reports/<slug>.md`.
    pub output: Option<String>,
    pub criteria: Vec<String>,
    /// Files the plan wants read, as written.
    pub reads: Vec<String>,
    pub overrides: Overrides,
    /// 1-based line of the agent in the plan.
    pub line: usize,
}

impl Agent {
    /// Returns the MCP servers that its tools come from, and those that are named to it in prose.
    pub fn servers(&self) -> impl Iterator<Item = &str> {
        let of_tools = self.tools.iter().filter_map(|tool| tool.strip_prefix("mcp__")?.split("__").next());
        of_tools.chain(self.tool_hints.iter().map(String::as_str))
    }

    /// Returns where the report goes, relative to the project.
    pub fn report_path(&self) -> String {
        self.output.clone().unwrap_or_else(|| format!(".claude-team/reports/{}.md", self.slug))
    }
}

/// The built-in last step: it needs no slot and is never blocked.
#[derive(Debug, Clone, PartialEq)]
pub struct Compile {
    pub label: String,
    pub needs: Vec<AgentId>,
}

/// The communication files, relative to the project.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TeamFiles {
    pub status: String,
    pub findings: String,
    pub urgent: String,
}

impl Default for TeamFiles {
    fn default() -> TeamFiles {
        TeamFiles {
            status: ".claude-team/communications/agent-status.json".to_owned(),
            findings: ".claude-team/communications/cross-agent-findings.md".to_owned(),
            urgent: ".claude-team/communications/urgent-issues.md".to_owned(),
        }
    }
}

/// Exact settings from the front matter, for the plan or for one agent. `None` means "not said here".
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Overrides {
    pub engine: Option<String>,
    pub model: Option<String>,
    pub time_box_s: Option<f64>,
    pub permissions: Option<Permissions>,
    pub env: BTreeMap<String, String>,
    /// US dollars.
    pub max_cost: Option<f64>,
    pub max_tokens: Option<u64>,
    pub max_turns: Option<u32>,
    /// The agent is done only if this command exits 0.
    pub verify: Option<String>,
    pub place: Option<String>,
    pub workspace: Option<Workspace>,
}

/// What an agent may do beside writing its team directory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Permissions {
    #[default]
    ReadOnly,
    Edit,
    Full,
}

/// Where an agent works.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Workspace {
    /// In the project itself, with everybody else.
    #[default]
    Shared,
    /// In a git worktree of its own, on a branch of its own.
    Worktree,
}

impl Plan {
    /// Returns a plan of which nothing is known but the names of its agents.
    #[must_use]
    pub fn of_names(title: &str, names: &[String]) -> Plan {
        let mut plan = Plan {
            title: title.to_owned(),
            slots: 5,
            time_box: Duration::from_secs(900),
            agents: Vec::new(),
            compile: None,
            files: TeamFiles::default(),
            deliverables: Vec::new(),
            conditions: Vec::new(),
            factors: Vec::new(),
            brief: String::new(),
            overrides: Overrides::default(),
            said: Said::default(),
        };
        plan.add_names(names);
        plan
    }

    /// Adds agents of which only the names are known.
    pub fn add_names(&mut self, names: &[String]) {
        for name in names {
            let plain = Some(slug(name)).filter(|slug| !slug.is_empty()).unwrap_or_else(|| "agent".to_owned());
            let taken = |wanted: &str| self.agents.iter().any(|agent| agent.slug == wanted);
            let numbered = || (2..).map(|n| format!("{plain}-{n}")).find(|wanted| !taken(wanted));
            let slug = if taken(&plain) { numbered().unwrap_or_default() } else { plain.clone() };
            self.agents.push(Agent {
                name: name.clone(),
                slug,
                phase: 1,
                task: String::new(),
                needs: Vec::new(),
                time_box: self.time_box,
                tools: Vec::new(),
                tool_hints: Vec::new(),
                output: None,
                criteria: Vec::new(),
                reads: Vec::new(),
                overrides: Overrides::default(),
                line: 0,
            });
        }
    }

    /// Returns the agent with this id.
    pub fn agent(&self, id: AgentId) -> &Agent {
        &self.agents[id.0]
    }

    /// Returns every agent with its id, in plan order.
    pub fn each(&self) -> impl Iterator<Item = (AgentId, &Agent)> {
        self.agents.iter().enumerate().map(|(index, agent)| (AgentId(index), agent))
    }

    /// Returns the id of the agent of this name or slug.
    pub fn find(&self, name: &str) -> Option<AgentId> {
        self.each().find(|(_, agent)| agent.name == name || agent.slug == name).map(|(id, _)| id)
    }

    /// Returns the agents that need this one, in plan order.
    pub fn dependants(&self, id: AgentId) -> Vec<AgentId> {
        self.each().filter(|(_, agent)| agent.needs.contains(&id)).map(|(dependant, _)| dependant).collect()
    }

    /// Returns the plan with these agents only; needs on the others are dropped.
    #[must_use]
    pub fn only(&self, names: &[String]) -> Plan {
        let kept: Vec<AgentId> = self
            .each()
            .filter(|(_, agent)| names.contains(&agent.name) || names.contains(&agent.slug))
            .map(|(id, _)| id)
            .collect();
        let moved = |ids: &[AgentId]| -> Vec<AgentId> {
            ids.iter().filter_map(|id| kept.iter().position(|known| known == id)).map(AgentId).collect()
        };
        let agents =
            kept.iter().map(|id| Agent { needs: moved(&self.agent(*id).needs), ..self.agent(*id).clone() }).collect();
        let compile = self.compile.as_ref().map(|it| Compile { label: it.label.clone(), needs: moved(&it.needs) });
        Plan { agents, compile, ..self.clone() }
    }

    /// Returns `(needed, dependant)` for every need, in plan order of the dependants.
    pub fn edges(&self) -> Vec<(AgentId, AgentId)> {
        self.each().flat_map(|(id, agent)| agent.needs.iter().map(move |need| (*need, id))).collect()
    }

    /// Returns for every agent the length of the longest chain of dependants that starts with it (1: none).
    pub fn chain_lengths(&self) -> Vec<usize> {
        // From the last dependants backwards: an agent is done once all that need it are.
        let mut left = vec![0; self.agents.len()];
        for (needed, _) in self.edges() {
            left[needed.0] += 1;
        }
        let mut lengths = vec![1; self.agents.len()];
        let mut done: Vec<AgentId> = self.each().map(|(id, _)| id).filter(|id| left[id.0] == 0).collect();
        while let Some(id) = done.pop() {
            for need in &self.agent(id).needs {
                lengths[need.0] = lengths[need.0].max(lengths[id.0] + 1);
                left[need.0] -= 1;
                if left[need.0] == 0 {
                    done.push(*need);
                }
            }
        }
        lengths
    }
}
