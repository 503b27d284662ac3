//! What an ACP agent says, message by message.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use super::call::Call;
use super::calls::Prompt;
use super::speak;
use crate::engine::json::{list_at, text_at};
use crate::engine::pieces::Pieces;
use crate::engine::rights::Kept;
use crate::engine::{Activity, Briefing, Heard, Server, Session, Stream, Tell, Told, lines, prompt, servers, tool};
use crate::plan::Permissions;

/// The id of the first request, which [`super::start`] sends.
pub const FIRST_ID: u64 = 1;

/// One attempt's conversation with an ACP agent.
pub struct Conversation {
    pub(super) briefing: Briefing,
    pub(super) servers: Vec<Server>,
    pub(super) names: tool::Names,
    pub(super) next_id: u64,
    pub(super) session: Option<String>,
    /// The old session is being loaded: what is told meanwhile was said before.
    pub(super) loading: bool,
    pub(super) takes_http: bool,
    pub(super) can_steer: bool,
    pub(super) turn: Turn,
    pub(super) calls: BTreeMap<String, Call>,
    /// Permission prompts that wait for the person, by their id as text.
    pub(super) prompts: BTreeMap<String, Prompt>,
    pub(super) kept: Kept,
    pub(super) said: Pieces,
    /// Requests that may fail without harm: mode, model, steering.
    pub(super) harmless: BTreeSet<u64>,
    pub(super) spent: (u64, u64),
    pub(super) cost_usd: Option<f64>,
    /// The agent told that the turn broke down, though it may end as if it had not.
    pub(super) broken: bool,
}

#[derive(Debug, PartialEq)]
pub(super) enum Turn {
    /// Nothing was prompted yet, or the last turn is over.
    Idle,
    Running,
    /// It was told to end; then this is said, if anything.
    Cancelling(Option<String>),
}

impl Conversation {
    pub fn new(briefing: &Briefing, own_program: &Path) -> Conversation {
        let mut servers = briefing.servers.clone();
        servers.push(servers::own(briefing, own_program));
        Conversation {
            briefing: briefing.clone(),
            servers,
            names: tool::Names::new(briefing),
            next_id: FIRST_ID + 1,
            session: None,
            loading: false,
            takes_http: false,
            can_steer: false,
            turn: Turn::Idle,
            calls: BTreeMap::new(),
            prompts: BTreeMap::new(),
            kept: Kept::of(briefing),
            said: Pieces::default(),
            harmless: BTreeSet::new(),
            spent: (0, 0),
            cost_usd: None,
            broken: false,
        }
    }

    pub(super) fn id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    pub(super) fn harmless_id(&mut self) -> u64 {
        let id = self.id();
        self.harmless.insert(id);
        id
    }

    fn message(&mut self, message: &Value) -> Heard {
        let (method, id) = (text_at(message, "/method"), &message["id"]);
        match (method, message.get("result"), message.get("error")) {
            (Some("session/update"), _, _) => self.update(&message["params"]["update"]).into(),
            (Some("session/request_permission"), _, _) => self.asked(id, &message["params"]),
            (Some(method), _, _) if !id.is_null() => speak::refuse(id, method).into(),
            (Some(_), _, _) => Heard::default(),
            (None, Some(result), _) => self.answered(result),
            (None, None, Some(error)) => self.failed(id, error),
            (None, None, None) => Heard::default(),
        }
    }

    /// Takes the answer to a request of ours.
    fn answered(&mut self, result: &Value) -> Heard {
        if result.get("stopReason").is_some() {
            return self.turn_ended(result);
        }
        if result.get("protocolVersion").is_some() {
            return self.met(result);
        }
        let opened = text_at(result, "/sessionId").map(str::to_owned).or_else(|| {
            // The answer to `session/load` need not repeat the id.
            self.loading.then(|| self.briefing.session.clone()).flatten()
        });
        match opened {
            Some(session) if self.session.is_none() => self.opened(session, result),
            Some(_) | None => Heard::default(),
        }
    }

    fn met(&mut self, result: &Value) -> Heard {
        let can = |pointer: &str| result.pointer(pointer).and_then(Value::as_bool) == Some(true);
        self.takes_http = can("/agentCapabilities/mcpCapabilities/http");
        self.can_steer = can("/_meta/steering/supported");
        self.loading = self.briefing.session.is_some() && can("/agentCapabilities/loadSession");
        self.open_session().into()
    }

    pub(super) fn open_session(&mut self) -> Vec<u8> {
        let id = self.id();
        let load = self.briefing.session.as_deref().filter(|_| self.loading);
        speak::open(id, load, &self.briefing.project.to_string_lossy(), &self.servers, self.takes_http)
    }

    fn opened(&mut self, session: String, result: &Value) -> Heard {
        let was_loaded = std::mem::take(&mut self.loading);
        let mut reply = Vec::new();
        let current = text_at(result, "/modes/currentModeId");
        let offered: Vec<&str> =
            list_at(result, "/modes/availableModes").iter().filter_map(|mode| text_at(mode, "/id")).collect();
        let wished = modes(self.briefing.permissions).iter().find(|mode| offered.contains(mode));
        if let Some(mode) = wished.filter(|mode| current != Some(**mode)) {
            reply.extend(speak::set_mode(self.harmless_id(), &session, mode));
        }
        let model =
            self.briefing.model.clone().or_else(|| text_at(result, "/models/currentModelId").map(str::to_owned));
        if let Some(model) = self.briefing.model.clone() {
            reply.extend(speak::set_model(self.harmless_id(), &session, &model));
        }
        // A session that was lost and opened anew knows nothing of the task.
        let text = if was_loaded { self.briefing.opening() } else { self.briefing.prompt.clone() };
        self.session = Some(session.clone());
        reply.extend(self.prompt(&text));
        Heard { activities: vec![Activity::Session { id: session, model }], reply }
    }

    fn update(&mut self, update: &Value) -> Vec<Activity> {
        if self.loading {
            return Vec::new();
        }
        let kind = text_at(update, "/sessionUpdate").unwrap_or_default();
        if kind == "agent_message_chunk" {
            let text = text_at(update, "/content/text").unwrap_or_default();
            // The adapter of Codex puts warnings into the answer, each whole in one piece.
            return match text.strip_prefix("Warning: ").and_then(|warning| warning.strip_suffix("\n\n")) {
                Some(what) => vec![Activity::Trouble { what: what.to_owned() }],
                None => self.said.take(text),
            };
        }
        match kind {
            "tool_call" | "tool_call_update" => {
                let mut activities = self.said.interrupt();
                activities.extend(self.called(update));
                activities
            }
            "usage_update" => {
                self.cost_usd = update.pointer("/cost/amount").and_then(Value::as_f64).or(self.cost_usd);
                Vec::new()
            }
            "session_info_update" => {
                self.broken |= text_at(update, "/_meta/codex/threadStatus/type") == Some("systemError");
                Vec::new()
            }
            _ => Vec::new(),
        }
    }
}

impl Session for Conversation {
    fn line(&mut self, stream: Stream, line: &[u8]) -> Heard {
        lines::record_or_text(stream, line, |message| self.message(message))
    }

    fn forget(&mut self, prompt: &str) {
        self.prompts.remove(prompt);
    }

    fn tell(&mut self, what: &Tell) -> Told {
        match what {
            Tell::Message { text } => match self.steer(&prompt::message(text)) {
                Told::Cannot => self.cancel_and_say(Some(prompt::message(text))),
                told => told,
            },
            Tell::Warning { left_s } => self.steer(&prompt::warning(*left_s)),
            Tell::WrapUp { left_s, notes, report } => {
                self.cancel_and_say(Some(prompt::wrap_up(*left_s, notes, report)))
            }
            Tell::AskReport { report } => self.cancel_and_say(Some(prompt::ask_report(report))),
            Tell::Interrupt => self.cancel_and_say(None),
            Tell::Continue => self.cancel_and_say(Some(prompt::go_on())),
            Tell::Answer { id, answer } => self.answer(id, answer),
        }
    }

    fn kept(&self) -> BTreeSet<String> {
        self.kept.rules().clone()
    }
}

/// Returns the modes that suit the rights, best first, by the names that agents use. Where prompts are answered by
/// Quintet, the mode that asks is the right one even for full rights.
fn modes(permissions: Permissions) -> &'static [&'static str] {
    match permissions {
        Permissions::ReadOnly => &["default", "read-only", "ask"],
        // One that edits unasked would edit where it may not, too.
        Permissions::Edit => &["default", "workspace-write", "acceptEdits", "autoEdit"],
        Permissions::Full => &["agent-full-access", "default"],
    }
}
