//! What is kept of the conversation with one attempt's program while it runs.

use std::collections::BTreeSet;

use super::sent::Sent;
use crate::engine::{Judge, Session};
use crate::scheduler::Time;

/// One attempt's conversation.
pub struct Talk {
    pub session: Box<dyn Session>,
    pub judge: Judge,
    /// Findings and urgent issues it told, for its notes.
    pub findings: Vec<String>,
    pub criteria: usize,
    pub files: BTreeSet<String>,
    /// A report it named other than the expected file; relative to the project.
    pub report: Option<String>,
    /// How much of its output an earlier Quintet has heard.
    pub known: u64,
    /// What an earlier Quintet had said to it.
    pub sent: Sent,
    /// What was heard again so far.
    pub again: Again,
    /// How often its process was started again to continue its session.
    pub relaunches: u32,
    /// It was asked for the report that it had not written.
    asked_report: bool,
    /// It was to be asked for its notes before it had a session in which it could be.
    pub owes_wrap_up: bool,
    /// It gave its result, and nothing more was asked of it.
    pub finished: bool,
    /// When its latest `attempt.activity` events went out.
    published: [Option<Time>; EVENTS_A_SECOND],
}

/// What is decided only when all that an earlier Quintet has heard was heard again.
#[derive(Debug, Default)]
pub struct Again {
    /// Up to where it was heard, in bytes of its output.
    pub offset: u64,
    /// How many results it gave, not counting those that a cancel of ours brought about.
    pub results: usize,
    /// Its last result, while nothing has followed it: whether it was good, and whether it had text.
    pub result: Option<(bool, bool)>,
    /// Answers that were due meanwhile, by the question's id.
    pub answers: Vec<(String, String)>,
}

/// The most `attempt.activity` events of one agent in a second.
const EVENTS_A_SECOND: usize = 4;

impl Talk {
    pub fn new(session: Box<dyn Session>, judge: Judge) -> Talk {
        Talk {
            session,
            judge,
            findings: Vec::new(),
            criteria: 0,
            files: BTreeSet::new(),
            report: None,
            known: 0,
            sent: Sent::default(),
            again: Again::default(),
            relaunches: 0,
            asked_report: false,
            owes_wrap_up: false,
            finished: false,
            published: [None; EVENTS_A_SECOND],
        }
    }

    /// Returns whether something is still to be heard again.
    pub fn is_behind(&self) -> bool {
        self.again.offset < self.known
    }

    /// Returns whether it left anything that a successor could build on, as far as its engine tells.
    pub fn made_progress(&self) -> bool {
        !self.findings.is_empty() || self.criteria > 0 || !self.files.is_empty() || self.report.is_some()
    }

    /// Returns whether it should be asked for its report now: nothing shows that it wrote one, and it was not asked yet.
    pub fn lacks_report(&mut self, report: &str) -> bool {
        let lacks = self.report.is_none() && !self.files.contains(report) && !self.asked_report;
        self.asked_report |= lacks;
        lacks
    }

    /// Returns whether one more activity may be published now, and counts it.
    pub fn may_publish(&mut self, now: Time) -> bool {
        let oldest = self.published[0];
        if oldest.is_some_and(|oldest| now.since(oldest).as_millis() < 1000) {
            return false;
        }
        self.published.rotate_left(1);
        self.published[EVENTS_A_SECOND - 1] = Some(now);
        true
    }
}
