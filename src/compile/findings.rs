//! Findings of all agents in one list: doubles merged, the gravest first.

use crate::run::{Entry, Run};
use crate::scheduler::Severity;

/// One finding, whoever made it.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    pub severity: Severity,
    pub text: String,
    pub file: Option<String>,
    pub line: Option<u32>,
    pub rule: Option<String>,
    /// Agents, in the order in which they found it.
    pub sources: Vec<String>,
    /// The severities they gave it, where they differ.
    pub disputed: bool,
}

impl Merged {
    /// Returns `file:line`, if there is a file.
    pub fn place(&self) -> Option<String> {
        let line = self.line.map(|line| format!(":{line}")).unwrap_or_default();
        self.file.as_ref().map(|file| format!("{file}{line}"))
    }
}

/// Returns every finding once: the same place and nearly the same words are one.
pub fn merged(run: &Run) -> Vec<Merged> {
    let mut all: Vec<Merged> = Vec::new();
    for entry in run.feed.findings() {
        match all.iter_mut().find(|known| is_double(known, entry)) {
            Some(known) => {
                if !known.sources.contains(&entry.source) {
                    known.sources.push(entry.source.clone());
                    known.disputed |= known.severity != entry.severity;
                }
                known.severity = known.severity.max(entry.severity);
            }
            None => all.push(Merged {
                severity: entry.severity,
                text: entry.text.clone(),
                file: entry.file.clone(),
                line: entry.line,
                rule: entry.rule.clone(),
                sources: vec![entry.source.clone()],
                disputed: false,
            }),
        }
    }
    all.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    all
}

fn is_double(known: &Merged, entry: &Entry) -> bool {
    let same_place = known.file == entry.file && known.line == entry.line;
    let same_words = || strsim::normalized_levenshtein(&known.text, &entry.text) > 0.8;
    same_place && (known.text == entry.text || (known.rule.is_some() && known.rule == entry.rule) || same_words())
}
