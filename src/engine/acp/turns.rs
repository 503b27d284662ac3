//! The turns of an ACP agent: how one begins, ends, is broken off, and is followed by another.

use serde_json::Value;

use super::hear::{Conversation, Turn};
use super::speak;
use crate::engine::json::{count_at, first_line, text_at};
use crate::engine::{Activity, Heard, Told, failure};

impl Conversation {
    pub(super) fn prompt(&mut self, text: &str) -> Vec<u8> {
        let Some(session) = self.session.clone() else { return Vec::new() };
        self.turn = Turn::Running;
        self.broken = false;
        self.said.answer();
        let id = self.id();
        speak::prompt(id, &session, text)
    }

    pub(super) fn turn_ended(&mut self, result: &Value) -> Heard {
        let mut activities = self.said.flush();
        let usage = ["/usage", "/_meta/quota/token_count"].iter().find_map(|at| result.pointer(at)?.as_object());
        if let Some(usage) = usage {
            let usage = Value::Object(usage.clone());
            self.spent.0 += count_at(&usage, "/inputTokens") + count_at(&usage, "/input_tokens");
            self.spent.0 += count_at(&usage, "/cachedReadTokens") + count_at(&usage, "/cachedWriteTokens");
            self.spent.1 += count_at(&usage, "/outputTokens") + count_at(&usage, "/output_tokens");
        }
        let before = self.briefing.session_spent.cost_usd;
        activities.push(Activity::Usage {
            input_tokens: self.spent.0,
            output_tokens: self.spent.1,
            cost_usd: self.cost_usd.map(|cost| (cost - before).max(0.0)).filter(|cost| *cost > 0.0),
        });
        let reason = text_at(result, "/stopReason").unwrap_or("end_turn");
        match std::mem::replace(&mut self.turn, Turn::Idle) {
            Turn::Cancelling(next) if reason == "cancelled" => {
                let reply = next.map(|text| self.prompt(&text)).unwrap_or_default();
                return Heard { activities, reply };
            }
            // It was over before it heard of the cancel.
            Turn::Cancelling(Some(text)) => {
                let reply = self.prompt(&text);
                return Heard { activities, reply };
            }
            Turn::Cancelling(None) | Turn::Idle | Turn::Running => {}
        }
        let text = self.said.answer();
        match reason {
            "end_turn" if !self.broken => {
                activities.push(Activity::Result { ok: true, text, why: None, hopeless: false, partial: false });
            }
            "end_turn" => {
                let why = text.as_deref().map_or("its model call failed".to_owned(), failure::plain);
                activities.extend(failure::of(&why, None, None));
            }
            reason => activities.extend(failure::of(&reason.replace('_', " "), None, None)),
        }
        activities.into()
    }

    pub(super) fn failed(&mut self, id: &Value, error: &Value) -> Heard {
        let mut activities = self.said.flush();
        let message = failure::plain(text_at(error, "/message").unwrap_or("it answered with an error"));
        let message = message.as_str();
        let code = error["code"].as_u64().filter(|code| (400..600).contains(code));
        let is_harmless = id.as_u64().is_some_and(|id| self.harmless.contains(&id));
        match (self.session.is_some(), &self.turn) {
            (true, Turn::Running | Turn::Cancelling(_)) if !is_harmless => {
                if let Turn::Cancelling(Some(text)) = std::mem::replace(&mut self.turn, Turn::Idle) {
                    let reply = self.prompt(&text);
                    return Heard { activities, reply };
                }
                let words = format!("{message} {}", text_at(error, "/data/errorKind").unwrap_or_default());
                activities.extend(failure::of(words.trim(), code, None));
            }
            (true, _) => activities.push(Activity::Trouble { what: first_line(message, 200) }),
            // The old session cannot be had back: a new one is opened, and the prompt tells all that is needed.
            (false, _) if self.loading => {
                self.loading = false;
                activities
                    .push(Activity::Trouble { what: format!("its session is lost: {}", first_line(message, 160)) });
                let reply = self.open_session();
                return Heard { activities, reply };
            }
            (false, _) => activities.extend(failure::of(message, code, None)),
        }
        activities.into()
    }

    /// Ends the turn, then says this; at once when no turn runs.
    pub(super) fn cancel_and_say(&mut self, text: Option<String>) -> Told {
        let Some(session) = self.session.clone() else { return Told::Cannot };
        if self.turn == Turn::Idle {
            return text.map_or(Told::Cannot, |text| Told::Write(self.prompt(&text)));
        }
        let mut bytes = speak::cancel(&session);
        for id in std::mem::take(&mut self.prompts).into_keys() {
            bytes.extend(speak::cancelled(&id.parse().unwrap_or(Value::Null)));
        }
        self.turn = Turn::Cancelling(text);
        Told::Write(bytes)
    }

    /// Says something without ending the turn, where the agent can take it in.
    pub(super) fn steer(&mut self, text: &str) -> Told {
        match (self.session.clone(), self.can_steer && self.turn == Turn::Running) {
            (Some(session), true) => Told::Write(speak::steer(self.harmless_id(), &session, text)),
            (Some(_) | None, _) => Told::Cannot,
        }
    }
}
