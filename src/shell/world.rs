//! Does what the app wants done, in order. What fails comes back as a message; nothing here decides.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::process::Command;
use tokio::sync::mpsc::Sender;

use super::attempts::{self, Attempts};
use super::files::{self, Rights};
use super::journal::Journal;
use super::sinks::Sinks;
use super::watcher::Watcher;
use super::{clock, left, resolve};
use crate::app::msg::{Effect, Key, Left, Msg, ShimOrder, Start};
use crate::scheduler::{End, Record};
use crate::team_dir::TeamDir;

/// How long a verify command or a hook may take.
const COMMAND_LIMIT: Duration = Duration::from_secs(600);
/// How much of a verify command's output goes into the notes, in bytes.
const TAIL: usize = 2000;
/// The most that is read of a report for the compile step.
const PAPER: u64 = 4 * 1024 * 1024;

/// Everything that an effect can touch.
pub struct World {
    pub team: TeamDir,
    pub attempts: Attempts,
    pub journal: Journal,
    pub watcher: Watcher,
    pub sinks: Sinks,
    /// Answers of commands that take their time. It has room for every slot; when the loop is gone, nobody waits for them.
    pub later: Sender<Msg>,
    pub ended: bool,
}

impl World {
    /// Performs effects, in order; returns what came of them.
    pub fn perform(&mut self, effects: Vec<Effect>) -> VecDeque<Msg> {
        let mut news = VecDeque::new();
        for effect in effects {
            if let Err(msg) = self.perform_one(effect) {
                news.push_back(msg);
            }
        }
        news
    }

    /// Performs one effect; what must be told of it at once comes as `Err`.
    fn perform_one(&mut self, effect: Effect) -> Result<(), Msg> {
        match effect {
            Effect::Journal(record) => self.journal(record),
            Effect::Publish(record) => {
                self.sinks.publish(&self.journal.unwritten(clock::now(), clock::wall(), record));
                Ok(())
            }
            Effect::Start(start) => {
                let (key, folder) = (start.key, start.folder.clone());
                self.start(*start).map_err(|why| {
                    let left = left::look(&folder, self.team.project());
                    Msg::Exited { key, end: End::CannotStart, why: Some(why), left }
                })
            }
            Effect::Shim { key, order } => {
                self.attempts.order(key, order);
                Ok(())
            }
            Effect::Write { key, bytes } => {
                self.attempts.write(key, &bytes);
                Ok(())
            }
            Effect::Save { path, text } => save(&path, &text).map_err(|error| trouble("write", &path, &error)),
            Effect::AppendFinding(text) => {
                let path = self.team.findings().to_owned();
                self.watcher.append_finding(&text).map_err(|error| trouble("write", &path, &error))
            }
            Effect::AppendUrgent(text) => {
                let path = self.team.urgent().to_owned();
                self.watcher.append_urgent(&text).map_err(|error| trouble("write", &path, &error))
            }
            Effect::Deadline { path, unix_s } => files::replace(&path, &format!("{unix_s}\n"), Rights::Private)
                .map_err(|error| trouble("write", &path, &error)),
            Effect::Verify { key, command } => {
                tokio::spawn(verify(key, command, self.team.project().to_owned(), self.later.clone()));
                Ok(())
            }
            Effect::ReadPapers(paths) => Err(Msg::Papers(self.read_papers(paths))),
            Effect::Hook { command, event } => {
                tokio::spawn(hook(command, event, self.team.project().to_owned(), self.later.clone()));
                Ok(())
            }
            Effect::Ended => {
                self.ended = true;
                Ok(())
            }
        }
    }

    fn journal(&mut self, record: Record) -> Result<(), Msg> {
        let (envelope, written) = self.journal.append(clock::now(), clock::wall(), record);
        self.sinks.publish(&envelope);
        written.map_err(|error| Msg::Trouble { what: format!("cannot write the journal: {error}; it is tried again") })
    }

    /// Writes the attempt's folder and starts its shim.
    fn start(&mut self, start: Start) -> Result<(), String> {
        let project = self.team.project().to_owned();
        let folder = &start.folder;
        let said = |what: &str, path: &Path, error: std::io::Error| format!("cannot {what} {}: {error}", path.display());
        files::private_folder(folder).map_err(|error| said("make", folder, error))?;
        for (path, text) in start.files.iter().chain(&start.launch.files) {
            files::replace(path, text, Rights::Private).map_err(|error| said("write", path, error))?;
        }
        for path in [&start.report, &start.handoff] {
            let parent = path.parent().unwrap_or(&project);
            std::fs::create_dir_all(parent).map_err(|error| said("make", parent, error))?;
        }
        left::remember(folder, &start.report, &start.handoff).map_err(|error| said("write in", folder, error))?;
        let mut env = attempts::inherited(start.launch.env_clear);
        env.retain(|(name, _)| !start.launch.env.contains_key(name));
        env.extend(start.launch.env.clone());
        let path_variable = env.iter().find(|(name, _)| name == "PATH").map(|(_, value)| value.as_str());
        let program = resolve::program(&start.launch.program, &project, path_variable)?;
        self.attempts.start(start.key, attempts::Start::from(start, program, project, env)).map_err(|error| error.to_string())
    }

    fn read_papers(&self, paths: Vec<String>) -> Vec<(String, String)> {
        let read = |path: &String| files::read_text(&self.team.project().join(path), PAPER).ok().flatten();
        paths.into_iter().filter_map(|path| read(&path).map(|text| (path, text))).collect()
    }

    /// Returns what an attempt left, once it has ended.
    pub fn left(&self, folder: &Path) -> Left {
        left::look(folder, self.team.project())
    }
}

fn save(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    files::replace(path, text, Rights::Umask)
}

fn trouble(what: &str, path: &Path, error: &std::io::Error) -> Msg {
    Msg::Trouble { what: format!("cannot {what} {}: {error}", path.display()) }
}

/// Runs an agent's verify command in the project; its end is told, a hanging one is ended.
async fn verify(key: Key, command: String, project: PathBuf, later: Sender<Msg>) {
    let run = shell(&command, &project).output();
    let (ok, tail) = match tokio::time::timeout(COMMAND_LIMIT, run).await {
        Ok(Ok(output)) => {
            let text = [output.stdout, output.stderr].concat();
            let from = text.len().saturating_sub(TAIL);
            (output.status.success(), String::from_utf8_lossy(&text[from..]).into_owned())
        }
        Ok(Err(error)) => (false, format!("cannot run `{command}`: {error}")),
        Err(_) => (false, format!("`{command}` took longer than {} s", COMMAND_LIMIT.as_secs())),
    };
    let _ = later.send(Msg::Verified { key, ok, tail }).await;
}

/// Runs a hook with the event on its input.
async fn hook(command: String, event: String, project: PathBuf, later: Sender<Msg>) {
    use tokio::io::AsyncWriteExt;
    let failed = async {
        let mut child = shell(&command, &project).stdin(std::process::Stdio::piped()).spawn()?;
        if let Some(mut input) = child.stdin.take() {
            // A hook need not read its input.
            let _ = input.write_all(event.as_bytes()).await;
        }
        let status = tokio::time::timeout(COMMAND_LIMIT, child.wait()).await??;
        if status.success() { Ok(()) } else { Err(std::io::Error::other(status.to_string())) }
    };
    if let Err(error) = failed.await {
        let _ = later.send(Msg::Trouble { what: format!("the hook `{command}` failed: {error}") }).await;
    }
}

fn shell(command: &str, project: &Path) -> Command {
    let mut shell = Command::new("/bin/sh");
    shell.arg("-c").arg(command).current_dir(project).kill_on_drop(true);
    shell.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    shell
}
