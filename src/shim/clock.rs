//! How long the agent ran, freezes excluded.

use std::time::{Duration, Instant};

#[derive(Debug, Clone, Copy)]
pub struct RunClock {
    ran: Duration,
    /// `None` while the tree is frozen.
    running_since: Option<Instant>,
}

impl RunClock {
    pub fn started(now: Instant) -> RunClock {
        RunClock { ran: Duration::ZERO, running_since: Some(now) }
    }

    pub fn ran(&self, now: Instant) -> Duration {
        self.ran + self.running_since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since))
    }

    /// Returns when it will have run `limit`; `None` while the tree is frozen, or in some millions of years.
    pub fn when(&self, limit: Duration) -> Option<Instant> {
        self.running_since?.checked_add(limit.saturating_sub(self.ran))
    }

    pub fn freeze(&mut self, now: Instant) {
        self.ran = self.ran(now);
        self.running_since = None;
    }

    pub fn thaw(&mut self, now: Instant) {
        self.running_since.get_or_insert(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_freeze_moves_the_end_by_its_length() {
        let start = Instant::now();
        let second = Duration::from_secs(1);
        let mut clock = RunClock::started(start);
        clock.freeze(start + second);
        assert_eq!(clock.when(3 * second), None);
        clock.thaw(start + 5 * second);
        assert_eq!(clock.when(3 * second), Some(start + 7 * second));
        assert_eq!(clock.ran(start + 6 * second), 2 * second);
    }
}
