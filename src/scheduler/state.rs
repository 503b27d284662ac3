//! What is known of a run: the fold of its records (`fold.rs` folds).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::clock::{BoxClock, Time};
use super::record::{AgentVerdict, AttemptVerdict, By, EndOrder, NotesAuthor};
use super::sums::Sums;
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
    /// What the run may spend is spent.
    pub budget_reached: bool,
    /// `run.stopped` was said.
    pub stopped: bool,
    /// The boot that the times belong to, and the time of the newest record.
    pub(super) boot: Option<String>,
    pub(super) newest: Time,
    pub(super) names: BTreeMap<String, AgentId>,
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
    /// The newest ended attempts and the active one, oldest first.
    pub attempts: Vec<Attempt>,
    /// The sums of those that were before them.
    pub earlier: Sums,
    /// Counted since the start or the person's last retry.
    pub successors_used: u32,
    pub retries_used: u32,
    /// The person wants it to go first.
    pub first: bool,
    /// Starts although its needs are not satisfied.
    pub forced: bool,
    /// Criteria met by the agent's own account: number (1-based) and evidence.
    pub criteria: BTreeMap<usize, String>,
    /// What the person has allowed it for good, by its rules' hashes.
    pub always: BTreeSet<String>,
    /// Another engine chosen at a retry.
    pub engine: Option<String>,
    /// What it may spend is spent: nothing of it starts any more.
    pub budget_spent: bool,
    /// Its newest attempt when it was last reopened: later ones belong together.
    pub reopened_after: u32,
    /// Its newest attempt ended, and no record says yet what comes next.
    pub undecided: bool,
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
    /// Its place has it and has not begun it yet; the box stands.
    Queued {
        since: Time,
        why: String,
    },
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
    /// It is to end before its own end.
    pub order: Option<Ordered>,
    /// What it has asked and nobody has answered, oldest first.
    pub questions: Vec<Question>,
    /// What it has asked and somebody has answered, or nobody could any more.
    pub closed: Vec<Closed>,
    /// How long its questions have stopped the box.
    pub asked: Duration,
    /// How long it waited in the queue of its place before it began.
    pub queued: Duration,
    /// When its frozen tree was last let run on.
    pub thawed: Option<Time>,
    /// It was ended after it had given its result, which counts.
    pub finished: bool,
}

/// Why an attempt is to end before its own end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ordered {
    pub order: EndOrder,
    pub by: By,
    /// When its time for notes is over.
    pub until: Time,
}

/// A question to the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub id: String,
    pub kind: String,
    pub text: String,
    /// When Quintet answers it itself.
    pub until: Time,
}

/// A question that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    pub question: Question,
    /// The person was there for it.
    pub by_person: bool,
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
    /// Relative to the project.
    pub report: Option<String>,
    /// Trying again cannot help.
    pub hopeless: bool,
    /// It counted as a successor or as a retry.
    pub counted: bool,
    /// What was left of its box.
    pub left: Duration,
    /// It says itself that its task is only partly done.
    pub partial: bool,
}

/// The word of a state, as in `agent-status.json` and on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Word {
    Waiting,
    Ready,
    Starting,
    Queued,
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
            Word::Queued => "queued",
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

    /// Returns the attempts since the start or the last reopening, oldest first.
    pub fn opening(&self) -> &[Attempt] {
        let from = self.attempts.partition_point(|attempt| attempt.n <= self.reopened_after);
        &self.attempts[from..]
    }

    /// Returns the word of the state.
    pub fn word(&self) -> Word {
        match &self.phase {
            Phase::Waiting => Word::Waiting,
            Phase::Ready { .. } | Phase::Backoff { .. } => Word::Ready,
            Phase::Parked => Word::Paused,
            Phase::Active(active) => match active.stage {
                Stage::Starting => Word::Starting,
                Stage::Queued { .. } => Word::Queued,
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
                earlier: Sums::default(),
                successors_used: 0,
                retries_used: 0,
                first: false,
                forced: false,
                criteria: BTreeMap::new(),
                always: BTreeSet::new(),
                engine: None,
                budget_spent: false,
                reopened_after: 0,
                undecided: false,
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
            budget_reached: false,
            stopped: false,
            boot: None,
            newest: Time::default(),
            names,
        }
    }

    /// Adds agents that have done nothing yet.
    pub fn join(&mut self, names: &[String]) {
        let more = State::new(names.iter().cloned(), self.slots).agents;
        for agent in more {
            self.names.insert(agent.name.clone(), AgentId(self.agents.len()));
            self.agents.push(agent);
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

    /// Returns the time of the newest record; `None` before the first.
    pub fn newest(&self) -> Option<Time> {
        self.started.map(|_| self.newest)
    }

    /// Returns how many slots are held.
    pub fn active_count(&self) -> usize {
        self.active().count()
    }
}
