//! The only room that touches the world: loop, terminal, attempts, watcher, journal.
