//! Which attempt sits where. An attempt keeps its place on the screen until it ends, whoever comes and goes beside
//! it; the next one takes the free place and shows for a while whose it was.

use std::time::Duration;

use crate::plan::AgentId;
use crate::run::Run;
use crate::scheduler::{AttemptVerdict, EndOrder, Record, Time};

/// How long a place tells who was there before.
pub const REMEMBERED: Duration = Duration::from_secs(10);

/// An attempt of an agent: what a key is aimed at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Aim {
    pub agent: AgentId,
    /// 0: an agent that has not started.
    pub attempt: u32,
}

/// A place for an attempt.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Seat {
    pub aim: Option<Aim>,
    pub was: Option<Was>,
}

/// Who sat there before, and how that ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Was {
    pub agent: AgentId,
    pub verdict: AttemptVerdict,
    /// What the person or a budget ended it for.
    pub order: Option<EndOrder>,
    pub at: Time,
}

/// All places.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Seats {
    seats: Vec<Seat>,
}

impl Seats {
    /// Returns the places as they are now, at least as many as the run has slots; none when it has ended.
    pub fn now(&self, run: &Run) -> Vec<Seat> {
        let mut seats = self.clone();
        seats.settle(run);
        seats.seats
    }

    /// Takes in that something happened. `run` knows it already.
    pub fn changed(&mut self, run: &Run, now: Time, record: &Record) {
        if let Record::AttemptEnded { agent, attempt, verdict, .. } = record
            && let Some(agent) = run.state.find(agent)
        {
            let ended = Aim { agent, attempt: *attempt };
            let its = run.state.agent(agent).attempts.iter().rev().find(|it| it.n == *attempt);
            let order = its.and_then(|it| it.order.as_ref()).map(|ordered| ordered.order);
            if let Some(seat) = self.seats.iter_mut().find(|seat| seat.aim == Some(ended)) {
                *seat = Seat { aim: None, was: Some(Was { agent, verdict: *verdict, order, at: now }) };
            }
        }
        for seat in &mut self.seats {
            seat.was.take_if(|was| now.since(was.at) >= REMEMBERED);
        }
        self.settle(run);
    }

    /// Returns when the next place forgets who was there.
    pub fn next_change(&self, now: Time) -> Option<Time> {
        self.seats
            .iter()
            .filter_map(|seat| seat.was.as_ref())
            .map(|was| was.at + REMEMBERED)
            .filter(|at| *at > now)
            .min()
    }

    fn settle(&mut self, run: &Run) {
        let active: Vec<Aim> =
            run.state.active().map(|(agent, active)| Aim { agent, attempt: active.attempt }).collect();
        for seat in &mut self.seats {
            seat.aim = seat.aim.filter(|aim| active.contains(aim));
        }
        for aim in active {
            if self.seats.iter().any(|seat| seat.aim == Some(aim)) {
                continue;
            }
            // A successor sits where its predecessor sat; else the place that has been free the longest.
            let own = self
                .seats
                .iter()
                .position(|seat| seat.aim.is_none() && seat.was.as_ref().is_some_and(|was| was.agent == aim.agent));
            let free = own.or_else(|| {
                let free = self.seats.iter().enumerate().filter(|(_, seat)| seat.aim.is_none());
                free.min_by_key(|(at, seat)| (seat.was.as_ref().map(|was| was.at), *at)).map(|(at, _)| at)
            });
            match free {
                Some(at) => self.seats[at].aim = Some(aim),
                None => self.seats.push(Seat { aim: Some(aim), was: None }),
            }
        }
        let wanted = if run.state.ended.is_some() { 0 } else { run.state.slots };
        while self.seats.len() < wanted {
            self.seats.push(Seat::default());
        }
        while self.seats.len() > wanted {
            let Some(empty) = self.seats.iter().rposition(|seat| seat.aim.is_none()) else { break };
            self.seats.remove(empty);
        }
    }
}
