//! The shim's life: it serves whatever is ready, and moves the tree towards its end.

use std::os::fd::BorrowedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use chrono::Utc;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{WaitOptions, wait};

use super::agent::Agent;
use super::clock::RunClock;
use super::company::{Company, Door};
use super::ending::{self, BACKSTOP, Deed, Ending, Presence, SETTLE};
use super::folder::{ExitFile, Folder, LogName, Policy, Process, Reason, Spec, VERSION};
use super::input::Feed;
use super::orders::Orders;
use super::protocol::{Ask, Say};
use super::signals::Signals;
use super::taps::Taps;
use super::tree;

/// Where nothing wakes the shim, it looks at its files this often.
const LOOK: Duration = Duration::from_millis(500);
/// Processes named in the exit.
const NAMED: usize = 50;

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
    pub(super) company: Company,
    signals: Signals,
}

/// What woke the shim.
#[derive(Clone, Copy)]
enum Source {
    Children,
    EndSignal,
    Stream(LogName),
    Input,
    Company(Door),
}

impl Life {
    pub fn new(folder: &Folder, spec: Spec, agent: Agent, company: Company, signals: Signals) -> Life {
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
            company,
            signals,
            spec,
        };
        life.say_running();
        life.look();
        life
    }

    /// Serves what is ready until nothing of the tree is left, or what is left cannot be killed.
    pub fn live(mut self) -> (ExitFile, Company) {
        while !self.is_empty && self.ending != Ending::GivenUp {
            let ready = self.wait();
            for source in ready {
                self.serve(source);
            }
            self.turn(Instant::now());
            self.company.tell(self.taps.lengths());
        }
        self.taps.drain();
        let exit = self.exit();
        (exit, self.company)
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
        let mut sources = vec![
            (Source::Children, self.signals.children(), PollFlags::IN),
            (Source::EndSignal, self.signals.end(), PollFlags::IN),
        ];
        for stream in [LogName::Out, LogName::Err] {
            sources.extend(self.taps.pipe(stream).map(|pipe| (Source::Stream(stream), pipe, PollFlags::IN)));
        }
        sources.extend(self.feed.full_pipe().map(|pipe| (Source::Input, pipe, PollFlags::OUT)));
        sources.extend(self.company.doors().map(|(door, fd)| (Source::Company(door), fd, PollFlags::IN)));
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
            Source::Company(door) => {
                for ask in self.company.hear(door) {
                    self.answer(&ask);
                }
            }
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
        let is_orphan = matches!(self.company.presence(), Presence::Gone(_)) && self.policy == Policy::End;
        let is_overdue = self.backstop().is_some_and(|at| now >= at);
        if is_orphan && !self.ending.is_certain() {
            self.ask_to_end(Reason::Orphaned, ending::ASKED);
        } else if is_overdue && !self.ending.is_certain() {
            self.ask_to_end(Reason::Backstop, ending::ASKED);
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

    fn backstop(&self) -> Option<Instant> {
        if self.ending.is_certain() {
            return None;
        }
        let overdue = self.clock.when(self.limit.saturating_add(self.spec.grace()).saturating_add(BACKSTOP))?;
        ending::backstop(overdue, self.company.presence())
    }

    /// Nothing else would tell it of an order: the socket of a Quintet that comes may have been tidied away.
    fn needs_looks(&self) -> bool {
        !self.company.is_linked()
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
                    self.is_empty = tree::IS_REAPER || tree::descendants().is_empty();
                    return;
                }
            }
        }
    }

    fn answer(&mut self, ask: &Ask) {
        match ask {
            Ask::Hello => self.say_running(),
            Ask::Look => self.look(),
            Ask::Seen => self.company.seen(),
            Ask::Said => self.company.say(&Say::Said),
            Ask::Do { line } => self.take_order(line),
        }
    }

    fn say_running(&mut self) {
        let shim = std::process::id() as i32;
        self.company.say(&Say::Running { v: VERSION, shim, agent: self.agent });
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

fn named(processes: &[super::processes::Stat]) -> Vec<Process> {
    processes.iter().take(NAMED).map(|stat| Process { pid: stat.pid, name: stat.name.clone() }).collect()
}
