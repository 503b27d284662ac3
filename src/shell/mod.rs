//! The only room that touches the world: clock, files, processes, terminal, sockets. Everything that decides lives above.

pub mod attach;
pub mod attempts;
pub mod begin;
pub mod clear;
pub mod client;
pub mod clock;
pub mod commands;
pub mod control;
pub mod drive;
pub mod earlier;
pub mod files;
pub mod journal;
pub mod left;
pub mod library;
pub mod lock;
pub mod meet;
pub mod open;
pub mod registry;
pub mod sinks;
pub mod stage;
pub mod start;
pub mod terminal;
pub mod watch;
pub mod watchdog;
pub mod watcher;
pub mod world;
