//! The tools that every agent has.
//!
//! They answer in prose: some programs take a text that happens to be JSON for structured content and refuse it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::{Implementation, ServerCapabilities, ServerConfig};
use rmcp::{ServerHandler, tool, tool_handler, tool_router};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::folder::{Folder, Refused};
use crate::engine::servers;

/// How long a question waits for an answer: Quintet gives one itself a moment before. Some programs give up on a tool
/// after a minute.
const PATIENCE: Duration = Duration::from_secs(59);
/// How often it looks for an answer.
const LOOK: Duration = Duration::from_millis(250);
const NOBODY: &str = "Nobody is here: decide for yourself and record the assumption in your report.";

/// The server of one attempt.
pub struct Quintet {
    folder: Folder,
    /// How many questions it has asked: two of one moment are two.
    asked: AtomicU32,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Finding {
    /// One sentence that a colleague understands without context.
    text: String,
    /// critical, high, medium, low or info.
    severity: Option<String>,
    /// The file it is about, relative to the project.
    file: Option<String>,
    /// 1-based.
    line: Option<u32>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Criterion {
    /// The number of the criterion in your prompt, from 1.
    n: u32,
    /// What shows that it holds, with file:line where it can be named.
    evidence: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Text {
    /// Markdown.
    text: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Report {
    /// The whole report as Markdown; it is written where it belongs. Leave it out if you wrote the file yourself.
    text: Option<String>,
    /// The file that is your report, relative to the project, if it is not the expected one.
    path: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Question {
    /// One question that can be answered in a sentence.
    question: String,
}

#[tool_router]
impl Quintet {
    pub fn new(folder: Folder) -> Quintet {
        Quintet { folder, asked: AtomicU32::new(0) }
    }

    /// How much of your time box is left, report and notes included. Ask before you begin anything long.
    #[tool(annotations(title = "Time left", read_only_hint = true, open_world_hint = false))]
    fn time_left(&self) -> Result<String, String> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let left = self.folder.time_left(now).map_err(told)?.as_secs();
        Ok(match (left / 60, left % 60) {
            (0, 0) => "Your time is up: write your handoff notes now and end.".to_owned(),
            (0, seconds) => format!("{seconds} seconds are left."),
            (minutes, seconds) => format!("{minutes} minutes and {seconds} seconds are left."),
        })
    }

    /// What every agent of the team is doing, and where finished reports are.
    #[tool(annotations(title = "Team status", read_only_hint = true, open_world_hint = false))]
    fn team_status(&self) -> Result<String, String> {
        let status = self.folder.status().map_err(told)?;
        let mut agents: Vec<_> = status.agents.iter().collect();
        agents.sort_by_key(|(name, agent)| (agent.order, (*name).clone()));
        let mut text = format!("{} of {} slots are active.\n", status.active, status.slots);
        for (name, agent) in agents {
            let now = agent.now.as_ref().map(|now| format!(", {now}")).unwrap_or_default();
            let report = agent.report.as_ref().map(|report| format!("; report: {report}")).unwrap_or_default();
            text.push_str(&format!("- {name}: {}{now}{report}\n", agent.state.replace('_', " ")));
        }
        Ok(text)
    }

    /// Shares a discovery with the whole team: later agents get it in their prompt.
    #[tool(annotations(
        title = "Post a finding",
        read_only_hint = false,
        destructive_hint = false,
        open_world_hint = false
    ))]
    fn post_finding(&self, Parameters(finding): Parameters<Finding>) -> Result<String, String> {
        self.say_of("finding", finding)?;
        Ok("The team knows it.".to_owned())
    }

    /// Raises what must be dealt with now: a leaked secret, lost data, a wrong basis of the plan.
    #[tool(annotations(
        title = "Raise an urgent issue",
        read_only_hint = false,
        destructive_hint = false,
        open_world_hint = false
    ))]
    fn raise_urgent(&self, Parameters(issue): Parameters<Finding>) -> Result<String, String> {
        self.say_of("urgent", issue)?;
        Ok("It is raised: the person sees it at once.".to_owned())
    }

    /// Tells that one of your success criteria holds.
    #[tool(annotations(
        title = "Criterion met",
        read_only_hint = false,
        destructive_hint = false,
        idempotent_hint = true,
        open_world_hint = false
    ))]
    fn criterion_met(&self, Parameters(Criterion { n, evidence }): Parameters<Criterion>) -> Result<String, String> {
        // Before Quintet has told what there is, it takes what exists and passes over the rest.
        let of = self.folder.criteria().unwrap_or(u32::MAX);
        if n == 0 || n > of {
            return Err(match of {
                0 => "your task has no numbered criteria".to_owned(),
                of => format!("there is no criterion {n}: they are numbered from 1 to {of}"),
            });
        }
        self.folder.say(&json!({"type": "criterion", "n": n, "evidence": evidence})).map_err(told)?;
        Ok(format!("Criterion {n} is noted as met."))
    }

    /// Saves your handoff notes: what is done, what is open, what you found out, the next step. Replaces earlier ones.
    #[tool(annotations(
        title = "Write handoff notes",
        read_only_hint = false,
        destructive_hint = false,
        open_world_hint = false
    ))]
    fn write_handoff(&self, Parameters(Text { text }): Parameters<Text>) -> Result<String, String> {
        let path = self.folder.write_handoff(&text).map_err(told)?;
        Ok(format!("Your notes are saved in {}.", path.display()))
    }

    /// Hands in your report: its whole text, or the path of the file you wrote. Replaces an earlier one.
    #[tool(annotations(
        title = "Submit the report",
        read_only_hint = false,
        destructive_hint = false,
        open_world_hint = false
    ))]
    fn submit_report(&self, Parameters(Report { text, path }): Parameters<Report>) -> Result<String, String> {
        match (text, path) {
            (Some(text), _) => {
                let path = self.folder.write_report(&text).map_err(told)?;
                Ok(format!("Your report is saved in {}.", path.display()))
            }
            (None, Some(path)) => {
                let path = self.folder.name_report(&path).map_err(told)?;
                Ok(format!("{} is your report.", path.display()))
            }
            (None, None) => Err("give the text of the report, or the path of its file".to_owned()),
        }
    }

    /// Asks the person who runs the team. Your clock stops while the question is open, a minute at most; only ask what you cannot decide yourself.
    #[tool(annotations(
        title = "Ask the person",
        read_only_hint = false,
        destructive_hint = false,
        open_world_hint = false
    ))]
    async fn ask_person(&self, Parameters(Question { question }): Parameters<Question>) -> Result<String, String> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let number = self.asked.fetch_add(1, Ordering::Relaxed);
        let id = format!("{}{}-{number}", servers::ASKS, now.as_millis());
        self.folder.say(&json!({"type": "ask", "id": id, "kind": "question", "text": question})).map_err(told)?;
        let until = tokio::time::Instant::now() + PATIENCE;
        while tokio::time::Instant::now() < until {
            if let Some(answer) = self.folder.answer(&id) {
                return Ok(answer);
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(NOBODY.to_owned())
    }

    fn say_of(&self, kind: &str, Finding { text, severity, file, line }: Finding) -> Result<(), String> {
        if text.trim().is_empty() {
            return Err(told(Refused::NoText));
        }
        let line = json!({"type": kind, "severity": severity, "text": text, "file": file, "line": line});
        self.folder.say(&line).map_err(told)
    }
}

#[tool_handler]
impl ServerHandler for Quintet {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new(servers::OWN, env!("CARGO_PKG_VERSION")))
            .with_instructions(
                "The team you work in: how much time you have, who does what, and how to tell findings, urgent issues, \
                 met criteria, handoff notes and your report.",
            )
    }
}

fn told(refused: Refused) -> String {
    refused.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_offers_exactly_the_tools_that_need_no_question() {
        let mut offered: Vec<String> =
            Quintet::tool_router().list_all().iter().map(|tool| tool.name.to_string()).collect();
        let mut known = servers::OWN_TOOLS.map(str::to_owned).to_vec();
        offered.sort();
        known.sort();
        assert_eq!(offered, known);
    }
}
