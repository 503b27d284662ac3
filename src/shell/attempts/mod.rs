//! Attempts, each with its shim: on this machine, or at a place that shares its disk.
//!
//! [`Attempts`] is owned by the loop and never waits: it writes the folder's files, starts the shim, appends orders
//! and input. A small task for each attempt listens to its shim, follows its logs by offset and tells what it
//! learns. All that counts is in the folder, so starting, following and finding again after a crash are the same
//! code from the first `running` on.
//!
//! ```text
//!   loop ──start, order, write──▶ folder ──────▶ shim ──▶ agent
//!    ▲                             │ logs         │
//!    └──── Fact, Batch ◀── task ◀──┴── socket ────┘
//! ```

/// What an attempt inherits.
pub mod environment;
/// Where programs are looked for.
pub mod program;

/// A log, read by offset.
pub mod follow;
/// Bytes to lines.
pub mod lines;
/// At a place beyond this machine.
mod afar;
/// The connection to a shim.
mod link;
/// The folder's files before the start.
mod prepare;
/// What a folder says about its attempt.
mod situation;
/// The task of one attempt.
mod task;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

pub use crate::app::msg::Key;
use crate::engine::Stream;
use crate::shell::places::Places;
use crate::shim::folder::append_private;
use crate::shim::protocol::Ask;
use crate::shim::{ExitFile, Folder, ShimOrder, Spec};

/// What may wait to be asked of one shim.
const ASKS: usize = 16;
/// How long a leaving Quintet waits for attempts that it told to end.
const LEAVING: Duration = Duration::from_millis(200);

/// What is needed to start an attempt.
#[derive(Debug, Clone)]
pub struct Start {
    /// Absolute; it is made if it is not there.
    pub folder: PathBuf,
    /// `program` may be a name for the `PATH` of `env`, or relative to `cwd` if it has a `/`; `env` and `input` of it
    /// are filled in from what follows.
    pub spec: Spec,
    /// The whole environment of the agent; the mark of the attempt is added.
    pub env: Vec<(String, String)>,
    /// The first bytes of its input.
    pub input: Vec<u8>,
    /// More may follow by [`Attempts::write`].
    pub keep_input_open: bool,
    pub reading: Reading,
}

/// How its output is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// Each line counts. One of more than 16 MB is cut there and ends in ` [cut]`.
    EveryLine,
    /// Only the newest 64 KB count when more comes than is read; so long is a line at most.
    Tail,
}

/// How far the streams of an attempt were read before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Offsets {
    pub out: u64,
    pub err: u64,
    pub said: u64,
}

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact {
    /// Its place has it and has not begun it yet; `why` is the place's word for it.
    Queued { key: Key, why: String },
    /// It runs; `pid` is the agent's.
    Started { key: Key, pid: i32 },
    /// It was found running.
    Adopted { key: Key, pid: i32 },
    /// Nothing of its tree is left. All its output was sent before: take what is in the output channel first.
    Exited { key: Key, exit: ExitFile },
    /// Its shim died without an exit. What was left of the tree has been ended, or the folder never was complete.
    Lost { key: Key, why: Option<String> },
    /// It never ran; `why` is a sentence for people.
    CannotStart { key: Key, why: String },
    /// It never ran, and may when the machine has room for it again: descriptors, processes, disk.
    NoRoom { key: Key, why: String },
}

/// Whole lines of one stream, in order, without their newlines; not always UTF-8.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    pub key: Key,
    pub stream: Stream,
    pub lines: Vec<Vec<u8>>,
    /// Where to read on after these lines.
    pub offset_after: u64,
    /// Bytes that were passed over before or within these lines.
    pub skipped: u64,
}

/// The attempts of a run.
pub struct Attempts {
    /// Full: the attempt's task waits, nothing is dropped. Gone: the tasks end and leave their shims.
    facts: mpsc::Sender<Fact>,
    /// Full: the task waits and its log grows; a [`Reading::Tail`] then skips. Gone: as above.
    output: mpsc::Sender<Batch>,
    starts: Starts,
    live: BTreeMap<Key, Live>,
}

/// What attempts are started with.
struct Starts {
    /// The program that is started as `… __shim FOLDER` on this machine.
    shim: PathBuf,
    places: Places,
}

/// The loop's side of an attempt.
struct Live {
    folder: Folder,
    /// The number of the last order.
    seq: u64,
    /// It was told to end.
    is_ending: bool,
    /// The last line of `ctl` was not written whole.
    is_torn: bool,
    /// What to ask of the shim. Full: each ask that waits makes the shim look at its folder, so one more is not
    /// needed. Gone: the attempt has ended.
    asks: mpsc::Sender<Ask>,
    task: JoinHandle<()>,
}

impl Attempts {
    /// Returns an empty set whose shims are this very program.
    pub fn new(facts: mpsc::Sender<Fact>, output: mpsc::Sender<Batch>) -> Attempts {
        // Where there is /proc, it is there even if the file was replaced since the start.
        let running = PathBuf::from("/proc/self/exe");
        let shim = if running.exists() { running } else { std::env::current_exe().unwrap_or("quintet".into()) };
        Attempts::with_shim(shim, facts, output)
    }

    /// Returns an empty set whose shims are another program.
    pub fn with_shim(shim: PathBuf, facts: mpsc::Sender<Fact>, output: mpsc::Sender<Batch>) -> Attempts {
        let starts = Starts { shim, places: Places::default() };
        Attempts { facts, output, starts, live: BTreeMap::new() }
    }

    /// Attempts may run at these places, too.
    #[must_use]
    pub fn at(mut self, places: Places) -> Attempts {
        self.starts.places = places;
        self
    }

    /// Starts an attempt in a new folder. [`Fact::Started`] or [`Fact::CannotStart`] follows.
    ///
    /// Errors: the folder's files could not be written; nothing was started.
    pub fn start(&mut self, key: Key, start: Start) -> io::Result<()> {
        let folder = Folder::new(&start.folder);
        let first = match prepare::write(&folder, &start)? {
            Ok(()) => task::Stage::Start,
            Err(why) => task::Stage::CannotStart(why),
        };
        self.follow(key, folder, start.reading, Offsets::default(), first);
        Ok(())
    }

    /// Finds an attempt of an earlier Quintet again: [`Fact::Adopted`], [`Fact::Exited`], [`Fact::Lost`], or, where
    /// the shim had not begun, [`Fact::Started`]. Output comes from these offsets on.
    pub fn adopt(&mut self, key: Key, folder: PathBuf, reading: Reading, from: Offsets) {
        self.follow(key, Folder::new(folder), reading, from, task::Stage::Look);
    }

    /// Gives an order. It outlives both ends; one to an attempt that has ended does nothing. Where the folder cannot
    /// be written (disk full), it is only said.
    ///
    /// Errors: it could be neither written nor said.
    pub fn order(&mut self, key: Key, order: ShimOrder) -> io::Result<()> {
        let Some(live) = self.live.get_mut(&key) else {
            return Ok(());
        };
        live.seq += 1;
        live.is_ending |= matches!(order, ShimOrder::Term | ShimOrder::Kill);
        let line = order.line(live.seq);
        match live.append(&line) {
            Ok(()) => live.nudge(),
            Err(error) => live.asks.try_send(Ask::Do { line }).map_err(|_| error)?,
        }
        Ok(())
    }

    /// Appends to the agent's input.
    ///
    /// Errors: the folder's file could not be appended to (disk full); some of the bytes may have been.
    pub fn write(&mut self, key: Key, bytes: &[u8]) -> io::Result<()> {
        let Some(live) = self.live.get(&key) else {
            return Ok(());
        };
        append_private(&live.folder.input())?.write_all(bytes)?;
        live.nudge();
        Ok(())
    }

    /// Leaves the attempts to their shims. Waits up to 200 ms for those that were told to end; keep the receivers
    /// until then.
    pub async fn leave(self) {
        let (ending, others): (Vec<Live>, Vec<Live>) = self.live.into_values().partition(|live| live.is_ending);
        others.iter().for_each(|live| live.task.abort());
        for live in others {
            // Then its link is closed; the shim looks into the folder for last orders.
            let _ = live.task.await;
        }
        let until = tokio::time::Instant::now() + LEAVING;
        for live in ending {
            let stopper = live.task.abort_handle();
            if tokio::time::timeout_at(until, live.task).await.is_err() {
                stopper.abort();
            }
        }
    }

    fn follow(&mut self, key: Key, folder: Folder, reading: Reading, from: Offsets, first: task::Stage) {
        self.live.retain(|_, live| !live.task.is_finished());
        let (asks, asked) = mpsc::channel(ASKS);
        let ends = task::Ends { asks: asked, facts: self.facts.clone(), output: self.output.clone() };
        let task = task::Task::new(key, folder.clone(), &self.starts, reading, from, ends);
        let seq = prepare::last_order(&folder);
        let task = tokio::spawn(task.run(first));
        self.live.insert(key, Live { folder, seq, is_ending: false, is_torn: false, asks, task });
    }
}

impl Live {
    fn append(&mut self, line: &str) -> io::Result<()> {
        let mut ctl = append_private(&self.folder.ctl())?;
        if self.is_torn {
            ctl.write_all(b"\n")?;
        }
        self.is_torn = true;
        ctl.write_all(line.as_bytes())?;
        self.is_torn = false;
        Ok(())
    }

    fn nudge(&self) {
        // See `asks` for why a full channel is as good.
        let _ = self.asks.try_send(Ask::Look);
    }
}
