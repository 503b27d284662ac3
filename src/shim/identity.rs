//! Which process it is: a pid alone is used again, so it is never trusted alone.

use serde::{Deserialize, Serialize};

use super::processes;

/// A process, for as long as it may live.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub pid: i32,
    /// When it started: on Linux, clock ticks since the machine did.
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
        let start = processes::stat(pid)?.start;
        Some(Identity { pid, start, boot: processes::boot(), pid_ns: processes::namespace(), host: host() })
    }

    /// Returns the identity of this process.
    pub fn own() -> Identity {
        Identity::of(std::process::id() as i32).expect("the process that asks is alive")
    }

    /// Returns whether this very process is still there and no zombie. False for one of another machine.
    pub fn is_alive(&self) -> bool {
        self.is_of_here()
            && processes::stat(self.pid).is_some_and(|found| found.start == self.start && !found.is_dead())
    }

    /// Returns whether its pid can be looked up here: the same machine, boot and namespace.
    pub fn is_of_here(&self) -> bool {
        self.boot == processes::boot() && self.pid_ns == processes::namespace()
    }
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
