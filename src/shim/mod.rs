//! The process that owns one attempt: its process tree, its log, its exit status.
//!
//! Quintet writes an attempt's folder and starts `quintet __shim FOLDER`. From then on the attempt lives without
//! Quintet: the shim starts the agent, writes every byte of its output to the log, carries out orders, and writes the
//! exit status last, when nothing of the tree is left.
//!
//! ```text
//!   Quintet ──socket──▶ shim ──▶ agent ──▶ its children, their children, …
//!      │  reads            │ reaps them all (subreaper)
//!      ▼                   ▼
//!   out.0 err.0 exit ◀── the attempt's folder
//! ```
//!
//! One thread, one `poll`, no async. [`folder`], [`protocol`] and [`identity`] are shared with Quintet; the rest is the
//! shim alone. An attempt whose shim was killed is ended from outside, by [`marked`].

/// The files of an attempt and what they hold.
pub mod folder;
/// Orders and what is said over the socket.
pub mod protocol;

/// Whether a process is still the one it was.
pub mod identity;
/// What the system knows of processes.
mod processes;
/// Who can be stopped and killed, and how.
mod tree;

/// Ends what a dead shim left behind.
pub mod marked;

/// What Quintet has done on another host.
pub mod at;

/// Commands beside the agents, which end with Quintet.
pub mod tied;

/// Starting the agent.
mod agent;
/// How long it ran, freezes excluded.
mod clock;
/// Who is there.
mod company;
/// How a tree comes to its end.
mod ending;
/// What the agent gets on its input.
mod input;
/// The shim's life: one loop.
mod life;
/// Quintet at the other end.
mod link;
/// The lock of the folder.
mod lock;
/// Output to files.
mod log;
/// What each order does.
mod obey;
/// Orders in the folder.
mod orders;
/// Taking the folder and giving it back.
mod own;
/// Signals as bytes.
mod signals;
/// Where the socket is.
mod sock;
/// Output from pipes to logs.
mod taps;

pub use folder::{ExitFile, Folder, Input, PidFile, Policy, Process, Reason, Spec};
pub use identity::Identity;
pub use link::said;
pub use lock::is_held;
pub use log::{Layout, Log};
pub use protocol::ShimOrder;
pub use sock::private_base;
pub use sock::tidy;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

/// The exit code of a shim that cannot use its folder: disk full, no descriptors.
pub const UNUSABLE: u8 = 3;

/// Owns the attempt in `folder` until nothing of it is left.
///
/// Exits 0 when the exit file is written, 2 when the folder already has an owner or had one, 3 when the folder cannot
/// be used. A bug leaves its words in the file `panic`.
pub fn main(folder: &Path) -> ExitCode {
    let folder = Folder::new(folder);
    let words = folder.panic();
    std::panic::set_hook(Box::new(move |panic| {
        // Nothing is left to tell it to if this fails too.
        let _ = folder::create_private(&words).and_then(|mut file| writeln!(file, "{panic}"));
    }));
    match own::own(&folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(refused) => {
            eprintln!("quintet: {}: {refused}", folder.path().display());
            match refused {
                own::Refused::Taken(_) => ExitCode::from(2),
                own::Refused::Unusable(_) => ExitCode::from(UNUSABLE),
            }
        }
    }
}
