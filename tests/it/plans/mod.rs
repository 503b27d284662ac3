//! Plans as people write them.

mod endure;
mod read;
mod refused;
