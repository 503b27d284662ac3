//! What the shell tells of an attempt's life: started, found again, ended, verified.

use super::brain::Scheduler;
use super::event::{Order, Outcome};
use super::hold::PAUSED;
use super::record::{AttemptVerdict, By, EndOrder, Record};
use super::state::{Active, Attempt, Mode, Stage};
use super::verdict::Judgement;
use crate::plan::AgentId;

impl Scheduler {
    /// Its place has the attempt and has not begun it yet.
    pub(super) fn queued(&mut self, agent: AgentId, attempt: u32, why: String) {
        let Some((active, _)) = self.attempt(agent, attempt) else { return };
        let is_news = match &active.stage {
            Stage::Starting => true,
            Stage::Queued { why: known, .. } => *known != why,
            Stage::Running
            | Stage::Asking { .. }
            | Stage::Paused { .. }
            | Stage::WrappingUp { .. }
            | Stage::Stopping { .. }
            | Stage::Killing { .. } => false,
        };
        self.unheard.remove(&agent);
        if is_news {
            self.emit(Record::AttemptQueued { agent: self.name(agent), attempt, why });
        }
        self.end_if_ordered(agent);
    }

    pub(super) fn started(&mut self, agent: AgentId, attempt: u32, pid: i32) {
        let Some((active, _)) = self.attempt(agent, attempt) else { return };
        let stage = active.stage.clone();
        let limit = active.clock.limit;
        let is_next_process = active.pid.is_some();
        let is_again = self.unheard.remove(&agent);
        self.emit(Record::AttemptStarted { agent: self.name(agent), attempt, pid, again: is_next_process });
        // Some engines take an order by a new process in the same session: it was started with the order in its hands.
        if is_next_process && !is_again {
            self.order(Order::Limit { agent, attempt, limit });
            return;
        }
        if is_again || !matches!(stage, Stage::Starting | Stage::Queued { .. }) {
            self.order(Order::Limit { agent, attempt, limit });
        }
        self.order_again(agent, attempt, &stage);
        self.end_if_ordered(agent);
        if matches!(stage, Stage::Queued { .. }) {
            self.pause_if_all_are(agent);
        }
    }

    /// Pauses an attempt that left its place's queue while everything is paused.
    fn pause_if_all_are(&mut self, agent: AgentId) {
        if matches!(&self.state.mode, Mode::Held { why } if why == PAUSED) {
            // Refused is one that is ending: it needs no pause.
            let _ = self.pause(agent, None, false, By::Quintet);
        }
    }

    /// A live attempt of an earlier Quintet was found again: what was decided may not have reached it.
    pub(super) fn adopted(&mut self, agent: AgentId, attempt: u32, pid: i32) {
        let Some((active, it)) = self.attempt(agent, attempt) else { return };
        let stage = active.stage.clone();
        let limit = active.clock.limit;
        let was_frozen = it.thawed.is_some();
        self.unheard.remove(&agent);
        self.emit(Record::AttemptAdopted { agent: self.name(agent), attempt, pid });
        self.order(Order::Limit { agent, attempt, limit });
        if was_frozen && stage == Stage::Running {
            self.order(Order::Thaw { agent, attempt, hard: true });
        }
        self.order_again(agent, attempt, &stage);
        self.end_if_ordered(agent);
    }

    /// Carries on with an end that was ordered, for the attempt or for the whole run, before Quintet died.
    fn end_if_ordered(&mut self, agent: AgentId) {
        let ordered = self.active(agent).and_then(|(_, it)| it.order).map(|ordered| ordered.order);
        let is_killed = matches!(ordered, Some(EndOrder::Kill | EndOrder::Skip));
        match self.state.mode {
            Mode::Stopping { kill: true } if !is_killed => self.end_early(agent, EndOrder::Kill, By::Quintet),
            Mode::Stopping { kill: false } if ordered.is_none() => self.end_early(agent, EndOrder::Stop, By::Quintet),
            Mode::Stopping { .. } | Mode::Running | Mode::Held { .. } | Mode::Draining | Mode::Ended => {
                self.carry_on_ending(agent);
            }
        }
    }

    /// Gives the order of a stage again: the process was not there when it was given, or Quintet died in between.
    fn order_again(&mut self, agent: AgentId, attempt: u32, stage: &Stage) {
        match stage {
            Stage::Starting | Stage::Queued { .. } | Stage::Running | Stage::Asking { .. } => {}
            Stage::Paused { frozen, .. } => self.order(Order::Freeze { agent, attempt, hard: *frozen }),
            Stage::WrappingUp { .. } => {
                if let Some((active, _)) = self.active(agent) {
                    let left = active.clock.left(self.now);
                    self.order(Order::WrapUp { agent, attempt, left });
                }
            }
            Stage::Stopping { .. } => self.order(Order::Term { agent, attempt }),
            Stage::Killing { .. } => self.order(Order::Kill { agent, attempt }),
        }
    }

    pub(super) fn exited(&mut self, agent: AgentId, attempt: u32, outcome: Outcome) {
        let Some((active, it)) = self.attempt(agent, attempt) else { return };
        if self.verifying.contains_key(&agent) {
            return;
        }
        let judgement = self.judge(agent, active, it, &outcome);
        self.lingering.remove(&agent);
        self.unheard.remove(&agent);
        self.open_breaker(agent, &outcome);
        if judgement.verdict == AttemptVerdict::Done && !outcome.partial && self.tasks[agent.0].verifies {
            let too_long = self.now + self.time_box(agent);
            self.emit(Record::AttemptVerifying { agent: self.name(agent), attempt });
            self.verifying.insert(agent, (outcome, too_long));
            self.order(Order::Verify { agent, attempt });
        } else {
            self.end(agent, outcome, judgement, None);
        }
    }

    pub(super) fn verified(&mut self, agent: AgentId, attempt: u32, ok: bool, tail: &str) {
        if self.attempt(agent, attempt).is_none() {
            return;
        }
        let Some((outcome, _)) = self.verifying.remove(&agent) else { return };
        if ok {
            self.end(agent, outcome, Judgement::done(), None);
        } else {
            let last_line = tail.lines().rev().map(str::trim).find(|line| !line.is_empty());
            let why = match last_line {
                Some(line) => format!("its verify command failed: {line}"),
                None => "its verify command failed".to_owned(),
            };
            self.end(agent, outcome, Judgement::failed(why), Some(tail));
        }
    }

    pub(super) fn verify_took_too_long(&mut self, agent: AgentId) {
        let Some((active, _)) = self.active(agent) else { return };
        let attempt = active.attempt;
        self.order(Order::Kill { agent, attempt });
        self.verified(agent, attempt, false, "it took longer than the time box");
    }

    /// Ends an attempt whose verify command is not waited for any more.
    pub(super) fn end_unverified(&mut self, agent: AgentId) {
        let Some((active, it)) = self.active(agent) else { return };
        let attempt = active.attempt;
        let judgement = self.judge_by_order(it).unwrap_or_else(Judgement::done);
        if let Some((outcome, _)) = self.verifying.remove(&agent) {
            self.order(Order::Kill { agent, attempt });
            self.end(agent, outcome, judgement, None);
        }
    }

    /// Records the end of an attempt and frees its slot; [`settle`](Scheduler::settle) says what follows.
    fn end(&mut self, agent: AgentId, outcome: Outcome, judgement: Judgement, verify_tail: Option<&str>) {
        let Some((active, it)) = self.active(agent) else { return };
        let attempt = active.attempt;
        let notes_why = verify_tail.map(str::to_owned).or_else(|| judgement.why.clone());
        let record = self.ending(agent, active, it, outcome, judgement);
        self.emit(record);
        let leaves_notes = self.state.agent(agent).attempts.last().is_some_and(Attempt::leaves_notes);
        if leaves_notes {
            self.order(Order::WriteNotes { agent, attempt, why: notes_why.unwrap_or_default() });
        }
    }

    fn ending(&self, agent: AgentId, active: &Active, it: &Attempt, outcome: Outcome, judgement: Judgement) -> Record {
        let (exit, signal) = outcome.end.status();
        Record::AttemptEnded {
            agent: self.name(agent),
            attempt: active.attempt,
            verdict: judgement.verdict,
            why: judgement.why,
            exit,
            signal,
            wall_s: self.now.since(it.started).as_secs_f64(),
            run_s: active.clock.ran(self.now).as_secs_f64(),
            queued_s: (it.queued + active.queued(self.now)).as_secs_f64(),
            tokens: outcome.tokens,
            cost_usd: outcome.cost_usd,
            tools: outcome.tools,
            counted: judgement.counted,
            progress: outcome.progress,
            report: outcome.report,
            hopeless: judgement.hopeless,
            left_s: active.clock.left(self.now).as_secs_f64(),
            partial: outcome.partial,
        }
    }

    /// Asks again for notes that were still to be written when an earlier Quintet died.
    pub(super) fn write_missing_notes(&mut self) {
        for (index, state) in self.state.agents.iter().enumerate() {
            let Some(last) = state.attempts.last() else { continue };
            if last.leaves_notes() && last.notes.is_none() {
                let why = last.ended.as_ref().and_then(|ended| ended.why.clone()).unwrap_or_default();
                let attempt = last.n;
                self.orders.push_back(Order::WriteNotes { agent: AgentId(index), attempt, why });
            }
        }
    }
}
