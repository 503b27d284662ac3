//! Tool calls of an ACP agent, and the permission prompts before them.

use serde_json::Value;

use super::call::Call;
use super::hear::Conversation;
use super::speak;
use crate::engine::json::{count_at, first_line, list_at, text_at};
use crate::engine::rights::{self, Deed, Verdict};
use crate::engine::{Activity, Heard, Told};

/// The kinds of option that mean yes and no. Every agent offers them for once; more than that is never said.
const ALLOW: &[&str] = &["allow_once"];
const REJECT: &[&str] = &["reject_once", "reject_always"];

/// A permission prompt that waits for the person.
pub(super) struct Prompt {
    params: Value,
    /// What `always` would allow.
    rule: String,
}

impl Conversation {
    pub(super) fn called(&mut self, told: &Value) -> Vec<Activity> {
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
        let has_failed = count_at(told, "/_meta/terminal_exit/exit_code") != 0;
        let ok = status == Some("completed") && !has_failed;
        const OUTPUTS: [&str; 4] = [
            "/content/0/content/text",
            "/rawOutput/error",
            "/rawOutput/result/content/0/text",
            "/_meta/terminal_output_delta/data",
        ];
        let output = OUTPUTS.iter().find_map(|pointer| text_at(told, pointer));
        let summary = first_line(output.unwrap_or_default(), 160);
        activities.push(Activity::ToolEnded { id: id.to_owned(), ok, summary });
        if ok && call.kind() == "edit" {
            activities.extend(call.files().iter().map(|file| Activity::Changed { file: file.clone() }));
        }
        activities
    }

    pub(super) fn began(&self, id: &str, call: &mut Call) -> Activity {
        call.begun = true;
        let summary = call.summary(&self.briefing.project);
        Activity::ToolStarted { id: id.to_owned(), name: call.name(&self.names), summary }
    }

    pub(super) fn asked(&mut self, id: &Value, params: &Value) -> Heard {
        let told = &params["toolCall"];
        let call_id = text_at(told, "/toolCallId").unwrap_or_default().to_owned();
        let mut call = self.calls.remove(&call_id).unwrap_or_default();
        call.learn(told);
        let mut activities = self.said.interrupt();
        if !call.begun {
            activities.push(self.began(&call_id, &mut call));
        }
        let name = call.name(&self.names);
        let touched = call.touches();
        let what = format!("{name}: {}", call.asks_for(&touched, &self.briefing.project));
        let deeds = deeds(&name, &call, &touched);
        let rule = call.rule(&name, &deeds);
        let verdict = match rights::judge_all(&self.briefing, deeds) {
            Verdict::Ask if self.kept.allows(&rule) => Verdict::Allow,
            verdict => verdict,
        };
        self.calls.insert(call_id, call);
        let option = |kinds: &[&str]| option_of(params, kinds);
        let reply = match (verdict, option(ALLOW), option(REJECT)) {
            (Verdict::Allow, Some(option), _) => speak::select(id, &option),
            (Verdict::Deny(_), _, Some(option)) => {
                activities.push(Activity::Denied { what });
                speak::select(id, &option)
            }
            (Verdict::Ask, _, _) => {
                let prompt = id.to_string();
                self.prompts.insert(prompt.clone(), Prompt { params: params.clone(), rule });
                activities.push(Activity::Asked { id: prompt, kind: "permission".to_owned(), text: what });
                Vec::new()
            }
            (Verdict::Allow, None, _) | (Verdict::Deny(_), _, None) => speak::cancelled(id),
        };
        Heard { activities, reply }
    }

    /// Answers a prompt with the person's word.
    pub(super) fn answer(&mut self, id: &str, answer: &str) -> Told {
        let Some(Prompt { params, rule }) = self.prompts.remove(id) else { return Told::Cannot };
        let kinds = match answer {
            "allow" => ALLOW,
            // The agent's own "always" reaches further than this call.
            "always" => {
                self.kept.keep(rule);
                ALLOW
            }
            _ => REJECT,
        };
        let id: Value = id.parse().unwrap_or(Value::Null);
        Told::Write(match option_of(&params, kinds) {
            Some(option) => speak::select(&id, &option),
            None => speak::cancelled(&id),
        })
    }
}

/// Returns all that a call would do.
fn deeds<'a>(name: &'a str, call: &Call, touched: &'a [String]) -> Vec<Deed<'a>> {
    match call.kind() {
        _ if name.starts_with("mcp__") => vec![Deed::Tool(name)],
        "read" | "search" | "think" => vec![Deed::Look],
        "edit" | "delete" | "move" if !touched.is_empty() => {
            touched.iter().map(|file| Deed::Write(file.as_str())).collect()
        }
        _ => vec![Deed::Other],
    }
}

fn option_of(params: &Value, kinds: &[&str]) -> Option<String> {
    let options = list_at(params, "/options");
    let of_kind = |kind: &&str| options.iter().find(|option| text_at(option, "/kind") == Some(kind));
    kinds.iter().find_map(of_kind).and_then(|option| text_at(option, "/optionId")).map(str::to_owned)
}
