//! Drives a real agent program by what the engines say, without the rest of Quintet.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use quintet::engine::{Activity, Briefing, Engine, Judge, Judgement, Launch, Stream, Tell, Told, launch, session};
use quintet::scheduler::End;

/// How long a program may live on after its result.
const GRACE: Duration = Duration::from_secs(10);

/// What was heard of one attempt.
#[derive(Debug)]
pub struct Driven {
    pub activities: Vec<Activity>,
    pub judgement: Judgement,
    pub errors: Vec<String>,
}

impl Driven {
    pub fn calls(&self, tool: &str) -> usize {
        self.activities.iter().filter(|a| matches!(a, Activity::ToolStarted { name, .. } if name == tool)).count()
    }

    pub fn texts(&self) -> Vec<&str> {
        fn text(activity: &Activity) -> Option<&str> {
            match activity {
                Activity::Text { text } => Some(text.as_str()),
                _ => None,
            }
        }
        self.activities.iter().filter_map(text).collect()
    }
}

/// Runs one attempt to its end; `react` says what to tell the agent at what it did. Gives up after a minute.
pub fn drive(
    engine: &Engine,
    briefing: &Briefing,
    own_program: &Path,
    mut react: impl FnMut(&Activity) -> Option<Tell>,
) -> Driven {
    let first = launch(engine, briefing, own_program).expect("a launch");
    let mut session = session(engine, briefing, own_program);
    let mut judge = Judge::new(engine);
    let mut driven = Driven { activities: Vec::new(), judgement: Judgement::default(), errors: Vec::new() };
    let mut until = Instant::now() + Duration::from_secs(60);
    let mut process = Process::start(&first, &briefing.project);
    loop {
        let (stream, line) = match process.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(line) => line,
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                process.kill();
                break;
            }
        };
        if stream == Stream::Err {
            driven.errors.push(String::from_utf8_lossy(&line).into_owned());
        }
        let heard = session.line(stream, &line);
        judge.hear(stream, &line, &heard.activities);
        process.write(&heard.reply);
        for activity in heard.activities {
            match react(&activity).map(|tell| session.tell(&tell)) {
                Some(Told::Write(bytes)) => process.write(&bytes),
                Some(Told::Relaunch(launch)) => {
                    process.kill();
                    process.wait();
                    process = Process::start(&launch, &briefing.project);
                }
                Some(told @ Told::Cannot) => panic!("cannot be told: {told:?}"),
                None if matches!(activity, Activity::Result { .. }) => {
                    process.input = None;
                    until = Instant::now() + GRACE;
                }
                None => {}
            }
            driven.activities.push(activity);
        }
    }
    driven.judgement = judge.judge(process.wait());
    driven
}

struct Process {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<(Stream, Vec<u8>)>,
}

impl Process {
    fn start(launch: &Launch, project: &Path) -> Process {
        for (path, text) in &launch.files {
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        }
        let mut env: BTreeMap<String, String> = std::env::vars().filter(|(name, _)| name == "PATH").collect();
        env.extend(launch.env.clone());
        let mut child = Command::new(&launch.program)
            .args(&launch.args)
            .env_clear()
            .envs(env)
            .current_dir(project)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let (sender, lines) = channel();
        let follow = |stream: Stream, pipe: Box<dyn std::io::Read + Send>| {
            let sender = sender.clone();
            thread::spawn(move || {
                for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
                    if sender.send((stream, line)).is_err() {
                        break;
                    }
                }
            });
        };
        follow(Stream::Out, Box::new(child.stdout.take().expect("a pipe")));
        follow(Stream::Err, Box::new(child.stderr.take().expect("a pipe")));
        let mut input = child.stdin.take();
        if let Some(pipe) = &mut input {
            let _ = pipe.write_all(&launch.input);
        }
        Process { child, input: input.filter(|_| launch.keep_input_open), lines }
    }

    /// An agent that is gone is noticed at its output.
    fn write(&mut self, bytes: &[u8]) {
        if let Some(input) = &mut self.input {
            let _ = input.write_all(bytes);
            let _ = input.flush();
        }
    }

    /// Ends it at once, with all it started in its group.
    fn kill(&mut self) {
        let group = rustix::process::Pid::from_child(&self.child);
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }

    fn wait(&mut self) -> End {
        self.input = None;
        let status = self.child.wait().expect("it can be waited for");
        End::Exited { exit: status.code(), signal: status.signal() }
    }
}
