//! The only room that touches the world: clock, files, processes, terminal, sockets. Everything that decides lives above.

pub mod attempts;
pub mod clock;
pub mod files;
pub mod journal;
pub mod lock;
pub mod watcher;
