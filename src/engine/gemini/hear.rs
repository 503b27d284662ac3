//! What `gemini -o stream-json` prints, line by line.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::engine::json::{count_at, first_line, object, text_at};
use crate::engine::pieces::Pieces;
use crate::engine::{Activity, Briefing, Engine, Heard, Session, Stream, Tell, Told, failure, lines, prompt, tool};

/// One attempt's conversation with Gemini CLI in its plain mode.
pub struct Conversation {
    engine: Engine,
    briefing: Briefing,
    names: tool::Names,
    session: Option<String>,
    said: Pieces,
    /// Calls that write a file, by their id.
    writes: BTreeMap<String, String>,
    /// Input and output tokens of the processes that are over: each counts its own.
    spent: (u64, u64),
}

impl Conversation {
    pub fn new(engine: &Engine, briefing: &Briefing) -> Conversation {
        Conversation {
            engine: engine.clone(),
            briefing: briefing.clone(),
            names: tool::Names::new(briefing),
            session: None,
            said: Pieces::default(),
            writes: BTreeMap::new(),
            spent: (0, 0),
        }
    }

    fn event(&mut self, event: &Value) -> Vec<Activity> {
        match (text_at(event, "/type").unwrap_or_default(), text_at(event, "/role")) {
            ("init", _) => self.init(event),
            ("message", Some("assistant")) => self.said.take(text_at(event, "/content").unwrap_or_default()),
            ("tool_use", _) => self.tool_use(event),
            ("tool_result", _) => self.tool_result(event),
            ("error", _) => {
                let what = first_line(text_at(event, "/message").unwrap_or("an error"), 200);
                vec![Activity::Trouble { what }]
            }
            ("result", _) => self.result(event),
            _ => Vec::new(),
        }
    }

    fn init(&mut self, event: &Value) -> Vec<Activity> {
        let Some(id) = text_at(event, "/session_id").map(str::to_owned) else { return Vec::new() };
        if self.session.replace(id.clone()).as_ref() == Some(&id) {
            return Vec::new();
        }
        vec![Activity::Session { id, model: text_at(event, "/model").map(str::to_owned) }]
    }

    fn tool_use(&mut self, event: &Value) -> Vec<Activity> {
        let mut activities = self.said.interrupt();
        let id = text_at(event, "/tool_id").unwrap_or_default().to_owned();
        let name = self.names.of(text_at(event, "/tool_name").unwrap_or("a tool"));
        let input = &event["parameters"];
        if ["Write", "Edit"].contains(&name.as_str()) {
            self.writes.extend(text_at(input, "/file_path").map(|file| (id.clone(), file.to_owned())));
        }
        let summary = tool::summary(input, &self.briefing.project);
        activities.push(Activity::ToolStarted { id, name, summary });
        activities
    }

    fn tool_result(&mut self, event: &Value) -> Vec<Activity> {
        let id = text_at(event, "/tool_id").unwrap_or_default().to_owned();
        let ok = text_at(event, "/status") == Some("success");
        let output = text_at(event, "/error/message").or_else(|| text_at(event, "/output")).unwrap_or_default();
        let summary = first_line(output, 160);
        let mut activities = Vec::new();
        if text_at(event, "/error/type") == Some("policy_violation") {
            activities.push(Activity::Denied { what: summary.clone() });
        }
        let written = self.writes.remove(&id).filter(|_| ok);
        activities.push(Activity::ToolEnded { id, ok, summary });
        activities.extend(written.map(|file| Activity::Changed { file }));
        activities
    }

    fn result(&mut self, event: &Value) -> Vec<Activity> {
        let mut activities = self.said.flush();
        self.spent.0 += count_at(event, "/stats/input_tokens");
        self.spent.1 += count_at(event, "/stats/output_tokens");
        let (input_tokens, output_tokens) = self.spent;
        activities.push(Activity::Usage { input_tokens, output_tokens, cost_usd: None });
        let text = self.said.answer();
        if text_at(event, "/status") == Some("success") {
            activities.push(Activity::Result { ok: true, text, why: None, hopeless: false, partial: false });
        } else {
            let why = text_at(event, "/error/message").unwrap_or("its result was an error");
            activities.extend(failure::of(&plain_message(why), None, None));
        }
        activities
    }

    fn resume(&self, text: &str) -> Told {
        let turn = |session: &str| super::turn(&self.engine, &self.briefing, Some(session), text).ok();
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

/// Returns an error without its wrapping: `[API Error: {"error":{"code":400,…}}]` becomes `400 …`.
fn plain_message(message: &str) -> String {
    let bare = message.strip_prefix("[API Error: ").and_then(|rest| rest.strip_suffix(']')).unwrap_or(message);
    let Some(error) = object(bare.as_bytes()) else { return bare.to_owned() };
    let words = [text_at(&error, "/error/message"), text_at(&error, "/error/status")];
    let words: Vec<&str> = words.into_iter().flatten().collect();
    match error.pointer("/error/code").and_then(Value::as_u64) {
        Some(code) => format!("{code} {}", words.join(" · ")),
        None => words.join(" · "),
    }
}
