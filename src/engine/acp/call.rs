//! Tool calls as ACP agents tell them: every agent has its own way to name one.

use serde_json::{Map, Value};

use super::touched;
use crate::engine::json::{first_line, list_at, text_at};
use crate::engine::rights::{self, Deed};
use crate::engine::tool;

/// A call as far as it is known.
#[derive(Debug, Clone, Default)]
pub struct Call {
    name: Option<String>,
    /// The program says that it calls a tool of a server: which one stands in its input.
    server_tool: Option<(String, String)>,
    /// As the program calls it: Gemini begins it with the name of the tool.
    id: String,
    title: String,
    kind: String,
    input: Map<String, Value>,
    files: Vec<String>,
    /// It was told that the call began.
    pub begun: bool,
}

impl Call {
    /// Takes in what a `tool_call`, a `tool_call_update` or a permission prompt says of it.
    pub fn learn(&mut self, told: &Value) {
        let name = text_at(told, "/_meta/claudeCode/toolName").or_else(|| text_at(told, "/name"));
        self.name = name.map(str::to_owned).or_else(|| self.name.take());
        if told.pointer("/_meta/is_mcp_tool_call").and_then(Value::as_bool) == Some(true) {
            let part = |at: &str| text_at(told, at).map(str::to_owned);
            self.server_tool = part("/rawInput/server").zip(part("/rawInput/tool")).or_else(|| self.server_tool.take());
        }
        if let Some(id) = text_at(told, "/toolCallId") {
            self.id = id.to_owned();
        }
        if let Some(title) = text_at(told, "/title") {
            self.title = title.to_owned();
        }
        if let Some(kind) = text_at(told, "/kind") {
            self.kind = kind.to_owned();
        }
        // Some put the arguments of an MCP tool one level down.
        let input = told.pointer("/rawInput/arguments").filter(|inner| inner.is_object()).unwrap_or(&told["rawInput"]);
        if let Some(fields) = input.as_object() {
            self.input.extend(fields.clone());
        }
        let diffs = list_at(told, "/content").iter().filter(|part| text_at(part, "/type") == Some("diff"));
        let files = diffs.chain(list_at(told, "/locations")).filter_map(|part| text_at(part, "/path"));
        for file in files {
            if !self.files.iter().any(|known| known == file) {
                self.files.push(file.to_owned());
            }
        }
    }

    /// Returns the name under which it is counted.
    pub fn name(&self, names: &tool::Names) -> String {
        if let Some(name) = &self.name {
            return names.of(name);
        }
        if let Some((server, tool)) = &self.server_tool {
            return names.mcp(server, tool);
        }
        if let Some(name) = self.titled(names) {
            return name;
        }
        match self.kind.as_str() {
            "execute" => "Bash",
            "read" => "Read",
            "edit" => "Edit",
            "search" => "Grep",
            "fetch" => "WebFetch",
            "delete" => "Delete",
            "move" => "Move",
            _ => tool::common(&self.title),
        }
        .to_owned()
    }

    /// Returns the tool of a server that its title names. The title of a command is the command itself, which the model
    /// wrote, so there only a known tool's whole name in the spelling of Codex's adapter counts.
    fn titled(&self, names: &tool::Names) -> Option<String> {
        let is_codex = self.title.starts_with("mcp.") && !self.input.contains_key("command");
        match self.kind.as_str() {
            "edit" | "delete" | "move" | "fetch" | "read" | "search" => return None,
            "execute" if !is_codex => return None,
            _ => {}
        }
        let name = match of_server(&self.title) {
            Some((server, tool)) => names.known(server, tool),
            None => names.known_title(&self.title),
        };
        name.filter(|name| !self.id.starts_with("mcp_") || tool::is_named_in(name, &self.id))
    }

    /// Returns in a few words what it is for.
    pub fn summary(&self, project: &std::path::Path) -> String {
        let told = tool::summary_of(&self.input, project);
        // Some only name the folder that they run in.
        let folder = project.to_string_lossy();
        if told.is_empty() || told == folder { first_line(&self.title, 160) } else { told }
    }

    /// Returns whether enough is known to tell that it began.
    pub fn is_telling(&self, project: &std::path::Path) -> bool {
        let told = tool::summary_of(&self.input, project);
        !told.is_empty() && told != project.to_string_lossy()
    }

    /// Returns the files that it names.
    pub fn files(&self) -> &[String] {
        &self.files
    }

    /// Returns every file that it would change, by all that it tells.
    pub fn touches(&self) -> Vec<String> {
        let mut touched = self.files.clone();
        touched.extend(touched::files(&self.input, self.kind == "move"));
        touched.sort();
        touched.dedup();
        touched
    }

    /// Returns what the person is asked about: what it is for, or all the files that it would change.
    pub fn asks_for(&self, touched: &[String], project: &std::path::Path) -> String {
        let changes = ["edit", "delete", "move"].contains(&self.kind.as_str());
        match touched {
            [_, _, ..] if changes => {
                let files: Vec<String> = touched.iter().map(|file| tool::relative(file, project)).collect();
                tool::one_line(&files.join(", "))
            }
            _ => match tool::whole(&self.input, project) {
                told if told.is_empty() || told == project.to_string_lossy() => tool::one_line(&self.title),
                told => told,
            },
        }
    }

    /// Returns the rule that allows this call again.
    pub fn rule(&self, name: &str, deeds: &[Deed]) -> String {
        rights::rule(name, deeds, &self.input, &self.title)
    }

    pub fn kind(&self) -> &str {
        &self.kind
    }
}

/// Returns server and tool of the titles `mcp.srv.tool`, `tool (srv MCP Server)` and `Tool: srv/tool`.
fn of_server(title: &str) -> Option<(&str, &str)> {
    if let Some(rest) = title.strip_prefix("mcp.") {
        return rest.split_once('.');
    }
    if let Some(rest) = title.strip_prefix("Tool: ") {
        return rest.split_once('/');
    }
    let (tool, server) = title.strip_suffix(" MCP Server)")?.split_once(" (")?;
    Some((server, tool))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::*;
    use crate::engine::testing::briefing;

    #[test]
    fn the_title_of_every_agent_gives_one_name() {
        let names = tool::Names::new(&briefing());
        for (told, name) in [
            (json!({"title": "mcp.quintet.time_left", "kind": "execute"}), "mcp__quintet__time_left"),
            (json!({"title": "time_left (quintet MCP Server)", "kind": "other"}), "mcp__quintet__time_left"),
            (json!({"title": "quintet_time_left", "kind": "other"}), "mcp__quintet__time_left"),
            (json!({"title": "Tool: quintet/time_left"}), "mcp__quintet__time_left"),
            (json!({"title": "ls -l", "kind": "execute"}), "Bash"),
            (json!({"title": "Preparing file…", "_meta": {"claudeCode": {"toolName": "Write"}}}), "Write"),
            (json!({"title": "ls", "name": "exec_command", "kind": "execute"}), "Bash"),
        ] {
            let mut call = Call::default();
            call.learn(&told);
            assert_eq!(call.name(&names), name);
        }
    }

    #[test]
    fn a_call_that_only_names_its_folder_waits_for_more() {
        let mut call = Call::default();
        call.learn(&json!({"title": "bash", "kind": "execute", "rawInput": {"cwd": "/p"}}));
        assert!(!call.is_telling(Path::new("/p")));
        call.learn(&json!({"rawInput": {"command": "ls -l", "cwd": "/p"}}));
        assert!(call.is_telling(Path::new("/p")));
        assert_eq!(call.summary(Path::new("/p")), "ls -l");
    }
}
