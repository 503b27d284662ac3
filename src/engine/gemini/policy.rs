//! The rights of an agent as a policy file of Gemini CLI.

use crate::engine::{Briefing, servers};
use crate::plan::Permissions;

/// Above the rules of its own modes.
const PRIORITY: u32 = 200;

/// Returns the approval mode. Without a terminal, what would be asked is denied.
pub fn mode(permissions: Permissions) -> &'static str {
    match permissions {
        Permissions::ReadOnly => "default",
        Permissions::Edit => "auto_edit",
        Permissions::Full => "yolo",
    }
}

/// Returns the rules: writing in the team directory, and the tools that the plan names.
pub fn rules(briefing: &Briefing) -> String {
    let mut rules = String::new();
    let project = regex::escape(&format!("{}/", briefing.project.to_string_lossy()));
    let team = regex::escape(&briefing.team_dir.to_string_lossy());
    let relative = briefing.team_dir.strip_prefix(&briefing.project).ok();
    let relative = relative.map(|path| regex::escape(&path.to_string_lossy())).unwrap_or_else(|| team.clone());
    // A path that climbs out again (`..`) is none of it, nor is a run of the shared project.
    let but = if briefing.closed().is_some() { r"(?!(?:\.?/)*runs/)" } else { "" };
    let inside = format!(r#"^(?!.*\.\.).*"file_path":"(?:{team}|(?:{project})?{relative})/{but}"#);
    for tool in ["write_file", "replace"] {
        rules.push_str(&rule(&[("toolName", tool), ("argsPattern", &inside)]));
    }
    rules.push_str(&rule(&[("mcpName", servers::OWN), ("toolName", "*")]));
    let named = briefing.tools.iter().filter_map(|tool| tool.strip_prefix("mcp__")?.split_once("__"));
    for (server, tool) in named {
        rules.push_str(&rule(&[("mcpName", server), ("toolName", tool)]));
    }
    rules
}

fn rule(conditions: &[(&str, &str)]) -> String {
    let lines = conditions.iter().map(|(name, value)| format!("{name} = {}\n", toml::Value::from(*value)));
    format!("[[rule]]\n{}decision = \"allow\"\npriority = {PRIORITY}\n\n", lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::briefing;
    use super::*;

    #[test]
    fn the_rules_are_toml_and_name_the_team_directory_and_the_tools() {
        let mut briefing = briefing();
        briefing.tools = vec!["mcp__tavily__tavily_search".to_owned()];
        let table: toml::Table = toml::from_str(&rules(&briefing)).expect("TOML");
        let rules = table["rule"].as_array().expect("rules");
        let pattern = rules[0]["argsPattern"].as_str().expect("a pattern");
        assert!(
            pattern.ends_with(r#""file_path":"(?:/p/\.claude\-team|(?:/p/)?\.claude\-team)/(?!(?:\.?/)*runs/)"#),
            "{pattern}"
        );
        assert_eq!(rules[3]["mcpName"].as_str(), Some("tavily"));
        assert_eq!(rules[3]["toolName"].as_str(), Some("tavily_search"));
    }
}
