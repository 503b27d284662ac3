//! Time as the scheduler knows it: milliseconds since the machine started, sleep of the machine excluded.

use std::ops::Add;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A moment: milliseconds of `CLOCK_MONOTONIC`, which all processes of one boot share.
///
/// It is always a parameter; only `shell/clock.rs` reads it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(pub u64);

impl Time {
    /// Returns how long ago `earlier` was; zero if it is not earlier.
    pub fn since(self, earlier: Time) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Time {
    type Output = Time;

    fn add(self, wait: Duration) -> Time {
        Time(self.0.saturating_add(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)))
    }
}

/// The clock of one time box: it runs, and it stops while the attempt is paused or asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BoxClock {
    pub limit: Duration,
    /// What had run when the clock last stopped.
    ran: Duration,
    /// Since when it runs; `None` while it is stopped.
    running_since: Option<Time>,
}

impl BoxClock {
    /// Returns a clock that has started.
    pub fn started(limit: Duration, now: Time) -> BoxClock {
        BoxClock { limit, ran: Duration::ZERO, running_since: Some(now) }
    }

    /// Returns a clock that has not started.
    pub fn standing(limit: Duration) -> BoxClock {
        BoxClock { limit, ran: Duration::ZERO, running_since: None }
    }

    /// Returns how long the box has run.
    pub fn ran(&self, now: Time) -> Duration {
        self.ran + self.running_since.map_or(Duration::ZERO, |since| now.since(since))
    }

    /// Returns how much of the box is left; zero when it is over.
    pub fn left(&self, now: Time) -> Duration {
        self.limit.saturating_sub(self.ran(now))
    }

    /// Returns when `left` falls to `left`, if the clock runs on; `None` while it is stopped.
    pub fn when_left(&self, left: Duration) -> Option<Time> {
        let since = self.running_since?;
        Some(since + self.limit.saturating_sub(left).saturating_sub(self.ran))
    }

    pub fn is_stopped(&self) -> bool {
        self.running_since.is_none()
    }

    /// Stops the clock; nothing happens if it stands.
    pub fn stop(&mut self, now: Time) {
        self.ran = self.ran(now);
        self.running_since = None;
    }

    /// Lets the clock run on; nothing happens if it runs.
    pub fn run_on(&mut self, now: Time) {
        self.running_since.get_or_insert(now);
    }

    /// Makes the box longer.
    pub fn extend(&mut self, by: Duration) {
        self.limit += by;
    }
}
