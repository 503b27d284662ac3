//! What `codex exec --json` prints, line by line.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::items::Items;
use crate::engine::json::{count_at, first_line, text_at};
use crate::engine::{Activity, Briefing, Engine, Heard, Session, Spent, Stream, Tell, Told, failure, lines, prompt};

/// One attempt's conversation with Codex.
pub struct Conversation {
    engine: Engine,
    briefing: Briefing,
    own_program: PathBuf,
    items: Items,
    thread: Option<String>,
    /// Item ids begin anew with every process.
    processes: u64,
}

impl Conversation {
    pub fn new(engine: &Engine, briefing: &Briefing, own_program: &Path) -> Conversation {
        Conversation {
            engine: engine.clone(),
            briefing: briefing.clone(),
            own_program: own_program.to_owned(),
            items: Items::new(briefing),
            thread: None,
            processes: 0,
        }
    }

    fn event(&mut self, event: &Value) -> Vec<Activity> {
        match text_at(event, "/type").unwrap_or_default() {
            "thread.started" => self.thread_started(event),
            "item.started" => self.items.started(&event["item"], self.id_of(&event["item"])),
            "item.completed" => self.items.completed(&event["item"], self.id_of(&event["item"])),
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
        let text = self.items.last_text.take();
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
