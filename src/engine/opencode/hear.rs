//! What `opencode run --format json` prints, line by line.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::engine::json::{count_at, first_line, text_at};
use crate::engine::{Activity, Briefing, Engine, Heard, Session, Stream, Tell, Told, failure, lines, prompt, tool};

/// One attempt's conversation with OpenCode.
pub struct Conversation {
    engine: Engine,
    briefing: Briefing,
    own_program: PathBuf,
    names: tool::Names,
    session: Option<String>,
    last_text: Option<String>,
    /// Tokens in and out, and dollars: every step tells its own.
    spent: (u64, u64, f64),
}

impl Conversation {
    pub fn new(engine: &Engine, briefing: &Briefing, own_program: &Path) -> Conversation {
        Conversation {
            engine: engine.clone(),
            briefing: briefing.clone(),
            own_program: own_program.to_owned(),
            names: tool::Names::new(briefing),
            session: None,
            last_text: None,
            spent: (0, 0, 0.0),
        }
    }

    fn event(&mut self, event: &Value) -> Vec<Activity> {
        let mut activities = self.met(event);
        let part = &event["part"];
        match text_at(event, "/type").unwrap_or_default() {
            "text" => {
                let text = text_at(part, "/text").unwrap_or_default().to_owned();
                self.last_text = Some(text.clone());
                activities.push(Activity::Text { text });
            }
            "tool_use" => activities.extend(self.called(part)),
            "step_finish" => activities.extend(self.step_finished(part)),
            "error" => {
                let name = text_at(event, "/error/name").unwrap_or("error");
                let message = text_at(event, "/error/data/message").unwrap_or(name);
                let status = event.pointer("/error/data/statusCode").and_then(Value::as_u64);
                let why = if name == "APIError" { message.to_owned() } else { format!("{name}: {message}") };
                activities.extend(failure::of(&why, status, None));
            }
            _ => {}
        }
        activities
    }

    fn met(&mut self, event: &Value) -> Vec<Activity> {
        let Some(id) = text_at(event, "/sessionID").filter(|_| self.session.is_none()) else { return Vec::new() };
        self.session = Some(id.to_owned());
        vec![Activity::Session { id: id.to_owned(), model: self.briefing.model.clone() }]
    }

    /// A call is told only when it is over.
    fn called(&mut self, part: &Value) -> Vec<Activity> {
        self.last_text = None;
        let id = text_at(part, "/callID").unwrap_or_default().to_owned();
        let input = &part["state"]["input"];
        let raw = match text_at(part, "/tool") {
            // A call to a tool that does not exist.
            Some("invalid") => text_at(input, "/tool").unwrap_or("invalid"),
            Some(raw) => raw,
            None => "a tool",
        };
        let (name, summary) = (self.names.of(raw), tool::summary(input, &self.briefing.project));
        let error = text_at(part, "/state/error").or_else(|| text_at(input, "/error"));
        let has_failed = count_at(part, "/state/metadata/exit") != 0;
        let ok = text_at(part, "/state/status") == Some("completed") && error.is_none() && !has_failed;
        let output = first_line(error.or_else(|| text_at(part, "/state/output")).unwrap_or_default(), 160);
        let mut activities = vec![Activity::ToolStarted { id: id.clone(), name: name.clone(), summary }];
        if error.is_some_and(|error| error.contains("rejected permission") || error.contains("specified a rule")) {
            activities
                .push(Activity::Denied { what: format!("{name}: {}", tool::summary(input, &self.briefing.project)) });
        }
        activities.push(Activity::ToolEnded { id, ok, summary: output });
        let file = text_at(input, "/filePath").filter(|_| ok && ["Write", "Edit"].contains(&name.as_str()));
        activities.extend(file.map(|file| Activity::Changed { file: file.to_owned() }));
        activities
    }

    /// There is no final event: the step that stops by itself is the end.
    fn step_finished(&mut self, part: &Value) -> Vec<Activity> {
        self.spent.0 += count_at(part, "/tokens/input");
        self.spent.0 += count_at(part, "/tokens/cache/read") + count_at(part, "/tokens/cache/write");
        self.spent.1 += count_at(part, "/tokens/output") + count_at(part, "/tokens/reasoning");
        self.spent.2 += part["cost"].as_f64().unwrap_or(0.0);
        let (input_tokens, output_tokens, cost) = self.spent;
        let mut activities = vec![Activity::Usage { input_tokens, output_tokens, cost_usd: Some(cost) }];
        match text_at(part, "/reason").unwrap_or_default() {
            "tool-calls" => {}
            "stop" => {
                let text = self.last_text.take();
                activities.push(Activity::Result { ok: true, text, why: None, hopeless: false, partial: false });
            }
            "length" => activities.extend(failure::of("its reply was cut by the token limit", None, None)),
            reason => activities.extend(failure::of(&format!("it stopped: {reason}"), None, None)),
        }
        activities
    }

    fn resume(&self, text: &str) -> Told {
        let turn =
            |session: &str| super::turn(&self.engine, &self.briefing, &self.own_program, Some(session), text).ok();
        match self.session.as_deref().and_then(turn) {
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
