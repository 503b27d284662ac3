//! Urgent issues and findings as they are listed.

use crate::app::run::{EntryKind, Run};
use crate::scheduler::Severity;

/// Returns the places of the urgent entries in the feed, newest first.
pub fn urgent(run: &Run) -> Vec<usize> {
    of_kind(run, EntryKind::Urgent).rev().collect()
}

/// Returns how many urgent entries the person has not seen.
pub fn unseen(run: &Run) -> usize {
    run.feed.urgent().filter(|entry| !entry.read).count()
}

/// Returns the places of findings and urgent entries of at least this severity: the worst first, then the newest.
pub fn findings(run: &Run, least: Severity) -> Vec<usize> {
    let mut found: Vec<usize> = (0..run.feed.entries.len())
        .filter(|at| run.feed.entries[*at].kind != EntryKind::Notice && run.feed.entries[*at].severity >= least)
        .collect();
    found.sort_by_key(|at| (std::cmp::Reverse(run.feed.entries[*at].severity), std::cmp::Reverse(*at)));
    found
}

fn of_kind(run: &Run, kind: EntryKind) -> impl DoubleEndedIterator<Item = usize> {
    (0..run.feed.entries.len()).filter(move |at| run.feed.entries[*at].kind == kind)
}
