//! What becomes of a permission prompt, whatever program asks.

use std::path::{Component, Path};

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

/// Judges a prompt by the agent's rights.
pub fn judge(briefing: &Briefing, deed: Deed) -> Verdict {
    match (briefing.permissions, deed) {
        (Permissions::Full, _) | (_, Deed::Look) => Verdict::Allow,
        (_, Deed::Write(file)) if is_inside(file, briefing, &briefing.team_dir) => Verdict::Allow,
        (Permissions::Edit, Deed::Write(file)) if is_inside(file, briefing, &briefing.project) => Verdict::Allow,
        (Permissions::ReadOnly, Deed::Write(_)) => {
            let team = briefing.team_dir.to_string_lossy();
            Verdict::Deny(format!("this agent is read-only: it writes only inside {team}"))
        }
        (_, Deed::Tool(name)) if is_named(name, briefing) => Verdict::Allow,
        (Permissions::ReadOnly | Permissions::Edit, Deed::Write(_) | Deed::Tool(_) | Deed::Other) => Verdict::Ask,
    }
}

/// Quintet's own tools, and those that the plan names for the agent.
fn is_named(name: &str, briefing: &Briefing) -> bool {
    name.starts_with(&format!("mcp__{}__", servers::OWN)) || briefing.tools.iter().any(|tool| tool == name)
}

/// By its words: `..` is never inside.
fn is_inside(file: &str, briefing: &Briefing, folder: &Path) -> bool {
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
        for file in ["/p/src/main.rs", "/p/.claude-team/../src/main.rs", "/p/.claude-teams/x"] {
            assert!(matches!(judge(&briefing, Deed::Write(file)), Verdict::Deny(_)), "{file}");
        }
        assert_eq!(judge(&briefing, Deed::Other), Verdict::Ask);
    }

    #[test]
    fn an_editing_agent_writes_in_the_project_and_asks_beyond_it() {
        let briefing = Briefing { permissions: Permissions::Edit, ..briefing() };
        assert_eq!(judge(&briefing, Deed::Write("/p/src/main.rs")), Verdict::Allow);
        assert_eq!(judge(&briefing, Deed::Write("/etc/hosts")), Verdict::Ask);
    }

    #[test]
    fn tools_that_the_plan_names_and_full_rights_need_no_question() {
        let mut briefing = briefing();
        briefing.tools = vec!["mcp__tavily__tavily_search".to_owned()];
        assert_eq!(judge(&briefing, Deed::Tool("mcp__tavily__tavily_search")), Verdict::Allow);
        assert_eq!(judge(&briefing, Deed::Tool("mcp__quintet__time_left")), Verdict::Allow);
        assert_eq!(judge(&briefing, Deed::Tool("mcp__tavily__crawl")), Verdict::Ask);
        briefing.permissions = Permissions::Full;
        assert_eq!(judge(&briefing, Deed::Other), Verdict::Allow);
    }
}
