//! Orders of the person for an attempt that runs.

use std::time::Duration;

use super::brain::{Scheduler, whole_ms};
use super::event::Order;
use super::record::{AgentVerdict, By, EndOrder, Record};
use super::refusal::Refusal;
use super::state::{Phase, Stage};
use crate::plan::AgentId;

impl Scheduler {
    pub(super) fn pause(&mut self, agent: AgentId, attempt: Option<u32>, hard: bool, by: By) -> Result<(), Refusal> {
        let (attempt, stage) = self.running(agent, attempt)?;
        match stage {
            Stage::Starting | Stage::Running | Stage::Asking { .. } => {}
            // There is nothing to stop, and its box stands.
            Stage::Queued { .. } => {
                let word = self.state.agent(agent).word().as_str();
                return Err(Refusal::NotRunning { agent: self.name(agent), word });
            }
            Stage::Paused { .. } => return Err(Refusal::Already { agent: self.name(agent), word: "paused" }),
            Stage::WrappingUp { .. } | Stage::Stopping { .. } | Stage::Killing { .. } => {
                return Err(self.is_ending(agent));
            }
        }
        let frozen = hard || !self.tasks[agent.0].pauses_softly;
        self.emit(Record::AttemptPaused { agent: self.name(agent), attempt, by, frozen });
        if stage != Stage::Starting {
            // The pause of a starting attempt is ordered as soon as its process is there.
            self.order(Order::Freeze { agent, attempt, hard: frozen });
        }
        Ok(())
    }

    /// Lets a paused attempt run on, or a parked agent start again.
    pub(super) fn resume(&mut self, agent: AgentId, attempt: Option<u32>, by: By) -> Result<(), Refusal> {
        self.check_agent(agent)?;
        if self.state.agent(agent).phase == Phase::Parked {
            self.emit(Record::AgentReady { agent: self.name(agent) });
            return Ok(());
        }
        let (attempt, stage) = self.running(agent, attempt)?;
        let Stage::Paused { frozen, .. } = stage else {
            return Err(Refusal::Already { agent: self.name(agent), word: "running" });
        };
        self.emit(Record::AttemptResumed { agent: self.name(agent), attempt, by });
        self.order(Order::Thaw { agent, attempt, hard: frozen });
        self.release_paused(by);
        Ok(())
    }

    /// Makes a box longer. A language model that was asked for its notes since the time was nearly up goes on.
    pub(super) fn extend(
        &mut self,
        agent: AgentId,
        attempt: Option<u32>,
        time: Duration,
        by: By,
    ) -> Result<(), Refusal> {
        let (attempt, stage) = self.running(agent, attempt)?;
        let is_ordered = self.active(agent).is_some_and(|(_, it)| it.order.is_some());
        let goes_on = match stage {
            Stage::Starting | Stage::Queued { .. } | Stage::Running | Stage::Asking { .. } | Stage::Paused { .. } => {
                false
            }
            Stage::WrappingUp { .. } if !is_ordered => true,
            Stage::WrappingUp { .. } | Stage::Stopping { .. } | Stage::Killing { .. } => {
                return Err(self.is_ending(agent));
            }
        };
        let by_s = whole_ms(time).as_secs_f64();
        self.emit(Record::AttemptExtended { agent: self.name(agent), attempt, by_s, by });
        if let Some((active, _)) = self.active(agent) {
            let limit = active.clock.limit;
            let left_s = active.clock.left(self.now).as_secs();
            self.order(Order::Limit { agent, attempt, limit });
            if goes_on {
                self.emit(Record::AttemptResumed { agent: self.name(agent), attempt, by });
                let text = format!("You have more time, {left_s} seconds from now: go on with your task.");
                self.order(Order::Message { agent, attempt, text });
            }
        }
        Ok(())
    }

    pub(super) fn message(&mut self, agent: AgentId, attempt: Option<u32>, text: &str, by: By) -> Result<(), Refusal> {
        let (attempt, stage) = self.running(agent, attempt)?;
        match stage {
            Stage::Queued { .. } => {
                let word = self.state.agent(agent).word().as_str();
                return Err(Refusal::NotRunning { agent: self.name(agent), word });
            }
            Stage::Starting
            | Stage::Running
            | Stage::Asking { .. }
            | Stage::Paused { .. }
            | Stage::WrappingUp { .. } => {}
            Stage::Stopping { .. } | Stage::Killing { .. } => return Err(self.is_ending(agent)),
        }
        if !self.tasks[agent.0].wraps_up {
            return Err(Refusal::CannotBeTold { agent: self.name(agent) });
        }
        self.emit(Record::MessageSent { agent: self.name(agent), attempt, text: text.to_owned(), by });
        self.order(Order::Message { agent, attempt, text: text.to_owned() });
        Ok(())
    }

    /// Ends an attempt before its own end, or an agent between two attempts.
    pub(super) fn end_by_order(
        &mut self,
        agent: AgentId,
        attempt: Option<u32>,
        order: EndOrder,
        by: By,
    ) -> Result<(), Refusal> {
        self.check_agent(agent)?;
        self.check_attempt(agent, attempt)?;
        let Some((active, it)) = self.active(agent) else {
            return self.end_between_attempts(agent, order, by);
        };
        let is_final = it.order.is_some_and(|ordered| match ordered.order {
            EndOrder::Kill | EndOrder::Skip => true,
            EndOrder::HandOver | EndOrder::Park | EndOrder::Stop | EndOrder::Budget => false,
        });
        let is_ending = match active.stage {
            Stage::WrappingUp { .. } | Stage::Stopping { .. } | Stage::Killing { .. } => true,
            Stage::Starting | Stage::Queued { .. } | Stage::Running | Stage::Asking { .. } | Stage::Paused { .. } => {
                false
            }
        };
        let too_late = match order {
            // Its notes are being written already; a successor follows unless it was ordered to stop.
            EndOrder::HandOver => is_ending,
            EndOrder::Park | EndOrder::Stop | EndOrder::Budget => is_final,
            EndOrder::Kill | EndOrder::Skip => false,
        };
        if too_late {
            return Err(self.is_ending(agent));
        }
        self.end_early(agent, order, by);
        Ok(())
    }

    /// Gives an active attempt its order and does the first step of it.
    pub(super) fn end_early(&mut self, agent: AgentId, order: EndOrder, by: By) {
        let Some((active, _)) = self.active(agent) else { return };
        let attempt = active.attempt;
        let within = active.clock.left(self.now).min(self.notes_time(active.clock.limit));
        let within_s = within.as_secs_f64();
        self.emit(Record::AttemptOrdered { agent: self.name(agent), attempt, order, by, within_s });
        self.carry_on_ending(agent);
    }

    /// Does what an ordered end needs next, unless it is done: ask for notes, TERM or kill.
    pub(super) fn carry_on_ending(&mut self, agent: AgentId) {
        let Some((active, it)) = self.active(agent) else { return };
        let Some(ordered) = it.order else { return };
        let why = ordered.order.why(ordered.by);
        let within = ordered.until.since(self.now);
        let stage = active.stage.clone();
        if self.verifying.contains_key(&agent) {
            self.end_unverified(agent);
            return;
        }
        match (ordered.order, stage) {
            (EndOrder::Kill | EndOrder::Skip, Stage::Killing { .. }) => {}
            (EndOrder::Kill | EndOrder::Skip, _) => self.kill(agent, why),
            (_, Stage::WrappingUp { .. } | Stage::Stopping { .. } | Stage::Killing { .. }) => {}
            (_, Stage::Running | Stage::Asking { .. } | Stage::Paused { .. }) if self.tasks[agent.0].wraps_up => {
                self.wrap_up(agent, &why, within);
            }
            (
                _,
                Stage::Starting | Stage::Queued { .. } | Stage::Running | Stage::Asking { .. } | Stage::Paused { .. },
            ) => {
                self.terminate(agent, &why);
            }
        }
    }

    /// Ends, or parks, an agent that has run and would run again.
    fn end_between_attempts(&mut self, agent: AgentId, order: EndOrder, by: By) -> Result<(), Refusal> {
        let state = self.state.agent(agent);
        let name = self.name(agent);
        match &state.phase {
            Phase::Ended { .. } => return Err(Refusal::Already { agent: name, word: state.word().as_str() }),
            Phase::Waiting | Phase::Ready { .. } | Phase::Backoff { .. } | Phase::Parked | Phase::Active(_)
                if state.opening().is_empty() =>
            {
                return Err(Refusal::NotStarted { agent: name });
            }
            Phase::Waiting | Phase::Ready { .. } | Phase::Backoff { .. } | Phase::Parked | Phase::Active(_) => {}
        }
        let why = Some(order.why(by));
        let record = match order {
            EndOrder::HandOver => return Err(Refusal::NotRunning { agent: name, word: state.word().as_str() }),
            EndOrder::Park => Record::AgentParked { agent: name, by },
            EndOrder::Stop | EndOrder::Budget => self.give_up(agent, AgentVerdict::Killed, why),
            EndOrder::Kill => self.ended(agent, AgentVerdict::Killed, why),
            EndOrder::Skip => self.ended(agent, AgentVerdict::Skipped, why),
        };
        self.emit(record);
        Ok(())
    }

    /// Returns the active attempt and its stage, if the order can be meant for it.
    fn running(&self, agent: AgentId, attempt: Option<u32>) -> Result<(u32, Stage), Refusal> {
        self.check_agent(agent)?;
        self.check_attempt(agent, attempt)?;
        let name = self.name(agent);
        if self.verifying.contains_key(&agent) {
            return Err(Refusal::Verifying { agent: name });
        }
        let Some((active, _)) = self.active(agent) else {
            return Err(Refusal::NotRunning { agent: name, word: self.state.agent(agent).word().as_str() });
        };
        Ok((active.attempt, active.stage.clone()))
    }

    /// Refuses an order that was meant for an attempt that is over.
    fn check_attempt(&self, agent: AgentId, attempt: Option<u32>) -> Result<(), Refusal> {
        let now = self.state.agent(agent).last_attempt();
        match attempt {
            Some(wanted) if wanted != now => Err(Refusal::OtherAttempt { wanted, now }),
            Some(_) | None => Ok(()),
        }
    }

    fn is_ending(&self, agent: AgentId) -> Refusal {
        Refusal::Ending { agent: self.name(agent), word: self.state.agent(agent).word().as_str() }
    }
}
