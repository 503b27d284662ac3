//! What an ACP agent says, message by message.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use super::call::Call;
use super::speak;
use crate::engine::json::{count_at, first_line, list_at, object, text_at};
use crate::engine::pieces::Pieces;
use crate::engine::rights::{self, Deed, Verdict};
use crate::engine::{
    Activity, Briefing, Heard, Server, Session, Stream, Tell, Told, failure, lines, prompt, servers, tool,
};
use crate::plan::Permissions;

/// The id of the first request, which [`super::start`] sends.
pub const FIRST_ID: u64 = 1;

/// One attempt's conversation with an ACP agent.
pub struct Conversation {
    briefing: Briefing,
    servers: Vec<Server>,
    names: tool::Names,
    next_id: u64,
    session: Option<String>,
    /// The old session is being loaded: what is told meanwhile was said before.
    loading: bool,
    takes_http: bool,
    can_steer: bool,
    turn: Turn,
    calls: BTreeMap<String, Call>,
    /// Permission prompts that wait for the person, by their id as text.
    prompts: BTreeMap<String, Value>,
    said: Pieces,
    /// Requests that may fail without harm: mode, model, steering.
    harmless: BTreeSet<u64>,
    spent: (u64, u64),
    cost_usd: Option<f64>,
    /// The agent told that the turn broke down, though it may end as if it had not.
    broken: bool,
}

#[derive(Debug, PartialEq)]
enum Turn {
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
            said: Pieces::default(),
            harmless: BTreeSet::new(),
            spent: (0, 0),
            cost_usd: None,
            broken: false,
        }
    }

    fn id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    fn harmless_id(&mut self) -> u64 {
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

    fn open_session(&mut self) -> Vec<u8> {
        let id = self.id();
        let load = self.briefing.session.as_deref().filter(|_| self.loading);
        speak::open(id, load, &self.briefing.project.to_string_lossy(), &self.servers, self.takes_http)
    }

    fn opened(&mut self, session: String, result: &Value) -> Heard {
        self.loading = false;
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
        let text = self.briefing.prompt.clone();
        self.session = Some(session.clone());
        reply.extend(self.prompt(&text));
        Heard { activities: vec![Activity::Session { id: session, model }], reply }
    }

    fn prompt(&mut self, text: &str) -> Vec<u8> {
        let Some(session) = self.session.clone() else { return Vec::new() };
        self.turn = Turn::Running;
        self.broken = false;
        self.said.answer();
        let id = self.id();
        speak::prompt(id, &session, text)
    }

    fn update(&mut self, update: &Value) -> Vec<Activity> {
        if self.loading {
            return Vec::new();
        }
        let kind = text_at(update, "/sessionUpdate").unwrap_or_default();
        if kind == "agent_message_chunk" {
            return self.said.take(text_at(update, "/content/text").unwrap_or_default());
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

    fn called(&mut self, told: &Value) -> Vec<Activity> {
        let Some(id) = text_at(told, "/toolCallId") else { return Vec::new() };
        let mut call = self.calls.remove(id).unwrap_or_default();
        call.learn(told);
        let status = text_at(told, "/status");
        let is_over = matches!(status, Some("completed" | "failed"));
        let mut activities = Vec::new();
        if !call.begun && (is_over || status == Some("in_progress") || call.is_telling(&self.briefing.project)) {
            activities.push(self.began(id, &mut call));
        }
        if !is_over {
            self.calls.insert(id.to_owned(), call);
            return activities;
        }
        let ok = status == Some("completed");
        let output = text_at(told, "/content/0/content/text").or_else(|| text_at(told, "/rawOutput/error"));
        let summary = first_line(output.unwrap_or_default(), 160);
        activities.push(Activity::ToolEnded { id: id.to_owned(), ok, summary });
        if ok && call.kind() == "edit" {
            activities.extend(call.files().iter().map(|file| Activity::Changed { file: file.clone() }));
        }
        activities
    }

    fn began(&self, id: &str, call: &mut Call) -> Activity {
        call.begun = true;
        let summary = call.summary(&self.briefing.project);
        Activity::ToolStarted { id: id.to_owned(), name: call.name(&self.names), summary }
    }

    fn asked(&mut self, id: &Value, params: &Value) -> Heard {
        let told = &params["toolCall"];
        let call_id = text_at(told, "/toolCallId").unwrap_or_default().to_owned();
        let mut call = self.calls.remove(&call_id).unwrap_or_default();
        call.learn(told);
        let mut activities = self.said.interrupt();
        if !call.begun {
            activities.push(self.began(&call_id, &mut call));
        }
        let name = call.name(&self.names);
        let what = format!("{name}: {}", call.summary(&self.briefing.project));
        let verdict = rights::judge(&self.briefing, deed(&name, &call));
        self.calls.insert(call_id, call);
        let option = |kinds: &[&str]| option_of(params, kinds);
        let reply = match (verdict, option(&["allow_once", "allow_always"]), option(&["reject_once", "reject_always"]))
        {
            (Verdict::Allow, Some(option), _) => speak::select(id, &option),
            (Verdict::Deny(_), _, Some(option)) => {
                activities.push(Activity::Denied { what });
                speak::select(id, &option)
            }
            (Verdict::Ask, _, _) => {
                let prompt = id.to_string();
                self.prompts.insert(prompt.clone(), params.clone());
                activities.push(Activity::Asked { id: prompt, kind: "permission".to_owned(), text: what });
                Vec::new()
            }
            (Verdict::Allow, None, _) | (Verdict::Deny(_), _, None) => speak::cancelled(id),
        };
        Heard { activities, reply }
    }

    fn turn_ended(&mut self, result: &Value) -> Heard {
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
                let why = text.as_deref().map_or("its model call failed".to_owned(), last_paragraph);
                activities.extend(failure::of(&why, None, None));
            }
            reason => activities.extend(failure::of(&reason.replace('_', " "), None, None)),
        }
        activities.into()
    }

    fn failed(&mut self, id: &Value, error: &Value) -> Heard {
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
    fn cancel_and_say(&mut self, text: Option<String>) -> Told {
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
    fn steer(&mut self, text: &str) -> Told {
        match (self.session.clone(), self.can_steer && self.turn == Turn::Running) {
            (Some(session), true) => Told::Write(speak::steer(self.harmless_id(), &session, text)),
            (Some(_) | None, _) => Told::Cannot,
        }
    }

    fn answer(&mut self, id: &str, answer: &str) -> Told {
        let Some(params) = self.prompts.remove(id) else { return Told::Cannot };
        let kinds: &[&str] = match answer {
            "allow" => &["allow_once", "allow_always"],
            "always" => &["allow_always", "allow_once"],
            _ => &["reject_once", "reject_always"],
        };
        let id: Value = id.parse().unwrap_or(Value::Null);
        Told::Write(match option_of(&params, kinds) {
            Some(option) => speak::select(&id, &option),
            None => speak::cancelled(&id),
        })
    }
}

impl Session for Conversation {
    fn line(&mut self, stream: Stream, line: &[u8]) -> Heard {
        match stream {
            Stream::Said => lines::parse(line).into_iter().collect::<Vec<_>>().into(),
            Stream::Err => Heard::default(),
            Stream::Out => match object(line) {
                Some(message) => self.message(&message),
                None => lines::text(line).into(),
            },
        }
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
}

/// Returns the modes that suit the rights, best first, by the names that agents use. Where prompts are answered by
/// Quintet, the mode that asks is the right one even for full rights.
fn modes(permissions: Permissions) -> &'static [&'static str] {
    match permissions {
        Permissions::ReadOnly => &["default", "read-only", "ask"],
        Permissions::Edit => &["acceptEdits", "autoEdit", "workspace-write", "default"],
        Permissions::Full => &["agent-full-access", "default"],
    }
}

fn deed<'a>(name: &'a str, call: &'a Call) -> Deed<'a> {
    match (call.kind(), call.file()) {
        _ if name.starts_with("mcp__") => Deed::Tool(name),
        ("read" | "search" | "think", _) => Deed::Look,
        ("edit" | "delete" | "move", Some(file)) => Deed::Write(file),
        _ => Deed::Other,
    }
}

/// Before it may stand warnings.
fn last_paragraph(text: &str) -> String {
    failure::plain(text.rsplit("\n\n").map(str::trim).find(|part| !part.is_empty()).unwrap_or_default())
}

fn option_of(params: &Value, kinds: &[&str]) -> Option<String> {
    let options = list_at(params, "/options");
    let of_kind = |kind: &&str| options.iter().find(|option| text_at(option, "/kind") == Some(kind));
    kinds.iter().find_map(of_kind).and_then(|option| text_at(option, "/optionId")).map(str::to_owned)
}
