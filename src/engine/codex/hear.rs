//! What `codex exec --json` prints, line by line.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::engine::json::{count_at, first_line, list_at, text_at};
use crate::engine::{
    Activity, Briefing, Engine, Heard, Session, Spent, Stream, Tell, Told, failure, lines, prompt, tool,
};

/// One attempt's conversation with Codex.
pub struct Conversation {
    engine: Engine,
    briefing: Briefing,
    own_program: PathBuf,
    names: tool::Names,
    thread: Option<String>,
    /// Item ids begin anew with every process.
    processes: u64,
    /// The newest call that began, to see whether an end had a beginning.
    open: Option<String>,
    last_text: Option<String>,
}

impl Conversation {
    pub fn new(engine: &Engine, briefing: &Briefing, own_program: &Path) -> Conversation {
        Conversation {
            engine: engine.clone(),
            briefing: briefing.clone(),
            own_program: own_program.to_owned(),
            names: tool::Names::new(briefing),
            thread: None,
            processes: 0,
            open: None,
            last_text: None,
        }
    }

    fn event(&mut self, event: &Value) -> Vec<Activity> {
        match text_at(event, "/type").unwrap_or_default() {
            "thread.started" => self.thread_started(event),
            "item.started" => self.item_started(&event["item"]),
            "item.completed" => self.item_completed(&event["item"]),
            "turn.completed" => self.turn_completed(event),
            "turn.failed" => {
                let message = text_at(event, "/error/message").unwrap_or("its turn failed");
                failure::of(&failure::plain(message), None, None)
            }
            // The last of these is followed by `turn.failed`, which decides.
            "error" => match text_at(event, "/message") {
                Some(message) if message.starts_with("Reconnecting") => {
                    vec![Activity::Retrying { why: first_line(message, 200) }]
                }
                Some(_) | None => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    fn thread_started(&mut self, event: &Value) -> Vec<Activity> {
        self.processes += 1;
        let Some(id) = text_at(event, "/thread_id").map(str::to_owned) else { return Vec::new() };
        if self.thread.replace(id.clone()).as_ref() == Some(&id) {
            return Vec::new();
        }
        vec![Activity::Session { id, model: self.briefing.model.clone() }]
    }

    fn item_started(&mut self, item: &Value) -> Vec<Activity> {
        let Some((name, summary)) = self.call(item) else { return Vec::new() };
        let id = self.id_of(item);
        self.open = Some(id.clone());
        vec![Activity::ToolStarted { id, name, summary }]
    }

    fn item_completed(&mut self, item: &Value) -> Vec<Activity> {
        match text_at(item, "/type").unwrap_or_default() {
            "agent_message" => {
                let text = text_at(item, "/text").unwrap_or_default().to_owned();
                self.last_text = Some(text.clone());
                vec![Activity::Text { text }]
            }
            "error" => {
                let what = first_line(text_at(item, "/message").unwrap_or("an error"), 200);
                vec![Activity::Trouble { what }]
            }
            _ => self.call_completed(item),
        }
    }

    fn call_completed(&mut self, item: &Value) -> Vec<Activity> {
        let Some((name, summary)) = self.call(item) else { return Vec::new() };
        let id = self.id_of(item);
        let mut activities = Vec::new();
        if self.open.take().as_ref() != Some(&id) {
            activities.push(Activity::ToolStarted { id: id.clone(), name: name.clone(), summary });
        }
        let ok = text_at(item, "/status") == Some("completed");
        let error = text_at(item, "/error/message");
        if let Some(error) = error.filter(|error| error.contains("requires approval")) {
            activities.push(Activity::Denied { what: format!("{name}: {}", first_line(error, 160)) });
        }
        let output = error.or_else(|| text_at(item, "/aggregated_output"));
        let output = output.or_else(|| text_at(item, "/result/content/0/text")).unwrap_or_default();
        activities.push(Activity::ToolEnded { id, ok, summary: first_line(output, 160) });
        if ok {
            let changed = list_at(item, "/changes").iter().filter_map(|change| text_at(change, "/path"));
            activities.extend(changed.map(|file| Activity::Changed { file: file.to_owned() }));
        }
        activities
    }

    /// Returns name and summary of an item that is a call.
    fn call(&self, item: &Value) -> Option<(String, String)> {
        let project = &self.briefing.project;
        match text_at(item, "/type")? {
            "command_execution" => {
                let command = tool::bare_command(text_at(item, "/command").unwrap_or_default());
                Some(("Bash".to_owned(), first_line(command, 160)))
            }
            "mcp_tool_call" => {
                let (server, tool) = (text_at(item, "/server")?, text_at(item, "/tool")?);
                Some((self.names.mcp(server, tool), tool::summary(&item["arguments"], project)))
            }
            "file_change" => {
                let files = list_at(item, "/changes").iter().filter_map(|change| text_at(change, "/path"));
                let files: Vec<String> = files.map(|file| tool::relative(file, project)).collect();
                Some(("Edit".to_owned(), files.join(", ")))
            }
            "web_search" => Some(("WebSearch".to_owned(), tool::summary(item, project))),
            _ => None,
        }
    }

    fn id_of(&self, item: &Value) -> String {
        format!("{}-{}", self.processes, text_at(item, "/id").unwrap_or("item"))
    }

    /// Its usage counts from the thread's birth; cached tokens are part of its input.
    fn turn_completed(&mut self, event: &Value) -> Vec<Activity> {
        let Spent { input_tokens, output_tokens, .. } = self.briefing.session_spent;
        let usage = Activity::Usage {
            input_tokens: count_at(event, "/usage/input_tokens").saturating_sub(input_tokens),
            output_tokens: count_at(event, "/usage/output_tokens").saturating_sub(output_tokens),
            cost_usd: None,
        };
        let text = self.last_text.take();
        vec![usage, Activity::Result { ok: true, text, why: None, hopeless: false, partial: false }]
    }

    fn resume(&self, text: &str) -> Told {
        let turn = |thread: &str| super::turn(&self.engine, &self.briefing, &self.own_program, Some(thread), text).ok();
        match self.thread.as_deref().and_then(turn) {
            Some(launch) => Told::Relaunch(Box::new(launch)),
            None => Told::Cannot,
        }
    }
}

impl Session for Conversation {
    fn line(&mut self, stream: Stream, line: &[u8]) -> Heard {
        lines::record_or_text(stream, line, |event| self.event(event))
    }

    fn tell(&mut self, what: &Tell) -> Told {
        match prompt::worth_a_turn(what) {
            Some(text) => self.resume(&text),
            None => Told::Cannot,
        }
    }
}
