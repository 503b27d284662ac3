//! Ends what a dead shim left behind: every process that carries the attempt's mark in its environment.
//!
//! The tree has no subreaper any more and its parts may lie anywhere, so they are found by `QUINTET_RUN`,
//! `QUINTET_AGENT` and `QUINTET_ATTEMPT`, by having been started by such a process, and by lying in the dead shim's
//! session. A process that wiped its environment, left the session and lost its parents is not found.

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

use super::folder::{PidFile, Process};
use super::processes::{self, Stat};

/// The variables that mark every process of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    variables: [String; 3],
}

impl Mark {
    pub fn new(run: &str, agent: &str, attempt: u32) -> Mark {
        Mark {
            variables: [
                format!("QUINTET_RUN={run}"),
                format!("QUINTET_AGENT={agent}"),
                format!("QUINTET_ATTEMPT={attempt}"),
            ],
        }
    }

    /// Returns the variables, each as `NAME=VALUE`.
    pub fn variables(&self) -> &[String] {
        &self.variables
    }

    fn is_on(&self, pid: i32) -> bool {
        // Another user's environment cannot be read; it is not ours either.
        let environment = processes::environment(pid);
        let entries: BTreeSet<&[u8]> = environment.split(|&byte| byte == 0).collect();
        self.variables.iter().all(|variable| entries.contains(variable.as_bytes()))
    }
}

/// Returns the living processes of an attempt whose shim is `owner`.
pub fn find(mark: &Mark, owner: Option<&PidFile>) -> Vec<Process> {
    look(mark, owner).into_iter().map(|stat| Process { pid: stat.pid, name: stat.name }).collect()
}

/// Freezes and kills the processes of an attempt until none is found, for at most `limit`. Returns what is left.
///
/// Blocks; a pid is signalled only after its start time was looked at again, through a descriptor that cannot come to
/// mean another process.
pub fn end(mark: &Mark, owner: Option<&PidFile>, limit: Duration) -> Vec<Process> {
    let until = Instant::now() + limit;
    loop {
        let mut told = BTreeSet::new();
        loop {
            let found = look(mark, owner);
            let fresh: Vec<&Stat> = found.iter().filter(|stat| told.insert((stat.pid, stat.start))).collect();
            if fresh.is_empty() {
                break;
            }
            fresh.iter().for_each(|stat| signal(stat, Signal::STOP));
        }
        let found = look(mark, owner);
        found.iter().for_each(|stat| signal(stat, Signal::KILL));
        if found.is_empty() || Instant::now() >= until {
            return found.into_iter().map(|stat| Process { pid: stat.pid, name: stat.name }).collect();
        }
        thread::sleep(Duration::from_millis(5));
    }
}

fn look(mark: &Mark, owner: Option<&PidFile>) -> Vec<Stat> {
    let own = std::process::id() as i32;
    let alive: Vec<Stat> = processes::all().unwrap_or_default().into_iter().filter_map(processes::stat).collect();
    // A session is the dead shim's only if it began after it and on this machine.
    let session = owner.map(|owner| &owner.shim).filter(|shim| shim.is_of_here());
    let in_session = |stat: &Stat| session.is_some_and(|shim| stat.session == shim.pid && stat.start >= shim.start);
    let mut ours: BTreeSet<i32> =
        alive.iter().filter(|stat| in_session(stat) || mark.is_on(stat.pid)).map(|stat| stat.pid).collect();
    ours.remove(&own);
    loop {
        let children: Vec<i32> = alive
            .iter()
            .filter(|stat| ours.contains(&stat.parent) && !ours.contains(&stat.pid) && stat.pid != own)
            .map(|stat| stat.pid)
            .collect();
        if children.is_empty() {
            break;
        }
        ours.extend(children);
    }
    alive.into_iter().filter(|stat| ours.contains(&stat.pid) && !stat.is_dead()).collect()
}

#[cfg(target_os = "linux")]
fn signal(stat: &Stat, signal: Signal) {
    use rustix::process::{PidfdFlags, pidfd_open, pidfd_send_signal};
    let handle = Pid::from_raw(stat.pid).and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok());
    if let Some(handle) = handle.filter(|_| is_same(stat)) {
        // What may not be signalled is in the next look.
        let _ = pidfd_send_signal(handle, signal);
    }
}

#[cfg(not(target_os = "linux"))]
fn signal(stat: &Stat, signal: Signal) {
    if let Some(pid) = Pid::from_raw(stat.pid).filter(|_| is_same(stat)) {
        // What may not be signalled is in the next look.
        let _ = rustix::process::kill_process(pid, signal);
    }
}

fn is_same(stat: &Stat) -> bool {
    processes::stat(stat.pid).is_some_and(|now| now.start == stat.start)
}
