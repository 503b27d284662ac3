//! Urgent issues and findings as they are listed.

use crate::run::{Entry, EntryKind, Run};
use crate::scheduler::Severity;

/// Returns the places of what is shown in the feed, newest first: urgent entries, and what Quintet could not do.
pub fn urgent(run: &Run) -> Vec<usize> {
    (0..run.feed.entries.len()).rev().filter(|at| is_shown(&run.feed.entries[*at])).collect()
}

fn is_shown(entry: &Entry) -> bool {
    match entry.kind {
        EntryKind::Urgent => true,
        EntryKind::Notice => entry.severity >= Severity::Medium,
        EntryKind::Finding => false,
    }
}

/// Returns how many entries of the feed the person has not seen.
pub fn unseen(run: &Run) -> usize {
    run.feed.entries.iter().filter(|entry| is_shown(entry) && !entry.read).count()
}

/// Returns how many of them are urgent issues that agents have raised.
pub fn unseen_urgent(run: &Run) -> usize {
    run.feed.urgent().filter(|entry| !entry.read).count()
}

/// Returns the places of findings and urgent entries of at least this severity: the worst first, then the newest. A
/// finding that was raised as urgent too is there once.
pub fn findings(run: &Run, least: Severity) -> Vec<usize> {
    let is_listed = |entry: &Entry| match entry.kind {
        EntryKind::Urgent => true,
        EntryKind::Finding => !run.feed.knows_urgent(&entry.text, entry.file.as_deref(), entry.line),
        EntryKind::Notice => false,
    };
    let entries = run.feed.entries.iter().enumerate();
    let mut found: Vec<usize> =
        entries.filter(|(_, entry)| entry.severity >= least && is_listed(entry)).map(|(at, _)| at).collect();
    found.sort_by_key(|at| (std::cmp::Reverse(run.feed.entries[*at].severity), std::cmp::Reverse(*at)));
    found
}
