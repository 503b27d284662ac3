//! The task of one attempt: it owns the connection to the shim and the places in the logs, sends facts and output,
//! and ends with the attempt, or when nobody listens any more.

use std::path::PathBuf;
use std::time::Duration;

use tokio::process::Child;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until};

use super::follow::Follower;
use super::lines::Cut;
use super::link::Link;
use super::situation::Situation;
use super::{Batch, Fact, Key, Offsets, Reading, Starts};
use crate::engine::Stream;
use crate::place::LOCAL;
use crate::shell::files::is_want_of_room;
use crate::shell::places::Post;
use crate::shim::folder::LogName;
use crate::shim::marked::{self, Mark};
use crate::shim::protocol::{Ask, Say};
use crate::shim::{self, ExitFile, Folder, Layout, Reason, Spec};

/// `said.jsonl` is looked at this often at least; and the files, where there is no socket.
pub(super) const LOOK: Duration = Duration::from_millis(500);
/// Output that comes faster than this is taken in together.
const PACE: Duration = Duration::from_millis(8);
/// And more of it than anybody reads, only as often as a screen is drawn.
const FLOOD_PACE: Duration = Duration::from_millis(33);
/// A shim that lives and does not answer at its socket is asked again for this long.
const KNOCKING: Duration = Duration::from_secs(1);
/// What a dead shim left is killed for this long at most.
const ENDING: Duration = Duration::from_secs(2);

/// What joins the task to the loop.
pub struct Ends {
    pub asks: mpsc::Receiver<Ask>,
    pub facts: mpsc::Sender<Fact>,
    pub output: mpsc::Sender<Batch>,
}

/// Where the attempt stands.
pub enum Stage {
    /// The folder is complete: start the shim.
    Start,
    /// See what the folder says.
    Look,
    Linked(Link),
    /// A shim lives, and only its files can be seen.
    Unlinked,
    CannotStart(String),
    NoRoom(String),
    Ended(ExitFile),
    /// Why, where it is known.
    Lost(Option<String>),
}

/// Nobody listens any more.
pub struct Deserted;

pub struct Task {
    pub(super) key: Key,
    pub(super) folder: Folder,
    shim: PathBuf,
    /// Of its place, if that is not this machine.
    pub(super) post: Option<Post>,
    pub(super) ends: Ends,
    out: Follower,
    err: Follower,
    said: Follower,
    reading: Reading,
    child: Option<Child>,
    /// `Started` or `Adopted` was sent.
    is_known: bool,
    /// It begins under these eyes.
    pub(super) is_ours: bool,
}

impl Task {
    pub fn new(key: Key, folder: Folder, starts: &Starts, reading: Reading, from: Offsets, ends: Ends) -> Task {
        let spec = folder.read_spec().ok();
        let cap = spec.as_ref().map_or(64 << 20, |spec| spec.cap);
        let layout = Layout::of_cap(cap);
        Task {
            key,
            shim: starts.shim.clone(),
            post: spec.and_then(|spec| starts.places.post(&spec.place)),
            ends,
            out: Follower::log(&folder, LogName::Out, layout, reading, from.out),
            err: Follower::log(&folder, LogName::Err, layout, reading, from.err),
            said: Follower::said(&folder, from.said),
            reading,
            child: None,
            is_known: false,
            is_ours: false,
            folder,
        }
    }

    /// Follows the attempt to its end.
    pub async fn run(mut self, first: Stage) {
        let mut stage = Some(first);
        while let Some(now) = stage {
            match self.pass(now).await {
                Ok(next) => stage = next,
                // The link closes; the shim goes on by its policy.
                Err(Deserted) => return,
            }
        }
        if let Some(mut child) = self.child {
            // It exits right after its last word; waited for, it is no zombie.
            let _ = child.wait().await;
        }
    }

    async fn pass(&mut self, stage: Stage) -> Result<Option<Stage>, Deserted> {
        match stage {
            Stage::Start => self.begin().await.map(Some),
            Stage::Look => self.look().await.map(Some),
            Stage::Linked(link) => self.listen(link).await.map(Some),
            Stage::Unlinked => self.watch_files().await.map(Some),
            Stage::CannotStart(why) => {
                // No shim has read it, so nobody else removes it.
                let _ = std::fs::remove_file(self.folder.env());
                self.tell(Fact::CannotStart { key: self.key, why }).await?;
                Ok(None)
            }
            Stage::NoRoom(why) => {
                let _ = std::fs::remove_file(self.folder.env());
                self.tell(Fact::NoRoom { key: self.key, why }).await?;
                Ok(None)
            }
            Stage::Ended(ExitFile { reason: Reason::CannotStart, why, .. }) => {
                let why = why.unwrap_or_else(|| "it could not start".to_owned());
                Ok(Some(Stage::CannotStart(why)))
            }
            Stage::Ended(exit) => {
                self.take_in_rest(Some(exit.out), Some(exit.err)).await?;
                self.tell(Fact::Exited { key: self.key, exit }).await?;
                Ok(None)
            }
            Stage::Lost(why) => {
                self.take_in_rest(None, None).await?;
                self.tell(Fact::Lost { key: self.key, why }).await?;
                Ok(None)
            }
        }
    }

    async fn begin(&mut self) -> Result<Stage, Deserted> {
        match self.post.clone() {
            Some(post) => self.go_afar(post).await,
            None => Ok(self.start()),
        }
    }

    fn start(&mut self) -> Stage {
        self.is_ours = true;
        let mark = match self.folder.read_spec() {
            Ok(spec) => mark_of(&spec),
            Err(error) => return Stage::CannotStart(error.to_string()),
        };
        match Link::start(&self.shim, &self.folder, &mark) {
            Ok((link, child)) => {
                self.child = Some(child);
                Stage::Linked(link)
            }
            Err(error) => {
                let why = format!("the attempt's shim cannot start: {error}");
                if is_want_of_room(&error) { Stage::NoRoom(why) } else { Stage::CannotStart(why) }
            }
        }
    }

    async fn look(&mut self) -> Result<Stage, Deserted> {
        if let Some(post) = self.post.clone()
            && !self.folder.exit().exists()
        {
            return self.go_afar(post).await;
        }
        let knocking = Instant::now() + KNOCKING;
        loop {
            match Situation::of(&self.folder) {
                Situation::Ended(exit) => return Ok(Stage::Ended(exit)),
                Situation::Owned => match Link::connect(&self.folder).await {
                    Ok(link) => return Ok(Stage::Linked(link)),
                    // It is about to open its socket, or to end.
                    Err(_) if Instant::now() < knocking => sleep(Duration::from_millis(10)).await,
                    Err(_) => return Ok(Stage::Unlinked),
                },
                Situation::NotStarted(spec) if spec.place != LOCAL && self.child.is_none() => {
                    let why = format!("the settings name no place `{}` any more", spec.place);
                    return Ok(Stage::CannotStart(why));
                }
                Situation::NotStarted(_) if self.child.is_none() => return Ok(self.start()),
                Situation::NotStarted(_) => {
                    let (why, code) = self.shims_last_words().await;
                    let why = format!("the attempt's shim gave up: {why}");
                    let is_for_room = code == Some(shim::UNUSABLE.into());
                    return Ok(if is_for_room { Stage::NoRoom(why) } else { Stage::CannotStart(why) });
                }
                Situation::Dead(spec) => {
                    self.end_what_is_left(spec).await;
                    return Ok(Stage::Lost(None));
                }
                Situation::Unwritten => return Ok(Stage::Lost(None)),
            }
        }
    }

    /// Serves the connection until the exit, or until the shim is gone.
    async fn listen(&mut self, mut link: Link) -> Result<Stage, Deserted> {
        /// Named first, thought about outside.
        enum Event {
            Said(Option<Say>),
            ToAsk(Ask),
            Paced,
            Ticked,
            Deserted,
        }
        let mut ticks = interval(LOOK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut last_seen: Option<Instant> = None;
        let mut seen_due: Option<Instant> = None;
        loop {
            let event = tokio::select! {
                biased;
                say = link.say() => Event::Said(say),
                Some(ask) = self.ends.asks.recv() => Event::ToAsk(ask),
                () = sleep_until(seen_due.unwrap_or_else(Instant::now)), if seen_due.is_some() => Event::Paced,
                _ = ticks.tick() => Event::Ticked,
                () = self.ends.facts.closed() => Event::Deserted,
            };
            match event {
                Event::Said(None) => return Ok(Stage::Look),
                Event::Said(Some(Say::Exit(exit))) => return Ok(Stage::Ended(exit)),
                Event::Said(Some(Say::Running { agent, .. })) => self.tell_running(agent).await?,
                Event::Said(Some(Say::Done { .. })) => {}
                Event::Said(Some(Say::Said)) | Event::Ticked => {
                    self.take_in(Stream::Said, None, Some(&mut link)).await?
                }
                Event::Said(Some(Say::Grew { out, err, .. })) => {
                    let is_flood = self.take_in_new(out, err, &mut link).await?;
                    let pace = if is_flood { FLOOD_PACE } else { PACE };
                    let due = last_seen.map_or_else(Instant::now, |last| last + pace);
                    seen_due = Some(due);
                }
                Event::ToAsk(ask) => link.ask(&ask).await,
                Event::Paced => {
                    link.ask(&Ask::Seen).await;
                    last_seen = Some(Instant::now());
                    seen_due = None;
                }
                Event::Deserted => return Err(Deserted),
            }
        }
    }

    /// Looks at the files every half second until something changes.
    async fn watch_files(&mut self) -> Result<Stage, Deserted> {
        if let Some(agent) = self.folder.read_pid().ok().and_then(|pid| pid.agent) {
            self.tell_running(agent.pid).await?;
        }
        loop {
            self.take_in_all().await?;
            match Situation::of(&self.folder) {
                Situation::Owned => {}
                Situation::Ended(_) | Situation::Dead(_) | Situation::NotStarted(_) | Situation::Unwritten => {
                    return Ok(Stage::Look);
                }
            }
            tokio::select! {
                () = sleep(LOOK) => {}
                () = self.ends.facts.closed() => return Err(Deserted),
            }
        }
    }

    pub(super) async fn tell_running(&mut self, pid: i32) -> Result<(), Deserted> {
        if std::mem::replace(&mut self.is_known, true) {
            return Ok(());
        }
        let key = self.key;
        let fact = if self.is_ours { Fact::Started { key, pid } } else { Fact::Adopted { key, pid } };
        self.tell(fact).await
    }

    /// Takes in what the logs have beyond what was read. Returns whether it was more than anybody reads.
    async fn take_in_new(&mut self, out: u64, err: u64, link: &mut Link) -> Result<bool, Deserted> {
        const READABLE: u64 = 64 << 10;
        let backlog = out.saturating_sub(self.out.offset_after()) + err.saturating_sub(self.err.offset_after());
        self.take_in(Stream::Out, Some(out), Some(link)).await?;
        self.take_in(Stream::Err, Some(err), Some(link)).await?;
        Ok(backlog > READABLE && self.reading == Reading::Tail)
    }

    pub(super) async fn take_in_all(&mut self) -> Result<(), Deserted> {
        for stream in [Stream::Out, Stream::Err, Stream::Said] {
            self.take_in(stream, None, None).await?;
        }
        Ok(())
    }

    /// Takes in everything up to the end, last lines without newline included.
    async fn take_in_rest(&mut self, out: Option<u64>, err: Option<u64>) -> Result<(), Deserted> {
        for (stream, length) in [(Stream::Out, out), (Stream::Err, err), (Stream::Said, None)] {
            self.take_in(stream, length, None).await?;
            if let Some(last) = self.follower(stream).finish() {
                self.send(stream, Cut { lines: vec![last], skipped: 0 }, None).await?;
            }
        }
        Ok(())
    }

    async fn take_in(
        &mut self,
        stream: Stream,
        length: Option<u64>,
        mut link: Option<&mut Link>,
    ) -> Result<(), Deserted> {
        loop {
            let read = self.follower(stream).read(length);
            if read.cut != Cut::default() {
                self.send(stream, read.cut, link.as_deref_mut()).await?;
            }
            if !read.more {
                return Ok(());
            }
        }
    }

    /// Sends a batch. Orders go first, and while the channel is full they still reach the shim.
    async fn send(&mut self, stream: Stream, cut: Cut, mut link: Option<&mut Link>) -> Result<(), Deserted> {
        let offset_after = self.follower(stream).offset_after();
        let batch = Batch { key: self.key, stream, lines: cut.lines, offset_after, skipped: cut.skipped };
        loop {
            tokio::select! {
                biased;
                Some(ask) = self.ends.asks.recv(), if link.is_some() => {
                    if let Some(link) = &mut link {
                        link.ask(&ask).await;
                    }
                }
                permit = self.ends.output.reserve() => {
                    permit.map_err(|_| Deserted)?.send(batch);
                    return Ok(());
                }
            }
        }
    }

    pub(super) async fn tell(&self, fact: Fact) -> Result<(), Deserted> {
        self.ends.facts.send(fact).await.map_err(|_| Deserted)
    }

    fn follower(&mut self, stream: Stream) -> &mut Follower {
        match stream {
            Stream::Out => &mut self.out,
            Stream::Err => &mut self.err,
            Stream::Said => &mut self.said,
        }
    }

    /// Returns why it ended, in words, and its exit code.
    async fn shims_last_words(&mut self) -> (String, Option<i32>) {
        if let Ok(panic) = std::fs::read_to_string(self.folder.panic()) {
            return (panic.trim().to_owned(), None);
        }
        match &mut self.child {
            Some(child) => match child.wait().await {
                Ok(status) if status.code() == Some(shim::UNUSABLE.into()) => {
                    ("it cannot use the attempt's folder".to_owned(), status.code())
                }
                Ok(status) => (status.to_string(), status.code()),
                Err(error) => (error.to_string(), None),
            },
            None => ("nothing is known of it".to_owned(), None),
        }
    }

    async fn end_what_is_left(&self, spec: Spec) {
        let folder = self.folder.clone();
        let end = move || {
            marked::end(&mark_of(&spec), folder.read_pid().ok().as_ref(), ENDING);
            crate::shim::tidy(&folder);
        };
        // Looking at every process takes a while; the loop does not wait for it.
        let _ = tokio::task::spawn_blocking(end).await;
    }
}

fn mark_of(spec: &Spec) -> Mark {
    Mark::new(&spec.run, &spec.agent, spec.attempt)
}
