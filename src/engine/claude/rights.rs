//! What Claude Code may do without a question.

use serde_json::Value;

use crate::engine::json::text_at;
use crate::engine::rights::Deed;
use crate::engine::{Briefing, foreign, servers};
use crate::plan::Permissions;

/// Returns the permission mode. `bypassPermissions` is never used: it is refused for root, and prompts are answered
/// here anyway.
pub fn mode(permissions: Permissions) -> &'static str {
    match permissions {
        Permissions::ReadOnly => "default",
        Permissions::Edit | Permissions::Full => "acceptEdits",
    }
}

/// Returns what needs no question: reading, writing in the team directory, and the tools that the plan names.
pub fn allowed(briefing: &Briefing) -> Vec<String> {
    // Two slashes begin an absolute path in such a rule.
    let team = format!("/{}/**", briefing.team_dir.to_string_lossy());
    let mut rules: Vec<String> = ["Read", "Glob", "Grep", "LS", "TodoWrite"].map(str::to_owned).into();
    rules.extend([format!("Edit({team})"), format!("Write({team})"), format!("mcp__{}", servers::OWN)]);
    rules.extend(briefing.tools.iter().cloned());
    match briefing.permissions {
        Permissions::ReadOnly => {}
        Permissions::Edit => rules.extend(["Edit", "Write", "NotebookEdit"].map(str::to_owned)),
        Permissions::Full => {
            rules.extend(["Bash", "Edit", "Write", "NotebookEdit", "WebFetch", "WebSearch"].map(str::to_owned));
            rules.extend(briefing.servers.iter().map(|server| format!("mcp__{}", server.name)));
        }
    }
    rules
}

/// Returns what is refused whatever is allowed: writing in the runs, and in settings of programs. Such a rule about `Edit`
/// is for every tool that changes files.
pub fn refused(briefing: &Briefing) -> Vec<String> {
    if briefing.permissions == Permissions::Full {
        return Vec::new();
    }
    let project = briefing.project.to_string_lossy();
    let runs = briefing.closed().map(|runs| format!("Edit(/{}/**)", runs.to_string_lossy()));
    let foreign = foreign::NAMES
        .iter()
        .flat_map(|(name, _)| [format!("Edit(/{project}/**/{name})"), format!("Edit(/{project}/**/{name}/**)")]);
    runs.into_iter().chain(foreign.filter(|_| briefing.permissions == Permissions::Edit)).collect()
}

/// Returns what a call would do.
pub fn deed<'a>(tool: &'a str, input: &'a Value) -> Deed<'a> {
    let file = text_at(input, "/file_path").or_else(|| text_at(input, "/notebook_path"));
    match (tool, file) {
        ("Edit" | "Write" | "NotebookEdit", Some(file)) => Deed::Write(file),
        ("Read" | "Glob" | "Grep" | "LS", _) => Deed::Look,
        (name, _) if name.starts_with("mcp__") => Deed::Tool(name),
        _ => Deed::Other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::engine::testing::briefing;

    #[test]
    fn the_rules_name_the_team_directory_by_its_absolute_path() {
        assert!(allowed(&briefing()).contains(&"Write(//p/.claude-team/**)".to_owned()));
    }

    #[test]
    fn the_runs_are_refused_but_to_one_that_works_there() {
        assert_eq!(refused(&briefing()), ["Edit(//p/.claude-team/runs/**)"]);
        let alone = Briefing { project: "/p/.claude-team/runs/r/worktrees/a".into(), ..briefing() };
        assert_eq!(refused(&alone), [""; 0]);
        assert_eq!(refused(&Briefing { permissions: Permissions::Full, ..briefing() }), [""; 0]);
        let edits = refused(&Briefing { permissions: Permissions::Edit, ..briefing() });
        assert!(edits.contains(&"Edit(//p/**/.gemini/**)".to_owned()), "{edits:?}");
    }

    #[test]
    fn a_write_is_known_by_its_file() {
        assert_eq!(deed("Write", &json!({"file_path": "/p/a"})), Deed::Write("/p/a"));
        assert_eq!(deed("Bash", &json!({"command": "ls", "file_path": "/p/a"})), Deed::Other);
        assert_eq!(deed("mcp__tavily__x", &json!({})), Deed::Tool("mcp__tavily__x"));
    }
}
