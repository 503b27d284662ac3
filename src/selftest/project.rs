//! A project in a temporary folder, with a plan of fake agents, and Quintets that run it.

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::fake::Behaviour;
use crate::scheduler::{Record, Time};
use crate::shell::attempts::environment::inherited;
use crate::shell::{clear, files, open};
use crate::shim::Folder;
use crate::team_dir::{Envelope, Line};

/// No run of the selftest takes longer, unless it is broken.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often it is looked whether the person has had enough.
const LOOK: Duration = Duration::from_millis(50);
/// How many events may wait to be read. When it is full, Quintet's printer waits.
const WAITING: usize = 1024;

/// Why a proof could not be carried through.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("no {what} came within {} s; the last event was {last}", PATIENCE.as_secs())]
    Missing { what: &'static str, last: String },
    #[error("Quintet ended with {status} before {what} came: {errors}")]
    Ended { what: &'static str, status: ExitStatus, errors: String },
    #[error("`quintet ctl {order}` was refused: {why}")]
    Refused { order: String, why: String },
    #[error("interrupted")]
    Interrupted,
}

/// The folder of one proof. Dropping it ends what still lives of it; the folder itself stays.
pub struct Project<'a> {
    folder: PathBuf,
    enough: &'a AtomicBool,
    quintet: Option<Quintet>,
    /// Everything that was said, by all Quintets.
    pub events: Vec<Envelope>,
}

/// A Quintet that runs.
struct Quintet {
    child: Child,
    lines: Receiver<String>,
}

impl<'a> Project<'a> {
    /// Lays a project out whose agents behave so. `report`: each must write one.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn new(
        folder: PathBuf,
        enough: &'a AtomicBool,
        agents: &[(&str, Behaviour)],
        report: bool,
    ) -> Result<Project<'a>, Broken> {
        files::private_folder(&folder)?;
        let project = Project { folder: folder.canonicalize()?, enough, quintet: None, events: Vec::new() };
        let mut plan = String::from("# Selftest\n\n## Agents\n\n");
        let mut settings = String::new();
        for (index, (agent, behaviour)) in agents.iter().enumerate() {
            plan.push_str(&format!("{}. **{agent}**: plays its part\n", index + 1));
            let mut command = vec![open::own_program().to_string_lossy().into_owned()];
            command.extend(behaviour.args(&project.ledger()));
            let command = toml::Value::Array(command.into_iter().map(toml::Value::String).collect());
            let output = if *behaviour == Behaviour::Spends { "jsonl" } else { "text" };
            let report = if report { "required" } else { "none" };
            settings.push_str(&format!(
                "[engines.{agent}]\nkind = \"command\"\ncommand = {command}\noutput = \"{output}\"\nreport = \"{report}\"\n[agents.{agent}]\nengine = \"{agent}\"\n"
            ));
        }
        fs::write(project.folder.join("plan.md"), plan)?;
        fs::write(project.folder.join("quintet.toml"), settings)?;
        Ok(project)
    }

    /// Starts a Quintet on it.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn run(&mut self, flags: &[&str]) -> Result<(), Broken> {
        let errors = fs::File::create(self.folder.join("stderr"))?;
        let mut command = self.command();
        command.args(["run", "plan.md", "--json", "--trust"]).args(flags);
        let mut child = command.stdout(Stdio::piped()).stderr(errors).spawn()?;
        let (sender, lines) = sync_channel(WAITING);
        if let Some(out) = child.stdout.take() {
            // It ends with the child's output.
            thread::spawn(move || {
                for line in BufReader::new(out).lines().map_while(Result::ok) {
                    if sender.send(line).is_err() {
                        return;
                    }
                }
            });
        }
        self.quintet = Some(Quintet { child, lines });
        Ok(())
    }

    /// Reads events until one is `wanted`; returns it.
    ///
    /// # Errors
    /// It does not come.
    pub fn until(&mut self, what: &'static str, wanted: impl Fn(&Record) -> bool) -> Result<Envelope, Broken> {
        let until = Instant::now() + PATIENCE;
        loop {
            match self.next(until, what)? {
                Some(envelope) if wanted(&envelope.record) => return Ok(envelope),
                Some(_) => {}
                None => {
                    let status = self.ended()?;
                    let errors = fs::read_to_string(self.folder.join("stderr")).unwrap_or_default();
                    return Err(Broken::Ended { what, status, errors: errors.trim().to_owned() });
                }
            }
        }
    }

    /// Reads to the end of the run.
    ///
    /// # Errors
    /// It does not end.
    pub fn end(&mut self) -> Result<(), Broken> {
        let until = Instant::now() + PATIENCE;
        while self.next(until, "end of the run")?.is_some() {}
        self.ended().map(drop)
    }

    /// Kills Quintet as a crash would.
    ///
    /// # Errors
    /// It is not there any more.
    pub fn crash(&mut self) -> Result<(), Broken> {
        if let Some(mut quintet) = self.quintet.take() {
            quintet.child.kill()?;
            quintet.child.wait()?;
            // What it had said before.
            while let Ok(line) = quintet.lines.recv_timeout(LOOK) {
                self.heard(&line);
            }
        }
        Ok(())
    }

    /// Gives an order by `quintet ctl` and waits until it took effect.
    ///
    /// # Errors
    /// It was refused.
    pub fn order(&self, words: &[&str]) -> Result<(), Broken> {
        let output = self.command().arg("ctl").args(words).arg("--wait").output()?;
        if output.status.success() {
            return Ok(());
        }
        let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(Broken::Refused { order: words.join(" "), why })
    }

    /// Waits, unless the person has had enough.
    ///
    /// # Errors
    /// The person has had enough.
    pub fn wait(&self, span: Duration) -> Result<(), Broken> {
        let until = Instant::now() + span;
        while Instant::now() < until {
            self.go_on()?;
            thread::sleep(LOOK.min(until.saturating_duration_since(Instant::now())));
        }
        Ok(())
    }

    /// Returns what the agents wrote down: when, who, what.
    pub fn noted(&self) -> Vec<(Time, String, String)> {
        let text = fs::read_to_string(self.ledger()).unwrap_or_default();
        let entry = |line: &str| {
            let mut words = line.splitn(3, ' ');
            let at = words.next()?.parse().ok()?;
            Some((Time(at), words.next()?.to_owned(), words.next()?.to_owned()))
        };
        text.lines().filter_map(entry).collect()
    }

    /// Returns the id of the run.
    pub fn run_id(&self) -> &str {
        self.events.first().map_or("", |envelope| &envelope.run)
    }

    /// Returns what an agent's first attempt printed.
    pub fn printed(&self, agent: &str) -> String {
        fs::read_to_string(self.attempt(agent).path().join("out.0")).unwrap_or_default()
    }

    /// Returns the folder of an agent's first attempt.
    pub fn attempt(&self, agent: &str) -> Folder {
        Folder::new(self.runs().join(self.run_id()).join(format!("{agent}-1")))
    }

    fn ledger(&self) -> PathBuf {
        self.folder.join("ledger")
    }

    fn runs(&self) -> PathBuf {
        self.folder.join(".claude-team/runs")
    }

    /// Nothing of the person's own settings, and nothing remembered there; a Ctrl-C is for the selftest alone.
    fn command(&self) -> Command {
        let mut command = Command::new(open::own_program());
        command.current_dir(&self.folder).env_clear().envs(inherited(false)).stdin(Stdio::null()).process_group(0);
        command.env("XDG_STATE_HOME", self.folder.join("state")).env("XDG_CONFIG_HOME", self.folder.join("config"));
        command
    }

    /// Returns the next event, `None` when Quintet says nothing more.
    fn next(&mut self, until: Instant, what: &'static str) -> Result<Option<Envelope>, Broken> {
        loop {
            self.go_on()?;
            let Some(quintet) = &self.quintet else { return Ok(None) };
            match quintet.lines.recv_timeout(LOOK) {
                Ok(line) => {
                    if let Some(envelope) = self.heard(&line) {
                        return Ok(Some(envelope));
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
                Err(RecvTimeoutError::Timeout) if Instant::now() > until => {
                    let last = self.events.last().map_or_else(|| "none".to_owned(), Envelope::line);
                    return Err(Broken::Missing { what, last });
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    fn heard(&mut self, line: &str) -> Option<Envelope> {
        match Line::read(line.as_bytes()) {
            Line::Known(envelope) => {
                self.events.push((*envelope).clone());
                Some(*envelope)
            }
            Line::Unknown | Line::Damaged => None,
        }
    }

    fn ended(&mut self) -> Result<ExitStatus, Broken> {
        match self.quintet.take() {
            Some(mut quintet) => Ok(quintet.child.wait()?),
            None => Err(io::Error::other("no Quintet runs").into()),
        }
    }

    fn go_on(&self) -> Result<(), Broken> {
        if self.enough.load(Ordering::Relaxed) { Err(Broken::Interrupted) } else { Ok(()) }
    }
}

impl Drop for Project<'_> {
    fn drop(&mut self) {
        if let Some(mut quintet) = self.quintet.take() {
            // It may have ended just now.
            let _ = quintet.child.kill();
            let _ = quintet.child.wait();
        }
        // Nothing is left where a run came to its end; after a miss anything may be.
        let _ = clear::end(attempts(&self.runs()), &std::collections::BTreeMap::new());
    }
}

/// Returns the folders of all attempts.
fn attempts(runs: &Path) -> Vec<PathBuf> {
    let inside = |path: &Path| {
        let entries = fs::read_dir(path).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect::<Vec<_>>()
    };
    let all = inside(runs).iter().flat_map(|run| inside(run)).collect::<Vec<_>>();
    all.into_iter().filter(|path| path.join("spec.json").is_file() && !path.join("exit").exists()).collect()
}
