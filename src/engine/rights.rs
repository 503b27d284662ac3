//! What becomes of a permission prompt, whatever program asks.

use std::collections::BTreeSet;
use std::path::{Component, Path};

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{Briefing, servers};
use crate::plan::Permissions;

/// What becomes of a permission prompt.
#[derive(Debug, PartialEq)]
pub enum Verdict {
    Allow,
    /// With the reason that the model is told.
    Deny(String),
    /// The person decides.
    Ask,
}

/// What a call would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed<'a> {
    /// Reads or searches; nothing changes.
    Look,
    Write(&'a str),
    /// A tool of an MCP server, by its one name.
    Tool(&'a str),
    /// Anything else: a command, the network.
    Other,
}

/// What the person has allowed an agent for good: a call of the same tool for the same command, files or address.
///
/// Kept by Quintet, and never handed to the program, which would take it for more than was asked.
#[derive(Debug, Clone, Default)]
pub struct Kept(BTreeSet<String>);

impl Kept {
    /// Returns what was allowed before this conversation.
    pub fn of(briefing: &Briefing) -> Kept {
        Kept(briefing.always.clone())
    }

    pub fn allows(&self, rule: &str) -> bool {
        self.0.contains(rule)
    }

    pub fn keep(&mut self, rule: String) {
        self.0.insert(rule);
    }

    /// Returns the rules, each a hash: what it is about may hold a secret.
    pub fn rules(&self) -> &BTreeSet<String> {
        &self.0
    }
}

/// Returns the rule that allows this call again: one tool of a server with any input, the same files with any content,
/// else the whole input. `more` tells what the input does not.
pub fn rule(name: &str, deeds: &[Deed], input: &Map<String, Value>, more: &str) -> String {
    let mut parts = vec![name.to_owned()];
    for deed in deeds {
        match deed {
            Deed::Write(file) => parts.push((*file).to_owned()),
            Deed::Tool(tool) => parts.push((*tool).to_owned()),
            Deed::Look | Deed::Other => {
                // Words about the call, and how long it may take, make no other call.
                let beside = ["description", "timeout"];
                let told = input.iter().filter(|(key, _)| !beside.contains(&key.as_str()));
                parts.extend(told.map(|(key, value)| format!("{key}={value}")));
                parts.push(more.to_owned());
            }
        }
    }
    let mut sum = Sha256::new();
    for part in parts {
        sum.update((part.len() as u64).to_be_bytes());
        sum.update(part);
    }
    sum.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Judges a call that would do several things: the strictest verdict counts.
pub fn judge_all<'a>(briefing: &Briefing, deeds: impl IntoIterator<Item = Deed<'a>>) -> Verdict {
    let strictness = |verdict: &Verdict| match verdict {
        Verdict::Allow => 0,
        Verdict::Ask => 1,
        Verdict::Deny(_) => 2,
    };
    deeds.into_iter().map(|deed| judge(briefing, deed)).max_by_key(strictness).unwrap_or(Verdict::Ask)
}

/// Judges a prompt by the agent's rights.
pub fn judge(briefing: &Briefing, deed: Deed) -> Verdict {
    match (briefing.permissions, deed) {
        (Permissions::Full, _) | (_, Deed::Look) => Verdict::Allow,
        (_, Deed::Write(file)) if is_shared(file, briefing) => Verdict::Allow,
        (Permissions::Edit, Deed::Write(file)) if is_own(file, briefing) => Verdict::Allow,
        (Permissions::ReadOnly, Deed::Write(_)) => {
            let team = briefing.team_dir.to_string_lossy();
            Verdict::Deny(format!("this agent is read-only: it writes only inside {team}, and not in its runs"))
        }
        (_, Deed::Tool(name)) if is_named(name, briefing) => Verdict::Allow,
        (Permissions::ReadOnly | Permissions::Edit, Deed::Write(_) | Deed::Tool(_) | Deed::Other) => Verdict::Ask,
    }
}

/// Quintet's own tools, and those that the plan names for the agent.
fn is_named(name: &str, briefing: &Briefing) -> bool {
    servers::is_own_tool(name) || briefing.tools.iter().any(|tool| tool == name)
}

/// In the team directory, but not among the runs: journal, orders and other agents' worktrees are Quintet's.
fn is_shared(file: &str, briefing: &Briefing) -> bool {
    is_inside(file, briefing, &briefing.team_dir) && !is_inside(file, briefing, &briefing.runs())
}

/// Where the agent works. Its own worktree lies among the runs; a shared project's runs are not its own.
fn is_own(file: &str, briefing: &Briefing) -> bool {
    let runs = briefing.runs();
    is_inside(file, briefing, &briefing.project)
        && (briefing.project.starts_with(&runs) || !is_inside(file, briefing, &runs))
}

/// By its words: `..` is never inside, nor is what a program could take for another place.
fn is_inside(file: &str, briefing: &Briefing, folder: &Path) -> bool {
    if file.is_empty() || file.starts_with('~') || file.contains("://") {
        return false;
    }
    let file = briefing.project.join(file);
    file.starts_with(folder) && !file.components().any(|part| part == Component::ParentDir)
}

#[cfg(test)]
mod tests {
    use super::super::testing::briefing;
    use super::*;

    #[test]
    fn a_read_only_agent_writes_in_the_team_directory_and_nowhere_else() {
        let briefing = briefing();
        for file in ["/p/.claude-team/reports/a.md", ".claude-team/reports/a.md"] {
            assert_eq!(judge(&briefing, Deed::Write(file)), Verdict::Allow, "{file}");
        }
        for file in [
            "/p/src/main.rs",
            "/p/.claude-team/../src/main.rs",
            "/p/.claude-teams/x",
            "/p/.claude-team/runs/r/journal.jsonl",
            ".claude-team/./runs//lock",
        ] {
            assert!(matches!(judge(&briefing, Deed::Write(file)), Verdict::Deny(_)), "{file}");
        }
        assert_eq!(judge(&briefing, Deed::Other), Verdict::Ask);
    }

    #[test]
    fn an_editing_agent_writes_in_the_project_and_asks_beyond_it() {
        let briefing = Briefing { permissions: Permissions::Edit, ..briefing() };
        assert_eq!(judge(&briefing, Deed::Write("/p/src/main.rs")), Verdict::Allow);
        for file in ["/etc/hosts", "~/.profile", "file:///etc/hosts", ""] {
            assert_eq!(judge(&briefing, Deed::Write(file)), Verdict::Ask, "{file}");
        }
        let both = ["/p/src/main.rs", "/etc/hosts"].map(Deed::Write);
        assert_eq!(judge_all(&briefing, both), Verdict::Ask, "one of them is not its own");
        assert_eq!(judge_all(&briefing, []), Verdict::Ask);
    }

    #[test]
    fn an_editing_agent_works_in_its_own_worktree_and_asks_before_it_touches_a_run() {
        let shared = Briefing { permissions: Permissions::Edit, ..briefing() };
        assert_eq!(judge(&shared, Deed::Write("/p/.claude-team/runs/r/journal.jsonl")), Verdict::Ask);
        let own = "/p/.claude-team/runs/r/worktrees/a";
        let alone = Briefing { project: own.into(), branch: Some("quintet/r/a".to_owned()), ..shared };
        for file in ["src/main.rs", "/p/.claude-team/runs/r/worktrees/a/src/main.rs", "/p/.claude-team/reports/a.md"] {
            assert_eq!(judge(&alone, Deed::Write(file)), Verdict::Allow, "{file}");
        }
        for file in ["/p/.claude-team/runs/r/journal.jsonl", "/p/.claude-team/runs/r/worktrees/b/src/main.rs"] {
            assert_eq!(judge(&alone, Deed::Write(file)), Verdict::Ask, "{file}");
        }
    }

    #[test]
    fn tools_that_the_plan_names_and_full_rights_need_no_question() {
        let mut briefing = briefing();
        briefing.tools = vec!["mcp__tavily__tavily_search".to_owned()];
        assert_eq!(judge(&briefing, Deed::Tool("mcp__tavily__tavily_search")), Verdict::Allow);
        assert_eq!(judge(&briefing, Deed::Tool("mcp__quintet__time_left")), Verdict::Allow);
        for name in ["mcp__tavily__crawl", "mcp__quintet__x;touch y", "mcp__quintet__"] {
            assert_eq!(judge(&briefing, Deed::Tool(name)), Verdict::Ask, "{name}");
        }
        briefing.permissions = Permissions::Full;
        assert_eq!(judge(&briefing, Deed::Other), Verdict::Allow);
    }
}
