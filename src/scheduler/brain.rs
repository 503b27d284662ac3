//! The scheduler itself: facts in, orders out.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::clock::Time;
use super::event::{Event, Order, Outcome, Settings, TaskSpec};
use super::hold::SameFailure;
use super::record::{Record, SlotUse};
use super::roster::Roster;
use super::slot_use::SlotMeter;
use super::state::{Active, Attempt, State};
use crate::plan::AgentId;

/// Decides which agent runs when, for how long, and what its end means.
///
/// Call [`handle`](Scheduler::handle) with each fact, then take the orders with
/// [`poll_order`](Scheduler::poll_order) until there is none, then wait for the next fact or until
/// [`poll_timeout`](Scheduler::poll_timeout) and call with [`Event::Tick`].
#[derive(Debug)]
pub struct Scheduler {
    pub(super) tasks: Vec<TaskSpec>,
    pub(super) settings: Settings,
    pub(super) state: State,
    pub(super) roster: Roster,
    pub(super) orders: VecDeque<Order>,
    /// The moment of the event that is handled.
    pub(super) now: Time,
    pub(super) wall: DateTime<Utc>,
    /// Nothing starts before [`Event::Begin`].
    pub(super) begun: bool,
    /// [`Order::Compile`] was given.
    pub(super) compiling: bool,
    /// Attempts that ended well and wait for their verify command: how they ended, and when it takes too long.
    pub(super) verifying: BTreeMap<AgentId, (Outcome, Time)>,
    /// Attempts of an earlier Quintet of which nothing has been heard since: they may have ended long ago, so no
    /// deadline is acted on.
    pub(super) unheard: BTreeSet<AgentId>,
    /// Attempts that gave their result and live on: when they are ended.
    pub(super) lingering: BTreeMap<AgentId, Time>,
    pub(super) same_failure: SameFailure,
    slot_meter: SlotMeter,
}

impl Scheduler {
    /// Returns the scheduler of a run that has not begun. `tasks` are in plan order and have no cycle.
    pub fn new(tasks: Vec<TaskSpec>, settings: Settings) -> Scheduler {
        Scheduler {
            state: State::new(tasks.iter().map(|task| task.name.clone()), settings.slots),
            roster: Roster::new(&tasks),
            tasks,
            settings,
            orders: VecDeque::new(),
            now: Time::default(),
            wall: DateTime::UNIX_EPOCH,
            begun: false,
            compiling: false,
            verifying: BTreeMap::new(),
            unheard: BTreeSet::new(),
            lingering: BTreeMap::new(),
            same_failure: SameFailure::default(),
            slot_meter: SlotMeter::default(),
        }
    }

    /// Returns what is known of the run.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Returns how well the slots have been used so far.
    pub fn slot_use(&self) -> SlotUse {
        self.slot_meter.so_far()
    }

    /// Takes in a fact or an order of the person.
    pub fn handle(&mut self, now: Time, wall: DateTime<Utc>, event: Event) {
        self.now = now;
        self.wall = wall;
        match event {
            Event::Begin => self.begin(),
            Event::Tick => {}
            Event::Queued { agent, attempt, why } => self.queued(agent, attempt, why),
            Event::Started { agent, attempt, pid } => self.started(agent, attempt, pid),
            Event::Adopted { agent, attempt, pid } => self.adopted(agent, attempt, pid),
            Event::Exited { agent, attempt, outcome } => self.exited(agent, attempt, outcome),
            Event::Finished { agent, attempt } => self.finished(agent, attempt),
            Event::WorksOn { agent, attempt } => self.works_on(agent, attempt),
            Event::Verified { agent, attempt, ok, tail } => self.verified(agent, attempt, ok, &tail),
            Event::NotesWritten { agent, attempt, path, author } => {
                self.emit(Record::HandoffWritten { agent: self.name(agent), attempt, path, author });
            }
            Event::Spent { agent, run_cost_usd, run_tokens, over_own_cap } => {
                self.spent(agent, run_cost_usd, run_tokens, over_own_cap);
            }
            Event::Asked { agent, attempt, id, kind, text } => self.asked(agent, attempt, id, kind, text),
            Event::Answered { agent, id, answer, by } => self.answered(agent, &id, answer, by),
            Event::Noted(record) | Event::Compiled(record) => self.emit(record),
            Event::Person { command, by } => self.person(command, by),
        }
        if self.begun {
            self.meet_deadlines();
            self.settle();
            self.hold_if_two_failed_alike();
            self.fill();
            self.finish_if_over();
        }
    }

    /// Takes in a record of the journal: the state changes and no order is given. An attached screen uses it too.
    pub fn replay(&mut self, now: Time, record: &Record) {
        self.take(now, record);
        match (record, record.agent().and_then(|name| self.state.find(name))) {
            (Record::AttemptStarting { .. }, Some(agent)) => {
                self.unheard.insert(agent);
            }
            (Record::AttemptEnded { .. }, Some(agent)) => {
                self.unheard.remove(&agent);
            }
            _ => {}
        }
    }

    /// Returns the next thing that the shell must do.
    pub fn poll_order(&mut self) -> Option<Order> {
        self.orders.pop_front()
    }

    /// Returns when [`Event::Tick`] is due; `None` if nothing happens by itself.
    pub fn poll_timeout(&self) -> Option<Time> {
        self.next_deadline()
    }

    /// Takes over how an agent is played from now on, before a retry on another engine. Its needs stay as they are.
    pub fn play(&mut self, agent: AgentId, task: TaskSpec) {
        let needs = std::mem::take(&mut self.tasks[agent.0].needs);
        self.tasks[agent.0] = TaskSpec { needs, ..task };
    }

    /// Caps what the run may cost, in US dollars, before an engine is chosen that needs it.
    pub fn cap(&mut self, max_cost: Option<f64>) {
        self.settings.max_cost = max_cost;
    }

    fn begin(&mut self) {
        self.begun = true;
        self.roster.unsettled = (0..self.tasks.len()).map(AgentId).collect();
        self.write_missing_notes();
    }

    /// Records a decision or fact: it changes the state, and the shell journals it before the orders that follow.
    pub(super) fn emit(&mut self, record: Record) {
        self.take(self.now, &record);
        self.orders.push_back(Order::Record(record));
    }

    pub(super) fn order(&mut self, order: Order) {
        self.orders.push_back(order);
    }

    fn take(&mut self, now: Time, record: &Record) {
        self.state.apply(now, record);
        self.same_failure.take(record);
        self.slot_meter.take(now, record);
        if let Some(agent) = record.agent().and_then(|name| self.state.find(name)) {
            self.roster.refile(agent, &self.state);
        }
    }

    pub(super) fn name(&self, agent: AgentId) -> String {
        self.tasks[agent.0].name.clone()
    }

    /// Returns the engine that plays the agent.
    pub(super) fn engine(&self, agent: AgentId) -> &str {
        self.state.agent(agent).engine.as_deref().unwrap_or(&self.tasks[agent.0].engine)
    }

    /// Returns the active attempt of an agent and its history, if it is this attempt.
    pub(super) fn attempt(&self, agent: AgentId, attempt: u32) -> Option<(&Active, &Attempt)> {
        self.active(agent).filter(|(active, _)| active.attempt == attempt)
    }

    /// Returns the active attempt of an agent and its history.
    pub(super) fn active(&self, agent: AgentId) -> Option<(&Active, &Attempt)> {
        let state = self.state.agents.get(agent.0)?;
        Some((state.active()?, state.attempts.last()?))
    }

    /// Returns the agents that hold a slot.
    pub(super) fn actives(&self) -> Vec<AgentId> {
        self.roster.active.iter().copied().collect()
    }
}

/// Returns a duration in whole milliseconds, as records and deadlines count.
pub(super) fn whole_ms(duration: Duration) -> Duration {
    super::fold::seconds(duration.as_secs_f64())
}
