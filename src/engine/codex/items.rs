//! What happens in a turn of Codex: items, the same in both of its protocols but for the spelling of their names.

use std::path::PathBuf;

use serde_json::Value;

use crate::engine::json::{first_line, list_at, text_at};
use crate::engine::{Activity, Briefing, tool};

/// The items of one attempt.
pub struct Items {
    names: tool::Names,
    project: PathBuf,
    /// The newest call that began, to see whether an end had a beginning.
    open: Option<String>,
    /// The newest message, which is the answer when the turn ends.
    pub last_text: Option<String>,
}

impl Items {
    pub fn new(briefing: &Briefing) -> Items {
        let names = tool::Names::new(briefing);
        Items { names, project: briefing.project.clone(), open: None, last_text: None }
    }

    /// Takes the beginning of an item. `id`: no other item of the attempt has it.
    pub fn started(&mut self, item: &Value, id: String) -> Vec<Activity> {
        let Some((name, summary)) = self.call(item) else { return Vec::new() };
        self.open = Some(id.clone());
        vec![Activity::ToolStarted { id, name, summary }]
    }

    /// Takes the end of an item.
    pub fn completed(&mut self, item: &Value, id: String) -> Vec<Activity> {
        match text_at(item, "/type").unwrap_or_default() {
            "agent_message" | "agentMessage" => {
                let text = text_at(item, "/text").unwrap_or_default().to_owned();
                self.last_text = Some(text.clone());
                vec![Activity::Text { text }]
            }
            "error" => {
                let what = first_line(text_at(item, "/message").unwrap_or("an error"), 200);
                vec![Activity::Trouble { what }]
            }
            _ => self.call_completed(item, id),
        }
    }

    fn call_completed(&mut self, item: &Value, id: String) -> Vec<Activity> {
        let Some((name, summary)) = self.call(item) else { return Vec::new() };
        let mut activities = Vec::new();
        if self.open.take().as_ref() != Some(&id) {
            activities.push(Activity::ToolStarted { id: id.clone(), name: name.clone(), summary });
        }
        let ok = text_at(item, "/status") == Some("completed");
        let error = text_at(item, "/error/message");
        if let Some(error) = error.filter(|error| error.contains("requires approval")) {
            activities.push(Activity::Denied { what: format!("{name}: {}", first_line(error, 160)) });
        }
        let output = ["/aggregated_output", "/aggregatedOutput", "/result/content/0/text"];
        let output = error.or_else(|| output.iter().find_map(|at| text_at(item, at))).unwrap_or_default();
        activities.push(Activity::ToolEnded { id, ok, summary: first_line(output, 160) });
        if ok {
            let changed = list_at(item, "/changes").iter().filter_map(|change| text_at(change, "/path"));
            activities.extend(changed.map(|file| Activity::Changed { file: file.to_owned() }));
        }
        activities
    }

    /// Returns name and summary of an item that is a call.
    fn call(&self, item: &Value) -> Option<(String, String)> {
        let project = &self.project;
        match text_at(item, "/type")? {
            "command_execution" | "commandExecution" => {
                let command = tool::bare_command(text_at(item, "/command").unwrap_or_default());
                Some(("Bash".to_owned(), first_line(command, 160)))
            }
            "mcp_tool_call" | "mcpToolCall" => {
                let (server, tool) = (text_at(item, "/server")?, text_at(item, "/tool")?);
                Some((self.names.mcp(server, tool), tool::summary(&item["arguments"], project)))
            }
            "file_change" | "fileChange" => {
                let files = list_at(item, "/changes").iter().filter_map(|change| text_at(change, "/path"));
                let files: Vec<String> = files.map(|file| tool::relative(file, project)).collect();
                Some(("Edit".to_owned(), files.join(", ")))
            }
            "web_search" | "webSearch" => Some(("WebSearch".to_owned(), tool::summary(item, project))),
            _ => None,
        }
    }
}
