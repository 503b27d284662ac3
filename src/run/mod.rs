//! What the screen, the status file and the final report know of a run.

mod earlier;
mod happening;
pub mod lines;
pub mod meanwhile;
pub mod pages;
mod watched;

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;

use chrono::{DateTime, Utc};

use crate::engine::{Activity, Spent};
use crate::plan::{AgentId, Plan};
use crate::scheduler::{Phase, Record, Severity, State, Time};

pub use earlier::{Earlier, Outcome};
pub use happening::{Happening, Tone};

/// How many deeds and lines of output a panel remembers.
const REMEMBERED: usize = 200;
/// How many of the things that happened are kept: a run of a day has fewer.
const EVENTS: usize = 10_000;

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
    /// Where agents with a git worktree of their own work.
    pub worktrees: BTreeMap<AgentId, Worktree>,
    /// Engine (and model) of every agent as shown, in plan order: `builtin`, `claude opus`.
    pub engines: Vec<String>,
    /// Dollars for the whole run, if there is a cap.
    pub max_cost: Option<f64>,
    /// By engine: the engines that use the same account, itself among them. When one is throttled, all are.
    pub accounts: BTreeMap<String, Vec<String>>,
    /// Whether dollars of each agent are billed, in plan order: on a subscription they are only told.
    pub billed: Vec<bool>,
    /// MCP servers that the plan names and its agents do without, and why.
    pub without: BTreeMap<String, String>,
    /// The record that ended the run: conditions, slot use.
    pub end: Option<Record>,
    /// What happened last, oldest first.
    pub events: VecDeque<Happening>,
    /// How many events there have been, those that are no longer kept included.
    pub event_count: usize,
    /// Reports and notes as they were written or changed, oldest first, each once; relative to the project.
    pub papers: Vec<(DateTime<Utc>, String)>,
    pub source: Source,
    /// Names of engines that take no messages while they work.
    pub deaf_engines: std::collections::BTreeSet<String>,
}

/// Where what is known of a run comes from, and so whether it can be steered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Source {
    /// A Quintet works on it.
    #[default]
    Quintet,
    /// Something else drives the team; its files are all that is known.
    Files,
    /// The journal of an earlier run.
    Journal,
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
    /// Calls by tool, of this attempt.
    pub attempt_tools: BTreeMap<String, u64>,
    /// Of this attempt.
    pub tokens: Option<u64>,
    /// Of this attempt.
    pub cost_usd: Option<f64>,
    /// What this attempt has used, as its engine tells, and what its session had used before it.
    pub used: Spent,
    pub session_spent: Spent,
    pub model: Option<String>,
    /// Criteria met and how many there are, where only the numbers are told.
    pub told_criteria: Option<(usize, usize)>,
    /// The id with which its session can be resumed.
    pub session: Option<String>,
}

/// Where an agent works that has a git worktree of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worktree {
    /// The project's folder in it, absolute.
    pub path: PathBuf,
    pub branch: String,
    /// The commit of the project that it was made from.
    pub base: String,
    /// What git itself writes to when the agent commits, absolute.
    pub git_dir: PathBuf,
    /// The folder in it that is this worktree's alone, absolute.
    pub own_git_dir: Option<PathBuf>,
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

    /// The person has seen these entries.
    pub fn saw(&mut self, entries: &[usize]) {
        for index in entries {
            if let Some(entry) = self.entries.get_mut(*index) {
                entry.read = true;
            }
        }
    }

    /// Returns whether this finding is there already, from whomever.
    pub fn knows(&self, text: &str, file: Option<&str>, line: Option<u32>) -> bool {
        self.has(EntryKind::Finding, text, file, line)
    }

    /// Returns whether this urgent issue is there already, from whomever.
    pub fn knows_urgent(&self, text: &str, file: Option<&str>, line: Option<u32>) -> bool {
        self.has(EntryKind::Urgent, text, file, line)
    }

    fn has(&self, kind: EntryKind, text: &str, file: Option<&str>, line: Option<u32>) -> bool {
        let same = |entry: &Entry| {
            entry.kind == kind && entry.line == line && entry.file.as_deref() == file && entry.text == text
        };
        self.entries.iter().any(same)
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
            worktrees: BTreeMap::new(),
            feed: Feed::default(),
            engines,
            max_cost: None,
            accounts: BTreeMap::new(),
            billed: Vec::new(),
            without: BTreeMap::new(),
            end: None,
            events: VecDeque::new(),
            event_count: 0,
            papers: Vec::new(),
            source: Source::Quintet,
            deaf_engines: std::collections::BTreeSet::new(),
        }
    }

    /// A report or notes were written or changed; `path` is relative to the project.
    pub fn wrote(&mut self, wall: DateTime<Utc>, path: String) {
        self.papers.retain(|(_, known)| *known != path);
        self.papers.push((wall, path));
    }

    /// Takes in a record: the state, and what of it is shown.
    pub fn take(&mut self, now: Time, wall: DateTime<Utc>, record: &Record) {
        self.state.apply(now, record);
        if let Some(happening) = Happening::of(now, wall, record) {
            if self.events.len() == EVENTS {
                self.events.pop_front();
            }
            self.events.push_back(happening);
            self.event_count += 1;
        }
        match record {
            Record::AttemptStarting { agent, .. } => {
                if let Some(id) = self.state.find(agent) {
                    let live = &mut self.live[id.0];
                    live.deeds.clear();
                    live.tail.clear();
                    live.attempt_tools.clear();
                    live.tokens = None;
                    live.cost_usd = None;
                    live.used = Spent::default();
                    live.last_sign = Some(now);
                }
            }
            Record::RunStarted { options, .. } => {
                let names = options["engines"].as_array().into_iter().flatten().filter_map(|name| name.as_str());
                let names: Vec<String> = names.map(str::to_owned).collect();
                // Where the settings of now know no better: with its model.
                let differs = |(mine, name): (&String, &String)| mine.split(' ').next() != Some(name.as_str());
                if names.len() == self.engines.len() && self.engines.iter().zip(&names).any(differs) {
                    self.engines = names;
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
            // On an attached screen the events are all there is of the output.
            Record::AttemptActivity { agent, kind, text, tool, .. } => {
                if let Some(id) = self.state.find(agent) {
                    self.saw_event(now, id, kind, text, tool.as_deref());
                }
            }
            Record::MessageSent { agent, text, .. } => {
                if let Some(id) = self.state.find(agent) {
                    self.live[id.0].did(now, Some(now), &format!("told by a person: {text}"), None);
                }
            }
            Record::RunTroubled { what } => self.feed.notice(wall, Severity::High, what.clone()),
            Record::AttemptSession { agent, session, input_tokens, output_tokens, cost_usd, .. } => {
                if let Some(id) = self.state.find(agent) {
                    let live = &mut self.live[id.0];
                    live.session = Some(session.clone());
                    live.session_spent =
                        Spent { input_tokens: *input_tokens, output_tokens: *output_tokens, cost_usd: *cost_usd };
                    live.used = Spent::default();
                }
            }
            Record::AttemptEnded { agent, .. } => {
                if let Some(id) = self.state.find(agent) {
                    self.settle(id);
                }
            }
            Record::WorktreeAdded { agent, path, branch, base, git_dir, own_git_dir } => {
                if let Some(id) = self.state.find(agent) {
                    let (path, git_dir) = (self.project.join(path), PathBuf::from(git_dir));
                    let own_git_dir = own_git_dir.as_ref().map(PathBuf::from);
                    let it = Worktree { path, branch: branch.clone(), base: base.clone(), git_dir, own_git_dir };
                    self.worktrees.insert(id, it);
                }
            }
            Record::RunEnded { .. } => self.end = Some(record.clone()),
            _ => {}
        }
    }

    fn saw_event(&mut self, now: Time, id: AgentId, kind: &str, text: &str, tool: Option<&str>) {
        let live = &mut self.live[id.0];
        live.last_sign = Some(now);
        live.close_calls(now);
        match tool {
            Some(name) => {
                let activity =
                    Activity::ToolStarted { id: String::new(), name: name.to_owned(), summary: text.to_owned() };
                self.saw(now, id, &activity);
            }
            None => {
                live.printed(text.to_owned());
                let text = if kind == "text" { text.to_owned() } else { format!("{kind}: {text}") };
                live.did(now, Some(now), &text, None);
            }
        }
    }

    /// Makes the counts of an agent those of its ended attempts.
    fn settle(&mut self, id: AgentId) {
        let live = &mut self.live[id.0];
        live.tools = self.state.agent(id).sums().tools;
        live.session_spent.input_tokens += live.used.input_tokens;
        live.session_spent.output_tokens += live.used.output_tokens;
        live.session_spent.cost_usd += live.used.cost_usd;
        live.used = Spent::default();
    }

    /// Returns whether what plays an agent takes no messages.
    pub fn is_deaf(&self, id: AgentId) -> bool {
        let attempt = self.state.agent(id).attempts.last();
        attempt.is_some_and(|attempt| self.deaf_engines.contains(&attempt.engine))
    }

    /// Returns the report that an agent wrote in this run, relative to the project.
    pub fn report_of(&self, id: AgentId) -> Option<&str> {
        match &self.state.agent(id).phase {
            Phase::Ended { report, .. } => report.as_deref(),
            _ => None,
        }
    }

    /// Returns what an agent has cost, in US dollars, over all attempts.
    pub fn agent_cost(&self, id: AgentId) -> f64 {
        let state = self.state.agent(id);
        let running = state.active().and(self.live[id.0].cost_usd);
        state.sums().cost_usd + running.unwrap_or(0.0)
    }

    /// Returns the tokens an agent has used, over all attempts.
    pub fn agent_tokens(&self, id: AgentId) -> u64 {
        let state = self.state.agent(id);
        let running = state.active().and(self.live[id.0].tokens);
        state.sums().tokens + running.unwrap_or(0)
    }

    /// Returns what the run has cost, in US dollars.
    pub fn cost(&self) -> f64 {
        self.plan.each().fold(0.0, |sum, (id, _)| sum + self.agent_cost(id))
    }

    /// Returns the tokens that the run has used.
    pub fn tokens(&self) -> u64 {
        self.plan.each().map(|(id, _)| self.agent_tokens(id)).sum()
    }

    /// Takes in what an agent did: its panel changes, nothing else.
    pub fn saw(&mut self, now: Time, agent: AgentId, activity: &Activity) {
        let live = &mut self.live[agent.0];
        live.last_sign = Some(now);
        match activity {
            Activity::Text { text } => {
                for line in text.split('\n').map(settled).filter(|line| !line.trim().is_empty()) {
                    live.did(now, Some(now), line.trim(), None);
                }
            }
            Activity::ToolStarted { id, name, summary } => {
                *live.tools.entry(name.clone()).or_default() += 1;
                *live.attempt_tools.entry(name.clone()).or_default() += 1;
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
                live.used = Spent {
                    input_tokens: *input_tokens,
                    output_tokens: *output_tokens,
                    cost_usd: live.cost_usd.unwrap_or(0.0),
                };
            }
            Activity::Session { id, model } => {
                if live.session.as_ref() != Some(id) {
                    live.session_spent = Spent::default();
                }
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

/// Returns what a terminal would show of a line in the end: a progress bar writes over itself.
pub fn settled(line: &str) -> &str {
    line.trim_end_matches('\r').rsplit('\r').find(|part| !part.trim().is_empty()).unwrap_or("")
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

    /// Ends the tool calls that are still open: their process is gone.
    pub fn close_calls(&mut self, now: Time) {
        for deed in self.deeds.iter_mut().filter(|deed| deed.until.is_none()) {
            deed.until = Some(now);
        }
    }

    /// Returns the tool call that is not over yet.
    pub fn open_call(&self) -> Option<&Deed> {
        self.deeds.iter().rev().find(|deed| deed.until.is_none())
    }
}
