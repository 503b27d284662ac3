//! Nothing leaks: one Quintet runs attempts, again and again. Descriptors, threads and zombies stay as many as they
//! were, and so does memory. `MINUTES=120 cargo test --release --test it runs::soak -- --nocapture` for long.

use std::fmt::Write as _;
use std::fs;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use quintet::plan::TeamFiles;
use quintet::shell::client::Client;
use quintet::team_dir::TeamDir;
use quintet::team_dir::control::Request;

use super::world::World;

/// How much anything may grow after the warm-up, as a share.
const GROWTH: f64 = 0.05;
/// How often each agent runs between two looks at the resting process.
const ROUND: u32 = 12;
/// Nothing of it takes longer, on however busy a machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// What short attempts do, each in another way. None needs long.
const AGENTS: [(&str, &str, &str); 6] = [
    ("reporter", "text", "echo working; echo '# done' > \"$QUINTET_REPORT\""),
    ("chatter", "jsonl", TALK),
    ("leaver", "text", "sleep 1000 & echo '# done' > \"$QUINTET_REPORT\""),
    ("flooder", "text", "seq 20000; echo '# done' > \"$QUINTET_REPORT\""),
    ("failer", "text", "echo no >&2; exit 3"),
    (
        "sleeper",
        "text",
        "echo '# half' > \"$QUINTET_REPORT\"; trap 'echo notes > \"$QUINTET_HANDOFF\"; exit 1' TERM; sleep 1000 & wait",
    ),
];
const TALK: &str = r##"for n in 1 2 3 4 5 6 7 8; do echo '{"type":"tool","name":"Read","summary":"file '$n'"}'; done
echo '{"type":"finding","severity":"high","text":"the same again","file":"a.go","line":3}'
echo '{"type":"usage","input_tokens":5,"output_tokens":7}'
echo '{"type":"result","ok":true,"text":"it is done"}'
echo '# done' > "$QUINTET_REPORT""##;

/// The process, at rest.
#[derive(Debug, Clone, Copy)]
struct Sample {
    attempts: usize,
    descriptors: usize,
    threads: usize,
    zombies: usize,
    memory_kb: u64,
}

/// A Quintet whose run one agent keeps open.
struct Soak {
    world: World,
    process: Child,
    client: Client,
    attempts: usize,
}

impl Drop for Soak {
    fn drop(&mut self) {
        // With `--on-crash stop` the shims end what is left.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Soak {
    fn start() -> Soak {
        let names: Vec<&str> = AGENTS.iter().map(|(name, ..)| *name).chain(["keeper"]).collect();
        let mut world = World::new(&names).play("keeper", "exec sleep 100000").set("time_box = \"24h\"");
        for (name, output, script) in AGENTS {
            world = if output == "jsonl" { world.play_json(name, script) } else { world.play(name, script) };
            // Only the one that must meets its time box.
            world = world.set(if name == "sleeper" { "time_box = \"1s\"" } else { "time_box = \"1m\"" });
        }
        world.settle();
        let args = ["--headless", "--trust", "--slots", "7", "--retries", "0", "--successors", "0", "--grace", "1s"];
        let mut command = world.quintet(&["run", "plan.md", "--on-crash", "stop"]);
        let process = command.args(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        let team = TeamDir::new(&world.path(""), &TeamFiles::default());
        let until = Instant::now() + PATIENCE;
        let client = loop {
            match Client::connect(&team) {
                Ok(client) => break client,
                Err(error) => assert!(Instant::now() < until, "{error}"),
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        let mut soak = Soak { world, process, client, attempts: 0 };
        soak.ended_after(&[1; AGENTS.len()]);
        soak
    }

    /// Lets every agent run some more times; returns what the process holds when all have ended.
    fn round(&mut self) -> Sample {
        // Those that hold their slot for a second run once.
        let times = |(name, ..): &(&str, _, _)| if ["leaver", "sleeper"].contains(name) { 1 } else { ROUND };
        let so_far = self.tries();
        let goal: Vec<u32> = AGENTS.iter().zip(so_far).map(|(agent, tries)| tries + times(agent)).collect();
        self.ended_after(&goal);
        self.attempts += AGENTS.iter().map(|agent| times(agent) as usize).sum::<usize>();
        self.tidy();
        self.rest()
    }

    /// Lets each agent run again and again until this attempt of it has ended.
    fn ended_after(&mut self, goal: &[u32]) {
        let mut until = Instant::now() + PATIENCE;
        let mut before = self.tries();
        loop {
            let mut is_over = true;
            let status = self.client.ask(&Request::Status).expect("it answers").status.expect("the status");
            for ((name, ..), goal) in AGENTS.iter().zip(goal) {
                let agent = &status.agents[*name];
                let has_ended = ["done", "partial", "failed"].contains(&agent.state.as_str());
                is_over &= has_ended && agent.attempt >= *goal;
                if has_ended && agent.attempt < *goal {
                    self.retry(name);
                }
            }
            if is_over {
                return;
            }
            let now = self.tries();
            if now != before {
                (before, until) = (now, Instant::now() + PATIENCE);
            }
            assert!(Instant::now() < until, "nothing ends any more: {status:?}");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Returns the number of each agent's newest attempt.
    fn tries(&mut self) -> Vec<u32> {
        let status = self.client.ask(&Request::Status).expect("it answers").status.expect("the status");
        AGENTS.iter().map(|(name, ..)| status.agents[*name].attempt).collect()
    }

    fn retry(&mut self, agent: &str) {
        let (verb, agent) = ("retry".to_owned(), Some(agent.to_owned()));
        let order = Request::Order { verb, agent, id: None, attempt: None, arg: None, trust: false };
        let answer = self.client.ask(&order).expect("it answers");
        assert!(answer.ok, "{answer:?}");
    }

    /// Removes the folders of ended attempts, which a long soak has no disk for.
    fn tidy(&self) {
        let run = self.world.path(".claude-team/runs").join(&self.client.run);
        for entry in fs::read_dir(run).expect("its folder").flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if AGENTS.iter().any(|(agent, ..)| name.starts_with(&format!("{agent}-"))) {
                fs::remove_dir_all(entry.path()).expect("an ended attempt's folder");
            }
        }
    }

    /// Waits until only the keeper's shim is left, and looks.
    fn rest(&mut self) -> Sample {
        let pid = self.process.id();
        let until = Instant::now() + PATIENCE;
        let children = loop {
            let children = children_of(pid);
            // The keeper's shim; what is left over longer is a leak.
            if children.len() <= 1 || Instant::now() > until {
                break children;
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        let count = |what: &str| fs::read_dir(format!("/proc/{pid}/{what}")).expect("it lives").count();
        let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it lives");
        let memory = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"));
        Sample {
            attempts: self.attempts,
            descriptors: count("fd"),
            threads: count("task"),
            zombies: children.len().saturating_sub(1),
            memory_kb: memory.and_then(|kb| kb.trim().parse().ok()).expect("a number"),
        }
    }
}

/// Returns the children of a process, dead ones that were not waited for included.
fn children_of(pid: u32) -> Vec<u32> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).expect("it lives").flatten();
    let children = |task: fs::DirEntry| fs::read_to_string(task.path().join("children")).unwrap_or_default();
    tasks
        .flat_map(|task| children(task).split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
        .collect()
}

/// One figure of a sample.
type Figure = fn(&Sample) -> f64;

/// Returns by how much of itself a figure grows from the first sample to the last, by the line that fits best.
fn growth(samples: &[Sample], figure: Figure) -> f64 {
    let count = samples.len() as f64;
    let mean = |of: &dyn Fn(&Sample) -> f64| samples.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(&|sample| sample.attempts as f64), mean(&figure));
    let lean: f64 = samples.iter().map(|it| (it.attempts as f64 - x) * (figure(it) - y)).sum();
    let spread: f64 = samples.iter().map(|it| (it.attempts as f64 - x).powi(2)).sum();
    let span = samples[samples.len() - 1].attempts - samples[0].attempts;
    lean / spread * span as f64 / y
}

#[test]
fn nothing_leaks_however_many_attempts_run() {
    let minutes: Option<f64> = std::env::var("MINUTES").ok().and_then(|minutes| minutes.parse().ok());
    let (start, mut soak) = (Instant::now(), Soak::start());
    let mut samples = Vec::new();
    let is_over = |rounds| match minutes {
        Some(minutes) => start.elapsed().as_secs_f64() > minutes * 60.0 && rounds >= 10,
        None => rounds >= 3,
    };
    while !is_over(samples.len()) {
        let sample = soak.round();
        if samples.len() % 20 == 0 {
            println!("{:.0} s: {sample:?}", start.elapsed().as_secs_f64());
        }
        samples.push(sample);
    }
    // The first third warms up.
    let steady = &samples[samples.len() / 3..];
    let figures: [(&str, Figure); 3] = [
        ("descriptors", |it| it.descriptors as f64),
        ("threads", |it| it.threads as f64),
        ("memory", |it| it.memory_kb as f64),
    ];
    let mut told = format!("{} attempts in {:.0} s:", soak.attempts, start.elapsed().as_secs_f64());
    for (what, figure) in figures {
        write!(told, " {what} {:+.1} % to {:.0},", growth(steady, figure) * 100.0, figure(&samples[samples.len() - 1]))
            .expect("a string");
    }
    println!("{told} {} zombies", samples[samples.len() - 1].zombies);
    assert!(samples.iter().all(|it| it.zombies == 0), "{samples:?}");
    for (what, figure) in figures {
        // In a few seconds memory says nothing.
        if what != "memory" || minutes.is_some() {
            assert!(growth(steady, figure) <= GROWTH, "{what} grow: {samples:?}");
        }
    }
}
