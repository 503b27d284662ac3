//! What Claude Code may do: an allow-list for what needs no question, and a judgement on every prompt that arises.

use std::path::Path;

use serde_json::Value;

use crate::engine::json::text_at;
use crate::engine::{Briefing, servers};
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

/// Judges a prompt that arose all the same.
pub fn judge(briefing: &Briefing, tool: &str, input: &Value) -> Verdict {
    let file = text_at(input, "/file_path").or_else(|| text_at(input, "/notebook_path"));
    match (briefing.permissions, file) {
        (Permissions::Full, _) => Verdict::Allow,
        (_, Some(file)) if is_inside(file, &briefing.team_dir) => Verdict::Allow,
        (Permissions::ReadOnly, Some(_)) if ["Edit", "Write", "NotebookEdit"].contains(&tool) => {
            let team = briefing.team_dir.to_string_lossy();
            Verdict::Deny(format!("this agent is read-only: it writes only inside {team}"))
        }
        (Permissions::ReadOnly | Permissions::Edit, _) => Verdict::Ask,
    }
}

/// By its words: `..` is never inside.
fn is_inside(file: &str, folder: &Path) -> bool {
    let file = Path::new(file);
    file.starts_with(folder) && !file.components().any(|part| part == std::path::Component::ParentDir)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::engine::testing::briefing;

    #[test]
    fn a_read_only_agent_writes_in_the_team_directory_and_nowhere_else() {
        let briefing = briefing();
        let judged = |tool: &str, input: Value| judge(&briefing, tool, &input);
        assert_eq!(judged("Write", json!({"file_path": "/p/.claude-team/reports/a.md"})), Verdict::Allow);
        for file in ["/p/src/main.rs", "/p/.claude-team/../src/main.rs", "/p/.claude-teams/x"] {
            assert!(matches!(judged("Write", json!({ "file_path": file })), Verdict::Deny(_)), "{file}");
        }
        assert_eq!(judged("Bash", json!({"command": "cargo test"})), Verdict::Ask);
    }

    #[test]
    fn full_rights_are_never_asked_for() {
        let briefing = Briefing { permissions: Permissions::Full, ..briefing() };
        assert_eq!(judge(&briefing, "Bash", &json!({"command": "cargo test"})), Verdict::Allow);
    }

    #[test]
    fn the_rules_name_the_team_directory_by_its_absolute_path() {
        assert!(allowed(&briefing()).contains(&"Write(//p/.claude-team/**)".to_owned()));
    }
}
