//! What an attempt is told: paths, prompt, what its needs left, what the team has found so far.

use std::path::Path;

use serde_json::json;

use super::App;
use super::msg::Key;
use crate::engine::prompt::{self, Need, PromptParts};
use crate::engine::{Briefing, Engine, Server, Spent};
use crate::plan::{Agent, AgentId};
use crate::run::Entry;
use crate::scheduler::Phase;
use crate::settings::Origin;
use crate::settings::spend::Account;

impl App {
    /// Returns the engine that plays this agent now: another one may have been chosen at a retry.
    pub(super) fn engine_of(&self, agent: AgentId) -> &Engine {
        let chosen = self.run.state.agent(agent).engine.as_ref();
        chosen.and_then(|name| self.setup.engines.get(name)).unwrap_or(&self.setup.agents[agent.0].engine)
    }

    /// Returns everything one attempt is told. `after`: the attempt whose notes it gets, or whose session it continues.
    pub fn briefing(&self, key: Key, limit: std::time::Duration, after: Option<u32>, resumes: bool) -> Briefing {
        let agent = self.run.plan.agent(key.agent);
        let setup = &self.setup.agents[key.agent.0];
        let team = &self.home.team;
        let folder = self.home.run.attempt(&format!("{}-{}", agent.slug, key.attempt));
        let previous = after.map(|attempt| team.handoff(&agent.slug, attempt));
        let mut briefing = Briefing {
            run: self.run.id.clone(),
            agent: agent.name.clone(),
            slug: agent.slug.clone(),
            attempt: key.attempt,
            task: agent.task.clone(),
            criteria: agent.criteria.clone(),
            project: self.workspace(key.agent).to_owned(),
            branch: self.run.worktrees.get(&key.agent).map(|worktree| worktree.branch.clone()),
            git_dir: self.run.worktrees.get(&key.agent).map(|worktree| worktree.git_dir.clone()),
            own_git_dir: self.run.worktrees.get(&key.agent).and_then(|worktree| worktree.own_git_dir.clone()),
            team_dir: team.root(),
            report: team.report(agent),
            handoff: team.handoff(&agent.slug, key.attempt),
            previous_handoff: previous,
            needs_file: folder.join("needs.json"),
            prompt_file: folder.join("prompt.md"),
            prompt: String::new(),
            mcp_config: folder.join("mcp.json"),
            deadline_file: folder.join("deadline"),
            folder,
            deadline: self.unix_deadline(limit),
            limit,
            model: setup.model.clone(),
            permissions: setup.permissions,
            always: self.run.state.agent(key.agent).always.clone(),
            tools: agent.tools.clone(),
            servers: self.servers_of(agent),
            session: resumes.then(|| self.run.live[key.agent.0].session.clone()).flatten(),
            go_on: prompt::go_on_after_quota(),
            session_spent: if resumes { self.run.live[key.agent.0].session_spent } else { Spent::default() },
            max_cost: self.cost_left(key.agent),
            max_turns: setup.max_turns,
            env: setup.env.clone(),
        };
        briefing.prompt = prompt::prompt(&self.prompt_parts(key, &briefing, after));
        briefing
    }

    /// Returns what an agent's newest attempt may cost, in US dollars: what is left of the agent's cap and of the run's.
    fn cost_left(&self, agent: AgentId) -> Option<f64> {
        let (own, state) = (&self.setup.agents[agent.0], self.run.state.agent(agent));
        let before = state.sums().cost_usd;
        let others = self.capped_cost() - if self.counts(agent) { self.run.agent_cost(agent) } else { 0.0 };
        let of_own = own.max_cost.map(|cap| cap - before);
        // The cap that nobody said is one of what is billed.
        let is_bound = self.counts(agent);
        let of_run = self.setup.max_cost.filter(|_| is_bound).map(|cap| cap - others - before);
        // Hundredths of a cent are enough for a program's command line.
        let whole = |left: f64| (left.max(0.0) * 10_000.0).round() / 10_000.0;
        of_own.into_iter().chain(of_run).reduce(f64::min).map(whole)
    }

    /// Returns what counts against the run's cap, in US dollars: against one that nobody said, only what is billed.
    pub(super) fn capped_cost(&self) -> f64 {
        self.run.plan.each().filter(|(id, _)| self.counts(*id)).fold(0.0, |sum, (id, _)| sum + self.run.agent_cost(id))
    }

    fn counts(&self, agent: AgentId) -> bool {
        self.setup.agents[agent.0].account == Account::Key || self.setup.max_cost_from != Origin::Default
    }

    pub(super) fn unix_deadline(&self, left: std::time::Duration) -> u64 {
        let at = self.wall + chrono::Duration::from_std(left).unwrap_or_default();
        u64::try_from(at.timestamp()).unwrap_or(0)
    }

    /// Returns the person's MCP servers that an agent may use and that are to be had, by the plan's names.
    fn servers_of(&self, agent: &Agent) -> Vec<Server> {
        let all = self.setup.servers_of(agent).into_iter();
        let usable = all.filter(|(name, _)| !self.setup.mcp_missing.contains_key(name));
        usable.map(|(name, server)| Server { name, ..server.clone() }).collect()
    }

    /// Returns what the prompt of this attempt is made of.
    fn prompt_parts(&self, key: Key, briefing: &Briefing, after: Option<u32>) -> PromptParts {
        let (agent, team) = (self.run.plan.agent(key.agent), &self.home.team);
        let path = |path: &Path| path.to_string_lossy().into_owned();
        let mut urgent: Vec<String> = self.run.feed.urgent().map(told).collect();
        urgent.reverse();
        PromptParts {
            title: self.run.plan.title.clone(),
            agent: agent.name.clone(),
            attempt: key.attempt,
            brief: self.run.plan.brief.clone(),
            task: agent.task.clone(),
            criteria: agent.criteria.clone(),
            reads: agent.reads.clone(),
            tools: agent.tools.clone(),
            tool_hints: agent.tool_hints.clone(),
            missing_servers: self.missing_servers(&agent.tools, &briefing.servers),
            limit: briefing.limit,
            grace: self.setup.grace,
            permissions: briefing.permissions,
            branch: briefing.branch.clone().unwrap_or_default(),
            has_tools: self.engine_of(key.agent).kind.is_llm(),
            team_dir: path(&briefing.team_dir),
            report: path(&briefing.report),
            handoff: path(&briefing.handoff),
            findings_file: path(team.findings()),
            urgent_file: path(team.urgent()),
            needs: self.needs(key.agent),
            urgent,
            findings: self.run.feed.findings().map(told).collect(),
            team: self.team_state(key.agent),
            previous: after.and_then(|attempt| self.notes.get(&Key { agent: key.agent, attempt }).cloned()),
        }
    }

    /// Returns the servers that the plan's tools come from and that the person does not have.
    fn missing_servers(&self, tools: &[String], found: &[Server]) -> Vec<String> {
        let mut missing: Vec<String> = tools
            .iter()
            .filter_map(|tool| tool.strip_prefix("mcp__")?.split("__").next())
            .filter(|name| found.iter().all(|server| server.name != *name))
            .map(str::to_owned)
            .collect();
        missing.sort();
        missing.dedup();
        missing
    }

    /// Returns what the agents that this one needs have left.
    pub(super) fn needs(&self, agent: AgentId) -> Vec<Need> {
        let needs = &self.run.plan.agent(agent).needs;
        needs.iter().map(|need| self.need(*need)).collect()
    }

    fn need(&self, id: AgentId) -> Need {
        let state = self.run.state.agent(id);
        let report = match &state.phase {
            Phase::Ended { report, .. } => report.clone(),
            _ => None,
        };
        let handoff = state.attempts.iter().rev().find_map(|attempt| attempt.notes.as_ref());
        Need {
            agent: state.name.clone(),
            verdict: state.word().as_str().to_owned(),
            report: report.map(|path| absolute(&self.run.project, &path)),
            handoff: handoff.map(|(path, _)| absolute(&self.run.project, path)),
            branch: self.run.worktrees.get(&id).map(|worktree| worktree.branch.clone()),
        }
    }

    /// Returns every other agent's name and state.
    fn team_state(&self, but: AgentId) -> Vec<(String, String)> {
        let others = self.run.plan.each().filter(|(id, _)| *id != but);
        others
            .map(|(id, agent)| {
                (agent.name.clone(), crate::run::pages::words(self.run.state.agent(id).word()).to_owned())
            })
            .collect()
    }
}

/// Returns an entry of the feed as the next agent is told it, in one line.
fn told(entry: &Entry) -> String {
    let line = entry.line.map(|line| format!(":{line}")).unwrap_or_default();
    let place = entry.file.as_ref().map(|file| format!(" ({file}{line})"));
    format!("{}: {}{}", entry.source, entry.text, place.unwrap_or_default())
}

/// Returns the text of `QUINTET_NEEDS`.
pub fn needs_json(needs: &[Need]) -> String {
    let list: Vec<_> = needs
        .iter()
        .map(|need| {
            json!({"agent": need.agent, "verdict": need.verdict, "report": need.report, "handoff": need.handoff,
                "branch": need.branch})
        })
        .collect();
    serde_json::Value::from(list).to_string()
}

fn absolute(project: &Path, path: &str) -> String {
    project.join(path).to_string_lossy().into_owned()
}
