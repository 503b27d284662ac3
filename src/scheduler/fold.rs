//! How a record changes the state. There is no other way to change it.

use std::time::Duration;

use super::clock::{BoxClock, Time};
use super::record::{AttemptVerdict, Record};
use super::state::{Active, AgentState, Attempt, Ended, Mode, Ordered, Phase, Question, Stage, State};

impl State {
    /// Takes one record in. Records of agents that are not in the plan are passed over.
    pub fn apply(&mut self, now: Time, record: &Record) {
        match record {
            Record::RunStarted { slots, boot, .. } => {
                self.started = Some(now);
                self.slots = *slots;
                self.boot = Some(boot.clone());
            }
            Record::RunResumed { boot } => self.go_on(boot, now),
            Record::AgentReady { agent } => self.decide(agent, Phase::Ready { since: now }),
            Record::AgentRetry { agent, why, after_s, .. } => {
                let until = now + seconds(*after_s);
                self.decide(agent, Phase::Backoff { until, why: why.clone() });
            }
            Record::AttemptStarting { agent, attempt, folder, engine, model, limit_s, .. } => {
                let limit = seconds(*limit_s);
                self.decide(agent, Phase::Active(Active::starting(*attempt, limit, now)));
                self.with(agent, |state| {
                    state.first = false;
                    state.attempts.push(Attempt {
                        model: model.clone(),
                        ..Attempt::new(*attempt, engine.clone(), folder.clone(), now)
                    });
                    state.forget_oldest();
                });
            }
            Record::AttemptQueued { agent, attempt, why } => self.with_active(agent, *attempt, |active, _| {
                let since = match active.stage {
                    Stage::Queued { since, .. } => since,
                    _ => active.started,
                };
                active.stage = Stage::Queued { since, why: why.clone() };
                active.clock = BoxClock::standing(active.clock.limit);
            }),
            Record::AttemptStarted { agent, attempt, pid, .. } => self.with_active(agent, *attempt, |active, it| {
                active.pid = Some(*pid);
                let has_waited = it.leave_queue(active, now);
                if has_waited || active.stage == Stage::Starting {
                    active.stage = Stage::Running;
                    active.clock = BoxClock::started(active.clock.limit, now);
                    active.started = now;
                }
            }),
            Record::AttemptAdopted { agent, attempt, pid } => self.with_active(agent, *attempt, |active, it| {
                active.pid = Some(*pid);
                if it.leave_queue(active, now) {
                    active.stage = Stage::Running;
                    active.clock.run_on(now);
                    active.started = now;
                } else if active.stage == Stage::Starting {
                    active.stage = Stage::Running;
                }
            }),
            Record::AttemptWarning { agent, attempt, .. } => {
                self.with_active(agent, *attempt, |active, _| active.warned = true);
            }
            Record::AttemptOrdered { agent, attempt, order, by, within_s } => {
                let until = now + seconds(*within_s);
                self.with_active(agent, *attempt, |_, it| it.order = Some(Ordered { order: *order, by: *by, until }));
            }
            Record::AttemptWrappingUp { agent, attempt, why } => self.with_active(agent, *attempt, |active, it| {
                it.let_run_on(active, now);
                it.close_questions();
                active.stage = Stage::WrappingUp { why: why.clone() };
            }),
            Record::AttemptPaused { agent, attempt, frozen, .. } => self.with_active(agent, *attempt, |active, it| {
                it.stop_asking(active, now);
                it.halt(active, now);
                active.stage = Stage::Paused { since: now, frozen: *frozen };
            }),
            Record::AttemptResumed { agent, attempt, .. } => self.with_active(agent, *attempt, |active, it| {
                if let Stage::Paused { frozen: true, .. } = active.stage {
                    it.thawed = Some(now);
                }
                it.ask_or_run(active, now);
            }),
            Record::AttemptExtended { agent, attempt, by_s, .. } => self.with_active(agent, *attempt, |active, _| {
                active.clock.extend(seconds(*by_s));
                active.warned = false;
            }),
            Record::AttemptStopping { agent, attempt, why, grace_s, finished } => {
                let kill_at = now + seconds(*grace_s);
                self.with_active(agent, *attempt, |active, it| {
                    if !it.leave_queue(active, now) {
                        it.let_run_on(active, now);
                    }
                    it.close_questions();
                    it.finished = *finished;
                    active.stage = Stage::Stopping { why: why.clone(), kill_at };
                });
            }
            Record::AttemptKilling { agent, attempt, why } => self.with_active(agent, *attempt, |active, it| {
                // One that never began has no box that could run.
                if !it.leave_queue(active, now) && active.pid.is_some() {
                    it.let_run_on(active, now);
                }
                it.close_questions();
                active.stage = Stage::Killing { why: why.clone() };
            }),
            Record::AttemptVerifying { agent, attempt } => self.with_active(agent, *attempt, |active, _| {
                active.clock.stop(now);
            }),
            Record::AttemptEnded { .. } => self.end_attempt(now, record),
            Record::HandoffWritten { agent, attempt, path, author } => self.with(agent, |state| {
                if let Some(it) = state.attempts.iter_mut().rev().find(|it| it.n == *attempt) {
                    it.notes = Some((path.clone(), *author));
                }
            }),
            Record::AgentParked { agent, .. } => self.decide(agent, Phase::Parked),
            Record::AgentEnded { agent, verdict, why, report } => self
                .decide(agent, Phase::Ended { verdict: *verdict, why: why.clone(), report: report.clone(), at: now }),
            Record::AgentReopened { agent, forced, engine, .. } => {
                self.decide(agent, Phase::Waiting);
                self.with(agent, |state| {
                    state.forced = *forced;
                    state.reopened_after = state.last_attempt();
                    state.successors_used = 0;
                    state.retries_used = 0;
                    if engine.is_some() {
                        state.engine.clone_from(engine);
                    }
                });
            }
            Record::CriterionMet { agent, n, evidence, .. } => self.with(agent, |state| {
                state.criteria.insert(*n, evidence.clone());
            }),
            Record::ThrottleOpened { engine, after_s, .. } => {
                self.throttled.insert(engine.clone(), now + seconds(*after_s));
            }
            Record::ThrottleClosed { engine } => {
                self.throttled.remove(engine);
            }
            Record::BudgetReached { agent: None, .. } => self.budget_reached = true,
            Record::BudgetReached { agent: Some(agent), .. } => self.with(agent, |state| state.budget_spent = true),
            Record::RunHeld { why } => self.mode = Mode::Held { why: why.clone() },
            Record::RunReleased { .. } => self.mode = Mode::Running,
            Record::RunDraining { .. } => self.mode = Mode::Draining,
            Record::RunStopping { kill, .. } => self.mode = Mode::Stopping { kill: *kill },
            Record::RunStopped { .. } => self.stopped = true,
            Record::PlanReloaded { .. } => {}
            Record::SlotsChanged { slots, .. } => self.slots = *slots,
            Record::AgentNext { agent, .. } => self.with(agent, |state| state.first = true),
            Record::AskOpened { id, agent, attempt, kind, text, after_s, .. } => {
                let until = now + seconds(*after_s);
                let question = Question { id: id.clone(), kind: kind.clone(), text: text.clone(), until };
                self.with_active(agent, *attempt, |active, it| {
                    it.questions.push(question);
                    if active.stage == Stage::Running {
                        it.ask_or_run(active, now);
                    }
                });
            }
            Record::PermissionKept { agent, rule } => self.with(agent, |state| {
                state.always.insert(rule.clone());
            }),
            Record::AskAnswered { agent, id, by, .. } => self.with(agent, |state| {
                let AgentState { phase: Phase::Active(active), attempts, .. } = state else { return };
                let Some(it) = attempts.last_mut() else { return };
                it.close(id, *by);
                if matches!(&active.stage, Stage::Asking { id: open, .. } if open == id) {
                    it.ask_or_run(active, now);
                }
            }),
            Record::RunEnded { complete, .. } => {
                self.mode = Mode::Ended;
                self.ended = Some(now);
                self.complete = Some(*complete);
            }
            Record::AttemptActivity { .. }
            | Record::RunTroubled { .. }
            | Record::FindingAdded { .. }
            | Record::UrgentAdded { .. }
            | Record::WorktreeAdded { .. }
            | Record::WorkKept { .. }
            | Record::AttemptSession { .. }
            | Record::MessageSent { .. } => {}
        }
        self.newest = now;
    }

    fn end_attempt(&mut self, now: Time, record: &Record) {
        let Record::AttemptEnded {
            agent,
            attempt,
            verdict,
            why,
            run_s,
            queued_s,
            tokens,
            cost_usd,
            tools,
            counted,
            progress,
            report,
            hopeless,
            left_s,
            partial,
            exit: _,
            signal: _,
            wall_s: _,
        } = record
        else {
            return;
        };
        self.with_active(agent, *attempt, |active, it| {
            it.let_run_on(active, now);
            it.close_questions();
            it.queued = seconds(*queued_s);
            it.ended = Some(Ended {
                at: now,
                verdict: *verdict,
                why: why.clone(),
                run: seconds(*run_s),
                tokens: *tokens,
                cost_usd: *cost_usd,
                tools: tools.clone(),
                progress: *progress,
                report: report.clone(),
                hopeless: *hopeless,
                counted: *counted,
                left: seconds(*left_s),
                partial: *partial,
            });
        });
        self.with(agent, |state| {
            if *counted {
                match verdict {
                    AttemptVerdict::OutOfTime => state.successors_used += 1,
                    AttemptVerdict::Failed => state.retries_used += 1,
                    AttemptVerdict::Done
                    | AttemptVerdict::Killed
                    | AttemptVerdict::Lost
                    | AttemptVerdict::Throttled => {}
                }
            }
            // What comes next is said by the next record: ready, retry, parked or ended.
            state.phase = Phase::Waiting;
            state.undecided = true;
        });
    }

    /// Goes on after a crash. Another boot has another clock: what was to come keeps its distance.
    fn go_on(&mut self, boot: &str, now: Time) {
        if self.boot.as_deref().is_some_and(|known| known != boot) {
            let newest = self.newest;
            let moved = |time: Time| now + time.since(newest);
            self.started =
                self.started.map(|started| Time(now.0.saturating_sub(newest.since(started).as_millis() as u64)));
            for until in self.throttled.values_mut() {
                *until = moved(*until);
            }
            for agent in &mut self.agents {
                match &mut agent.phase {
                    Phase::Backoff { until, .. } => *until = moved(*until),
                    Phase::Active(active) => active.clock.stop(newest),
                    Phase::Waiting | Phase::Ready { .. } | Phase::Parked | Phase::Ended { .. } => {}
                }
            }
        }
        self.boot = Some(boot.to_owned());
    }

    /// Says what comes next for an agent.
    fn decide(&mut self, agent: &str, phase: Phase) {
        self.with(agent, |state| {
            state.phase = phase;
            state.undecided = false;
        });
    }

    fn with(&mut self, agent: &str, change: impl FnOnce(&mut AgentState)) {
        if let Some(id) = self.find(agent) {
            change(&mut self.agents[id.0]);
        }
    }

    fn with_active(&mut self, agent: &str, attempt: u32, change: impl FnOnce(&mut Active, &mut Attempt)) {
        self.with(agent, |state| {
            if let Phase::Active(active) = &mut state.phase
                && active.attempt == attempt
                && let Some(it) = state.attempts.last_mut()
            {
                change(active, it);
            }
        });
    }
}

impl Active {
    /// Returns how long it has been waiting in its place's queue.
    pub fn queued(&self, now: Time) -> Duration {
        match self.stage {
            Stage::Queued { since, .. } => now.since(since),
            Stage::Starting
            | Stage::Running
            | Stage::Asking { .. }
            | Stage::Paused { .. }
            | Stage::WrappingUp { .. }
            | Stage::Stopping { .. }
            | Stage::Killing { .. } => Duration::ZERO,
        }
    }

    fn starting(attempt: u32, limit: Duration, now: Time) -> Active {
        Active {
            attempt,
            stage: Stage::Starting,
            clock: BoxClock::started(limit, now),
            pid: None,
            warned: false,
            started: now,
        }
    }
}

impl Attempt {
    /// Returns an attempt that starts now.
    pub fn new(n: u32, engine: String, folder: String, now: Time) -> Attempt {
        Attempt {
            n,
            engine,
            model: None,
            folder,
            started: now,
            stops: Vec::new(),
            ended: None,
            notes: None,
            order: None,
            questions: Vec::new(),
            closed: Vec::new(),
            asked: Duration::ZERO,
            queued: Duration::ZERO,
            thawed: None,
            finished: false,
        }
    }

    /// Adds up how long it has waited in its place's queue; returns whether it has.
    fn leave_queue(&mut self, active: &Active, now: Time) -> bool {
        self.queued += active.queued(now);
        matches!(active.stage, Stage::Queued { .. })
    }

    /// The box stops.
    fn halt(&mut self, active: &mut Active, now: Time) {
        active.clock.stop(now);
        if !self.stops.last().is_some_and(|(_, to)| to.is_none()) {
            self.stops.push((now, None));
        }
    }

    /// The box runs.
    fn let_run_on(&mut self, active: &mut Active, now: Time) {
        self.stop_asking(active, now);
        active.clock.run_on(now);
        if let Some((_, to @ None)) = self.stops.last_mut() {
            *to = Some(now);
        }
    }

    /// The time of a question that stops the box no longer is added up.
    fn stop_asking(&mut self, active: &Active, now: Time) {
        if let Stage::Asking { since, .. } = active.stage {
            self.asked += now.since(since);
        }
    }

    /// The oldest open question stops the box; without one it runs.
    fn ask_or_run(&mut self, active: &mut Active, now: Time) {
        self.stop_asking(active, now);
        match self.questions.first() {
            Some(Question { id, text, .. }) => {
                active.stage = Stage::Asking { id: id.clone(), text: text.clone(), since: now };
                self.halt(active, now);
            }
            None => {
                // The time of the question is in `asked` already.
                active.stage = Stage::Running;
                self.let_run_on(active, now);
            }
        }
    }
}

/// Returns a duration of the records (seconds) as the scheduler counts, in whole milliseconds; nonsense is zero.
pub fn seconds(value: f64) -> Duration {
    let exact = Duration::try_from_secs_f64(value).unwrap_or(Duration::ZERO);
    Duration::from_millis(u64::try_from((exact + Duration::from_micros(500)).as_millis()).unwrap_or(u64::MAX))
}
