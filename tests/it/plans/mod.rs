//! Plans as people write them.

mod read;
