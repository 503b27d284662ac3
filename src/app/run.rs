//! What the screen, the status file and the final report know of a run.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;

use chrono::{DateTime, Utc};

use crate::engine::Activity;
use crate::plan::{AgentId, Plan};
use crate::scheduler::{Record, Severity, State, Time};

/// How many deeds and lines of output a panel remembers.
const REMEMBERED: usize = 200;

/// A run: its plan, its state, what its agents do, what they found.
#[derive(Debug, Clone)]
pub struct Run {
    pub id: String,
    pub plan: Plan,
    pub plan_path: PathBuf,
    /// Absolute.
    pub project: PathBuf,
    pub state: State,
    /// In plan order.
    pub live: Vec<Live>,
    pub feed: Feed,
    /// Engine (and model) of every agent as shown, in plan order: `builtin`, `claude opus`.
    pub engines: Vec<String>,
    /// Dollars for the whole run, if there is a cap.
    pub max_cost: Option<f64>,
    /// The record that ended the run: conditions, slot use.
    pub end: Option<Record>,
}

/// What an agent's newest attempt is doing, from its output.
#[derive(Debug, Clone, Default)]
pub struct Live {
    /// Newest last.
    pub deeds: VecDeque<Deed>,
    /// Newest last: lines of output as they came, control bytes included.
    pub tail: VecDeque<String>,
    /// Lines that came too fast to be shown.
    pub skipped: u64,
    /// When anything was last heard of it.
    pub last_sign: Option<Time>,
    /// Calls by tool, over all attempts.
    pub tools: BTreeMap<String, u64>,
    pub tokens: Option<u64>,
    pub cost_usd: Option<f64>,
    pub model: Option<String>,
    /// The id with which its session can be resumed.
    pub session: Option<String>,
}

/// One thing an agent did.
#[derive(Debug, Clone, PartialEq)]
pub struct Deed {
    pub at: Time,
    /// When it was over; `None` for an open tool call.
    pub until: Option<Time>,
    pub text: String,
    /// The tool's name and call id, if it was one.
    pub tool: Option<(String, String)>,
    pub ok: bool,
}

/// What the team found and what Quintet has to say, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Feed {
    pub entries: Vec<Entry>,
}

/// One entry of the feed.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub kind: EntryKind,
    pub at: DateTime<Utc>,
    pub severity: Severity,
    /// An agent's name, or `quintet`.
    pub source: String,
    pub text: String,
    pub file: Option<String>,
    pub line: Option<u32>,
    pub rule: Option<String>,
    /// The person has seen it.
    pub read: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    Urgent,
    Finding,
    /// What Quintet did or could not do.
    Notice,
}

impl Feed {
    /// Returns the urgent entries, newest first.
    pub fn urgent(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().rev().filter(|entry| entry.kind == EntryKind::Urgent)
    }

    /// Returns the findings, oldest first.
    pub fn findings(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.kind == EntryKind::Finding)
    }

    /// Adds what Quintet has to say.
    pub fn notice(&mut self, at: DateTime<Utc>, severity: Severity, text: impl Into<String>) {
        self.entries.push(Entry {
            kind: EntryKind::Notice,
            at,
            severity,
            source: "quintet".to_owned(),
            text: text.into(),
            file: None,
            line: None,
            rule: None,
            read: false,
        });
    }
}

impl Run {
    /// Returns a run that has not begun.
    pub fn new(id: impl Into<String>, plan: Plan, plan_path: PathBuf, project: PathBuf) -> Run {
        let names = plan.agents.iter().map(|agent| agent.name.clone());
        let state = State::new(names, plan.slots);
        let live = vec![Live::default(); plan.agents.len()];
        let engines = vec!["builtin".to_owned(); plan.agents.len()];
        Run {
            id: id.into(),
            plan,
            plan_path,
            project,
            state,
            live,
            feed: Feed::default(),
            engines,
            max_cost: None,
            end: None,
        }
    }

    /// Takes in a record: the state, and what of it is shown.
    pub fn take(&mut self, now: Time, wall: DateTime<Utc>, record: &Record) {
        self.state.apply(now, record);
        match record {
            Record::AttemptStarting { agent, .. } => {
                if let Some(id) = self.state.find(agent) {
                    let live = &mut self.live[id.0];
                    live.deeds.clear();
                    live.tail.clear();
                    live.last_sign = Some(now);
                }
            }
            Record::UrgentAdded { severity, text, source, file, line } => self.feed.entries.push(Entry {
                kind: EntryKind::Urgent,
                at: wall,
                severity: *severity,
                source: source.clone(),
                text: text.clone(),
                file: file.clone(),
                line: *line,
                rule: None,
                read: false,
            }),
            Record::FindingAdded { agent, severity, text, file, line, rule } => self.feed.entries.push(Entry {
                kind: EntryKind::Finding,
                at: wall,
                severity: *severity,
                source: agent.clone(),
                text: text.clone(),
                file: file.clone(),
                line: *line,
                rule: rule.clone(),
                read: false,
            }),
            Record::RunEnded { .. } => self.end = Some(record.clone()),
            _ => {}
        }
    }

    /// Takes in what an agent did: its panel changes, nothing else.
    pub fn saw(&mut self, now: Time, agent: AgentId, activity: &Activity) {
        let live = &mut self.live[agent.0];
        live.last_sign = Some(now);
        match activity {
            Activity::Text { text } => {
                for line in text.lines().filter(|line| !line.trim().is_empty()) {
                    live.did(now, Some(now), line.trim(), None);
                }
            }
            Activity::ToolStarted { id, name, summary } => {
                *live.tools.entry(name.clone()).or_default() += 1;
                let text = if summary.is_empty() { name.clone() } else { summary.clone() };
                live.did(now, None, &text, Some((name.clone(), id.clone())));
            }
            Activity::ToolEnded { id, ok, .. } => {
                let is_it = |deed: &&mut Deed| deed.tool.as_ref().is_some_and(|(_, open)| open == id);
                if let Some(deed) = live.deeds.iter_mut().rev().find(is_it) {
                    deed.until = Some(now);
                    deed.ok = *ok;
                }
            }
            Activity::Usage { input_tokens, output_tokens, cost_usd } => {
                live.tokens = Some(input_tokens + output_tokens);
                live.cost_usd = cost_usd.or(live.cost_usd);
            }
            Activity::Session { id, model } => {
                live.session = Some(id.clone());
                live.model = model.clone().or(live.model.take());
            }
            Activity::Denied { what } => live.did(now, Some(now), &format!("not allowed: {what}"), None),
            Activity::Trouble { what } => live.did(now, Some(now), what, None),
            Activity::Retrying { why } => live.did(now, Some(now), &format!("waits and tries again: {why}"), None),
            Activity::Changed { file } => live.did(now, Some(now), &format!("wrote {file}"), None),
            Activity::Criterion { .. }
            | Activity::Finding { .. }
            | Activity::Urgent { .. }
            | Activity::Asked { .. }
            | Activity::Quota { .. }
            | Activity::Report { .. }
            | Activity::Result { .. } => {}
        }
    }
}

impl Live {
    /// Remembers one thing it did.
    pub fn did(&mut self, at: Time, until: Option<Time>, text: &str, tool: Option<(String, String)>) {
        if self.deeds.len() == REMEMBERED {
            self.deeds.pop_front();
        }
        self.deeds.push_back(Deed { at, until, text: text.to_owned(), tool, ok: true });
    }

    /// Remembers one line of output.
    pub fn printed(&mut self, line: String) {
        if self.tail.len() == REMEMBERED {
            self.tail.pop_front();
        }
        self.tail.push_back(line);
    }

    /// Returns the tool call that is not over yet.
    pub fn open_call(&self) -> Option<&Deed> {
        self.deeds.iter().rev().find(|deed| deed.until.is_none())
    }
}
