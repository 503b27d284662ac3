//! Handoff notes: what an attempt that ran out of time leaves, and what its successor reads from them.
//!
//! The lines on checks and findings have a fixed form, so that they survive being quoted in another document.

use std::sync::LazyLock;

use regex::Regex;

use super::rules::{Rule, rules};
use super::work::{self, Checked};
use super::{Finding, Place, finding};
use crate::scheduler::Severity;

/// Handoff notes are never longer.
const MOST_BYTES: usize = 8 * 1024;

/// Returns the notes.
pub fn write(agent: &str, checked: &[Checked], open: &[&Rule]) -> String {
    let mut notes = format!("# Handoff notes of {agent}\n\n## Checked\n\n");
    if checked.is_empty() {
        notes.push_str("Nothing yet.\n");
    }
    let mut lines = String::new();
    let mut left = MOST_BYTES - 3000;
    for check in checked {
        let apart: Vec<Finding> = check.findings.iter().flat_map(Finding::apart).collect();
        let found: String = apart.iter().map(line).collect();
        // Findings that do not fit are found again: their check counts as open for the successor.
        let fits = found.len() <= left;
        if fits {
            left -= found.len();
            lines.push_str(&found);
        }
        let many = apart.len();
        notes.push_str(&format!(
            "- checked `{}`: {} {}, {many} found\n",
            check.rule.id, check.looked_at, check.rule.looks_at
        ));
    }
    notes.push_str("\n## Open\n\n");
    if open.is_empty() {
        notes.push_str("Nothing but the report.\n");
    }
    for rule in open {
        notes.push_str(&format!("- open `{}`: {}\n", rule.id, rule.title));
    }
    notes.push_str("\n## Findings so far\n\n");
    notes.push_str(if lines.is_empty() { "None.\n" } else { &lines });
    cut(notes)
}

/// Returns the notes of an agent whose task no rule fits.
pub fn write_none(agent: &str, task: &str) -> String {
    cut(format!(
        "# Handoff notes of {agent}\n\n## Checked\n\nNothing: the built-in analysts have no rule for this task.\n\n## Open\n\nThe whole task: {task}\n\n## Findings so far\n\nNone.\n"
    ))
}

fn line(found: &Finding) -> String {
    let Finding { rule, severity, statement, .. } = found;
    format!("- finding `{rule}` {} `{}`: {statement}\n", finding::word(*severity), found.at())
}

fn cut(mut notes: String) -> String {
    if notes.len() > MOST_BYTES {
        let end = (0..=MOST_BYTES - 4).rev().find(|at| notes.is_char_boundary(*at)).unwrap_or(0);
        notes.truncate(end);
        notes.push_str("…\n");
    }
    notes
}

static CHECKED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?m)^[ >]*- checked `([a-z-]+)`: (\d+) .*, (\d+) found$").expect("it is a pattern"));
static FINDING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)^[ >]*- finding `([a-z-]+)` (\w+) `([^`\n]+):(\d+)`: (.*)$").expect("it is a pattern")
});

/// Returns the checks that a predecessor has made, with all they found; what is not whole is left out, to be made again.
/// `place` knows the lines of the project.
pub fn read(notes: &str, place: &dyn Fn(&str, u32) -> Option<Place>) -> Vec<Checked> {
    let mut checks = Vec::new();
    for made in CHECKED.captures_iter(notes) {
        let Some(rule) = rules().find(|rule| rule.id == &made[1]) else { continue };
        let findings: Vec<Finding> = FINDING
            .captures_iter(notes)
            .filter(|found| found[1] == made[1])
            .filter_map(|found| again(rule, &found, place))
            .collect();
        let is_whole = made[3].parse() == Ok(findings.len());
        let is_new = !checks.iter().any(|check: &Checked| check.rule.id == rule.id);
        if let (true, true, Ok(looked_at)) = (is_whole, is_new, made[2].parse()) {
            let findings = work::gathered(findings);
            checks.push(Checked { rule, looked_at, findings, more: 0, allowed: Vec::new(), broke: false });
        }
    }
    checks
}

fn again(
    rule: &'static Rule,
    found: &regex::Captures<'_>,
    place: &dyn Fn(&str, u32) -> Option<Place>,
) -> Option<Finding> {
    let severity = [Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical]
        .into_iter()
        .find(|severity| finding::word(*severity) == &found[2])?;
    let place = place(&found[3], found[4].parse().ok()?)?;
    Some(Finding {
        rule: rule.id.to_owned(),
        field: rule.field,
        severity,
        statement: found[5].to_owned(),
        place,
        why: rule.rationale.to_owned(),
        remedy: rule.remedy.to_owned(),
        also: Vec::new(),
    })
}
