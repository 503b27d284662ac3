//! The rights of an agent as a policy file of Gemini CLI.

use crate::engine::{Briefing, foreign, servers};
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

/// What is refused whatever is allowed.
const ABOVE: u32 = PRIORITY + 10;

/// Returns the rules: writing in the team directory, and the tools that the plan names.
///
/// Gemini CLI tries a pattern on the arguments as JSON, each behind a NUL and before one. It drops a pattern in which a
/// group with a quantifier in it has one behind it.
pub fn rules(briefing: &Briefing) -> String {
    let mut rules = String::new();
    let path = |path: &std::path::Path| regex::escape(&path.to_string_lossy());
    let mut teams = vec![path(&briefing.team_dir)];
    if let Ok(relative) = briefing.team_dir.strip_prefix(&briefing.project) {
        teams.extend([path(relative), format!(r"\./{}", path(relative))]);
    }
    let team = format!(r#"\0"file_path":"(?:{})"#, teams.join("|"));
    let allowed = format!("{team}/");
    // A path that climbs out again is none of it, nor is a run of the shared project.
    let mut refused = vec![r#"\0"file_path":"\.\.[/"]"#.to_owned(), r#"\0"file_path":"[^\0]*/\.\.[/"]"#.to_owned()];
    if briefing.closed().is_some() {
        refused.push(format!(r#"{team}[/.]*/runs[/"]"#));
    }
    if briefing.permissions == Permissions::Edit {
        let names: Vec<String> = foreign::NAMES.iter().map(|(name, _)| regex::escape(name)).collect();
        refused.push(format!(r#"\0"file_path":(?:"|"[^\0]*/)(?:{})[/"]"#, names.join("|")));
    }
    for tool in ["write_file", "replace"] {
        rules.push_str(&rule("allow", PRIORITY, &[("toolName", tool), ("argsPattern", &allowed)]));
        for pattern in refused.iter().filter(|_| briefing.permissions != Permissions::Full) {
            rules.push_str(&rule("deny", ABOVE, &[("toolName", tool), ("argsPattern", pattern)]));
        }
    }
    let mut allow = |server: &str, tool: &str| {
        rules.push_str(&rule("allow", PRIORITY, &[("mcpName", server), ("toolName", tool)]));
    };
    allow(servers::OWN, "*");
    briefing
        .tools
        .iter()
        .filter_map(|tool| tool.strip_prefix("mcp__")?.split_once("__"))
        .for_each(|(server, tool)| allow(server, tool));
    rules
}

fn rule(decision: &str, priority: u32, conditions: &[(&str, &str)]) -> String {
    let lines = conditions.iter().map(|(name, value)| format!("{name} = {}\n", toml::Value::from(*value)));
    format!("[[rule]]\n{}decision = \"{decision}\"\npriority = {priority}\n\n", lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::briefing;
    use super::*;

    /// What becomes of a write of this file, as Gemini CLI would find it.
    fn decision(briefing: &Briefing, file: &str, content: &str) -> String {
        let table: toml::Table = toml::from_str(&rules(briefing)).expect("TOML");
        let args = serde_json::json!({"content": content, "file_path": file});
        let args = args.as_object().expect("an object").iter();
        let args: Vec<String> = args.map(|(key, value)| format!("\0\"{key}\":{value}\0")).collect();
        let args = format!("{{{}}}", args.join(","));
        let fits = |rule: &&toml::Value| {
            let pattern = rule.get("argsPattern").and_then(toml::Value::as_str);
            rule["toolName"].as_str() == Some("write_file")
                && pattern.is_some_and(|it| {
                    regex::Regex::new(&it.replace(r"\0", r"\x00")).expect("a pattern").is_match(&args)
                })
        };
        let rules = table["rule"].as_array().expect("rules").iter().filter(fits);
        let first = rules.max_by_key(|rule| rule["priority"].as_integer());
        first.map_or("its mode decides", |rule| rule["decision"].as_str().expect("a word")).to_owned()
    }

    #[test]
    fn the_path_alone_decides_whatever_stands_in_the_file() {
        let briefing = briefing();
        for file in ["/p/.claude-team/reports/a.md", ".claude-team/a...b.md", "./.claude-team/a.md"] {
            assert_eq!(decision(&briefing, file, "and so on ... ../x \"file_path\":\"/p/src\""), "allow", "{file}");
        }
        for file in ["/p/.claude-team/../src/a.rs", "../x", ".claude-team/runs/r/lock", ".claude-team/.//runs/lock"] {
            assert_eq!(decision(&briefing, file, "x"), "deny", "{file}");
        }
        for file in ["src/a.rs", "/p/.claude-teams/a", "x/.claude-team/a\"/p/.claude-team/b"] {
            assert_eq!(decision(&briefing, file, "\"file_path\":\"/p/.claude-team/a\""), "its mode decides", "{file}");
        }
    }

    #[test]
    fn an_agent_that_edits_writes_in_no_run_and_no_settings() {
        let briefing = Briefing { permissions: Permissions::Edit, ..briefing() };
        for file in ["/p/.claude-team/runs/r/lock", ".gemini/settings.json", "/p/web/.git/config", "opencode.json"] {
            assert_eq!(decision(&briefing, file, "x"), "deny", "{file}");
        }
        for file in ["/p/src/a.rs", ".gitignore", "src/gemini/settings.json"] {
            assert_eq!(decision(&briefing, file, ".gemini/settings.json"), "its mode decides", "{file}");
        }
    }

    #[test]
    fn no_pattern_has_a_quantifier_behind_a_group_since_such_a_rule_is_dropped() {
        let nested = regex::Regex::new(r"\([^)]*[*+?{].*\)[*+?{]").expect("a pattern");
        let table: toml::Table = toml::from_str(&rules(&briefing())).expect("TOML");
        let patterns =
            table["rule"].as_array().expect("rules").iter().filter_map(|rule| rule.get("argsPattern")?.as_str());
        assert_eq!(patterns.filter(|pattern| nested.is_match(pattern)).collect::<Vec<_>>(), [""; 0]);
    }

    #[test]
    fn the_tools_that_the_plan_names_need_no_question() {
        let mut briefing = briefing();
        briefing.tools = vec!["mcp__tavily__tavily_search".to_owned()];
        let table: toml::Table = toml::from_str(&rules(&briefing)).expect("TOML");
        let last = table["rule"].as_array().expect("rules").last().expect("a rule").clone();
        assert_eq!(last["mcpName"].as_str(), Some("tavily"));
        assert_eq!(last["toolName"].as_str(), Some("tavily_search"));
    }
}
