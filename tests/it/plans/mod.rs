//! Plans as people write them.

mod endure;
mod missing;
mod read;
mod refused;
