//! Does what the app wants done, in order. What fails comes back as a message; nothing here decides.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::Path;
use std::time::Duration;

use tokio::sync::mpsc::Sender;
use tokio::task::{AbortHandle, JoinSet};

use super::attempts::environment::inherited;
use super::attempts::{self, Attempts, Reading};
use super::files::{self, Rights};
use super::journal::Journal;
use super::lock::Lock;
use super::sinks::Sinks;
use super::troubles::Troubles;
use super::watcher::Watcher;
use super::worktrees::Desk;
use super::{clock, commands, left};
use crate::app::msg::{Effect, Key, Left, Msg, Start};
use crate::mcp::preflight;
use crate::scheduler::{End, Record};
use crate::shim::folder::VERSION;
use crate::shim::{Input, Policy, ShimOrder, Spec};
use crate::team_dir::TeamDir;

/// The most that is read of a report for the compile step.
const PAPER: u64 = 4 * 1024 * 1024;

const WRITE_JOURNAL: &str = "write the journal";

/// How much of each log is kept, in bytes: half of its head, half of its tail.
const LOG_CAP: u64 = 64 * 1024 * 1024;

/// Everything that an effect can touch.
pub struct World {
    pub run_id: String,
    pub team: TeamDir,
    pub attempts: Attempts,
    pub journal: Journal,
    pub watcher: Watcher,
    pub sinks: Sinks,
    /// Answers of commands that take their time. It has room for every slot; when the loop is gone, nobody waits for them.
    pub later: Sender<Msg>,
    /// Processes to start when the ones before them, of the same attempt, are gone.
    pub relaunches: BTreeMap<Key, Start>,
    pub worktrees: Desk,
    /// Hooks that run: the last one is waited for.
    pub hooks: Hooks,
    /// Verify commands that run.
    pub verifies: BTreeMap<Key, AbortHandle>,
    /// What cannot be done for a while.
    pub troubles: Troubles,
    pub ended: bool,
    /// Held until the run has ended: then another may begin, though the screen of this one is still read.
    pub lock: Option<Lock>,
}

/// An attempt that was not started.
struct NotStarted {
    end: End,
    why: String,
}

impl NotStarted {
    fn because(what: &str, error: &io::Error) -> NotStarted {
        let end = if files::is_want_of_room(error) { End::NoRoom } else { End::CannotStart };
        NotStarted { end, why: format!("cannot {what}: {error}") }
    }
}

/// Hooks that run.
#[derive(Default)]
pub struct Hooks(JoinSet<()>);

impl Hooks {
    /// How long a leaving Quintet waits for them.
    const PATIENCE: Duration = Duration::from_secs(5);

    /// Waits until they have ended, for a while.
    pub async fn finish(&mut self) {
        let all = async { while self.0.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(Hooks::PATIENCE, all).await;
    }
}

impl World {
    /// Performs effects, in order; returns what came of them.
    pub fn perform(&mut self, effects: Vec<Effect>) -> VecDeque<Msg> {
        let mut news = VecDeque::new();
        for effect in effects {
            news.extend(self.perform_one(effect));
        }
        news
    }

    /// Performs one effect; returns what must be told of it at once.
    fn perform_one(&mut self, effect: Effect) -> Option<Msg> {
        match effect {
            Effect::Journal(record) => self.journal(record),
            Effect::Publish(record) => {
                self.sinks.publish(&self.journal.unwritten(clock::now(), clock::wall(), record));
                None
            }
            Effect::Start(start) => {
                let (key, folder) = (start.key, start.folder.clone());
                self.start_written(*start).err().map(|NotStarted { end, why }| {
                    let left = left::look(&folder, self.team.project(), None);
                    Msg::Exited { key, end, why: Some(why), left }
                })
            }
            Effect::Relaunch(start) => {
                let key = start.key;
                self.relaunches.insert(key, *start);
                self.attempts.order(key, ShimOrder::Term).err().map(|error| unordered(&error))
            }
            Effect::Shim { key, order: order @ (ShimOrder::Term | ShimOrder::Kill) } => {
                self.relaunches.remove(&key);
                if let Some(verify) = self.verifies.remove(&key)
                    && !verify.is_finished()
                {
                    verify.abort();
                    return Some(Msg::Verified { key, ok: false, tail: "ended by an order".to_owned() });
                }
                self.attempts.order(key, order).err().map(|error| unordered(&error))
            }
            Effect::Shim { key, order } => self.attempts.order(key, order).err().map(|error| unordered(&error)),
            Effect::Write { key, bytes } => self.attempts.write(key, &bytes).err().map(|error| unordered(&error)),
            Effect::Save { path, text } => save(&path, &text).err().map(|error| trouble("write", &path, &error)),
            Effect::Append { path, text } => {
                files::append(&path, &text).err().map(|error| trouble("write", &path, &error))
            }
            Effect::AppendFinding(text) => {
                let path = self.team.findings().to_owned();
                self.watcher.append_finding(&text).err().map(|error| trouble("write", &path, &error))
            }
            Effect::AppendUrgent(text) => {
                let path = self.team.urgent().to_owned();
                self.watcher.append_urgent(&text).err().map(|error| trouble("write", &path, &error))
            }
            Effect::Deadline { path, unix_s } => files::replace(&path, &format!("{unix_s}\n"), Rights::Private)
                .err()
                .map(|error| trouble("write", &path, &error)),
            Effect::Answer { path, line } => {
                files::append(&path, &line).err().map(|error| trouble("write", &path, &error))
            }
            Effect::Prepare { key, tree } => {
                self.worktrees.prepare(key, tree);
                None
            }
            Effect::Try { command, by, servers } => {
                let (later, project) = (self.later.clone(), self.team.project().to_owned());
                tokio::task::spawn_blocking(move || {
                    let found = preflight::judge(&servers, &project);
                    // Nobody listens: the run has ended.
                    let _ = later.blocking_send(Msg::Tried { command, by, found });
                });
                None
            }
            Effect::Unprepare { key } => {
                self.worktrees.unprepare(key);
                None
            }
            Effect::Keep { key, tree, first: true } => self.worktrees.keep_first(key, tree),
            Effect::Keep { key, tree, first: false } => {
                self.worktrees.keep(key, tree);
                None
            }
            Effect::Verify { key, command, at } => {
                self.verifies.retain(|_, task| !task.is_finished());
                let task = tokio::spawn(commands::verify(key, command, at, self.later.clone()));
                self.verifies.insert(key, task.abort_handle());
                None
            }
            Effect::ReadPapers(paths) => Some(Msg::Papers(self.read_papers(paths))),
            Effect::Hook { command, event } => {
                self.hooks.0.spawn(commands::hook(command, event, self.team.project().to_owned(), self.later.clone()));
                None
            }
            Effect::Ended => {
                self.ended = true;
                None
            }
        }
    }

    fn journal(&mut self, record: Record) -> Option<Msg> {
        let (envelope, written) = self.journal.append(clock::now(), clock::wall(), record);
        self.sinks.publish(&envelope);
        self.troubles.take(WRITE_JOURNAL, written)
    }

    /// Tries again to write what could not be written of the journal.
    pub fn catch_up(&mut self) -> Option<Msg> {
        if !self.journal.is_behind() {
            return None;
        }
        let written = self.journal.catch_up();
        self.troubles.take(WRITE_JOURNAL, written)
    }

    /// Starts an attempt whose start is in the journal: one that is not would be lost with this process.
    fn start_written(&mut self, start: Start) -> Result<(), NotStarted> {
        self.journal.catch_up().map_err(|error| NotStarted::because(WRITE_JOURNAL, &error))?;
        self.start(start)
    }

    /// Writes the attempt's folder and starts its shim.
    fn start(&mut self, start: Start) -> Result<(), NotStarted> {
        let project = self.team.project().to_owned();
        let folder = &start.folder;
        let said = |what: &str, path: &Path, error: io::Error| {
            NotStarted::because(&format!("{what} {}", path.display()), &error)
        };
        files::private_folder(folder).map_err(|error| said("make", folder, error))?;
        for (path, text) in start.files.iter().chain(&start.launch.files) {
            files::replace(path, text, Rights::Private).map_err(|error| said("write", path, error))?;
        }
        for path in [&start.report, &start.handoff] {
            let parent = path.parent().unwrap_or(&project);
            std::fs::create_dir_all(parent).map_err(|error| said("make", parent, error))?;
        }
        left::remember(folder, &start.report, &start.handoff).map_err(|error| said("write in", folder, error))?;
        let mut env = inherited(start.launch.env_clear);
        env.retain(|(name, _)| !start.launch.env.contains_key(name));
        env.extend(start.launch.env);
        // A path of the settings is one of the project, whether git knows it or not.
        let is_relative = start.launch.program.contains('/') && start.at != project;
        let program = if is_relative { project.join(&start.launch.program) } else { start.launch.program.into() };
        let spec = Spec {
            v: VERSION,
            run: self.run_id.clone(),
            agent: start.agent,
            attempt: start.key.attempt,
            program,
            args: start.launch.args,
            cwd: start.at,
            env: Vec::new(),
            limit_s: start.limit_s,
            grace_s: start.grace_s,
            policy: if start.keep { Policy::Keep } else { Policy::End },
            place: start.place,
            input: Input::Null,
            cap: LOG_CAP,
        };
        let attempt = attempts::Start {
            folder: start.folder,
            spec,
            env,
            input: start.launch.input,
            keep_input_open: start.launch.keep_input_open,
            reading: if start.every_line { Reading::EveryLine } else { Reading::Tail },
        };
        self.attempts
            .start(start.key, attempt)
            .map_err(|error| NotStarted::because("write the attempt's folder", &error))
    }

    fn read_papers(&self, paths: Vec<String>) -> Vec<(String, String)> {
        let read = |path: &String| files::read_text(&self.team.project().join(path), PAPER).ok().flatten();
        paths.into_iter().filter_map(|path| read(&path).map(|text| (path, text))).collect()
    }

    /// Starts the next process of an attempt whose process has ended, if one is to follow: then the attempt goes on.
    ///
    /// The `Err` says why it could not be started.
    pub fn relaunch(&mut self, key: Key) -> Option<Result<(), String>> {
        let mut start = self.relaunches.remove(&key)?;
        let attempt = start.folder.parent().map(Path::to_path_buf)?;
        // Numbers go on after a crash, too.
        let free = (1..).map(|n| attempt.join(format!("again-{n}"))).find(|path| !path.exists())?;
        start.folder = free;
        let said = start.folder.join("said.jsonl");
        let started = self.start(start).map_err(|not_started| not_started.why);
        if started.is_ok() {
            // Its MCP server goes on to write into the folder of the attempt. Without the link only that is not heard.
            let _ = std::os::unix::fs::symlink("../said.jsonl", said);
        }
        Some(started)
    }

    /// Returns what an attempt left, once it has ended. What its MCP servers were given is kept no longer: it stands in
    /// their settings, and in the first words to a program that gets them by its protocol.
    pub fn left(&self, folder: &Path, named: Option<&str>) -> Left {
        for file in [folder.join("mcp.json"), crate::shim::Folder::new(folder).input()] {
            // An attempt need not have them.
            let _ = std::fs::remove_file(file);
        }
        left::look(folder, self.team.project(), named)
    }
}

fn save(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    files::replace(path, text, Rights::Umask)
}

fn unordered(error: &io::Error) -> Msg {
    Msg::Trouble { what: format!("an order to an attempt could not be written: {error}") }
}

fn trouble(what: &str, path: &Path, error: &io::Error) -> Msg {
    Msg::Trouble { what: format!("cannot {what} {}: {error}", path.display()) }
}
