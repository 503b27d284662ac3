//! What is known of an attempt at its place.

use std::path::Path;

use serde::{Deserialize, Serialize};

/// How an attempt is found at its place: the file `handle` of its folder. Written before it is submitted, and once more
/// when the place has given it a name of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handle {
    pub v: u32,
    /// Of the settings.
    pub place: String,
    /// Chosen by Quintet before the submission.
    pub name: String,
    #[serde(default)]
    pub host: Option<String>,
    /// Given by the place.
    #[serde(default)]
    pub job: Option<String>,
}

/// What is to be submitted.
#[derive(Debug, Clone, Copy)]
pub struct Job<'a> {
    /// The attempt's folder; absolute.
    pub folder: &'a Path,
    /// Where the agent works; absolute.
    pub cwd: &'a Path,
    /// Seconds, grace included.
    pub limit_s: f64,
    /// Quintet as it is called here.
    pub own_program: &'a str,
}

/// What a submission said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submitted {
    /// The place has it, under this name of its own if it gives one.
    Taken { job: Option<String> },
    /// It does not have it and never will; why.
    Refused { why: String },
    /// It may have it or not: ask before anything else.
    Unknown { why: String },
}
