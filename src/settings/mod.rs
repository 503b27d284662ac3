//! How a run is run: what was said by flags, the plan, `quintet.toml` and the user's config, in that order, becomes one
//! [`Setup`].
//!
//! [`mod@file`] is the format of `quintet.toml` (the user's config has the same), [`merge()`] decides who wins. Pure: the shell
//! reads the files. [`spend`] tells who pays, and
//! [`mod@worst_case`] what it can come to.

pub mod file;
pub mod merge;
mod places;
mod servers;
pub mod span;
pub mod spend;
pub mod trust;
pub mod workspace;
pub mod worst_case;

pub use file::File;
pub use merge::{AgentSetup, Flags, OnCrash, OnQuit, Origin, Problem, Setup, merge};
pub use places::places;
pub use span::{Share, Span};
pub use worst_case::{WorstCase, worst_case};
