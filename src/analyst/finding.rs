//! What was found, and where.

use serde::{Deserialize, Serialize};

use super::Field;
use crate::scheduler::Severity;

/// One thing that a rule saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The id of the rule.
    pub rule: String,
    pub field: Field,
    pub severity: Severity,
    /// What was seen, in one sentence.
    pub statement: String,
    pub place: Place,
    /// Why it matters here.
    pub why: String,
    /// What to do.
    pub remedy: String,
}

/// A line of the project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Relative to the project, `/`-separated.
    pub file: String,
    /// 1-based.
    pub line: u32,
    /// The line itself, without its indentation, secrets covered.
    pub text: String,
}

impl Finding {
    /// Returns `file:line`.
    pub fn at(&self) -> String {
        format!("{}:{}", self.place.file, self.place.line)
    }
}

/// Returns the word for a severity.
pub fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}
