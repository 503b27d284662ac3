//! A project with attempts of the hostile agent, and what is told of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime};

use quintet::engine::Stream;
use quintet::plan::AgentId;
use quintet::shell::attempts::{Attempts, Batch, Fact, Key, Offsets, Reading, Start};
use quintet::shim::marked::{self, Mark};
use quintet::shim::{ExitFile, Folder, Input, Policy, ShimOrder, Spec};
use tempfile::TempDir;
use tokio::sync::mpsc;

use crate::machine::business;

/// Nothing in these tests takes so long unless it is broken.
const PATIENCE: Duration = Duration::from_secs(20);

/// A run of its own: its folder, its attempts, everything said of them so far.
pub struct World {
    pub home: TempDir,
    pub run: String,
    pub attempts: Attempts,
    facts: mpsc::Receiver<Fact>,
    output: mpsc::Receiver<Batch>,
    /// By attempt and stream.
    heard: BTreeMap<(Key, &'static str), Heard>,
    next: u32,
    leftovers: Leftovers,
}

/// A test that fails leaves nothing running, shims included.
struct Leftovers {
    run: String,
}

impl Drop for Leftovers {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for attempt in 1..=8 {
                marked::end(&Mark::new(&self.run, "agent", attempt), None, Duration::from_secs(2));
            }
        }
    }
}

/// What came of one stream.
#[derive(Debug, Default, Clone)]
pub struct Heard {
    pub lines: Vec<Vec<u8>>,
    pub skipped: u64,
    pub offset_after: u64,
}

impl World {
    pub fn new() -> World {
        static RUNS: AtomicU32 = AtomicU32::new(0);
        let run = format!("test-{}-{}", std::process::id(), RUNS.fetch_add(1, Ordering::Relaxed));
        World::of_run(tempfile::tempdir().expect("a temporary folder"), Leftovers { run })
    }

    /// Returns a Quintet on the folder and run of an earlier one.
    fn of_run(home: TempDir, leftovers: Leftovers) -> World {
        let (facts, said) = mpsc::channel(64);
        let (lines, output) = mpsc::channel(64);
        let attempts = Attempts::with_shim(quintet(), facts, lines);
        let run = leftovers.run.clone();
        World { home, run, attempts, facts: said, output, heard: BTreeMap::new(), next: 0, leftovers }
    }

    /// Forgets everything but the folders: another Quintet on the same run.
    pub fn another_quintet(self) -> World {
        World::of_run(self.home, self.leftovers)
    }

    /// Leaves as Quintet does, and comes back as another.
    pub async fn leave(self) -> World {
        self.attempts.leave().await;
        World::of_run(self.home, self.leftovers)
    }

    pub fn folder(&self, key: Key) -> Folder {
        Folder::new(self.home.path().join(format!("agent-{}", key.attempt)))
    }

    pub fn spec(&self, key: Key, words: &[&str]) -> Spec {
        Spec {
            v: 1,
            run: self.run.clone(),
            agent: "agent".to_owned(),
            attempt: key.attempt,
            program: hostile(),
            args: words.iter().map(|word| (*word).to_owned()).collect(),
            cwd: self.home.path().to_owned(),
            env: Vec::new(),
            limit_s: 900.0,
            grace_s: 10.0,
            policy: Policy::Keep,
            place: "local".to_owned(),
            input: Input::Null,
            cap: 64 << 20,
        }
    }

    pub fn key(&mut self) -> Key {
        self.next += 1;
        Key { agent: AgentId(0), attempt: self.next }
    }

    /// Starts the hostile agent in a mode.
    pub fn start(&mut self, words: &[&str]) -> Key {
        self.start_with(words, |_| {})
    }

    /// Starts it with something about it changed.
    pub fn start_with(&mut self, words: &[&str], change: impl FnOnce(&mut Start)) -> Key {
        let key = self.key();
        let mut start = Start {
            folder: self.folder(key).path().to_owned(),
            spec: self.spec(key, words),
            env: vec![("PATH".to_owned(), std::env::var("PATH").expect("there is a PATH"))],
            input: Vec::new(),
            keep_input_open: false,
            reading: Reading::EveryLine,
        };
        change(&mut start);
        self.attempts.start(key, start).expect("the folder can be written");
        key
    }

    pub fn adopt(&mut self, key: Key, from: Offsets) {
        let folder = self.folder(key).path().to_owned();
        self.attempts.adopt(key, folder, Reading::EveryLine, from);
    }

    pub fn order(&mut self, key: Key, order: ShimOrder) {
        self.attempts.order(key, order).expect("the order can be written");
    }

    /// Waits for the next fact. Output that comes first is kept.
    pub async fn fact(&mut self) -> Fact {
        let until = tokio::time::Instant::now() + PATIENCE;
        loop {
            tokio::select! {
                biased;
                Some(batch) = self.output.recv() => self.keep(batch),
                Some(fact) = self.facts.recv() => {
                    while let Ok(batch) = self.output.try_recv() {
                        self.keep(batch);
                    }
                    return fact;
                }
                () = tokio::time::sleep_until(until) => panic!("no fact in {PATIENCE:?}; heard: {:?}", self.heard),
            }
        }
    }

    /// Waits until it runs and returns its pid.
    pub async fn started(&mut self, key: Key) -> i32 {
        match self.fact().await {
            Fact::Started { key: of, pid } if of == key => pid,
            other => panic!("not the start of {key:?}: {other:?}"),
        }
    }

    /// Waits for the end.
    pub async fn exited(&mut self, key: Key) -> ExitFile {
        match self.fact().await {
            Fact::Exited { key: of, exit } if of == key => exit,
            other => panic!("not the end of {key:?}: {other:?}"),
        }
    }

    /// Waits until it has printed a line.
    pub async fn printed(&mut self, key: Key, line: &str) {
        let until = tokio::time::Instant::now() + PATIENCE;
        while !self.out(key).lines.iter().any(|printed| printed == line.as_bytes()) {
            match tokio::time::timeout_at(until, self.output.recv()).await {
                Ok(Some(batch)) => self.keep(batch),
                _ => panic!("{line:?} was not printed in {PATIENCE:?}; heard: {:?}", self.heard),
            }
        }
    }

    /// Waits until anything came of a stream.
    pub async fn heard_of(&mut self, key: Key, stream: Stream) {
        while self.heard(key, stream).lines.is_empty() {
            match tokio::time::timeout(PATIENCE, self.output.recv()).await {
                Ok(Some(batch)) => self.keep(batch),
                _ => panic!("nothing came of {stream:?} in {PATIENCE:?}"),
            }
        }
    }

    /// Takes in what there is, and lets the attempts' tasks run.
    pub async fn take_in(&mut self) {
        while let Ok(batch) = self.output.try_recv() {
            self.keep(batch);
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }

    /// Waits until the channel of the output is full.
    pub async fn jam(&mut self) {
        let start = Instant::now();
        while self.output.len() < self.output.max_capacity() {
            assert!(start.elapsed() < PATIENCE, "too little output");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Waits until an order was carried out.
    pub async fn acknowledged(&mut self, key: Key, seq: u64) {
        let done = self.folder(key).done();
        let line = format!("{seq} ok");
        let start = Instant::now();
        while !std::fs::read_to_string(&done).unwrap_or_default().lines().any(|done| done == line) {
            assert!(start.elapsed() < PATIENCE, "order {seq} was not carried out");
            // The attempt's task runs meanwhile.
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Returns the seconds between the first and the last file of an attempt.
    pub fn age(&self, key: Key) -> f64 {
        let folder = self.folder(key);
        let written = |path: PathBuf| path.metadata().and_then(|found| found.modified()).expect("it was written");
        let span = written(folder.exit()).duration_since(written(folder.pid())).expect("the exit comes last");
        span.as_secs_f64()
    }

    /// Starts it and waits until it says that it is ready.
    pub async fn ready(&mut self, words: &[&str]) -> Key {
        let key = self.start(words);
        self.started(key).await;
        self.printed(key, "ready").await;
        key
    }

    pub fn out(&self, key: Key) -> Heard {
        self.heard(key, Stream::Out)
    }

    pub fn heard(&self, key: Key, stream: Stream) -> Heard {
        self.heard.get(&(key, word(stream))).cloned().unwrap_or_default()
    }

    pub fn text(&self, key: Key) -> Vec<String> {
        self.out(key).lines.iter().map(|line| String::from_utf8_lossy(line).into_owned()).collect()
    }

    /// Returns the living processes that carry the mark of this run, except shims.
    pub fn alive(&self) -> Vec<i32> {
        let mark = format!("QUINTET_RUN={}\0", self.run);
        let is_shim =
            |pid: i32| std::fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| contains(&line, b"\0__shim\0"));
        processes()
            .into_iter()
            // First of all, since a shim that exits loses its command line.
            .filter(|&pid| !is_shim(pid))
            .filter(|&pid| {
                let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
                contains(&environment, mark.as_bytes()) && !is_dead(pid)
            })
            .collect()
    }

    fn keep(&mut self, batch: Batch) {
        let heard = self.heard.entry((batch.key, word(batch.stream))).or_default();
        heard.lines.extend(batch.lines);
        heard.skipped += batch.skipped;
        heard.offset_after = batch.offset_after;
    }
}

fn word(stream: Stream) -> &'static str {
    match stream {
        Stream::Out => "out",
        Stream::Err => "err",
        Stream::Said => "said",
    }
}

/// Asserts that something took no longer than is promised for a machine at rest; a busy one shares its processors.
pub fn assert_within(limit: Duration, took: Duration, what: &str) {
    let allowed = limit.mul_f64(business());
    assert!(took <= allowed, "{what}: took {took:?}, not {limit:?} (here and now {allowed:?})");
}

/// Waits until a condition of the outer world holds.
pub fn until(what: &str, limit: Duration, holds: impl Fn() -> bool) -> Duration {
    let start = Instant::now();
    while !holds() {
        assert_within(limit, start.elapsed(), what);
        std::thread::sleep(Duration::from_millis(2));
    }
    start.elapsed()
}

/// Returns the program under test.
pub fn quintet() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_quintet"))
}

/// Returns the hostile agent. `cargo test` has built it; `cargo test --test it` has not.
pub fn hostile() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(build_hostile).clone()
}

pub fn is_dead(pid: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().and_then(|rest| rest.trim_start().chars().next()).is_none_or(|state| "ZX".contains(state))
}

pub fn state_of(pid: i32) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit(')').next()?.trim_start().chars().next()
}

pub fn processes() -> Vec<i32> {
    let entries = std::fs::read_dir("/proc").expect("/proc is there");
    entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

pub fn kill_9(pid: i32) {
    let pid = rustix::process::Pid::from_raw(pid).expect("a pid is not 0");
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).expect("it can be killed");
}

fn build_hostile() -> PathBuf {
    let folder = quintet().parent().expect("it lies in a folder").to_owned();
    let built = folder.join("examples/hostile");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let changed = |path: &Path| path.metadata().and_then(|found| found.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    let sources = [root.join("tests/it/fixture/main.rs"), root.join("tests/it/fixture/host.rs"), quintet()];
    if sources.iter().any(|source| changed(source) > changed(&built)) {
        let profile = match folder.file_name().and_then(|name| name.to_str()) {
            Some("debug") | None => "dev",
            Some(profile) => profile,
        };
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--example", "hostile", "--profile", profile]).current_dir(root);
        assert!(cargo.status().expect("cargo starts").success(), "the hostile agent does not build");
    }
    built
}

fn contains(hay: &[u8], needle: &[u8]) -> bool {
    hay.windows(needle.len()).any(|part| part == needle)
}
