//! Codex over its own protocol (`codex app-server`): one process an attempt, which can be spoken to while it works.
//!
//! It goes by the shape of what it hears and not by the ids of what it sent, so that it can be rebuilt from the log alone.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::items::Items;
use crate::engine::json::{count_at, first_line, line, text_at};
use crate::engine::{Activity, Briefing, Heard, Session, Spent, Stream, Tell, Told, failure, lines, prompt, servers};

/// The id of the first request.
const FIRST_ID: u64 = 1;

/// One attempt's conversation with `codex app-server`.
pub struct Conversation {
    briefing: Briefing,
    items: Items,
    next_id: u64,
    thread: Option<String>,
    turn: Turn,
    /// What was said into a running turn, by the id of the request: it is said again if the turn was over.
    said: BTreeMap<u64, String>,
}

/// What it is at.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Turn {
    Idle,
    Running(String),
    /// It is being broken off; then this is said.
    Breaking(Option<String>),
}

/// Returns its first input.
pub fn greeting() -> Vec<u8> {
    let info = json!({"name": servers::OWN, "title": "Quintet", "version": env!("CARGO_PKG_VERSION")});
    line(&json!({"id": FIRST_ID, "method": "initialize", "params": {"clientInfo": info}}))
}

impl Conversation {
    pub fn new(briefing: &Briefing) -> Conversation {
        Conversation {
            briefing: briefing.clone(),
            items: Items::new(briefing),
            next_id: FIRST_ID,
            thread: None,
            turn: Turn::Idle,
            said: BTreeMap::new(),
        }
    }

    fn message(&mut self, message: &Value) -> Heard {
        let (method, id, params) = (text_at(message, "/method"), &message["id"], &message["params"]);
        match (method, message.get("result"), message.get("error")) {
            // It may ask for what is never offered; it must not wait.
            (Some(method), _, _) if !id.is_null() => {
                let error = json!({"code": -32601, "message": format!("{method} is not offered")});
                line(&json!({"id": id, "error": error})).into()
            }
            (Some(method), _, _) => self.notice(method, params),
            (None, Some(result), _) => self.answered(id, result),
            (None, None, Some(error)) => self.refused(id, error),
            (None, None, None) => Heard::default(),
        }
    }

    /// Takes the answer to a request of ours.
    fn answered(&mut self, id: &Value, result: &Value) -> Heard {
        if result.get("userAgent").is_some() {
            let mut reply = line(&json!({"method": "initialized", "params": {}}));
            reply.extend(self.open_thread());
            return reply.into();
        }
        if let Some(thread) = text_at(result, "/thread/id").filter(|_| self.thread.is_none()).map(str::to_owned) {
            let model = text_at(result, "/model").map(str::to_owned);
            self.thread = Some(thread.clone());
            let reply = self.say(&self.briefing.opening());
            return Heard { activities: vec![Activity::Session { id: thread, model }], reply };
        }
        id.as_u64().and_then(|id| self.said.remove(&id));
        Heard::default()
    }

    fn refused(&mut self, id: &Value, error: &Value) -> Heard {
        let message = failure::plain(text_at(error, "/message").unwrap_or("it answered with an error"));
        match id.as_u64().and_then(|id| self.said.remove(&id)) {
            // The turn was over before it heard of it.
            Some(text) if self.turn == Turn::Idle => self.say(&text).into(),
            Some(_) => vec![Activity::Trouble { what: first_line(&message, 200) }].into(),
            None => failure::of(&message, None, None).into(),
        }
    }

    fn notice(&mut self, method: &str, params: &Value) -> Heard {
        // Its helpers have threads of their own.
        if text_at(params, "/threadId").is_some_and(|thread| self.thread.as_deref() != Some(thread)) {
            return Heard::default();
        }
        let item = &params["item"];
        let id = || text_at(item, "/id").unwrap_or("item").to_owned();
        match method {
            "turn/started" => {
                if let Some(turn) = text_at(params, "/turn/id").filter(|_| self.turn == Turn::Idle) {
                    self.turn = Turn::Running(turn.to_owned());
                }
                Heard::default()
            }
            "turn/completed" => self.turn_completed(&params["turn"]),
            "item/started" => self.items.started(item, id()).into(),
            "item/completed" => self.items.completed(item, id()).into(),
            "thread/tokenUsage/updated" => vec![self.usage(&params["tokenUsage"]["total"])].into(),
            // The last of these is followed by the end of the turn, which decides.
            "error" if params["willRetry"].as_bool() == Some(true) => {
                let why = first_line(text_at(params, "/error/message").unwrap_or("an error"), 200);
                vec![Activity::Retrying { why }].into()
            }
            "mcpServer/startupStatus/updated" if text_at(params, "/status") == Some("failed") => {
                let what = format!("MCP server `{}`: failed", text_at(params, "/name").unwrap_or("?"));
                vec![Activity::Trouble { what }].into()
            }
            _ => Heard::default(),
        }
    }

    fn turn_completed(&mut self, turn: &Value) -> Heard {
        let was = std::mem::replace(&mut self.turn, Turn::Idle);
        let text = self.items.last_text.take();
        match (was, text_at(turn, "/status").unwrap_or_default()) {
            (Turn::Breaking(Some(next)), _) => self.say(&next).into(),
            (Turn::Breaking(None), "interrupted") => Heard::default(),
            (_, "completed") => {
                vec![Activity::Result { ok: true, text, why: None, hopeless: false, partial: false }].into()
            }
            (_, status) => {
                let status = format!("its turn was {status}");
                failure::of(&failure::plain(text_at(turn, "/error/message").unwrap_or(&status)), None, None).into()
            }
        }
    }

    /// Counts from the thread's birth; cached tokens are part of its input.
    fn usage(&self, total: &Value) -> Activity {
        let Spent { input_tokens, output_tokens, .. } = self.briefing.session_spent;
        Activity::Usage {
            input_tokens: count_at(total, "/inputTokens").saturating_sub(input_tokens),
            output_tokens: count_at(total, "/outputTokens").saturating_sub(output_tokens),
            cost_usd: None,
        }
    }

    fn open_thread(&mut self) -> Vec<u8> {
        let cwd = self.briefing.project.to_string_lossy();
        // Nobody can be asked: what the sandbox forbids fails.
        let mut params = json!({"cwd": cwd, "approvalPolicy": "never"});
        if let Some(model) = &self.briefing.model {
            params["model"] = json!(model);
        }
        let method = match &self.briefing.session {
            Some(thread) => {
                params["threadId"] = json!(thread);
                params["excludeTurns"] = json!(true);
                "thread/resume"
            }
            None => "thread/start",
        };
        self.request(method, params).1
    }

    /// Begins a turn with this text.
    fn say(&mut self, text: &str) -> Vec<u8> {
        let params = json!({"threadId": self.thread, "input": input(text)});
        self.request("turn/start", params).1
    }

    fn request(&mut self, method: &str, params: Value) -> (u64, Vec<u8>) {
        self.next_id += 1;
        (self.next_id, line(&json!({"id": self.next_id, "method": method, "params": params})))
    }

    /// Says something without ending the turn; between turns it begins one.
    fn steer(&mut self, text: &str) -> Vec<u8> {
        let Turn::Running(turn) = self.turn.clone() else { return self.say(text) };
        let params = json!({"threadId": self.thread, "expectedTurnId": turn, "input": input(text)});
        let (id, bytes) = self.request("turn/steer", params);
        self.said.insert(id, text.to_owned());
        bytes
    }

    /// Ends the turn, then says this; at once when no turn runs.
    fn break_off(&mut self, next: Option<String>) -> Told {
        let Turn::Running(turn) = self.turn.clone() else {
            return next.map_or(Told::Cannot, |text| Told::Write(self.say(&text)));
        };
        self.turn = Turn::Breaking(next);
        Told::Write(self.request("turn/interrupt", json!({"threadId": self.thread, "turnId": turn})).1)
    }
}

impl Session for Conversation {
    fn line(&mut self, stream: Stream, line: &[u8]) -> Heard {
        lines::record_or_text(stream, line, |message| self.message(message))
    }

    fn tell(&mut self, what: &Tell) -> Told {
        if self.thread.is_none() {
            return Told::Cannot;
        }
        match what {
            Tell::Message { text } => Told::Write(self.steer(&prompt::message(text))),
            Tell::Warning { left_s } => match self.turn {
                Turn::Running(_) => Told::Write(self.steer(&prompt::warning(*left_s))),
                Turn::Idle | Turn::Breaking(_) => Told::Cannot,
            },
            Tell::WrapUp { left_s, notes, report } => self.break_off(Some(prompt::wrap_up(*left_s, notes, report))),
            Tell::AskReport { report } => Told::Write(self.say(&prompt::ask_report(report))),
            Tell::Interrupt => self.break_off(None),
            Tell::Continue => Told::Write(self.say(&prompt::go_on())),
            Tell::Answer { .. } => Told::Cannot,
        }
    }
}

fn input(text: &str) -> Value {
    json!([{"type": "text", "text": text}])
}
