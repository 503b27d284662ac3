//! One name for a tool, whatever a program calls it, and a few words on what it is called for.

use std::path::Path;

use serde_json::{Map, Value};

use super::json::first_line;
use super::{Briefing, servers};

/// The longest summary, in characters.
const SUMMARY: usize = 160;

/// Knows the MCP servers of an attempt, so that `orch_echo` and `mcp_orch_echo` are `mcp__orch__echo`.
#[derive(Debug, Clone)]
pub struct Names {
    servers: Vec<String>,
    /// Tools that the plan names: their spelling wins.
    tools: Vec<String>,
}

impl Names {
    pub fn new(briefing: &Briefing) -> Names {
        let mut servers: Vec<String> = briefing.servers.iter().map(|server| server.name.clone()).collect();
        servers.push(servers::OWN.to_owned());
        // The longest first: `github_enterprise_search` is no tool of `github`.
        servers.sort_by_key(|name| std::cmp::Reverse(name.len()));
        Names { servers, tools: briefing.tools.clone() }
    }

    /// Returns the name under which a call is counted.
    pub fn of(&self, raw: &str) -> String {
        let name = match self.of_server(raw) {
            Some(name) => name,
            None => common(raw).to_owned(),
        };
        self.tools.iter().find(|tool| plain(tool) == plain(&name)).cloned().unwrap_or(name)
    }

    /// Returns the name of a tool of an MCP server.
    pub fn mcp(&self, server: &str, tool: &str) -> String {
        let name = format!("mcp__{server}__{tool}");
        self.tools.iter().find(|known| plain(known) == plain(&name)).cloned().unwrap_or(name)
    }

    /// Returns the name of a tool of a server that this attempt has, or of one that the plan names; `None` for anything
    /// else, as for words that only begin like one.
    pub fn known(&self, server: &str, tool: &str) -> Option<String> {
        let is_word =
            |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
        if !is_word(server) || !is_word(tool) {
            return None;
        }
        let name = self.mcp(server, tool);
        let has_server = server != servers::OWN && self.servers.iter().any(|known| plain(known) == plain(server));
        (servers::is_own_tool(&name) || has_server || self.tools.contains(&name)).then_some(name)
    }

    /// Like [`Names::known`], of a title such as `orch_echo` or `mcp__orch__echo`.
    pub fn known_title(&self, title: &str) -> Option<String> {
        let name = self.of_server(title)?;
        let (server, tool) = name.strip_prefix("mcp__")?.split_once("__")?;
        self.known(server, tool)
    }

    fn of_server(&self, raw: &str) -> Option<String> {
        if raw.starts_with("mcp__") {
            return Some(raw.to_owned());
        }
        let bare = plain(raw.strip_prefix("mcp_").or_else(|| raw.strip_prefix("mcp.")).unwrap_or(raw));
        let cut = |server: &String| {
            let start = plain(server) + "_";
            let at = raw.len() - bare.len() + start.len();
            bare.starts_with(&start).then(|| raw.get(at..)).flatten().map(|tool| format!("mcp__{server}__{tool}"))
        };
        self.servers.iter().find_map(cut)
    }
}

/// Returns a name with every character that some program replaces as `_`.
fn plain(name: &str) -> String {
    name.bytes().map(|byte| if byte.is_ascii_alphanumeric() { byte as char } else { '_' }).collect()
}

/// Returns the common name of a built-in tool: the shell is `Bash` everywhere.
pub fn common(raw: &str) -> &str {
    match raw {
        "bash" | "shell" | "run_shell_command" | "exec_command" | "command_execution" | "execute" => "Bash",
        "read" | "read_file" | "read_many_files" => "Read",
        "write" | "write_file" => "Write",
        "edit" | "replace" | "apply_patch" | "file_change" | "patch" | "multiedit" => "Edit",
        "grep" | "search_file_content" | "grep_search" | "search" => "Grep",
        "glob" | "find_files" => "Glob",
        "list" | "list_directory" | "ls" => "LS",
        "webfetch" | "web_fetch" | "fetch" => "WebFetch",
        "websearch" | "web_search" | "google_web_search" => "WebSearch",
        "task" | "Agent" => "Task",
        "todowrite" | "write_todos" | "todo_list" => "TodoWrite",
        other => other,
    }
}

/// Returns whether an id of Gemini's begins with this tool of a server: its title may be the model's own words.
pub fn is_named_in(name: &str, id: &str) -> bool {
    let Some((server, tool)) = name.strip_prefix("mcp__").and_then(|rest| rest.split_once("__")) else { return false };
    plain(id).starts_with(&format!("mcp_{}_{}__", plain(server), plain(tool)))
}

/// Returns a text in one line, for the person to decide on: nothing of it is left out unsaid.
pub fn one_line(text: &str) -> String {
    /// More than fits on a screen is nothing that a person reads.
    const LONGEST: usize = 1000;
    let line = text.trim().lines().map(str::trim_end).collect::<Vec<_>>().join(" ⏎ ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}… and {} more characters", &line[..end], line[end..].chars().count()),
        None => line,
    }
}

/// Returns the whole of what a call is for, from its input; empty when nothing in it tells.
pub fn whole(input: &Map<String, Value>, project: &Path) -> String {
    telling(input).map(|text| one_line(&relative(text, project))).unwrap_or_default()
}

/// Returns in a few words what a call is for, from its input; empty when nothing in it tells.
pub fn summary(input: &Value, project: &Path) -> String {
    input.as_object().map(|input| summary_of(input, project)).unwrap_or_default()
}

/// Like [`summary`], of an object's fields.
pub fn summary_of(input: &Map<String, Value>, project: &Path) -> String {
    telling(input).map(|text| first_line(&relative(text, project), SUMMARY)).unwrap_or_default()
}

fn telling(input: &Map<String, Value>) -> Option<&str> {
    const TELLING: [&str; 12] = [
        "command",
        "file_path",
        "filePath",
        "absolute_path",
        "path",
        "pattern",
        "query",
        "url",
        "description",
        "prompt",
        "text",
        "message",
    ];
    let told = TELLING.iter().find_map(|key| input.get(*key)?.as_str());
    told.or_else(|| input.values().find_map(Value::as_str))
}

/// Returns a path relative to the project, if it lies in it; any other text as it is.
pub fn relative(text: &str, project: &Path) -> String {
    match Path::new(text).strip_prefix(project) {
        Ok(inside) if !inside.as_os_str().is_empty() => inside.to_string_lossy().into_owned(),
        Ok(_) | Err(_) => text.to_owned(),
    }
}

/// Returns the words a shell was given, without the `bash -lc` around them.
pub fn bare_command(command: &str) -> &str {
    let inner = ["/bin/bash -lc ", "bash -lc ", "/bin/sh -c ", "sh -c ", "/bin/zsh -lc ", "zsh -lc "]
        .iter()
        .find_map(|shell| command.strip_prefix(shell));
    let Some(inner) = inner else { return command };
    let quoted = |quote: char| inner.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    quoted('\'').or_else(|| quoted('"')).unwrap_or(inner)
}

#[cfg(test)]
mod tests {
    use super::super::testing::briefing;
    use super::*;
    use crate::engine::Server;

    #[test]
    fn a_tool_has_one_name_whatever_a_program_calls_it() {
        let server = |name: &str| Server { name: name.to_owned(), ..Server::default() };
        let mut briefing = briefing();
        briefing.servers = vec![server("github"), server("upstash-context-7-mcp")];
        briefing.tools = vec!["mcp__upstash-context-7-mcp__resolve-library-id".to_owned()];
        let names = Names::new(&briefing);
        for (raw, name) in [
            ("mcp__quintet__time_left", "mcp__quintet__time_left"),
            ("mcp_quintet_time_left", "mcp__quintet__time_left"),
            ("quintet_time_left", "mcp__quintet__time_left"),
            ("mcp.quintet.time_left", "mcp__quintet__time_left"),
            ("mcp_github_search_repositories", "mcp__github__search_repositories"),
            ("upstash_context_7_mcp_resolve_library_id", "mcp__upstash-context-7-mcp__resolve-library-id"),
            ("run_shell_command", "Bash"),
            ("exec_command", "Bash"),
            ("Bash", "Bash"),
            ("write_file", "Write"),
            ("Monitor", "Monitor"),
            ("mcp_unknown_tool", "mcp_unknown_tool"),
        ] {
            assert_eq!(names.of(raw), name);
        }
    }

    #[test]
    fn a_call_is_told_in_a_few_words() {
        let told = |input: Value| summary(&input, Path::new("/p"));
        assert_eq!(told(serde_json::json!({"description": "d", "command": "ls -l\nrm x"})), "ls -l");
        assert_eq!(told(serde_json::json!({"file_path": "/p/src/main.rs"})), "src/main.rs");
        assert_eq!(told(serde_json::json!({"file_path": "/etc/hosts"})), "/etc/hosts");
        assert_eq!(told(serde_json::json!({})), "");
        assert_eq!(told(serde_json::json!({"n": 3, "evidence": "tests pass"})), "tests pass");
        assert_eq!(bare_command("/bin/bash -lc 'echo a && pwd'"), "echo a && pwd");
        assert_eq!(bare_command("cargo test"), "cargo test");
    }
}
