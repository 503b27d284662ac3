//! What Claude Code prints, line by line.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::rights::deed;
use super::speak;
use crate::engine::json::{count_at, first_line, list_at, object, text_at};
use crate::engine::rights::{self, Kept, Verdict};
use crate::engine::{Activity, Briefing, Heard, Session, Stream, Tell, Told, failure, lines, prompt, tool};

/// One attempt's conversation with Claude Code.
pub struct Conversation {
    briefing: Briefing,
    names: tool::Names,
    known_session: Option<String>,
    /// Calls that write a file, by their id.
    writes: BTreeMap<String, String>,
    /// Permission prompts that wait for the person, by their id.
    prompts: BTreeMap<String, Prompt>,
    kept: Kept,
    interrupts: u64,
    /// An interrupt of ours was taken: the next aborted result is no end.
    interrupted: bool,
    quota_until: Option<DateTime<Utc>>,
    /// Input and output tokens up to the newest result, and of each message since, by its id: what is told while a turn
    /// goes on. Of the output it is the least.
    counted: (u64, u64),
    messages: BTreeMap<String, (u64, u64)>,
    /// Sub-agents work in the background: another result follows when they have ended.
    sub_agents: bool,
}

struct Prompt {
    /// What `always` would allow.
    rule: String,
    input: Value,
}

impl Conversation {
    pub fn new(briefing: &Briefing) -> Conversation {
        Conversation {
            briefing: briefing.clone(),
            names: tool::Names::new(briefing),
            known_session: None,
            writes: BTreeMap::new(),
            prompts: BTreeMap::new(),
            kept: Kept::of(briefing),
            interrupts: 0,
            interrupted: false,
            quota_until: None,
            counted: (0, 0),
            messages: BTreeMap::new(),
            sub_agents: false,
        }
    }

    fn event(&mut self, event: &Value) -> Heard {
        let activities = match text_at(event, "/type").unwrap_or_default() {
            "assistant" => {
                let said = list_at(event, "/message/content").iter().filter_map(|block| self.said(block));
                let mut activities: Vec<Activity> = said.collect();
                activities.extend(self.used(event));
                activities
            }
            "user" => list_at(event, "/message/content").iter().flat_map(|block| self.returned(block)).collect(),
            "system" => self.system(event),
            "rate_limit_event" => {
                self.rate_limit(event);
                Vec::new()
            }
            "control_request" => return self.asked(event),
            "control_response" => {
                let id = text_at(event, "/response/request_id").unwrap_or_default();
                self.interrupted |= id.starts_with(speak::INTERRUPT);
                Vec::new()
            }
            "result" => self.result(event),
            _ => Vec::new(),
        };
        Heard { activities, reply: Vec::new() }
    }

    fn said(&mut self, block: &Value) -> Option<Activity> {
        match text_at(block, "/type")? {
            "text" => {
                let text = text_at(block, "/text")?.to_owned();
                (!text.trim().is_empty()).then_some(Activity::Text { text })
            }
            "tool_use" => {
                let (id, input) = (text_at(block, "/id")?.to_owned(), &block["input"]);
                let name = self.names.of(text_at(block, "/name")?);
                if ["Write", "Edit", "NotebookEdit"].contains(&name.as_str()) {
                    let file = text_at(input, "/file_path").or_else(|| text_at(input, "/notebook_path"));
                    self.writes.extend(file.map(|file| (id.clone(), file.to_owned())));
                }
                let summary = tool::summary(input, &self.briefing.project);
                Some(Activity::ToolStarted { id, name, summary })
            }
            _ => None,
        }
    }

    /// A message is told in pieces, each with what the whole of it has used so far.
    fn used(&mut self, event: &Value) -> Option<Activity> {
        let usage = event.pointer("/message/usage")?;
        let now = (
            all_input(usage, ["/input_tokens", "/cache_read_input_tokens", "/cache_creation_input_tokens"]),
            count_at(usage, "/output_tokens"),
        );
        let id = text_at(event, "/message/id")?.to_owned();
        if now == (0, 0) || self.messages.insert(id, now) == Some(now) {
            return None;
        }
        let sum = self.messages.values().fold(self.counted, |sum, it| (sum.0 + it.0, sum.1 + it.1));
        Some(Activity::Usage { input_tokens: sum.0, output_tokens: sum.1, cost_usd: None })
    }

    fn returned(&mut self, block: &Value) -> Vec<Activity> {
        let Some(id) = text_at(block, "/tool_use_id") else { return Vec::new() };
        let ok = block["is_error"].as_bool() != Some(true);
        let text = text_at(block, "/content").or_else(|| text_at(block, "/content/0/text")).unwrap_or_default();
        let mut activities = vec![Activity::ToolEnded { id: id.to_owned(), ok, summary: first_line(text, 160) }];
        if let Some(file) = self.writes.remove(id).filter(|_| ok) {
            activities.push(Activity::Changed { file });
        }
        activities
    }

    fn system(&mut self, event: &Value) -> Vec<Activity> {
        match text_at(event, "/subtype").unwrap_or_default() {
            "init" => self.init(event),
            "permission_denied" => {
                let tool = self.names.of(text_at(event, "/tool_name").unwrap_or("a tool"));
                let why = first_line(text_at(event, "/message").unwrap_or_default(), 160);
                vec![Activity::Denied { what: format!("{tool}: {why}") }]
            }
            "background_tasks_changed" => {
                let is_sub_agent = |task: &Value| text_at(task, "/task_type") == Some("local_agent");
                self.sub_agents = list_at(event, "/tasks").iter().any(is_sub_agent);
                Vec::new()
            }
            "api_retry" => {
                let (try_n, of) = (count_at(event, "/attempt"), count_at(event, "/max_retries"));
                let error = text_at(event, "/error").unwrap_or("unknown");
                let status = event["error_status"].as_u64().map(|status| format!("{status} ")).unwrap_or_default();
                vec![Activity::Retrying { why: format!("{status}{error}, try {try_n} of {of}") }]
            }
            _ => Vec::new(),
        }
    }

    /// Comes again with every turn; only news is told.
    fn init(&mut self, event: &Value) -> Vec<Activity> {
        let Some(id) = text_at(event, "/session_id") else { return Vec::new() };
        if self.known_session.as_deref() == Some(id) {
            return Vec::new();
        }
        self.known_session = Some(id.to_owned());
        let model = text_at(event, "/model").map(str::to_owned);
        let mut activities = vec![Activity::Session { id: id.to_owned(), model }];
        for server in list_at(event, "/mcp_servers") {
            let (name, status) = (text_at(server, "/name").unwrap_or("?"), text_at(server, "/status").unwrap_or("?"));
            if !["connected", "pending"].contains(&status) {
                activities.push(Activity::Trouble { what: format!("MCP server `{name}`: {status}") });
            }
        }
        activities
    }

    fn rate_limit(&mut self, event: &Value) {
        if text_at(event, "/rate_limit_info/status") == Some("rejected") {
            let seconds = event.pointer("/rate_limit_info/resetsAt").and_then(Value::as_i64);
            self.quota_until = seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        }
    }

    fn asked(&mut self, event: &Value) -> Heard {
        let Some(id) = text_at(event, "/request_id") else { return Heard::default() };
        if text_at(event, "/request/subtype") != Some("can_use_tool") {
            return Heard { activities: Vec::new(), reply: speak::unknown(id) };
        }
        let raw = text_at(event, "/request/tool_name").unwrap_or("a tool");
        let input = event["request"]["input"].clone();
        let deed = deed(raw, &input);
        let fields = input.as_object().cloned().unwrap_or_default();
        let rule = rights::rule(raw, &[deed], &fields, "");
        let verdict = match rights::judge(&self.briefing, deed) {
            Verdict::Ask if self.kept.allows(&rule) => Verdict::Allow,
            verdict => verdict,
        };
        let what = format!("{}: {}", self.names.of(raw), tool::whole(&fields, &self.briefing.project));
        match verdict {
            Verdict::Allow => Heard { activities: Vec::new(), reply: speak::allow(id, &input) },
            Verdict::Deny(why) => Heard { activities: vec![Activity::Denied { what }], reply: speak::deny(id, &why) },
            Verdict::Ask => {
                self.prompts.insert(id.to_owned(), Prompt { rule, input });
                let (id, kind) = (id.to_owned(), "permission".to_owned());
                Heard { activities: vec![Activity::Asked { id, kind, text: what }], reply: Vec::new() }
            }
        }
    }

    fn result(&mut self, event: &Value) -> Vec<Activity> {
        let mut activities = vec![self.usage(event)];
        let ended_by = text_at(event, "/terminal_reason").unwrap_or_default();
        if ended_by.starts_with("aborted") && std::mem::take(&mut self.interrupted) {
            return activities;
        }
        self.interrupted = false;
        let text = text_at(event, "/result").unwrap_or_default();
        // Failure is `is_error`, not `subtype`: an API error is a "success" of the subtype.
        if event["is_error"].as_bool() == Some(false) {
            if self.sub_agents {
                return activities;
            }
            let text = (!text.trim().is_empty()).then(|| text.to_owned());
            activities.push(Activity::Result { ok: true, text, why: None, hopeless: false, partial: false });
            return activities;
        }
        let status = event["api_error_status"].as_u64();
        activities.extend(failure::of(&why(event, text, ended_by), status, self.quota_until));
        activities
    }

    /// Dollars and `modelUsage` count from the session's birth; `usage` is one turn's, and zero after an interrupt.
    fn usage(&mut self, event: &Value) -> Activity {
        let before = self.briefing.session_spent;
        let models = event["modelUsage"].as_object().into_iter().flat_map(|models| models.values());
        let (mut input, mut output) = (0, 0);
        for model in models {
            input += all_input(model, ["/inputTokens", "/cacheReadInputTokens", "/cacheCreationInputTokens"]);
            output += count_at(model, "/outputTokens");
        }
        let counted = (input.saturating_sub(before.input_tokens), output.saturating_sub(before.output_tokens));
        if event["modelUsage"].is_object() {
            self.counted = counted;
            self.messages.clear();
        }
        Activity::Usage {
            input_tokens: counted.0,
            output_tokens: counted.1,
            cost_usd: event["total_cost_usd"].as_f64().map(|cost| (cost - before.cost_usd).max(0.0)),
        }
    }

    fn answer(&mut self, id: &str, answer: &str) -> Told {
        let Some(prompt) = self.prompts.remove(id) else { return Told::Cannot };
        Told::Write(match answer {
            "allow" => speak::allow(id, &prompt.input),
            "always" => {
                self.kept.keep(prompt.rule);
                speak::allow(id, &prompt.input)
            }
            "deny" => speak::deny(id, "it was not allowed: do without it"),
            words => speak::deny(id, words),
        })
    }

    fn interrupt(&mut self) -> Vec<u8> {
        self.interrupts += 1;
        speak::interrupt(self.interrupts)
    }
}

impl Session for Conversation {
    fn line(&mut self, stream: Stream, line: &[u8]) -> Heard {
        match stream {
            Stream::Said => Heard { activities: lines::parse(line).into_iter().collect(), reply: Vec::new() },
            Stream::Err => Heard::default(),
            Stream::Out => match object(line) {
                Some(event) => self.event(&event),
                None => Heard { activities: lines::text(line), reply: Vec::new() },
            },
        }
    }

    fn forget(&mut self, prompt: &str) {
        self.prompts.remove(prompt);
    }

    fn tell(&mut self, what: &Tell) -> Told {
        match what {
            Tell::Message { text } => Told::Write(speak::user(&prompt::message(text))),
            Tell::Warning { left_s } => Told::Write(speak::user(&prompt::warning(*left_s))),
            // A message alone would wait behind a reply that never ends.
            Tell::WrapUp { left_s, notes, report } => {
                let mut bytes = self.interrupt();
                bytes.extend(speak::user(&prompt::wrap_up(*left_s, notes, report)));
                Told::Write(bytes)
            }
            Tell::AskReport { report } => Told::Write(speak::user(&prompt::ask_report(report))),
            Tell::Interrupt => Told::Write(self.interrupt()),
            Tell::Continue => Told::Write(speak::user(&prompt::go_on())),
            Tell::Answer { id, answer } => self.answer(id, answer),
        }
    }

    fn kept(&self) -> BTreeSet<String> {
        self.kept.rules().clone()
    }
}

/// Cached tokens are told apart from its input, and are part of it here.
fn all_input(usage: &Value, names: [&str; 3]) -> u64 {
    names.iter().map(|name| count_at(usage, name)).sum()
}

fn why(event: &Value, text: &str, ended_by: &str) -> String {
    let errors = list_at(event, "/errors").iter().filter_map(Value::as_str);
    let told: Vec<&str> = errors.filter(|error| !error.starts_with("[ede_diagnostic]")).collect();
    if !told.is_empty() {
        return told.join("; ");
    }
    match (text.trim(), ended_by) {
        ("", "") => "its result was an error".to_owned(),
        ("", reason) if reason.starts_with("aborted") => "its turn was interrupted".to_owned(),
        ("", reason) => reason.replace('_', " "),
        (text, _) => first_line(text, 300),
    }
}
