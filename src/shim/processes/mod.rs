//! What the system knows of processes: parents, groups, states, names. From `/proc`; where there is none (macOS), from
//! `ps`, slowly and as well as it can.

#[cfg(target_os = "linux")]
mod procfs;
#[cfg(target_os = "linux")]
pub use procfs::{all, boot, children, environment, namespace, stat};

#[cfg(not(target_os = "linux"))]
mod ps;
#[cfg(not(target_os = "linux"))]
pub use ps::{all, boot, children, environment, namespace, stat};

/// What is known of one process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stat {
    pub pid: i32,
    pub name: String,
    /// `R`, `S`, `D`, `T`, `t`, `Z`, `X`, …
    pub state: u8,
    pub parent: i32,
    pub group: i32,
    pub session: i32,
    pub threads: u32,
    /// When it started, in a unit of the system: only good to compare.
    pub start: u64,
}

impl Stat {
    /// It does nothing any more, though its number is still taken. A first thread that has ended before the others
    /// looks like a zombie and is none.
    pub fn is_dead(&self) -> bool {
        matches!(self.state, b'Z' | b'X' | b'x') && self.threads <= 1
    }

    /// It is stopped, or in the kernel (`D`) and will be when it comes back, if it was told to.
    pub fn is_still(&self) -> bool {
        matches!(self.state, b'T' | b't' | b'D')
    }

    pub fn is_stopped(&self) -> bool {
        matches!(self.state, b'T' | b't')
    }
}
