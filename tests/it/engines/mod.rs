//! Recorded output of real agent programs: Claude Code 2.1.330, Codex 0.169.0, Gemini CLI 0.61.0, OpenCode 1.18.33 and
//! ACP agents. Each recording is one attempt; the snapshots show what Quintet hears in it and how it judges the end.

mod account;
mod answered;
mod drive;
mod heard;
mod left;
mod model;
mod paused;
mod real;
mod spent;
mod told;
mod whole;
pub mod world;

use std::path::{Path, PathBuf};

pub use world::{OWN_PROGRAM, briefing, engine};

pub fn recordings() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/engines/recordings")
}
