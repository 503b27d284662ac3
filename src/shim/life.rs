//! The shim's life: it takes the folder, starts the agent, serves whatever is ready, and writes the exit last.

use std::fs;
use std::io::Write;
use std::os::fd::BorrowedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use chrono::Utc;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{WaitOptions, wait};

use super::agent::{self, Agent};
use super::clock::RunClock;
use super::ending::{Deed, Ending, SETTLE};
use super::folder::{
    ExitFile, Folder, LogName, PidFile, Policy, Process, Reason, Spec, VERSION, create_private, write_by_rename,
};
use super::identity::Identity;
use super::input::Feed;
use super::link::{self, Heard, Lifeline, Link};
use super::orders::Orders;
use super::protocol::{Ask, Say};
use super::signals::Signals;
use super::sock::Sock;
use super::taps::{Lengths, Taps};
use super::{lock, tree};

/// Where nothing wakes the shim, it looks at its files this often.
const LOOK: Duration = Duration::from_millis(500);
/// Without a Quintet, the shim ends the attempt this long after limit and grace.
const BACKSTOP: Duration = Duration::from_secs(30);
/// So many strangers may be at the door of the socket.
const GUESTS: usize = 8;
/// Room for the exit, taken while there is some.
const RESERVED: usize = 16 << 10;
/// Processes named in the exit.
const NAMED: usize = 50;

/// Why a shim does not own the folder.
pub enum Refused {
    /// Somebody has it, or had it.
    Taken(String),
    Unusable(String),
}

/// A living attempt.
pub struct Life {
    pub(super) spec: Spec,
    pub(super) agent: i32,
    /// How the agent itself ended, once it has.
    pub(super) status: Option<ExitStatus>,
    /// Nothing of the tree is left.
    is_empty: bool,
    pub(super) clock: RunClock,
    pub(super) ending: Ending,
    pub(super) reason: Reason,
    leftovers: Vec<Process>,
    pub(super) limit: Duration,
    pub(super) policy: Policy,
    taps: Taps,
    pub(super) feed: Feed,
    pub(super) orders: Orders,
    quintet: Quintet,
    /// Connections that have not said yet who they are.
    guests: Vec<Link>,
    sock: Option<Sock>,
    signals: Signals,
    told: Lengths,
    /// The last `grew` is not acknowledged.
    awaits_seen: bool,
}

/// What is known of Quintet.
enum Quintet {
    Linked(Link),
    /// Its end of a plain pipe is open.
    Alive(std::os::fd::OwnedFd),
    Gone(Instant),
    /// The place has no lifeline.
    Unknown,
}

/// What woke the shim.
#[derive(Clone, Copy)]
enum Source {
    Children,
    EndSignal,
    Stream(LogName),
    Input,
    Quintet,
    Door,
    Guest(usize),
}

/// Owns the attempt in the folder from start to exit file.
pub fn own(folder: &Folder) -> Result<(), Refused> {
    let unusable = |error: &dyn std::fmt::Display| Refused::Unusable(error.to_string());
    let _lock = match lock::take(folder) {
        Ok(Some(lock)) => lock,
        Ok(None) => return Err(Refused::Taken("another shim owns it".to_owned())),
        Err(error) => return Err(unusable(&error)),
    };
    for trace in [folder.pid(), folder.exit()] {
        if trace.exists() {
            return Err(Refused::Taken(format!("{} is there: it ran already", trace.display())));
        }
    }
    let spec = folder.read_spec().map_err(|error| unusable(&error))?;
    let env = agent::read_env(folder).map_err(|error| unusable(&error))?;
    // A place may have made this a session of its own already.
    let _ = rustix::process::setsid();
    #[cfg(target_os = "linux")]
    rustix::process::set_child_subreaper(Some(rustix::process::getpid())).map_err(|error| unusable(&error))?;
    let signals = Signals::new().map_err(|error| unusable(&error))?;
    let lifeline = link::lifeline().map_err(|error| unusable(&error))?;
    reserve_exit(folder).map_err(|error| unusable(&error))?;
    // Without a socket the files are polled.
    let sock = if spec.place == "local" { Sock::open(folder).ok() } else { None };

    // From here on nobody may start this attempt again: the agent comes after the pid file.
    let mut pid =
        PidFile { v: VERSION, shim: Identity::own(), agent: None, version: env!("CARGO_PKG_VERSION").to_owned() };
    write_by_rename(&folder.pid(), &pid).map_err(|error| unusable(&error))?;
    let _ = fs::remove_file(folder.env());
    let (exit, mut quintet) = match agent::start(&spec, env) {
        Ok(agent) => {
            pid.agent = Identity::of(agent.pid);
            // Only a convenience for people: the mark in the environment finds the tree.
            let _ = write_by_rename(&folder.pid(), &pid);
            Life::new(folder, spec, agent, lifeline, sock, signals).live()
        }
        Err(why) => (cannot_start(why), Quintet::of(lifeline)),
    };
    write_exit(folder, &exit);
    if let Quintet::Linked(link) = &mut quintet {
        link.say(&Say::Exit(exit));
    }
    Ok(())
}

impl Life {
    fn new(
        folder: &Folder,
        spec: Spec,
        agent: Agent,
        lifeline: Lifeline,
        sock: Option<Sock>,
        signals: Signals,
    ) -> Life {
        let mut life = Life {
            agent: agent.pid,
            status: None,
            is_empty: false,
            clock: RunClock::started(Instant::now()),
            ending: Ending::Not,
            reason: Reason::Exited,
            leftovers: Vec::new(),
            limit: spec.limit(),
            policy: spec.policy,
            taps: Taps::new(folder, spec.cap, agent.out, agent.err),
            feed: Feed::new(folder, agent.input),
            orders: Orders::new(folder),
            quintet: Quintet::of(lifeline),
            guests: Vec::new(),
            sock,
            signals,
            told: Lengths::default(),
            awaits_seen: false,
            spec,
        };
        life.say_running();
        life.look();
        life
    }

    /// Serves what is ready until nothing of the tree is left, or what is left cannot be killed.
    fn live(mut self) -> (ExitFile, Quintet) {
        while !self.is_empty && self.ending != Ending::GivenUp {
            let ready = self.wait();
            for source in ready {
                self.serve(source);
            }
            self.turn(Instant::now());
            self.tell();
        }
        self.taps.drain();
        let exit = self.exit();
        (exit, self.quintet)
    }

    fn wait(&mut self) -> Vec<Source> {
        let timeout = self.next_turn().map(|at| {
            let wait = at.saturating_duration_since(Instant::now());
            Timespec { tv_sec: wait.as_secs() as i64, tv_nsec: i64::from(wait.subsec_nanos()) }
        });
        let sources = self.sources();
        let mut fds: Vec<PollFd<'_>> =
            sources.iter().map(|(_, fd, flags)| PollFd::from_borrowed_fd(*fd, *flags)).collect();
        match poll(&mut fds, timeout.as_ref()) {
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => return Vec::new(),
            Err(error) => panic!("poll takes what it is given: {error}"),
        }
        let is_ready = |fd: &PollFd<'_>| !fd.revents().is_empty();
        sources.iter().zip(&fds).filter(|(_, fd)| is_ready(fd)).map(|((source, ..), _)| *source).collect()
    }

    fn sources(&self) -> Vec<(Source, BorrowedFd<'_>, PollFlags)> {
        use std::os::fd::AsFd;
        let mut sources = vec![
            (Source::Children, self.signals.children(), PollFlags::IN),
            (Source::EndSignal, self.signals.end(), PollFlags::IN),
        ];
        for stream in [LogName::Out, LogName::Err] {
            sources.extend(self.taps.pipe(stream).map(|pipe| (Source::Stream(stream), pipe, PollFlags::IN)));
        }
        sources.extend(self.feed.full_pipe().map(|pipe| (Source::Input, pipe, PollFlags::OUT)));
        match &self.quintet {
            Quintet::Linked(link) => sources.push((Source::Quintet, link.as_fd(), PollFlags::IN)),
            Quintet::Alive(pipe) => sources.push((Source::Quintet, pipe.as_fd(), PollFlags::IN)),
            Quintet::Gone(_) | Quintet::Unknown => {}
        }
        sources.extend(self.sock.as_ref().map(|sock| (Source::Door, sock.listener.as_fd(), PollFlags::IN)));
        let guests = self.guests.iter().enumerate();
        sources.extend(guests.map(|(n, guest)| (Source::Guest(n), guest.as_fd(), PollFlags::IN)));
        sources
    }

    fn serve(&mut self, source: Source) {
        match source {
            Source::Children => {
                self.signals.forget();
                self.reap();
            }
            Source::EndSignal => {
                self.signals.forget();
                self.reap();
                self.ask_to_end(Reason::Killed, self.spec.grace());
            }
            Source::Stream(stream) => {
                self.taps.move_some(stream);
            }
            Source::Input => self.feed.copy(),
            Source::Quintet => self.hear_quintet(),
            Source::Door => self.open_door(),
            Source::Guest(n) => self.hear_guest(n),
        }
    }

    /// Does what the time demands.
    fn turn(&mut self, now: Instant) {
        if self.needs_looks() {
            self.look();
        }
        if self.status.is_some() && self.ending == Ending::Not && !self.is_empty {
            self.ending = Ending::Settling { until: now + SETTLE };
        }
        let is_orphan = matches!(self.quintet, Quintet::Gone(_)) && self.policy == Policy::End;
        let is_overdue = self.backstop().is_some_and(|at| now >= at);
        if is_orphan && !self.ending.is_certain() {
            self.ask_to_end(Reason::Orphaned, super::ending::ASKED);
        } else if is_overdue && !self.ending.is_certain() {
            self.ask_to_end(Reason::Backstop, super::ending::ASKED);
        }
        match self.ending.turn(now) {
            Deed::Nothing => {}
            Deed::AskLeftovers => {
                self.leftovers = named(&tree::descendants());
                self.ask_all();
            }
            Deed::KillRound => {
                tree::kill_round();
                self.reap();
            }
        }
    }

    fn next_turn(&self) -> Option<Instant> {
        let look = self.needs_looks().then(|| Instant::now() + LOOK);
        [look, self.ending.next(), self.backstop()].into_iter().flatten().min()
    }

    /// Returns when the shim ends the attempt by itself: long after its limit, and only without a Quintet, which
    /// must have been gone for a while too, since a successor may be about to connect.
    fn backstop(&self) -> Option<Instant> {
        if self.ending.is_certain() {
            return None;
        }
        let overdue = self.clock.when(self.limit.saturating_add(self.spec.grace()).saturating_add(BACKSTOP))?;
        match &self.quintet {
            Quintet::Linked(_) | Quintet::Alive(_) => None,
            Quintet::Gone(since) => Some(overdue.max(*since + BACKSTOP)),
            Quintet::Unknown => Some(overdue),
        }
    }

    /// Nothing would wake the shim for an order.
    fn needs_looks(&self) -> bool {
        self.sock.is_none() && !matches!(self.quintet, Quintet::Linked(_))
    }

    /// TERM and CONT for the whole tree; the kill follows after `wait`.
    fn ask_to_end(&mut self, reason: Reason, wait: Duration) {
        if self.ending.is_certain() {
            return;
        }
        self.blame(reason);
        self.ending = Ending::Asked { kill_at: Instant::now() + wait };
        self.ask_all();
    }

    fn ask_all(&mut self) {
        tree::signal(&tree::descendants(), rustix::process::Signal::TERM);
        self.thaw();
    }

    pub(super) fn thaw(&mut self) {
        tree::thaw();
        self.clock.thaw(Instant::now());
    }

    /// Remembers why it ended, unless the agent had ended before.
    pub(super) fn blame(&mut self, reason: Reason) {
        if self.status.is_none() && self.reason == Reason::Exited {
            self.reason = reason;
        }
    }

    fn reap(&mut self) {
        loop {
            match wait(WaitOptions::NOHANG) {
                Ok(Some((pid, status))) if pid.as_raw_pid() == self.agent && self.status.is_none() => {
                    self.status = Some(ExitStatus::from_raw(status.as_raw()));
                }
                Ok(Some(_)) | Err(rustix::io::Errno::INTR) => {}
                Ok(None) => return,
                // No child, so no descendant: whoever is orphaned below becomes a child.
                Err(_) => {
                    self.is_empty = true;
                    return;
                }
            }
        }
    }

    fn hear_quintet(&mut self) {
        let heard = match &mut self.quintet {
            Quintet::Linked(link) => link.hear(),
            Quintet::Alive(pipe) => match rustix::io::read(pipe, &mut [0_u8; 64]) {
                Ok(length) if length > 0 => Heard::Asked(Vec::new()),
                _ => Heard::Gone(Vec::new()),
            },
            Quintet::Gone(_) | Quintet::Unknown => return,
        };
        let (Heard::Asked(asked) | Heard::Gone(asked)) = &heard;
        for ask in asked {
            self.answer(ask);
        }
        if let Heard::Gone(_) = heard {
            // Orders that it gave before it died count.
            self.look();
            self.quintet = Quintet::Gone(Instant::now());
        }
    }

    fn answer(&mut self, ask: &Ask) {
        match ask {
            Ask::Hello => self.say_running(),
            Ask::Look => self.look(),
            Ask::Seen => self.awaits_seen = false,
            Ask::Said => self.say(&Say::Said),
        }
    }

    fn open_door(&mut self) {
        let Some(sock) = &self.sock else {
            return;
        };
        while let Ok((stream, _)) = sock.listener.accept() {
            if self.guests.len() == GUESTS {
                self.guests.remove(0);
            }
            self.guests.extend(Link::new(stream));
        }
    }

    /// A guest that says hello is a new Quintet: the attempt is its own from now on. Others leave a word and go.
    fn hear_guest(&mut self, n: usize) {
        if n >= self.guests.len() {
            return;
        }
        let heard = self.guests[n].hear();
        let (Heard::Asked(asked) | Heard::Gone(asked)) = &heard;
        if asked.contains(&Ask::Hello) {
            self.quintet = Quintet::Linked(self.guests.remove(n));
            self.told = Lengths::default();
            self.awaits_seen = false;
            for ask in asked {
                self.answer(ask);
            }
            self.look();
        } else {
            for ask in asked.iter().filter(|ask| **ask == Ask::Said) {
                self.answer(ask);
            }
            if let Heard::Gone(_) = heard {
                self.guests.remove(n);
            }
        }
    }

    /// Tells that there is more output, once until it was taken in.
    fn tell(&mut self) {
        let lengths = self.taps.lengths();
        if lengths != self.told && !self.awaits_seen && matches!(self.quintet, Quintet::Linked(_)) {
            self.told = lengths;
            self.awaits_seen = true;
            self.say(&Say::Grew { out: lengths.out, err: lengths.err, dropped: lengths.dropped });
        }
    }

    fn say_running(&mut self) {
        let shim = std::process::id() as i32;
        self.say(&Say::Running { v: VERSION, shim, agent: self.agent });
    }

    pub(super) fn say(&mut self, say: &Say) {
        if let Quintet::Linked(link) = &mut self.quintet {
            link.say(say);
        }
    }

    fn exit(&self) -> ExitFile {
        let lengths = self.taps.lengths();
        ExitFile {
            v: VERSION,
            exit: self.status.and_then(|status| status.code()),
            signal: self.status.and_then(|status| status.signal()),
            reason: self.reason,
            why: None,
            run_s: self.clock.ran(Instant::now()).as_secs_f64(),
            ended: Utc::now(),
            dropped: lengths.dropped,
            out: lengths.out,
            err: lengths.err,
            leftovers: self.leftovers.clone(),
            unkillable: if self.is_empty { Vec::new() } else { named(&tree::descendants()) },
        }
    }
}

impl Quintet {
    fn of(lifeline: Lifeline) -> Quintet {
        match lifeline {
            Lifeline::Link(link) => Quintet::Linked(link),
            Lifeline::Pipe(pipe) => Quintet::Alive(pipe),
            Lifeline::None => Quintet::Unknown,
        }
    }
}

fn named(processes: &[super::procfs::Stat]) -> Vec<Process> {
    processes.iter().take(NAMED).map(|stat| Process { pid: stat.pid, name: stat.name.clone() }).collect()
}

fn cannot_start(why: String) -> ExitFile {
    ExitFile {
        v: VERSION,
        exit: None,
        signal: None,
        reason: Reason::CannotStart,
        why: Some(why),
        run_s: 0.0,
        ended: Utc::now(),
        dropped: 0,
        out: 0,
        err: 0,
        leftovers: Vec::new(),
        unkillable: Vec::new(),
    }
}

/// Takes the room that the exit will need, so that a full disk does not hide it.
fn reserve_exit(folder: &Folder) -> std::io::Result<()> {
    create_private(&folder.exit().with_extension("tmp"))?.write_all(&[b' '; RESERVED])
}

fn write_exit(folder: &Folder, exit: &ExitFile) {
    let path = folder.exit();
    let reserved = path.with_extension("tmp");
    let json = serde_json::to_vec(exit).expect("an exit has no maps with keys that are no strings");
    let in_place = || {
        let mut file = fs::OpenOptions::new().write(true).open(&reserved)?;
        file.write_all(&json)?;
        file.set_len(json.len() as u64)?;
        fs::rename(&reserved, &path)
    };
    // Last try: somebody has tidied the reserved file away.
    if in_place().is_err() {
        let _ = write_by_rename(&path, exit);
    }
}
