//! MCP servers as the person has them, in the standard `mcpServers` shape.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Briefing;

/// The name of Quintet's own server: its tools count as `mcp__quintet__time_left` and so on.
pub const OWN: &str = "quintet";

/// Its tools.
pub const OWN_TOOLS: [&str; 8] = [
    "time_left",
    "team_status",
    "post_finding",
    "raise_urgent",
    "criterion_met",
    "write_handoff",
    "submit_report",
    "ask_person",
];

/// Returns whether this is the one name of a tool of Quintet's own server.
pub fn is_own_tool(name: &str) -> bool {
    let tool = name.strip_prefix("mcp__").and_then(|rest| rest.strip_prefix(OWN)?.strip_prefix("__"));
    tool.is_some_and(|tool| OWN_TOOLS.contains(&tool))
}

/// How the ids of questions begin that its tools ask.
pub const ASKS: &str = "ask-";

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

impl Server {
    /// Returns the server with every `${NAME}` and `${NAME:-else}` filled in.
    ///
    /// # Errors
    /// The name of a variable that has no value.
    pub fn expanded(&self, variable: impl Fn(&str) -> Option<String>) -> Result<Server, String> {
        let pairs = |pairs: &BTreeMap<String, String>| -> Result<BTreeMap<String, String>, String> {
            pairs.iter().map(|(name, value)| Ok((name.clone(), filled(value, &variable)?))).collect()
        };
        Ok(Server {
            name: self.name.clone(),
            command: self.command.iter().map(|word| filled(word, &variable)).collect::<Result<_, _>>()?,
            env: pairs(&self.env)?,
            url: self.url.as_ref().map(|url| filled(url, &variable)).transpose()?,
            headers: pairs(&self.headers)?,
        })
    }
}

fn filled(text: &str, variable: &impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((inner, tail)) = after.split_once('}') else { break };
        let (name, otherwise) = inner.split_once(":-").map_or((inner, None), |(name, other)| (name, Some(other)));
        let value = variable(name).filter(|value| !value.is_empty()).or(otherwise.map(str::to_owned));
        filled.push_str(before);
        filled.push_str(&value.ok_or_else(|| name.to_owned())?);
        rest = tail;
    }
    Ok(filled + rest)
}

/// Reads a standard `mcpServers` file, as `.mcp.json` is.
///
/// # Errors
/// Text that is no such JSON, in words.
pub fn of_standard(text: &str) -> Result<BTreeMap<String, Server>, String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct File {
        mcp_servers: BTreeMap<String, Entry>,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Entry {
        command: Option<String>,
        args: Vec<String>,
        env: BTreeMap<String, String>,
        url: Option<String>,
        headers: BTreeMap<String, String>,
    }
    let file: File = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let server = |(name, entry): (String, Entry)| {
        let Entry { command, args, env, url, headers } = entry;
        let command = command.into_iter().chain(args).collect();
        (name.clone(), Server { name, command, env, url, headers })
    };
    Ok(file.mcp_servers.into_iter().map(server).collect())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_that_other_programs_share_are_read() {
        let text = r#"{"mcpServers":{"tavily":{"command":"npx","args":["-y","tavily-mcp"],"env":{"KEY":"${KEY}"}},
            "docs":{"type":"http","url":"https://docs.example/mcp","headers":{"Authorization":"Bearer x"}}}}"#;
        let servers = of_standard(text).expect("it is JSON");
        assert_eq!(servers["tavily"].command, ["npx", "-y", "tavily-mcp"]);
        assert_eq!(servers["docs"].url.as_deref(), Some("https://docs.example/mcp"));
        assert!(of_standard("[]").is_err());
    }

    #[test]
    fn a_variable_is_filled_in_or_named_when_it_is_not_set() {
        let server = |value: &str| Server {
            command: vec!["serve".to_owned(), value.to_owned()],
            env: BTreeMap::from([("KEY".to_owned(), value.to_owned())]),
            ..Server::default()
        };
        let known = |name: &str| (name == "TOKEN").then(|| "t-1".to_owned());
        let filled = server("a ${TOKEN} ${PORT:-80}").expanded(known).expect("all have values");
        assert_eq!((filled.command[1].as_str(), filled.env["KEY"].as_str()), ("a t-1 80", "a t-1 80"));
        assert_eq!(server("${OTHER}").expanded(known), Err("OTHER".to_owned()));
        assert_eq!(server("$5 and ${").expanded(known).map(|it| it.command[1].clone()), Ok("$5 and ${".to_owned()));
    }
}
