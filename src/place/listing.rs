//! What a place says of its attempts.

use std::collections::BTreeMap;

use super::Handle;

/// What is seen of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// It waits, and what for.
    Queued { why: String },
    /// It runs, and where.
    Running { on: String },
    /// It is over there. Whether it ended well is for its exit file to say; without one it is lost, or never began.
    Over {
        why: String,
        /// The place or its node ended it, not the attempt itself.
        by_place: bool,
    },
    /// The place does not know it: not yet, or no longer.
    Absent,
    /// The place does not answer, and why; what was known may still be so.
    Silent { why: String },
}

/// A list, by the place's own names and by Quintet's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    jobs: BTreeMap<String, Seen>,
    names: BTreeMap<String, Seen>,
}

impl Listing {
    /// Adds one; a later one of the same name counts.
    pub fn add(&mut self, job: &str, name: &str, seen: Seen) {
        self.jobs.insert(job.to_owned(), seen.clone());
        self.names.insert(name.to_owned(), seen);
    }

    /// Returns what is seen of an attempt; `None`: the place does not know it.
    pub fn of(&self, handle: &Handle) -> Option<&Seen> {
        match &handle.job {
            Some(job) => self.jobs.get(job),
            None => self.names.get(&handle.name),
        }
    }
}
