//! MCP servers as the person has them, in the standard `mcpServers` shape.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Briefing;

/// The name of Quintet's own server: its tools count as `mcp__quintet__time_left` and so on.
pub const OWN: &str = "quintet";

/// One MCP server: a program that speaks over its stdio, or an address.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Server {
    #[serde(skip)]
    pub name: String,
    /// Program and arguments; empty for a server with a `url`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
}

impl Server {
    /// Returns the server as it stands in a standard `mcpServers` file. `alwaysLoad` is for Claude Code, which hides the
    /// tools of other servers behind a search; everyone else passes over it.
    pub fn standard(&self) -> serde_json::Value {
        match (&self.url, self.command.split_first()) {
            (Some(url), _) => {
                serde_json::json!({ "type": "http", "url": url, "headers": self.headers, "alwaysLoad": true })
            }
            (None, Some((program, args))) => {
                serde_json::json!({ "command": program, "args": args, "env": self.env, "alwaysLoad": true })
            }
            (None, None) => serde_json::json!({}),
        }
    }
}

/// Returns Quintet's own server for this attempt: `quintet mcp` with the variables that lead it to its folder.
pub fn own(briefing: &Briefing, own_program: &Path) -> Server {
    let mut env = briefing.environment();
    env.insert("QUINTET_ATTEMPT_FOLDER".to_owned(), briefing.folder.to_string_lossy().into_owned());
    Server {
        name: OWN.to_owned(),
        command: vec![own_program.to_string_lossy().into_owned(), "mcp".to_owned()],
        env,
        ..Server::default()
    }
}
