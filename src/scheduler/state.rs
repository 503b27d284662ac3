//! What is known of a run: the fold of its records.

use std::collections::BTreeMap;
use std::time::Duration;

use super::clock::{BoxClock, Time};
use super::record::{AgentVerdict, AttemptVerdict, NotesAuthor, Record};
use crate::plan::AgentId;

/// The whole run, as far as its records tell.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// In plan order.
    pub agents: Vec<AgentState>,
    pub slots: usize,
    pub mode: Mode,
    /// Engines that wait for their quota, and until when.
    pub throttled: BTreeMap<String, Time>,
    pub started: Option<Time>,
    pub ended: Option<Time>,
    /// Set by `run.ended`.
    pub complete: Option<bool>,
    names: BTreeMap<String, AgentId>,
}

/// Whether new attempts start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    Running,
    /// Nothing more starts until the person resumes the run.
    Held {
        why: String,
    },
    /// Nothing more starts; what runs goes on to its end.
    Draining,
    /// What runs is being wrapped up or killed.
    Stopping {
        kill: bool,
    },
    Ended,
}

/// One agent of the plan.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentState {
    pub name: String,
    pub phase: Phase,
    /// Ended attempts and the active one, oldest first.
    pub attempts: Vec<Attempt>,
    /// Counted since the start or the person's last retry.
    pub successors_used: u32,
    pub retries_used: u32,
    /// The person wants it to go first.
    pub first: bool,
    /// Starts although its needs are not satisfied.
    pub forced: bool,
    /// Criteria met by the agent's own account: number (1-based) and evidence.
    pub criteria: BTreeMap<usize, String>,
    /// Another engine chosen at a retry.
    pub engine: Option<String>,
}

/// Where an agent stands. Each variant owns its facts.
#[derive(Debug, Clone, PartialEq)]
pub enum Phase {
    /// Its needs are not satisfied yet.
    Waiting,
    /// It could start now.
    Ready {
        since: Time,
    },
    /// A retry waits for its time; it holds no slot.
    Backoff {
        until: Time,
        why: String,
    },
    /// Its slot was freed by the person; it starts again when it is resumed.
    Parked,
    /// It holds a slot.
    Active(Active),
    Ended {
        verdict: AgentVerdict,
        why: Option<String>,
        report: Option<String>,
        at: Time,
    },
}

/// The attempt that holds a slot.
#[derive(Debug, Clone, PartialEq)]
pub struct Active {
    pub attempt: u32,
    pub stage: Stage,
    pub clock: BoxClock,
    pub pid: Option<i32>,
    /// The warning was given.
    pub warned: bool,
    pub started: Time,
}

/// What the active attempt is doing, as far as its life goes.
#[derive(Debug, Clone, PartialEq)]
pub enum Stage {
    Starting,
    Running,
    Asking {
        id: String,
        text: String,
        since: Time,
    },
    Paused {
        since: Time,
        frozen: bool,
    },
    /// Asked for notes; the box is not over.
    WrappingUp {
        why: String,
    },
    /// TERM was sent; killed at `kill_at`.
    Stopping {
        why: String,
        kill_at: Time,
    },
    Killing {
        why: String,
    },
}

/// One attempt, for the timeline and the reports.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    pub n: u32,
    pub engine: String,
    pub model: Option<String>,
    pub folder: String,
    pub started: Time,
    /// Pauses and questions: from, to (`None`: still).
    pub stops: Vec<(Time, Option<Time>)>,
    pub ended: Option<Ended>,
    pub notes: Option<(String, NotesAuthor)>,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    pub at: Time,
    pub verdict: AttemptVerdict,
    pub why: Option<String>,
    pub run: Duration,
    pub tokens: Option<u64>,
    pub cost_usd: Option<f64>,
    pub tools: BTreeMap<String, u64>,
    pub progress: bool,
}

/// The word of a state, as in `agent-status.json` and on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Word {
    Waiting,
    Ready,
    Starting,
    Running,
    Asking,
    Paused,
    WrappingUp,
    Stopping,
    Killing,
    Done,
    Partial,
    Failed,
    Killed,
    Skipped,
    Blocked,
}

impl Word {
    /// Returns the word as it stands in `agent-status.json`.
    pub fn as_str(self) -> &'static str {
        match self {
            Word::Waiting => "waiting",
            Word::Ready => "ready",
            Word::Starting => "starting",
            Word::Running => "running",
            Word::Asking => "asking",
            Word::Paused => "paused",
            Word::WrappingUp => "wrapping_up",
            Word::Stopping => "stopping",
            Word::Killing => "killing",
            Word::Done => "done",
            Word::Partial => "partial",
            Word::Failed => "failed",
            Word::Killed => "killed",
            Word::Skipped => "skipped",
            Word::Blocked => "blocked",
        }
    }
}

impl AgentState {
    /// Returns the active attempt.
    pub fn active(&self) -> Option<&Active> {
        match &self.phase {
            Phase::Active(active) => Some(active),
            _ => None,
        }
    }

    /// Returns the verdict, once there is one.
    pub fn verdict(&self) -> Option<AgentVerdict> {
        match &self.phase {
            Phase::Ended { verdict, .. } => Some(*verdict),
            _ => None,
        }
    }

    /// Returns the number of the newest attempt; 0 before the first.
    pub fn last_attempt(&self) -> u32 {
        self.attempts.last().map_or(0, |attempt| attempt.n)
    }

    /// Returns the word of the state.
    pub fn word(&self) -> Word {
        match &self.phase {
            Phase::Waiting => Word::Waiting,
            Phase::Ready { .. } | Phase::Backoff { .. } => Word::Ready,
            Phase::Parked => Word::Paused,
            Phase::Active(active) => match active.stage {
                Stage::Starting => Word::Starting,
                Stage::Running => Word::Running,
                Stage::Asking { .. } => Word::Asking,
                Stage::Paused { .. } => Word::Paused,
                Stage::WrappingUp { .. } => Word::WrappingUp,
                Stage::Stopping { .. } => Word::Stopping,
                Stage::Killing { .. } => Word::Killing,
            },
            Phase::Ended { verdict, .. } => match verdict {
                AgentVerdict::Done => Word::Done,
                AgentVerdict::Partial => Word::Partial,
                AgentVerdict::Failed => Word::Failed,
                AgentVerdict::Killed => Word::Killed,
                AgentVerdict::Skipped => Word::Skipped,
                AgentVerdict::Blocked => Word::Blocked,
            },
        }
    }
}

impl State {
    /// Returns the state before the first record.
    pub fn new(names: impl IntoIterator<Item = String>, slots: usize) -> State {
        let agents: Vec<AgentState> = names
            .into_iter()
            .map(|name| AgentState {
                name,
                phase: Phase::Waiting,
                attempts: Vec::new(),
                successors_used: 0,
                retries_used: 0,
                first: false,
                forced: false,
                criteria: BTreeMap::new(),
                engine: None,
            })
            .collect();
        let names = agents.iter().enumerate().map(|(index, agent)| (agent.name.clone(), AgentId(index))).collect();
        State {
            agents,
            slots,
            mode: Mode::Running,
            throttled: BTreeMap::new(),
            started: None,
            ended: None,
            complete: None,
            names,
        }
    }

    /// Returns the id of an agent by its name.
    pub fn find(&self, name: &str) -> Option<AgentId> {
        self.names.get(name).copied()
    }

    /// Returns one agent.
    pub fn agent(&self, id: AgentId) -> &AgentState {
        &self.agents[id.0]
    }

    /// Returns the agents that hold a slot, in plan order.
    pub fn active(&self) -> impl Iterator<Item = (AgentId, &Active)> {
        self.agents
            .iter()
            .enumerate()
            .filter_map(|(index, agent)| agent.active().map(|active| (AgentId(index), active)))
    }

    /// Returns how many slots are held.
    pub fn active_count(&self) -> usize {
        self.active().count()
    }

    /// Takes one record in. Records of agents that are not in the plan are passed over.
    pub fn apply(&mut self, now: Time, record: &Record) {
        match record {
            Record::RunStarted { slots, .. } => {
                self.started = Some(now);
                self.slots = *slots;
            }
            Record::RunResumed { .. } => {}
            Record::AgentReady { agent } => self.set_phase(agent, Phase::Ready { since: now }),
            Record::AgentRetry { agent, why, after_s, .. } => {
                let until = now + seconds(*after_s);
                self.set_phase(agent, Phase::Backoff { until, why: why.clone() });
            }
            Record::AttemptStarting { agent, attempt, folder, engine, model, limit_s, .. } => {
                let limit = seconds(*limit_s);
                self.with(agent, |state| {
                    state.first = false;
                    state.attempts.push(Attempt {
                        n: *attempt,
                        engine: engine.clone(),
                        model: model.clone(),
                        folder: folder.clone(),
                        started: now,
                        stops: Vec::new(),
                        ended: None,
                        notes: None,
                    });
                    state.phase = Phase::Active(Active {
                        attempt: *attempt,
                        stage: Stage::Starting,
                        clock: BoxClock::started(limit, now),
                        pid: None,
                        warned: false,
                        started: now,
                    });
                });
            }
            Record::AttemptStarted { agent, attempt, pid } => self.with_active(agent, *attempt, |active| {
                active.pid = Some(*pid);
                if active.stage == Stage::Starting {
                    active.stage = Stage::Running;
                    active.clock = BoxClock::started(active.clock.limit, now);
                    active.started = now;
                }
            }),
            Record::AttemptAdopted { agent, attempt, pid } => self.with_active(agent, *attempt, |active| {
                active.pid = Some(*pid);
                if active.stage == Stage::Starting {
                    active.stage = Stage::Running;
                }
            }),
            Record::AttemptActivity { .. } => {}
            Record::AttemptWarning { agent, attempt, .. } => {
                self.with_active(agent, *attempt, |active| active.warned = true);
            }
            Record::AttemptWrappingUp { agent, attempt, why } => self.with_active(agent, *attempt, |active| {
                active.clock.run_on(now);
                active.stage = Stage::WrappingUp { why: why.clone() };
            }),
            Record::AttemptPaused { agent, attempt, frozen, .. } => {
                self.with_active(agent, *attempt, |active| {
                    active.clock.stop(now);
                    active.stage = Stage::Paused { since: now, frozen: *frozen };
                });
                self.begin_stop(agent, now);
            }
            Record::AttemptResumed { agent, attempt, .. } => {
                self.with_active(agent, *attempt, |active| {
                    active.clock.run_on(now);
                    active.stage = Stage::Running;
                });
                self.end_stop(agent, now);
            }
            Record::AttemptExtended { agent, attempt, by_s, .. } => self.with_active(agent, *attempt, |active| {
                active.clock.extend(seconds(*by_s));
                active.warned = false;
            }),
            Record::AttemptStopping { agent, attempt, why, grace_s } => {
                let kill_at = now + seconds(*grace_s);
                self.with_active(agent, *attempt, |active| {
                    active.stage = Stage::Stopping { why: why.clone(), kill_at };
                });
                self.end_stop(agent, now);
            }
            Record::AttemptKilling { agent, attempt, why } => {
                self.with_active(agent, *attempt, |active| active.stage = Stage::Killing { why: why.clone() });
                self.end_stop(agent, now);
            }
            Record::AttemptEnded {
                agent,
                attempt,
                verdict,
                why,
                run_s,
                tokens,
                cost_usd,
                tools,
                counted,
                progress,
                ..
            } => {
                let ended = Ended {
                    at: now,
                    verdict: *verdict,
                    why: why.clone(),
                    run: seconds(*run_s),
                    tokens: *tokens,
                    cost_usd: *cost_usd,
                    tools: tools.clone(),
                    progress: *progress,
                };
                self.end_stop(agent, now);
                self.with(agent, |state| {
                    if let Some(it) = state.attempts.iter_mut().find(|it| it.n == *attempt) {
                        it.ended = Some(ended);
                    }
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
                    // What comes next is said by the next record: ready, retry or ended.
                    state.phase = Phase::Waiting;
                });
            }
            Record::HandoffWritten { agent, attempt, path, author } => self.with(agent, |state| {
                if let Some(it) = state.attempts.iter_mut().find(|it| it.n == *attempt) {
                    it.notes = Some((path.clone(), *author));
                }
            }),
            Record::AgentEnded { agent, verdict, why, report } => self.set_phase(
                agent,
                Phase::Ended { verdict: *verdict, why: why.clone(), report: report.clone(), at: now },
            ),
            Record::AgentReopened { agent, forced, .. } => self.with(agent, |state| {
                state.phase = Phase::Waiting;
                state.forced = *forced;
                state.successors_used = 0;
                state.retries_used = 0;
            }),
            Record::CriterionMet { agent, n, evidence, .. } => self.with(agent, |state| {
                state.criteria.insert(*n, evidence.clone());
            }),
            Record::ThrottleOpened { engine, after_s, .. } => {
                self.throttled.insert(engine.clone(), now + seconds(*after_s));
            }
            Record::ThrottleClosed { engine } => {
                self.throttled.remove(engine);
            }
            Record::RunHeld { why } => self.mode = Mode::Held { why: why.clone() },
            Record::RunReleased { .. } => self.mode = Mode::Running,
            Record::RunDraining { .. } => self.mode = Mode::Draining,
            Record::RunStopping { kill, .. } => self.mode = Mode::Stopping { kill: *kill },
            Record::SlotsChanged { slots, .. } => self.slots = *slots,
            Record::AgentNext { agent, .. } => self.with(agent, |state| state.first = true),
            Record::AskOpened { id, agent, attempt, text, .. } => {
                self.with_active(agent, *attempt, |active| {
                    active.clock.stop(now);
                    active.stage = Stage::Asking { id: id.clone(), text: text.clone(), since: now };
                });
                self.begin_stop(agent, now);
            }
            Record::AskAnswered { agent, id, .. } => {
                let asked = |active: &Active| matches!(&active.stage, Stage::Asking { id: open, .. } if open == id);
                let is_open = self.find(agent).is_some_and(|agent| self.agent(agent).active().is_some_and(asked));
                if is_open {
                    self.with(agent, |state| {
                        if let Phase::Active(active) = &mut state.phase {
                            active.clock.run_on(now);
                            active.stage = Stage::Running;
                        }
                    });
                    self.end_stop(agent, now);
                }
            }
            Record::RunEnded { complete, .. } => {
                self.mode = Mode::Ended;
                self.ended = Some(now);
                self.complete = Some(*complete);
            }
            Record::FindingAdded { .. }
            | Record::UrgentAdded { .. }
            | Record::BudgetReached { .. }
            | Record::MessageSent { .. }
            | Record::RunStopped { .. } => {}
        }
    }

    fn with(&mut self, agent: &str, change: impl FnOnce(&mut AgentState)) {
        if let Some(id) = self.find(agent) {
            change(&mut self.agents[id.0]);
        }
    }

    fn with_active(&mut self, agent: &str, attempt: u32, change: impl FnOnce(&mut Active)) {
        self.with(agent, |state| {
            if let Phase::Active(active) = &mut state.phase
                && active.attempt == attempt
            {
                change(active);
            }
        });
    }

    fn set_phase(&mut self, agent: &str, phase: Phase) {
        self.with(agent, |state| state.phase = phase);
    }

    fn begin_stop(&mut self, agent: &str, now: Time) {
        self.with(agent, |state| {
            if let Some(attempt) = state.attempts.last_mut() {
                attempt.stops.push((now, None));
            }
        });
    }

    fn end_stop(&mut self, agent: &str, now: Time) {
        self.with(agent, |state| {
            if let Some((_, to @ None)) = state.attempts.last_mut().and_then(|attempt| attempt.stops.last_mut()) {
                *to = Some(now);
            }
        });
    }
}

/// Returns a duration of the records (seconds) as the scheduler counts; nonsense is zero.
pub fn seconds(value: f64) -> Duration {
    Duration::try_from_secs_f64(value).unwrap_or(Duration::ZERO)
}
