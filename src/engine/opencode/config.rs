//! Rights and MCP servers of one attempt as OpenCode's settings.

use std::path::{Component, Path};

use serde_json::{Map, Value, json};

use crate::engine::{Briefing, Server, foreign, servers};
use crate::plan::Permissions;

/// Settings in this variable go over the person's own.
pub const VARIABLE: &str = "OPENCODE_CONFIG_CONTENT";

/// The agent of OpenCode's that plays: rights of an agent outweigh all others, and nobody's settings know this one.
pub const AGENT: &str = "quintet";

/// Returns the settings of an attempt, laid over what the engine's own variable says.
pub fn config(given: Option<&str>, briefing: &Briefing, own_program: &Path) -> Value {
    let given = given.and_then(|given| serde_json::from_str(given).ok());
    let mut config: Map<String, Value> = given.unwrap_or_default();
    let rights = rights(briefing);
    let mut agents = config.get("agent").and_then(Value::as_object).cloned().unwrap_or_default();
    agents.insert(AGENT.to_owned(), json!({"mode": "primary", "permission": rights}));
    config.insert("agent".to_owned(), Value::Object(agents));
    config.insert("permission".to_owned(), rights);
    let mut mcp = config.get("mcp").and_then(Value::as_object).cloned().unwrap_or_default();
    for server in briefing.servers.iter().chain([&servers::own(briefing, own_program)]) {
        mcp.insert(server.name.clone(), server_config(server));
    }
    config.insert("mcp".to_owned(), Value::Object(mcp));
    Value::Object(config)
}

/// Returns the settings under which `opencode acp` asks before all but reading, laid over what `given` says: whatever asks
/// is judged by Quintet.
pub fn asking(given: Option<&str>, briefing: &Briefing) -> Value {
    let given = given.and_then(|given| serde_json::from_str(given).ok());
    let mut config: Map<String, Value> = given.unwrap_or_default();
    let mut rights = json!({"*": "ask"});
    LOOKING.iter().for_each(|tool| rights[*tool] = json!("allow"));
    if briefing.permissions == Permissions::Full {
        rights = json!({"*": "allow"});
    }
    let mut agents = config.get("agent").and_then(Value::as_object).cloned().unwrap_or_default();
    agents.insert(AGENT.to_owned(), json!({"mode": "primary", "permission": rights}));
    config.insert("agent".to_owned(), Value::Object(agents));
    config.insert("default_agent".to_owned(), json!(AGENT));
    config.insert("permission".to_owned(), rights);
    Value::Object(config)
}

/// Tools that change nothing.
const LOOKING: [&str; 7] = ["read", "glob", "grep", "list", "todowrite", "todoread", "skill"];

/// The last rule that fits decides. Nothing may be `ask`: without a terminal that ends the run.
fn rights(briefing: &Briefing) -> Value {
    if briefing.permissions == Permissions::Full {
        return json!({"*": "allow"});
    }
    let mut rights = Map::new();
    rights.insert("*".to_owned(), json!("deny"));
    for tool in LOOKING {
        rights.insert(tool.to_owned(), json!("allow"));
    }
    rights.insert(format!("{}_*", plain(servers::OWN)), json!("allow"));
    let named = briefing.tools.iter().filter_map(|tool| tool.strip_prefix("mcp__")?.split_once("__"));
    for (server, tool) in named {
        rights.insert(format!("{}_{}", plain(server), plain(tool)), json!("allow"));
    }
    let mut edit = Map::new();
    match briefing.permissions {
        Permissions::Edit | Permissions::Full => {
            edit.insert("*".to_owned(), json!("allow"));
            let closed = foreign::NAMES.iter().flat_map(|(name, _)| {
                [(*name).to_owned(), format!("{name}/*"), format!("*/{name}"), format!("*/{name}/*")]
            });
            edit.extend(closed.map(|path| (path, json!("deny"))));
        }
        Permissions::ReadOnly => {
            edit.insert("*".to_owned(), json!("deny"));
            edit.extend(below(&briefing.team_dir, "*", "allow"));
        }
    }
    // Each stands behind what allows the folder above it: the map is sorted.
    edit.extend(briefing.closed().iter().flat_map(|_| below(&briefing.team_dir, "runs/*", "deny")));
    rights.insert("edit".to_owned(), Value::Object(edit));
    Value::Object(rights)
}

/// Returns a rule about the files in a folder. They are matched by their path from the root of the repository, wherever
/// that is: so every tail of the path counts.
fn below(folder: &Path, what: &str, decision: &str) -> impl Iterator<Item = (String, Value)> {
    every_tail(folder).into_iter().map(move |tail| (format!("{tail}/{what}"), json!(decision)))
}

fn every_tail(path: &Path) -> Vec<String> {
    let parts: Vec<String> = path
        .components()
        .filter_map(|part| match part {
            Component::Normal(part) => Some(part.to_string_lossy().into_owned()),
            Component::Prefix(_) | Component::RootDir | Component::CurDir | Component::ParentDir => None,
        })
        .collect();
    (0..parts.len()).map(|from| parts[from..].join("/")).collect()
}

fn server_config(server: &Server) -> Value {
    match &server.url {
        Some(url) => json!({"type": "remote", "url": url, "headers": server.headers, "oauth": false, "enabled": true}),
        None => json!({"type": "local", "command": server.command, "environment": server.env, "enabled": true}),
    }
}

fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::briefing;
    use super::*;

    #[test]
    fn a_read_only_agent_may_edit_its_team_directory_but_no_run() {
        let config = config(None, &briefing(), Path::new("/bin/quintet"));
        let edit = &config["permission"]["edit"];
        let rules: Vec<(&str, &str)> = edit
            .as_object()
            .expect("rules")
            .iter()
            .map(|(of, is)| (of.as_str(), is.as_str().expect("a word")))
            .collect();
        let expected = [
            ("*", "deny"),
            (".claude-team/*", "allow"),
            (".claude-team/runs/*", "deny"),
            ("p/.claude-team/*", "allow"),
            ("p/.claude-team/runs/*", "deny"),
        ];
        assert_eq!(rules, expected, "the last that fits decides");
        assert_eq!(config["permission"]["*"], "deny");
        assert_eq!(config["permission"]["quintet_*"], "allow");
        assert_eq!(config["agent"][AGENT]["permission"], config["permission"]);
        assert_eq!(config["mcp"]["quintet"]["command"], json!(["/bin/quintet", "mcp"]));
    }

    #[test]
    fn the_persons_own_settings_stay() {
        let given = r#"{"provider":{"mine":{}},"mcp":{"db":{"type":"local"}},"permission":{"*":"allow"}}"#;
        let config = config(Some(given), &briefing(), Path::new("/bin/quintet"));
        assert!(config["provider"]["mine"].is_object() && config["mcp"]["db"].is_object());
        assert_eq!(config["permission"]["*"], "deny");
    }
}
