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
    /// Where the same was seen as well, and what was seen there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Also>,
}

/// Another place of a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Also {
    pub place: Place,
    pub statement: String,
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
        self.place.at()
    }

    /// Returns in how many places it was seen.
    pub fn places(&self) -> usize {
        1 + self.also.len()
    }

    /// Returns what was seen, with the number of further places.
    pub fn told(&self) -> String {
        match self.also.len() {
            0 => self.statement.clone(),
            1 => format!("{}; likewise in another place.", self.statement.trim_end_matches('.')),
            many => format!("{}; likewise in {many} more places.", self.statement.trim_end_matches('.')),
        }
    }

    /// Returns a finding for each place of this one.
    pub fn apart(&self) -> Vec<Finding> {
        let alone = |place: &Place, statement: &str| Finding {
            place: place.clone(),
            statement: statement.to_owned(),
            also: Vec::new(),
            ..self.clone()
        };
        let others = self.also.iter().map(|also| alone(&also.place, &also.statement));
        std::iter::once(alone(&self.place, &self.statement)).chain(others).collect()
    }
}

impl From<Finding> for Also {
    fn from(Finding { place, statement, .. }: Finding) -> Also {
        Also { place, statement }
    }
}

impl Place {
    /// Returns `file:line`.
    pub fn at(&self) -> String {
        format!("{}:{}", self.file, self.line)
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
