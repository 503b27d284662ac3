//! The tree below this process: who is in it, and how all of it is stopped, continued, killed.
//!
//! On Linux the shim is a subreaper, so whatever the agent starts, setsid'd and orphaned twice over, stays its
//! descendant. Elsewhere what lies in the shim's session counts too, and an orphan in a session of its own is lost.
//! A pid is signalled within microseconds of having been seen; only a whole turn of the pid space in between could
//! make it another process.

use std::collections::{BTreeSet, VecDeque};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use super::processes::{self, Stat};

/// A freeze that lasts longer than this is taken as it is; the next round goes on.
const FREEZE: Duration = Duration::from_millis(150);

/// Orphans of the tree become children of the shim, so that no child means no descendant.
pub const IS_REAPER: bool = cfg!(target_os = "linux");

/// Returns every living process below this one, parents before children.
pub fn descendants() -> Vec<Stat> {
    let own = std::process::id() as i32;
    let mut found = below(own).unwrap_or_else(|| below_by_parents(own));
    found.retain(|stat| !stat.is_dead());
    found
}

/// Sends a signal to every process of a list, and to their process groups, which no fork can slip out of.
///
/// All groups of the tree lie in sessions of the tree, so no stranger is in one of them; only the shim's own group is
/// left out, and group 1, which to `kill` means everybody.
pub fn signal(processes: &[Stat], signal: Signal) {
    let own = rustix::process::getpgrp().as_raw_pid();
    let (alone, grouped): (Vec<&Stat>, Vec<&Stat>) =
        processes.iter().partition(|stat| stat.group == own || stat.group <= 1);
    let groups: BTreeSet<i32> = grouped.iter().map(|stat| stat.group).collect();
    for group in groups.into_iter().filter_map(Pid::from_raw) {
        // It may be gone, or another user's: what is left shows in the next look.
        let _ = kill_process_group(group, signal);
    }
    for pid in alone.into_iter().filter_map(|stat| Pid::from_raw(stat.pid)) {
        let _ = kill_process(pid, signal);
    }
}

/// Stops the whole tree; a process with a SIGSTOP pending cannot fork, so this ends. Returns whether all of it
/// stands.
pub fn freeze() -> bool {
    let until = Instant::now() + FREEZE;
    loop {
        forbid_forks(until);
        // Sent is not stopped: each must be scheduled once to stop.
        let awake = descendants().iter().any(|stat| !stat.is_still());
        if !awake {
            return true;
        }
        if Instant::now() >= until {
            return false;
        }
        thread::sleep(Duration::from_micros(500));
    }
}

/// Lets the whole tree run on.
pub fn thaw() {
    signal(&descendants(), Signal::CONT);
}

/// Freezes and kills what is there. One round is enough unless something forks faster than it is looked at.
pub fn kill_round() {
    forbid_forks(Instant::now() + FREEZE);
    signal(&descendants(), Signal::KILL);
}

/// Sends SIGSTOP until nobody is seen who did not get it.
fn forbid_forks(until: Instant) {
    let mut told = BTreeSet::new();
    loop {
        let fresh: Vec<Stat> = descendants()
            .into_iter()
            .filter(|stat| !stat.is_stopped())
            .filter(|stat| told.insert((stat.pid, stat.start)))
            .collect();
        if fresh.is_empty() || Instant::now() >= until {
            return;
        }
        signal(&fresh, Signal::STOP);
    }
}

fn below(own: i32) -> Option<Vec<Stat>> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::from([own]);
    let mut parents = VecDeque::from([own]);
    while let Some(parent) = parents.pop_front() {
        for child in processes::children(parent)? {
            if seen.insert(child) {
                found.extend(processes::stat(child));
                parents.push_back(child);
            }
        }
    }
    Some(found)
}

fn below_by_parents(own: i32) -> Vec<Stat> {
    let mut others: Vec<Stat> = processes::all().unwrap_or_default().into_iter().filter_map(processes::stat).collect();
    let mut found: Vec<Stat> = Vec::new();
    if !IS_REAPER {
        others.retain(|stat| stat.pid != own);
        found.extend(others.extract_if(.., |stat| stat.session == own));
    }
    let mut parents: BTreeSet<i32> = found.iter().map(|stat| stat.pid).chain([own]).collect();
    while !parents.is_empty() {
        let (children, rest): (Vec<Stat>, Vec<Stat>) =
            others.into_iter().partition(|stat| parents.contains(&stat.parent));
        parents = children.iter().map(|stat| stat.pid).collect();
        found.extend(children);
        others = rest;
    }
    found
}
