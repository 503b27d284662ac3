//! Tool calls as ACP agents tell them: every agent has its own way to name one.

use serde_json::{Map, Value};

use crate::engine::json::{first_line, list_at, text_at};
use crate::engine::tool;

/// A call as far as it is known.
#[derive(Debug, Clone, Default)]
pub struct Call {
    name: Option<String>,
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
        match (self.name.as_deref(), of_server(&self.title), self.kind.as_str()) {
            (Some(name), _, _) => names.of(name),
            (None, Some((server, tool)), _) => names.mcp(server, tool),
            (None, None, _) if names.of(&self.title).starts_with("mcp__") => names.of(&self.title),
            (None, None, "execute") => "Bash".to_owned(),
            (None, None, "read") => "Read".to_owned(),
            (None, None, "edit") => "Edit".to_owned(),
            (None, None, "search") => "Grep".to_owned(),
            (None, None, "fetch") => "WebFetch".to_owned(),
            (None, None, _) => names.of(&self.title),
        }
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

    /// Returns the file in its input, the most reliable word on what it writes.
    pub fn file(&self) -> Option<&str> {
        let keys = ["file_path", "filePath", "path", "absolute_path"];
        keys.iter().find_map(|key| self.input.get(*key)?.as_str()).or_else(|| self.files.first().map(String::as_str))
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
