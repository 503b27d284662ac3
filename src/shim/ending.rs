//! How a tree comes to its end: asked, then killed in rounds until nobody is left. Decisions only.

use std::time::{Duration, Instant};

/// What outlives the agent for less than this was only slower to leave.
pub const SETTLE: Duration = Duration::from_millis(30);
/// From the TERM of a tree without a master to its kill.
pub const ASKED: Duration = Duration::from_secs(1);
/// Kill rounds go on for this long.
const KILLING: Duration = Duration::from_millis(950);

/// Without a Quintet, the shim ends the attempt this long after limit and grace.
pub const BACKSTOP: Duration = Duration::from_secs(30);

/// What is known of Quintet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    Here,
    Gone(Instant),
    /// The place has no lifeline.
    Unknown,
}

/// Returns when the shim ends an attempt by itself that is `overdue` then: only without a Quintet, which must have
/// been gone for a while too, since its successor may be about to connect.
pub fn backstop(overdue: Instant, quintet: Presence) -> Option<Instant> {
    match quintet {
        Presence::Here => None,
        Presence::Gone(since) => Some(overdue.max(since + BACKSTOP)),
        Presence::Unknown => Some(overdue),
    }
}

/// Where the end of the tree stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Ending {
    /// Nobody wants it.
    Not,
    /// The agent has exited, others are still there: for a moment that is normal.
    Settling {
        until: Instant,
    },
    /// All of it got a TERM.
    Asked {
        kill_at: Instant,
    },
    Killing {
        give_up_at: Instant,
        next_round: Instant,
        pause: Duration,
    },
    /// What is left cannot be killed.
    GivenUp,
}

/// What must be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    Nothing,
    /// TERM and CONT to what the agent left behind.
    AskLeftovers,
    KillRound,
}

impl Ending {
    /// Returns the end that starts with kill rounds.
    pub fn kill(now: Instant) -> Ending {
        Ending::Killing { give_up_at: now + KILLING, next_round: now, pause: Duration::from_millis(2) }
    }

    /// Returns whether the tree will be ended whatever comes.
    pub fn is_certain(&self) -> bool {
        match self {
            Ending::Not | Ending::Settling { .. } => false,
            Ending::Asked { .. } | Ending::Killing { .. } | Ending::GivenUp => true,
        }
    }

    /// Returns when to call [`Ending::turn`] again.
    pub fn next(&self) -> Option<Instant> {
        match self {
            Ending::Not | Ending::GivenUp => None,
            Ending::Settling { until } => Some(*until),
            Ending::Asked { kill_at } => Some(*kill_at),
            Ending::Killing { next_round, .. } => Some(*next_round),
        }
    }

    /// Moves on and returns what must be done.
    pub fn turn(&mut self, now: Instant) -> Deed {
        match *self {
            Ending::Settling { until } if now >= until => {
                *self = Ending::Asked { kill_at: now + ASKED };
                Deed::AskLeftovers
            }
            Ending::Asked { kill_at } if now >= kill_at => {
                *self = Ending::kill(now);
                self.turn(now)
            }
            Ending::Killing { give_up_at, .. } if now >= give_up_at => {
                *self = Ending::GivenUp;
                Deed::Nothing
            }
            Ending::Killing { give_up_at, next_round, pause } if now >= next_round => {
                let longer = (pause * 2).min(Duration::from_millis(50));
                *self = Ending::Killing { give_up_at, next_round: now + pause, pause: longer };
                Deed::KillRound
            }
            Ending::Not | Ending::Settling { .. } | Ending::Asked { .. } | Ending::Killing { .. } | Ending::GivenUp => {
                Deed::Nothing
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leftovers_are_asked_then_killed_and_given_up_within_two_seconds() {
        let start = Instant::now();
        let mut ending = Ending::Settling { until: start + SETTLE };
        let mut deeds = Vec::new();
        let mut now = start;
        while let Some(next) = ending.next() {
            now = next;
            deeds.push(ending.turn(now));
        }
        assert_eq!(ending, Ending::GivenUp);
        assert!(now - start <= Duration::from_secs(2), "{:?}", now - start);
        assert_eq!((deeds[0], deeds[1]), (Deed::AskLeftovers, Deed::KillRound));
        assert!(deeds.iter().filter(|&&deed| deed == Deed::KillRound).count() > 15);
    }

    #[test]
    fn the_backstop_is_only_for_a_quintet_that_is_gone_and_stays_so() {
        let start = Instant::now();
        let overdue = start + Duration::from_secs(940);
        assert_eq!(backstop(overdue, Presence::Here), None);
        assert_eq!(backstop(overdue, Presence::Unknown), Some(overdue));
        assert_eq!(backstop(overdue, Presence::Gone(start)), Some(overdue));
        // An agent that was interrupted for an hour is not overdue because Quintet changes hands.
        let handover = start + Duration::from_secs(3600);
        assert_eq!(backstop(overdue, Presence::Gone(handover)), Some(handover + BACKSTOP));
    }
}
