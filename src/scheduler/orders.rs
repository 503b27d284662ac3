//! Orders of the person for the run and for agents that do not run.

use super::brain::Scheduler;
use super::event::{Command, Order};
use super::hold::PAUSED;
use super::record::{AgentVerdict, By, EndOrder, Record};
use super::refusal::Refusal;
use super::state::{Mode, Phase, Stage};
use crate::plan::AgentId;

impl Scheduler {
    /// Carries an order out, or says why not.
    pub(super) fn person(&mut self, command: Command, by: By) {
        if let Err(refusal) = self.carry_out(&command, by) {
            self.order(Order::Refused { command, why: refusal.to_string() });
        }
    }

    fn carry_out(&mut self, command: &Command, by: By) -> Result<(), Refusal> {
        if self.state.mode == Mode::Ended {
            return Err(Refusal::RunEnded);
        }
        if self.compiling {
            return Err(Refusal::Compiling);
        }
        match command {
            Command::Pause { agent, attempt, hard } => self.pause(*agent, *attempt, *hard, by),
            Command::Resume { agent, attempt } => self.resume(*agent, *attempt, by),
            Command::Park { agent, attempt } => self.end_by_order(*agent, *attempt, EndOrder::Park, by),
            Command::HandOver { agent, attempt } => self.end_by_order(*agent, *attempt, EndOrder::HandOver, by),
            Command::Stop { agent, attempt } => self.end_by_order(*agent, *attempt, EndOrder::Stop, by),
            Command::Kill { agent, attempt } => self.end_by_order(*agent, *attempt, EndOrder::Kill, by),
            Command::Extend { agent, attempt, by: time } => self.extend(*agent, *attempt, *time, by),
            Command::Message { agent, attempt, text } => self.message(*agent, *attempt, text, by),
            Command::Retry { agent, engine } => self.retry_now(*agent, engine.clone(), by),
            Command::Skip { agent } => self.skip(*agent, by),
            Command::Force { agent } => self.force(*agent, by),
            Command::Next { agent } => self.next(*agent, by),
            Command::PauseAll => self.pause_all(by),
            Command::ResumeAll => self.resume_all(by),
            Command::StopAll => self.stop_all(by),
            Command::KillAll => self.kill_all(by),
            Command::Slots(slots) => self.change_slots(*slots, by),
            Command::Drain => self.drain(by),
            Command::Release => self.release(by),
        }
    }

    fn retry_now(&mut self, agent: AgentId, engine: Option<String>, by: By) -> Result<(), Refusal> {
        self.check_agent(agent)?;
        self.check_starting()?;
        let state = self.state.agent(agent);
        let word = state.word().as_str();
        let name = self.name(agent);
        match &state.phase {
            Phase::Active(_) => return Err(Refusal::Running { agent: name }),
            Phase::Waiting | Phase::Ready { .. } | Phase::Parked => {
                return Err(Refusal::NotEnded { agent: name, word });
            }
            Phase::Backoff { .. } | Phase::Ended { .. } => {}
        }
        if state.budget_spent {
            return Err(Refusal::OwnBudgetSpent { agent: name });
        }
        let forced = state.forced;
        if let Some(need) = self.broken_need(agent).filter(|_| !forced) {
            return Err(Refusal::NeedBroken { agent: name, need });
        }
        self.reopen(agent, by, forced, engine);
        Ok(())
    }

    fn skip(&mut self, agent: AgentId, by: By) -> Result<(), Refusal> {
        self.check_agent(agent)?;
        let state = self.state.agent(agent);
        match &state.phase {
            Phase::Active(_) => return self.end_by_order(agent, None, EndOrder::Skip, by),
            Phase::Ended { verdict: AgentVerdict::Done | AgentVerdict::Partial | AgentVerdict::Skipped, .. } => {
                return Err(Refusal::Already { agent: self.name(agent), word: state.word().as_str() });
            }
            Phase::Waiting | Phase::Ready { .. } | Phase::Backoff { .. } | Phase::Parked | Phase::Ended { .. } => {}
        }
        let record = self.ended(agent, AgentVerdict::Skipped, Some(EndOrder::Skip.why(by)));
        self.emit(record);
        Ok(())
    }

    fn force(&mut self, agent: AgentId, by: By) -> Result<(), Refusal> {
        self.check_agent(agent)?;
        self.check_starting()?;
        let state = self.state.agent(agent);
        match &state.phase {
            Phase::Waiting | Phase::Ended { verdict: AgentVerdict::Blocked, .. } => {}
            Phase::Ready { .. } if !self.roster.needs_met(agent) => {}
            Phase::Ready { .. } | Phase::Backoff { .. } | Phase::Parked | Phase::Active(_) | Phase::Ended { .. } => {
                let word = state.word().as_str();
                return Err(Refusal::NothingToForce { agent: self.name(agent), word });
            }
        }
        self.reopen(agent, by, true, None);
        Ok(())
    }

    fn next(&mut self, agent: AgentId, by: By) -> Result<(), Refusal> {
        self.check_agent(agent)?;
        let state = self.state.agent(agent);
        match &state.phase {
            Phase::Active(_) => return Err(Refusal::Running { agent: self.name(agent) }),
            Phase::Ended { .. } => {
                return Err(Refusal::Already { agent: self.name(agent), word: state.word().as_str() });
            }
            Phase::Waiting | Phase::Ready { .. } | Phase::Backoff { .. } | Phase::Parked => {}
        }
        self.emit(Record::AgentNext { agent: self.name(agent), by });
        Ok(())
    }

    /// Pauses what runs, and starts nothing meanwhile.
    fn pause_all(&mut self, by: By) -> Result<(), Refusal> {
        for agent in self.actives() {
            let pausable = self.active(agent).is_some_and(|(active, _)| match active.stage {
                Stage::Starting | Stage::Running | Stage::Asking { .. } => true,
                // One that is queued is paused when it begins.
                Stage::Queued { .. }
                | Stage::Paused { .. }
                | Stage::WrappingUp { .. }
                | Stage::Stopping { .. }
                | Stage::Killing { .. } => false,
            });
            if pausable && !self.verifying.contains_key(&agent) {
                self.pause(agent, None, false, by)?;
            }
        }
        if self.state.mode == Mode::Running {
            self.emit(Record::RunHeld { why: PAUSED.to_owned() });
        }
        Ok(())
    }

    /// Lets everything go on that is paused, and ends a hold, whatever it is for.
    fn resume_all(&mut self, by: By) -> Result<(), Refusal> {
        for agent in self.actives() {
            if matches!(self.active(agent), Some((active, _)) if matches!(active.stage, Stage::Paused { .. })) {
                self.resume(agent, None, by)?;
            }
        }
        if let Mode::Held { .. } = self.state.mode {
            self.emit(Record::RunReleased { by });
        }
        Ok(())
    }

    /// Ends the hold of "pause all": who resumes one agent wants the run to go on.
    pub(super) fn release_paused(&mut self, by: By) {
        if matches!(&self.state.mode, Mode::Held { why } if why == PAUSED) {
            self.emit(Record::RunReleased { by });
        }
    }

    fn stop_all(&mut self, by: By) -> Result<(), Refusal> {
        if let Mode::Stopping { .. } = self.state.mode {
            return Err(Refusal::RunStopping);
        }
        self.emit(Record::RunStopping { by, kill: false });
        for agent in self.actives() {
            self.end_early(agent, EndOrder::Stop, by);
        }
        Ok(())
    }

    fn kill_all(&mut self, by: By) -> Result<(), Refusal> {
        if self.state.mode != (Mode::Stopping { kill: true }) {
            self.emit(Record::RunStopping { by, kill: true });
        }
        for agent in self.actives() {
            self.end_early(agent, EndOrder::Kill, by);
        }
        Ok(())
    }

    fn change_slots(&mut self, slots: usize, by: By) -> Result<(), Refusal> {
        if slots == 0 {
            return Err(Refusal::NoSlot);
        }
        self.emit(Record::SlotsChanged { slots, by });
        Ok(())
    }

    fn drain(&mut self, by: By) -> Result<(), Refusal> {
        match self.state.mode {
            Mode::Running | Mode::Held { .. } => self.emit(Record::RunDraining { by }),
            Mode::Draining => return Err(Refusal::Draining),
            Mode::Stopping { .. } | Mode::Ended => return Err(Refusal::RunStopping),
        }
        Ok(())
    }

    fn release(&mut self, by: By) -> Result<(), Refusal> {
        match self.state.mode {
            Mode::Held { .. } | Mode::Draining => self.emit(Record::RunReleased { by }),
            Mode::Running | Mode::Ended => return Err(Refusal::NotHeld),
            Mode::Stopping { .. } => return Err(Refusal::RunStopping),
        }
        Ok(())
    }

    pub(super) fn check_agent(&self, agent: AgentId) -> Result<(), Refusal> {
        if agent.0 < self.tasks.len() { Ok(()) } else { Err(Refusal::NoSuchAgent) }
    }

    /// Refuses to bring an agent back into a run that will not start it.
    fn check_starting(&self) -> Result<(), Refusal> {
        match self.state.mode {
            Mode::Draining => Err(Refusal::Draining),
            Mode::Stopping { .. } | Mode::Ended => Err(Refusal::RunStopping),
            Mode::Running | Mode::Held { .. } if self.state.budget_reached => Err(Refusal::BudgetSpent),
            Mode::Running | Mode::Held { .. } => Ok(()),
        }
    }
}
