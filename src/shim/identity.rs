//! Which process it is: a pid alone is used again, so it is never trusted alone.

use std::fs;
use std::os::unix::fs::MetadataExt;

use serde::{Deserialize, Serialize};

use super::procfs;

/// A process, for as long as it may live.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub pid: i32,
    /// Clock ticks from the start of the machine to the start of the process.
    pub start: u64,
    /// A new one after each start of the machine.
    pub boot: String,
    /// The PID namespace in which `pid` counts.
    pub pid_ns: u64,
    pub host: String,
}

impl Identity {
    /// Returns the identity of a living process; `None` if there is none.
    pub fn of(pid: i32) -> Option<Identity> {
        let start = procfs::stat(pid)?.start;
        Some(Identity { pid, start, boot: boot(), pid_ns: pid_namespace(), host: host() })
    }

    /// Returns the identity of this process.
    pub fn own() -> Identity {
        Identity::of(std::process::id() as i32).expect("the process that asks is alive")
    }

    /// Returns whether this very process is still there and no zombie. False for one of another machine.
    pub fn is_alive(&self) -> bool {
        self.is_of_here() && procfs::stat(self.pid).is_some_and(|found| found.start == self.start && !found.is_dead())
    }

    /// Returns whether its pid can be looked up here: the same machine, boot and namespace.
    pub fn is_of_here(&self) -> bool {
        self.boot == boot() && self.pid_ns == pid_namespace()
    }
}

fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
}

fn pid_namespace() -> u64 {
    fs::metadata("/proc/self/ns/pid").map(|namespace| namespace.ino()).unwrap_or_default()
}

fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pid_that_is_used_again_is_another_process() {
        let me = Identity::own();
        assert!(me.is_alive());
        let earlier = Identity { start: me.start - 1, ..me.clone() };
        assert!(!earlier.is_alive());
        let other_boot = Identity { boot: "another".to_owned(), ..me };
        assert!(!other_boot.is_alive());
    }
}
