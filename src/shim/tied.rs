//! `quintet __tied PARENT COMMAND`: a command that cannot outlive the process that wants it.
//!
//! Commands beside the agents (verify, hooks, setup of worktrees) leave no folder and need no second Quintet to find
//! them: this runs one with `sh -c`, its input and output its own, and ends its whole tree when the command has ended,
//! when PARENT is gone, or at a SIGTERM. It exits as the command did, 128 and the signal if one killed it.

use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitCode, ExitStatus};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, WaitOptions, getppid, wait};

use super::ending::{self, Deed, Ending};
use super::signals::Signals;
use super::tree;

/// The word that starts it.
pub const WORD: &str = "__tied";
/// Where nothing tells of the parent's end, it is looked for this often.
const LOOK: Duration = Duration::from_millis(200);
/// What a shell exits with when it cannot start what it was told to.
const CANNOT_START: u8 = 126;

/// Runs the command and returns how it ended.
pub fn main(words: &[OsString]) -> ExitCode {
    let parent = words.first().and_then(|word| word.to_str()).and_then(|word| word.parse().ok());
    let (Some(parent), Some(command)) = (parent.and_then(Pid::from_raw), words.get(1)) else {
        eprintln!("quintet {WORD} takes: PARENT COMMAND");
        return ExitCode::from(2);
    };
    match live(parent, command) {
        Ok(status) => {
            let signal = || status.signal().map(|signal| 128 + signal);
            ExitCode::from(status.code().or_else(signal).and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
        }
        Err(error) => {
            eprintln!("cannot start: {error}");
            ExitCode::from(CANNOT_START)
        }
    }
}

fn live(parent: Pid, command: &OsStr) -> std::io::Result<ExitStatus> {
    #[cfg(target_os = "linux")]
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
    let mut signals = Signals::new()?;
    let lifeline = lifeline(parent);
    let shell = Command::new("/bin/sh").arg("-c").arg(command).process_group(0).spawn()?;
    let shell = shell.id() as i32;
    let mut status = None;
    let mut ending = Ending::Not;
    loop {
        let is_asked = wait_for(&signals, lifeline.as_ref(), ending.next());
        signals.forget();
        if reap(shell, &mut status) || ending == Ending::GivenUp {
            // What a kill could not end is not waited for.
            return Ok(status.unwrap_or(ExitStatus::from_raw(Signal::KILL.as_raw())));
        }
        let now = Instant::now();
        if !ending.is_certain() && (is_asked || getppid() != Some(parent)) {
            ending = Ending::Asked { kill_at: now + ending::ASKED };
            ask_all();
        } else if status.is_some() && ending == Ending::Not {
            ending = Ending::Settling { until: now + ending::SETTLE };
        }
        match ending.turn(now) {
            Deed::Nothing => {}
            Deed::AskLeftovers => ask_all(),
            Deed::KillRound => tree::kill_round(),
        }
    }
}

/// Waits until something happens or `next` has come. Returns whether a signal asks for the end.
fn wait_for(signals: &Signals, lifeline: Option<&OwnedFd>, next: Option<Instant>) -> bool {
    let look = lifeline.is_none().then_some(LOOK);
    let due = next.map(|at| at.saturating_duration_since(Instant::now()));
    let timeout = [look, due].into_iter().flatten().min();
    let timeout = timeout.map(|wait| Timespec { tv_sec: wait.as_secs() as i64, tv_nsec: wait.subsec_nanos().into() });
    let mut fds = vec![
        PollFd::from_borrowed_fd(signals.end(), PollFlags::IN),
        PollFd::from_borrowed_fd(signals.children(), PollFlags::IN),
    ];
    // Once it has told that the parent is gone, only the time matters: it would tell so without end.
    if next.is_none() {
        fds.extend(lifeline.map(|fd| PollFd::new(fd, PollFlags::IN)));
    }
    match poll(&mut fds, timeout.as_ref()) {
        Ok(_) => !fds[0].revents().is_empty(),
        Err(_) => false,
    }
}

/// Takes in who has ended. Returns whether nothing of the tree is left.
fn reap(shell: i32, status: &mut Option<ExitStatus>) -> bool {
    loop {
        match wait(WaitOptions::NOHANG) {
            Ok(Some((pid, ended))) if pid.as_raw_pid() == shell => *status = Some(ExitStatus::from_raw(ended.as_raw())),
            Ok(Some(_)) | Err(rustix::io::Errno::INTR) => {}
            Ok(None) => return false,
            Err(_) => return tree::IS_REAPER || tree::descendants().is_empty(),
        }
    }
}

fn ask_all() {
    tree::signal(&tree::descendants(), Signal::TERM);
    tree::thaw();
}

/// Returns what can be read when the parent is gone.
#[cfg(target_os = "linux")]
fn lifeline(parent: Pid) -> Option<OwnedFd> {
    rustix::process::pidfd_open(parent, rustix::process::PidfdFlags::empty()).ok()
}

#[cfg(not(target_os = "linux"))]
fn lifeline(_parent: Pid) -> Option<OwnedFd> {
    None
}
