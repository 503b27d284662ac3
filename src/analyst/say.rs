//! The lines an analyst prints: JSON objects of the public contract, one a line.

use std::io::{self, Write};

use serde::Serialize;

use super::Finding;
use crate::scheduler::Severity;

/// One line.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Line<'a> {
    Text {
        text: &'a str,
    },
    Tool {
        name: &'a str,
        summary: &'a str,
    },
    Criterion {
        n: usize,
        evidence: &'a str,
    },
    Finding {
        severity: Severity,
        text: &'a str,
        file: &'a str,
        line: u32,
        rule: &'a str,
    },
    Urgent {
        severity: Severity,
        text: &'a str,
        file: &'a str,
        line: u32,
        rule: &'a str,
    },
    Result {
        ok: bool,
        text: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        why: Option<&'a str>,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        partial: bool,
    },
}

/// Prints lines, each flushed, so that a screen sees them as they come.
pub struct Mouth<W: Write> {
    out: W,
}

impl<W: Write> Mouth<W> {
    pub fn new(out: W) -> Mouth<W> {
        Mouth { out }
    }

    /// Prints one line.
    pub fn say(&mut self, line: &Line<'_>) -> io::Result<()> {
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        self.out.write_all(&bytes)?;
        self.out.flush()
    }

    /// Prints what it does now.
    pub fn text(&mut self, text: &str) -> io::Result<()> {
        self.say(&Line::Text { text })
    }

    /// Prints that it reads a part of the project.
    pub fn reads(&mut self, what: &str) -> io::Result<()> {
        self.say(&Line::Tool { name: "read", summary: &format!("read {what}") })
    }

    /// Prints a finding; a critical one is urgent as well.
    pub fn found(&mut self, finding: &Finding) -> io::Result<()> {
        let Finding { rule, severity, place, .. } = finding;
        let text = &finding.told();
        if *severity == Severity::Critical {
            let urgent = Line::Urgent { severity: *severity, text, file: &place.file, line: place.line, rule };
            self.say(&urgent)?;
        }
        self.say(&Line::Finding { severity: *severity, text, file: &place.file, line: place.line, rule })
    }
}
