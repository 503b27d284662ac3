//! The only room that touches the world: loop, terminal, attempts, watcher, journal.

/// Attempts that run on this machine.
pub mod attempts;
