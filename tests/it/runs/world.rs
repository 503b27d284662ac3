//! A project in a folder of its own, with a plan and agents that are shell scripts.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// No run of these tests takes longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A project to run in.
pub struct World {
    folder: TempDir,
    settings: String,
    env: Vec<(String, PathBuf)>,
}

/// A run that has ended.
pub struct Ran {
    pub status: ExitStatus,
    pub events: Vec<Value>,
    pub errors: String,
    pub took: Duration,
}

/// A run that goes on.
pub struct Running {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
    pub events: Vec<Value>,
    began: Instant,
}

impl World {
    /// Returns a project whose plan has these agents, `name` or `name: needed`, all played by shell scripts.
    pub fn new(agents: &[&str]) -> World {
        let world = World { folder: tempfile::tempdir().expect("a folder"), settings: String::new(), env: Vec::new() };
        let mut plan = String::from("# A small plan\n\n## Agents\n\n");
        let mut graph = String::from("\n```mermaid\ngraph TD\n");
        for (index, agent) in agents.iter().enumerate() {
            let (name, need) = agent.split_once(": ").unwrap_or((agent, ""));
            plan.push_str(&format!("{}. **{name}**: do the task of {name}\n", index + 1));
            if !need.is_empty() {
                graph.push_str(&format!("    {need} --> {name}\n"));
            }
        }
        if graph.contains("-->") {
            plan.push_str(&graph);
            plan.push_str("```\n");
        }
        world.write("plan.md", &plan);
        world
    }

    /// Lets `agent` be played by this script, whose output is text.
    pub fn play(self, agent: &str, script: &str) -> World {
        self.play_as(agent, script, "text")
    }

    /// Lets `agent` be played by this script, whose output is JSON lines.
    pub fn play_json(self, agent: &str, script: &str) -> World {
        self.play_as(agent, script, "jsonl")
    }

    fn play_as(mut self, agent: &str, script: &str, output: &str) -> World {
        self.program(&format!("{agent}.sh"), &format!("#!/bin/bash\n{script}\n"));
        self.settings.push_str(&format!(
            "[engines.play-{agent}]\nkind = \"command\"\ncommand = [\"./{agent}.sh\", \"{{agent}}\"]\noutput = \"{output}\"\n[agents.{agent}]\nengine = \"play-{agent}\"\n"
        ));
        self
    }

    /// Adds lines to `quintet.toml`, after those of the agent that was played last.
    pub fn set(mut self, lines: &str) -> World {
        self.settings.push_str(lines);
        self.settings.push('\n');
        self
    }

    /// Sets a variable of Quintet's environment.
    pub fn env(mut self, name: &str, value: &Path) -> World {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub fn write(&self, path: &str, text: &str) -> PathBuf {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("it has one")).expect("folders can be made");
        fs::write(&path, text).expect("it can be written");
        path
    }

    /// Writes a program.
    pub fn program(&self, path: &str, text: &str) {
        let path = self.write(path, text);
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("it can be made a program");
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Returns a command of Quintet in this project.
    pub fn quintet(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_quintet"));
        command.args(args);
        self.at_home(&mut command);
        command
    }

    /// Lets a command run in this project, with nothing of the machine's own settings and nothing remembered there.
    fn at_home(&self, command: &mut Command) {
        command.current_dir(self.folder.path());
        command.env("XDG_STATE_HOME", self.path(".state")).env("XDG_CONFIG_HOME", self.path(".config"));
        command.env("HOME", self.folder.path()).stdin(Stdio::null());
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
    }

    /// Writes the settings.
    pub fn settle(&self) {
        self.write("quintet.toml", &self.settings);
    }

    /// Begins a run with JSON events; agents are trusted.
    pub fn begin(&self, args: &[&str]) -> Running {
        self.settle();
        let mut all = vec!["run", "plan.md", "--json", "--trust"];
        all.extend(args);
        self.follow(self.quintet(&all))
    }

    /// Starts a program that prints the events of a run, in this project.
    pub fn follow(&self, mut command: Command) -> Running {
        self.at_home(&mut command);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let lines = BufReader::new(child.stdout.take().expect("it is piped"));
        Running { child, lines, events: Vec::new(), began: Instant::now() }
    }

    /// Runs to the end.
    pub fn run(&self, args: &[&str]) -> Ran {
        self.begin(args).end()
    }

    /// Waits until a condition of the outer world holds.
    pub fn until(&self, what: &str, holds: impl Fn() -> bool) {
        let began = Instant::now();
        while !holds() {
            assert!(began.elapsed() < PATIENCE, "never: {what}");
            std::thread::yield_now();
        }
    }

    /// Runs a command to its end; returns its exit code, its output and its errors.
    pub fn say(&self, args: &[&str]) -> (i32, String, String) {
        let output = self.quintet(args).output().expect("the binary starts");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
    }
}

impl Running {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Reads events until one is of this kind and of this agent; returns it.
    pub fn until(&mut self, event: &str, agent: &str) -> Value {
        while let Some(line) = self.next() {
            if line["event"] == event && (agent.is_empty() || line["agent"] == agent) {
                return line;
            }
        }
        panic!("no {event} of {agent} came:\n{}", show(&self.events));
    }

    fn next(&mut self) -> Option<Value> {
        assert!(self.began.elapsed() < PATIENCE, "it takes too long:\n{}", show(&self.events));
        let mut line = String::new();
        if self.lines.read_line(&mut line).expect("it is text") == 0 {
            return None;
        }
        let event: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        self.events.push(event.clone());
        Some(event)
    }

    /// Kills Quintet itself, as a crash would.
    pub fn crash(mut self) -> Vec<Value> {
        self.child.kill().expect("it lives");
        self.child.wait().expect("it is a child");
        std::mem::take(&mut self.events)
    }

    /// Sends a signal to Quintet.
    pub fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_raw(i32::try_from(self.pid()).expect("pids are small")).expect("not 0");
        rustix::process::kill_process(pid, signal).expect("it lives");
    }

    /// Reads to the end.
    pub fn end(mut self) -> Ran {
        while self.next().is_some() {}
        let mut errors = String::new();
        if let Some(mut stderr) = self.child.stderr.take() {
            std::io::Read::read_to_string(&mut stderr, &mut errors).expect("it is text");
        }
        let status = self.child.wait().expect("it is a child");
        Ran { status, events: std::mem::take(&mut self.events), errors, took: self.began.elapsed() }
    }
}

/// Whatever becomes of a test, its run does not outlive it.
impl Drop for Running {
    fn drop(&mut self) {
        for _ in 0..2 {
            if self.child.try_wait().is_ok_and(|status| status.is_none()) {
                self.signal(rustix::process::Signal::TERM);
            }
        }
        let until = Instant::now() + PATIENCE / 4;
        while Instant::now() < until && self.child.try_wait().is_ok_and(|status| status.is_none()) {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ran {
    pub fn code(&self) -> i32 {
        self.status.code().unwrap_or(-1)
    }

    /// Returns the events of a kind.
    pub fn all<'a>(&'a self, event: &'a str) -> impl Iterator<Item = &'a Value> {
        self.events.iter().filter(move |line| line["event"] == event)
    }

    /// Returns each agent's verdict.
    pub fn verdicts(&self) -> BTreeMap<String, String> {
        let end = self
            .all("run.ended")
            .next()
            .unwrap_or_else(|| panic!("it did not end: {}\n{}", show(&self.events), self.errors));
        let verdicts = end["verdicts"].as_object().expect("there are some");
        verdicts.iter().map(|(name, verdict)| (name.clone(), verdict.as_str().unwrap_or_default().to_owned())).collect()
    }
}

pub fn show(events: &[Value]) -> String {
    events.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Returns whether any process carries this run's mark in its environment.
pub fn lives(run: &str) -> bool {
    let mark = format!("QUINTET_RUN={run}");
    let has_mark = |pid: &Path| {
        let environ = fs::read(pid.join("environ")).unwrap_or_default();
        environ.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes())
    };
    let processes = fs::read_dir("/proc").expect("there is one").flatten().map(|entry| entry.path());
    processes
        .filter(|path| path.file_name().is_some_and(|name| name.as_encoded_bytes()[0].is_ascii_digit()))
        .any(|pid| has_mark(&pid))
}
