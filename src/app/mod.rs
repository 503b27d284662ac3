//! The single owner of state. Pure: a message and `now` go in, effects come out.
//!
//! ```text
//!   Msg ──▶ App::update ──▶ scheduler.handle ──▶ Order ──▶ Effect
//!                │                                 │
//!                └── activities ──▶ Run ◀── records ┘        ui draws Run, reports are made from Run
//! ```
//!
//! [`run`](crate::run) is what is known of the run, fed by records and activities; it is all that the screen, the status file and the
//! final report see, so an attached screen that folds the same records shows the same.

mod answered;
pub mod attempt;
pub mod briefing;
pub mod carry_out;
mod ctl;
pub mod hear;
pub mod judge;
pub mod msg;
mod quota;
mod reload;
mod retry;
mod sent;
mod take_over;
pub mod talk;
mod workspace;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::compile::{self, Sources};
use crate::engine::Stream;
use crate::plan::AgentId;
use crate::run::Run;
use crate::scheduler::{By, Command, Event, Record, Scheduler, Severity, Time};
use crate::settings::{AgentSetup, Setup};
use crate::team_dir::control::Request;
use crate::team_dir::secrets::Secrets;
use crate::team_dir::{RunDir, TeamDir};
pub use ctl::{RELOAD, VERBS};
use msg::{Effect, Key, Msg, News};
use sent::Sent;
use talk::Talk;

/// How many handoff notes of an agent are kept at hand. A successor gets the newest; the files are all there.
const NOTES: usize = 8;

/// Where a run lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    pub team: TeamDir,
    pub run: RunDir,
    /// The runs after it, oldest first, where it is an earlier one: what they replaced is kept in their folders.
    pub later: Vec<RunDir>,
    /// The running Quintet, absolute: agents and shims are started from it.
    pub own_program: PathBuf,
}

/// Everything that is known, and who decides.
pub struct App {
    pub run: Run,
    pub setup: Setup,
    /// The agents as they were set up for the run, before a retry chose another engine.
    set_up: Vec<AgentSetup>,
    pub home: Home,
    secrets: Secrets,
    scheduler: Scheduler,
    talks: BTreeMap<Key, Talk>,
    /// The conversation of an attempt whose end is just being judged, and its report.
    ended_talks: BTreeMap<Key, (Talk, Option<msg::Paper>)>,
    /// The newest handoff notes of each agent, for successors.
    notes: BTreeMap<Key, String>,
    /// Attempts whose worktree is being made, and how each is to start then.
    preparing: BTreeMap<Key, workspace::Waiting>,
    /// What a plan that is just read again has otherwise, and this run keeps.
    kept_as_it_was: Vec<String>,
    effects: Vec<Effect>,
    now: Time,
    wall: DateTime<Utc>,
    /// What is heard now was heard by an earlier Quintet already: nothing is answered again.
    catching_up: bool,
    /// The attempt whose session a person has just left.
    given_back: Option<Key>,
    /// Why the order that is being carried out was refused.
    refusal: Option<String>,
    /// A state changed since the status was last written.
    status_is_old: bool,
}

impl App {
    /// Returns an app for a run that has no records yet.
    pub fn new(run: Run, setup: Setup, home: Home, secrets: Secrets, headless: bool) -> App {
        let scheduler = Scheduler::new(attempt::tasks(&run.plan, &setup), attempt::rules(&setup, headless));
        App {
            run,
            set_up: setup.agents.clone(),
            setup,
            home,
            secrets,
            scheduler,
            talks: BTreeMap::new(),
            ended_talks: BTreeMap::new(),
            notes: BTreeMap::new(),
            preparing: BTreeMap::new(),
            kept_as_it_was: Vec::new(),
            effects: Vec::new(),
            now: Time::default(),
            wall: DateTime::UNIX_EPOCH,
            catching_up: false,
            given_back: None,
            refusal: None,
            status_is_old: true,
        }
    }

    /// Takes in a record of the journal, before the run goes on.
    pub fn replay(&mut self, now: Time, wall: DateTime<Utc>, record: &Record) {
        self.scheduler.replay(now, record);
        self.run.take(now, wall, record);
    }

    /// Keeps handoff notes for the successor: an agent's newest.
    pub fn remember_notes(&mut self, key: Key, text: String) {
        self.notes.insert(key, text);
        let of_agent = |attempt| Key { agent: key.agent, attempt };
        let older: Vec<Key> = self.notes.range(of_agent(0)..=of_agent(u32::MAX)).rev().map(|(key, _)| *key).collect();
        for key in older.into_iter().skip(NOTES) {
            self.notes.remove(&key);
        }
    }

    /// Returns when [`Msg::Tick`] is due.
    pub fn next_deadline(&self) -> Option<Time> {
        self.scheduler.poll_timeout()
    }

    /// Returns why the newest order was refused, once.
    pub fn take_refusal(&mut self) -> Option<String> {
        self.refusal.take()
    }

    /// Returns whether a state changed since the last call.
    pub fn take_change(&mut self) -> bool {
        std::mem::take(&mut self.status_is_old)
    }

    /// Begins to listen to the attempts that an earlier Quintet left running; returns them, with their folders and whether
    /// every line of their output counts.
    pub fn adopt(&mut self) -> Vec<(Key, PathBuf, bool)> {
        let agents = self.run.state.agents.iter().enumerate();
        let played: Vec<(AgentId, String)> =
            agents.filter_map(|(index, agent)| Some((AgentId(index), agent.engine.clone()?))).collect();
        for (agent, engine) in played {
            self.play(agent, &engine);
        }
        let active: Vec<(Key, Duration)> = self
            .run
            .state
            .active()
            .map(|(agent, active)| (Key { agent, attempt: active.attempt }, active.clock.limit))
            .collect();
        active
            .into_iter()
            .map(|(key, limit)| {
                let state = self.run.state.agent(key.agent);
                let before = state.attempts.iter().rev().nth(1).map(|attempt| attempt.n);
                let resumes = state.continued().is_some();
                self.converse(key, limit, before, resumes);
                (key, self.folder(key), crate::engine::reads_every_line(self.engine_of(key.agent)))
            })
            .collect()
    }

    /// An attempt that was found again had printed this much when it was found, and this was written to its input.
    pub fn catch_up(&mut self, key: Key, printed: u64, input: &[u8]) {
        if let Some(talk) = self.talks.get_mut(&key) {
            talk.known = printed;
            talk.sent = Sent::read(input);
        }
    }

    /// Returns the report that an attempt named itself, relative to the project.
    pub fn named_report(&self, key: Key) -> Option<&str> {
        self.talks.get(&key)?.report.as_deref()
    }

    /// Returns the folder of an attempt.
    pub fn folder(&self, key: Key) -> PathBuf {
        self.home.run.attempt(&format!("{}-{}", self.run.plan.agent(key.agent).slug, key.attempt))
    }

    /// Says something in the feed: it could not be done, and the run goes on.
    pub fn say(&mut self, wall: DateTime<Utc>, what: String) {
        self.wall = wall;
        self.trouble(Severity::High, what);
    }

    /// Takes one message in and returns what must be done, in order.
    pub fn update(&mut self, now: Time, wall: DateTime<Utc>, msg: Msg) -> Vec<Effect> {
        self.now = now;
        self.wall = wall;
        match msg {
            Msg::Begin => self.decide(Event::Begin),
            Msg::Tick => self.decide(Event::Tick),
            Msg::Queued { key, why } => {
                let why = self.secrets.hide(&why).into_owned();
                self.decide(Event::Queued { agent: key.agent, attempt: key.attempt, why });
            }
            Msg::Started { key, pid } => {
                self.decide(Event::Started { agent: key.agent, attempt: key.attempt, pid });
            }
            Msg::Adopted { key, pid } => {
                self.decide(Event::Adopted { agent: key.agent, attempt: key.attempt, pid });
            }
            Msg::Output { key, stream, lines, offset, skipped } => {
                let length: usize = lines.iter().map(|line| line.len() + 1).sum();
                let from = offset.saturating_sub(length as u64);
                self.catching_up = stream == Stream::Out && self.talks.get(&key).is_some_and(|talk| from < talk.known);
                let was_behind = self.catching_up;
                self.hear(key, stream, lines, skipped);
                self.catching_up = false;
                if was_behind && let Some(talk) = self.talks.get_mut(&key) {
                    talk.again.offset = offset;
                    if !talk.is_behind() {
                        self.caught_up(key);
                    }
                }
            }
            Msg::Exited { key, end, why, left } => self.judge_end(key, end, why, left),
            Msg::Verified { key, ok, tail } => {
                let tail = self.secrets.hide(&tail).into_owned();
                self.decide(Event::Verified { agent: key.agent, attempt: key.attempt, ok, tail });
            }
            Msg::Prepared { key, made } => self.prepared(key, made),
            Msg::Tried { command, by, found } => self.tried(command, by, found),
            Msg::Kept { key, commit } => self.kept(key, commit),
            Msg::News(news) => self.learn(news),
            Msg::Papers(papers) => self.compile(&papers),
            Msg::Person { command, by } => self.obey(command, by),
            Msg::Answer { agent, id, answer, by } => self.decide(Event::Answered { agent, id, answer, by }),
            Msg::GivenBack { key } => self.given_back(key),
            Msg::Reload { plan, hash } => self.reload(&plan, hash),
            Msg::Stop { by, kill } => {
                let command = if kill { Command::KillAll } else { Command::StopAll };
                self.obey(command, by);
            }
            Msg::Trouble { what } => self.trouble(Severity::High, what),
        }
        std::mem::take(&mut self.effects)
    }

    /// The compile step: the final report and the deliverables, then the last record.
    fn compile(&mut self, papers: &[(String, String)]) {
        let sources = Sources {
            run: &self.run,
            papers: papers.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect(),
            slots: self.scheduler.slot_use(),
            now: self.now,
            wall: self.wall,
        };
        let compiled = compile::compile(&sources);
        for (path, text) in compiled.files {
            self.effects.push(Effect::Save { path: self.run.project.join(path), text });
        }
        self.decide(Event::Compiled(compiled.record));
    }

    /// Carries out an order of a client of the control socket; returns what must be done and whether it was carried out.
    ///
    /// The `Err` says in words why not.
    pub fn ask(&mut self, now: Time, wall: DateTime<Utc>, request: &Request) -> (Vec<Effect>, Result<(), String>) {
        self.now = now;
        self.wall = wall;
        let result = self.order(request);
        (std::mem::take(&mut self.effects), result)
    }

    /// Gives an event to the scheduler and carries out what it orders.
    fn decide(&mut self, event: Event) {
        self.scheduler.handle(self.now, self.wall, event);
        while let Some(order) = self.scheduler.poll_order() {
            self.carry_out(order);
        }
    }

    /// Gives an order of the person to the scheduler.
    fn obey(&mut self, command: Command, by: By) {
        match &command {
            Command::Retry { agent, engine: Some(name) } => self.retry_on(*agent, &name.clone(), command, by),
            _ => self.decide(Event::Person { command, by }),
        }
    }

    /// Notes a fact that decides nothing: journal, run, feed.
    fn note(&mut self, record: Record) {
        self.decide(Event::Noted(record));
    }

    fn trouble(&mut self, severity: Severity, what: String) {
        let what = self.secrets.hide(&what).into_owned();
        self.run.feed.notice(self.wall, severity, what.clone());
        self.effects.push(Effect::Publish(Record::RunTroubled { what }));
    }

    fn learn(&mut self, news: News) {
        match news {
            News::Urgent(entry) => {
                let record = Record::UrgentAdded {
                    severity: entry.severity,
                    text: self.secrets.hide(&entry.text).into_owned(),
                    source: entry.source.unwrap_or_else(|| "team".to_owned()),
                    file: entry.file,
                    line: entry.line,
                };
                self.note(record);
            }
            News::Finding(entry) => {
                let record = Record::FindingAdded {
                    agent: entry.source.unwrap_or_else(|| "team".to_owned()),
                    severity: entry.severity,
                    text: self.secrets.hide(&entry.text).into_owned(),
                    file: entry.file,
                    line: entry.line,
                    rule: None,
                };
                self.note(record);
            }
            News::Paper(path) => self.run.wrote(self.wall, path),
        }
    }

    /// Returns the key of the attempt that holds this agent's slot.
    pub fn active_key(&self, agent: AgentId) -> Option<Key> {
        let attempt = self.run.state.agent(agent).active()?.attempt;
        Some(Key { agent, attempt })
    }
}
