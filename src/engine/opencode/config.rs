//! Rights and MCP servers of one attempt as OpenCode's settings.

use std::path::{Component, Path};

use serde_json::{Map, Value, json};

use crate::engine::{Briefing, Server, servers};
use crate::plan::Permissions;

/// Settings in this variable go over the person's own.
pub const VARIABLE: &str = "OPENCODE_CONFIG_CONTENT";

/// Returns the settings of an attempt, laid over what the engine's own variable says.
pub fn config(given: Option<&str>, briefing: &Briefing, own_program: &Path) -> Value {
    let given = given.and_then(|given| serde_json::from_str(given).ok());
    let mut config: Map<String, Value> = given.unwrap_or_default();
    config.insert("permission".to_owned(), rights(briefing));
    let mut mcp = config.get("mcp").and_then(Value::as_object).cloned().unwrap_or_default();
    for server in briefing.servers.iter().chain([&servers::own(briefing, own_program)]) {
        mcp.insert(server.name.clone(), server_config(server));
    }
    config.insert("mcp".to_owned(), Value::Object(mcp));
    Value::Object(config)
}

/// The last rule that fits decides. Nothing may be `ask`: without a terminal that ends the run.
fn rights(briefing: &Briefing) -> Value {
    if briefing.permissions == Permissions::Full {
        return json!({"*": "allow"});
    }
    let mut rights = Map::new();
    rights.insert("*".to_owned(), json!("deny"));
    for tool in ["read", "glob", "grep", "list", "todowrite", "todoread", "skill"] {
        rights.insert(tool.to_owned(), json!("allow"));
    }
    rights.insert(format!("{}_*", plain(servers::OWN)), json!("allow"));
    let named = briefing.tools.iter().filter_map(|tool| tool.strip_prefix("mcp__")?.split_once("__"));
    for (server, tool) in named {
        rights.insert(format!("{}_{}", plain(server), plain(tool)), json!("allow"));
    }
    let edit = match briefing.permissions {
        Permissions::Edit | Permissions::Full => json!("allow"),
        Permissions::ReadOnly => {
            let mut edit = Map::from_iter([("*".to_owned(), json!("deny"))]);
            edit.extend(every_tail(&briefing.team_dir).into_iter().map(|tail| (format!("{tail}/*"), json!("allow"))));
            Value::Object(edit)
        }
    };
    rights.insert("edit".to_owned(), edit);
    Value::Object(rights)
}

/// Files are matched by their path from the root of the repository, wherever that is: so every tail of the path counts.
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
    fn a_read_only_agent_may_edit_its_team_directory_alone() {
        let config = config(None, &briefing(), Path::new("/bin/quintet"));
        let edit = &config["permission"]["edit"];
        assert_eq!(edit, &json!({"*": "deny", ".claude-team/*": "allow", "p/.claude-team/*": "allow"}));
        assert_eq!(config["permission"]["*"], "deny");
        assert_eq!(config["permission"]["quintet_*"], "allow");
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
