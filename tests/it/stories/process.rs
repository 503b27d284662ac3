//! A process that is not there: it works for so long, and does what its fate says when it is asked to stop.

use std::time::Duration;

use quintet::scheduler::{End, Outcome, Time};

/// What becomes of an attempt.
#[derive(Debug, Clone)]
pub struct Fate {
    /// How long it works, frozen time not counted; `None`: for ever.
    pub works: Option<Duration>,
    pub outcome: Outcome,
    /// How long it takes to end after TERM; `None`: it ignores TERM.
    pub obeys: Option<Duration>,
    /// How long it takes to write notes and end when it is asked to; `None`: it goes on working.
    pub wraps_up: Option<Duration>,
    /// After so much work it asks the person.
    pub asks_after: Option<Duration>,
    pub verify_ok: bool,
}

impl Fate {
    /// It works so long and ends with its report.
    pub fn done(seconds: u64) -> Fate {
        Fate {
            works: Some(Duration::from_secs(seconds)),
            outcome: outcome(End::Exited { exit: Some(0), signal: None }, true),
            obeys: Some(Duration::from_millis(200)),
            wraps_up: Some(Duration::from_secs(5)),
            asks_after: None,
            verify_ok: true,
        }
    }

    /// It never ends by itself.
    pub fn endless() -> Fate {
        Fate { works: None, ..Fate::done(0) }
    }

    /// It never ends by itself and ignores what it is asked.
    pub fn deaf() -> Fate {
        Fate { works: None, obeys: None, wraps_up: None, ..Fate::done(0) }
    }

    /// It ends with an error.
    pub fn failed(seconds: u64, why: &str) -> Fate {
        let outcome = Outcome {
            why: Some(why.to_owned()),
            report: None,
            progress: false,
            ..outcome(End::Exited { exit: Some(1), signal: None }, false)
        };
        Fate { outcome, ..Fate::done(seconds) }
    }

    /// It ends well and leaves no report.
    pub fn silent(seconds: u64) -> Fate {
        Fate::done(seconds).with(|outcome| outcome.report = None)
    }

    /// Its process and its shim vanish.
    pub fn lost(seconds: u64) -> Fate {
        Fate::failed(seconds, "").with(|outcome| outcome.end = End::Lost)
    }

    /// It cannot be started at all.
    pub fn cannot_start() -> Fate {
        Fate::failed(0, "no such program").with(|outcome| {
            outcome.end = End::CannotStart;
            outcome.hopeless = true;
        })
    }

    /// The machine has no room for it.
    pub fn no_room() -> Fate {
        Fate::failed(0, "No space left on device").with(|outcome| outcome.end = End::NoRoom)
    }

    /// A quota stops it.
    pub fn throttled(seconds: u64, wait: Duration) -> Fate {
        Fate::failed(seconds, "quota").with(|outcome| {
            outcome.throttled_until = Some((chrono::DateTime::UNIX_EPOCH, wait));
        })
    }

    pub fn with(mut self, change: impl FnOnce(&mut Outcome)) -> Fate {
        change(&mut self.outcome);
        self
    }
}

fn outcome(end: End, good: bool) -> Outcome {
    Outcome {
        end,
        good,
        partial: false,
        why: None,
        report: Some(".claude-team/reports/it.md".to_owned()),
        report_optional: false,
        hopeless: false,
        throttled_until: None,
        progress: true,
        tokens: None,
        cost_usd: None,
        tools: std::collections::BTreeMap::new(),
    }
}

/// One attempt's process.
#[derive(Debug)]
pub struct Process {
    pub attempt: u32,
    pub fate: Fate,
    pub limit: Duration,
    /// Until then it waits in the queue of its place.
    pub begins: Time,
    /// Counts up while its box should run: neither frozen nor asking.
    pub boxed: Duration,
    worked: Duration,
    since: Time,
    pub frozen: bool,
    pub asking: bool,
    pub has_asked: bool,
    /// When it ends at the latest since it was asked to or is killed.
    ends_at: Option<Time>,
    pub dead: bool,
}

impl Process {
    pub fn new(attempt: u32, fate: Fate, limit: Duration, begins: Time) -> Process {
        Process {
            attempt,
            fate,
            limit,
            begins,
            boxed: Duration::ZERO,
            worked: Duration::ZERO,
            since: begins,
            frozen: false,
            asking: false,
            has_asked: false,
            ends_at: None,
            dead: false,
        }
    }

    /// Lets time go by.
    pub fn live(&mut self, now: Time) {
        let passed = now.since(self.since);
        self.since = self.since.max(now);
        if !self.frozen && !self.asking {
            self.boxed += passed;
            self.worked += passed;
        }
    }

    pub fn is_queued(&self, now: Time) -> bool {
        now < self.begins
    }

    /// Returns what is told of its end: one that never began is only gone.
    pub fn outcome(&self, now: Time) -> Outcome {
        if self.is_queued(now) { Fate::lost(0).outcome } else { self.fate.outcome.clone() }
    }

    /// Returns when it ends, if nothing else happens.
    pub fn end(&self) -> Option<Time> {
        if self.dead {
            return None;
        }
        let own = self.fate.works.filter(|_| !self.frozen && !self.asking);
        own.map(|works| self.since + works.saturating_sub(self.worked)).into_iter().chain(self.ends_at).min()
    }

    /// Returns when it asks, if nothing else happens.
    pub fn question(&self) -> Option<Time> {
        let after = self.fate.asks_after.filter(|_| !self.has_asked && !self.frozen && !self.dead)?;
        Some(self.since + after.saturating_sub(self.worked))
    }

    /// It ends so much later.
    pub fn end_in(&mut self, now: Time, wait: Duration) {
        let end = now + wait;
        self.ends_at = Some(self.ends_at.map_or(end, |known| known.min(end)));
    }
}
