//! The scheduler with processes, a shell and a person that are not there, in time that only goes by when it is told to.
//!
//! Whatever story it is used for, it holds what must always hold: see `promises.rs`.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use chrono::{DateTime, Utc};
use quintet::plan::AgentId;
use quintet::scheduler::{
    By, Command, Event, NotesAuthor, Order, Record, Scheduler, Settings, SlotUse, State, TaskSpec, Time,
};

use super::process::{Fate, Process};
use super::promises::Promises;

/// How long the shell takes to start or kill a process.
const SPAWN: Duration = Duration::from_millis(2);
const REAP: Duration = Duration::from_millis(5);
/// How long an attempt waits in the queue of any place but `local`.
pub const QUEUE: Duration = Duration::from_secs(40);

pub struct World {
    pub tasks: Vec<TaskSpec>,
    pub settings: Settings,
    pub scheduler: Scheduler,
    pub now: Time,
    /// The journal.
    pub log: Vec<(Time, Record)>,
    /// What the shell was told, beside records.
    pub orders: Vec<(Time, Order)>,
    pub refused: Vec<String>,
    pub processes: BTreeMap<AgentId, Process>,
    /// What becomes of an agent's attempts, one after the other; the last one repeats.
    fates: BTreeMap<String, VecDeque<Fate>>,
    /// What the shell will say, in order of time.
    coming: BTreeMap<(Time, u64), Event>,
    said: u64,
    promises: Promises,
    /// After so many more orders Quintet dies, and what it had still to do is lost.
    pub dies_after: Option<usize>,
    /// How long it takes until another Quintet is there.
    pub downtime: Duration,
}

/// Returns tasks from lines of `name: need need`, comma-separated, of an engine that takes no messages.
pub fn tasks(team: &str) -> Vec<TaskSpec> {
    let parts: Vec<(&str, &str)> =
        team.split(',').map(|agent| agent.trim().split_once(':').unwrap_or((agent.trim(), ""))).collect();
    let id = |name: &str| AgentId(parts.iter().position(|(known, _)| *known == name).expect("needs name agents"));
    let needs: Vec<Vec<AgentId>> = parts.iter().map(|(_, needs)| needs.split_whitespace().map(id).collect()).collect();
    parts
        .iter()
        .enumerate()
        .map(|(index, (name, _))| TaskSpec {
            name: (*name).to_owned(),
            slug: (*name).to_owned(),
            needs: needs[index].clone(),
            time_box: Duration::from_secs(900),
            engine: "sh".to_owned(),
            shares: Vec::new(),
            model: None,
            chain: chain(&needs, AgentId(index)),
            wraps_up: false,
            pauses_softly: false,
            verifies: false,
            place: "local".to_owned(),
        })
        .collect()
}

fn chain(needs: &[Vec<AgentId>], id: AgentId) -> usize {
    let dependants = (0..needs.len()).filter(|index| needs[*index].contains(&id));
    1 + dependants.map(|index| chain(needs, AgentId(index))).max().unwrap_or(0)
}

pub fn settings() -> Settings {
    Settings {
        slots: 5,
        warning: 0.8,
        wrap_up: 0.1,
        grace: Duration::from_secs(10),
        successors: 2,
        retries: 2,
        backoff: vec![Duration::from_secs(1), Duration::from_secs(5)],
        hold_on_same_failure: true,
        headless: true,
        max_cost: None,
        max_tokens: None,
        place_slots: Vec::new(),
    }
}

impl World {
    /// Returns a world with this team, whose attempts take a minute each unless another fate is set.
    pub fn of(team: &str) -> World {
        World::with(tasks(team), settings())
    }

    pub fn with(tasks: Vec<TaskSpec>, settings: Settings) -> World {
        World {
            scheduler: Scheduler::new(tasks.clone(), settings.clone()),
            tasks,
            settings,
            now: Time(1_000),
            log: Vec::new(),
            orders: Vec::new(),
            refused: Vec::new(),
            processes: BTreeMap::new(),
            fates: BTreeMap::new(),
            coming: BTreeMap::new(),
            said: 0,
            promises: Promises::default(),
            dies_after: None,
            downtime: Duration::ZERO,
        }
    }

    /// The agent runs at a place with a queue.
    pub fn far(mut self, agent: &str) -> World {
        self.change_task(agent, |task| task.place = "slurm".to_owned());
        self
    }

    /// Sets what becomes of an agent's attempts.
    pub fn fates(mut self, agent: &str, fates: impl IntoIterator<Item = Fate>) -> World {
        self.fates.insert(agent.to_owned(), fates.into_iter().collect());
        self
    }

    /// The agent is played by a language model.
    pub fn llm(mut self, agent: &str) -> World {
        self.change_task(agent, |task| {
            task.engine = "claude".to_owned();
            task.wraps_up = true;
            task.pauses_softly = true;
        });
        self
    }

    pub fn verifies(mut self, agent: &str) -> World {
        self.change_task(agent, |task| task.verifies = true);
        self
    }

    pub fn time_box(mut self, agent: &str, seconds: u64) -> World {
        self.change_task(agent, |task| task.time_box = Duration::from_secs(seconds));
        self
    }

    pub fn settings(self, change: impl FnOnce(&mut Settings)) -> World {
        let mut settings = self.settings.clone();
        change(&mut settings);
        World { fates: self.fates, ..World::with(self.tasks, settings) }
    }

    fn change_task(&mut self, agent: &str, change: impl FnOnce(&mut TaskSpec)) {
        let id = self.id(agent);
        change(&mut self.tasks[id.0]);
        self.scheduler = Scheduler::new(self.tasks.clone(), self.settings.clone());
    }

    /// Begins the run.
    pub fn begin(mut self) -> World {
        self.say(Event::Begin);
        self
    }

    pub fn id(&self, agent: &str) -> AgentId {
        AgentId(self.tasks.iter().position(|task| task.name == agent).expect("the story names agents of its team"))
    }

    pub fn state(&self) -> &State {
        self.scheduler.state()
    }

    pub fn slot_use(&self) -> SlotUse {
        self.scheduler.slot_use()
    }

    /// Returns every agent's state in one line, in plan order.
    pub fn picture(&self) -> String {
        let agents = self.state().agents.iter();
        agents.map(|agent| format!("{} {}", agent.name, agent.word().as_str())).collect::<Vec<_>>().join(", ")
    }

    /// Returns the last word about an agent: its verdict's reason.
    pub fn why(&self, agent: &str) -> String {
        let ended = self.log.iter().rev().find_map(|(_, record)| match record {
            Record::AgentEnded { agent: name, why, .. } if name == agent => Some(why.clone().unwrap_or_default()),
            _ => None,
        });
        ended.unwrap_or_default()
    }

    /// Returns the verdicts of an agent's attempts.
    pub fn verdicts(&self, agent: &str) -> Vec<String> {
        let attempts = &self.state().agent(self.id(agent)).attempts;
        let word = |verdict| serde_json::to_string(&verdict).expect("verdicts are words").replace('"', "");
        attempts.iter().filter_map(|attempt| Some(word(attempt.ended.as_ref()?.verdict))).collect()
    }

    /// Returns when each attempt of an agent started, in seconds since the story began.
    pub fn starts(&self, agent: &str) -> Vec<f64> {
        let attempts = &self.state().agent(self.id(agent)).attempts;
        attempts.iter().map(|attempt| (attempt.started.0 - 1_000) as f64 / 1_000.0).collect()
    }

    /// Returns the orders for an agent, in short.
    pub fn told(&self, agent: &str) -> Vec<String> {
        let id = self.id(agent);
        self.orders.iter().filter_map(|(_, order)| super::picture::order(order, id)).collect()
    }

    pub fn has_ended(&self) -> bool {
        self.state().ended.is_some()
    }

    /// The person gives an order.
    pub fn person(&mut self, command: Command) {
        self.say(Event::Person { command, by: By::Screen });
    }

    /// Lets so many seconds go by.
    pub fn pass(&mut self, seconds: f64) {
        let until = self.now + Duration::from_secs_f64(seconds);
        while self.next().is_some_and(|next| next <= until) {
            self.step();
        }
        // A death on the way may have taken longer.
        self.go_to(until.max(self.now));
    }

    /// Lets time go by until nothing happens by itself any more.
    pub fn run(&mut self) {
        while self.next().is_some() {
            self.step();
        }
    }

    /// Returns when something happens next.
    pub fn next(&self) -> Option<Time> {
        let shell = self.coming.keys().next().map(|(at, _)| *at);
        let ends = self.processes.values().filter_map(Process::end);
        let questions = self.processes.values().filter_map(Process::question);
        ends.chain(questions).chain(shell).chain(self.scheduler.poll_timeout()).min()
    }

    /// Goes to the next thing that happens, and lets it happen.
    pub fn step(&mut self) {
        let Some(next) = self.next() else { return };
        self.go_to(next.max(self.now));
        if let Some(entry) = self.coming.first_entry()
            && entry.key().0 <= self.now
        {
            let event = entry.remove();
            let is_of_dead = |agent, number| {
                self.processes.get(agent).is_some_and(|process| process.dead && process.attempt == number)
            };
            // What was taken out of its place's queue never starts.
            if !matches!(&event, Event::Started { agent, attempt, .. } if is_of_dead(agent, *attempt)) {
                self.say(event);
            }
            return;
        }
        let ended = self.processes.iter().find(|(_, process)| process.end().is_some_and(|end| end <= self.now));
        if let Some((agent, _)) = ended {
            return self.process_ends(*agent);
        }
        let asks = self.processes.iter().find(|(_, process)| process.question().is_some_and(|at| at <= self.now));
        if let Some((agent, _)) = asks {
            return self.process_asks(*agent);
        }
        self.say(Event::Tick);
        let timeout = self.scheduler.poll_timeout();
        assert!(timeout.is_none_or(|at| at > self.now), "the scheduler wants to be called again at once, for ever");
    }

    fn go_to(&mut self, now: Time) {
        self.now = now;
        for process in self.processes.values_mut() {
            process.live(now);
        }
    }

    fn process_ends(&mut self, agent: AgentId) {
        let process = self.processes.get_mut(&agent).expect("it was just found");
        process.dead = true;
        self.promises.process_ended(process, self.settings.grace);
        let event = Event::Exited { agent, attempt: process.attempt, outcome: process.outcome(self.now) };
        self.say(event);
    }

    fn process_asks(&mut self, agent: AgentId) {
        let process = self.processes.get_mut(&agent).expect("it was just found");
        process.has_asked = true;
        process.asking = true;
        let attempt = process.attempt;
        self.say(Event::Asked {
            agent,
            attempt,
            id: format!("q{attempt}"),
            kind: "question".to_owned(),
            text: "which branch?".to_owned(),
        });
    }

    pub fn wall(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + Duration::from_millis(self.now.0)
    }

    /// Tells the scheduler, and does what it wants.
    pub fn say(&mut self, event: Event) {
        self.scheduler.handle(self.now, self.wall(), event);
        self.obey();
        self.promises.nothing_waits(self);
    }

    fn obey(&mut self) {
        while let Some(order) = self.scheduler.poll_order() {
            if let Some(left) = self.dies_after {
                if left == 0 {
                    self.dies_after = None;
                    return self.die_and_come_back();
                }
                self.dies_after = Some(left - 1);
            }
            match order {
                Order::Record(record) => {
                    self.promises.recorded(&record, &self.tasks, self.scheduler.state());
                    self.log.push((self.now, record));
                }
                order => {
                    self.orders.push((self.now, order.clone()));
                    self.perform(order);
                }
            }
        }
    }

    fn perform(&mut self, order: Order) {
        let now = self.now;
        match order {
            Order::Record(_) | Order::Warn { .. } | Order::Message { .. } => {}
            Order::Start { agent, attempt, limit, after: _, resumes: _ } => self.spawn(agent, attempt, limit),
            Order::WrapUp { agent, .. } => self.with_process(agent, |process| {
                process.asking = false;
                process.frozen = false;
                if let Some(wait) = process.fate.wraps_up {
                    process.end_in(now, wait);
                }
            }),
            Order::Freeze { agent, .. } => self.with_process(agent, |process| process.frozen = true),
            Order::Thaw { agent, .. } => self.with_process(agent, |process| process.frozen = false),
            Order::Term { agent, .. } => self.with_process(agent, |process| {
                process.frozen = false;
                process.asking = false;
                let obeys = if process.is_queued(now) { Some(REAP) } else { process.fate.obeys };
                if let Some(wait) = obeys {
                    process.end_in(now, wait);
                }
            }),
            Order::Kill { agent, .. } => self.with_process(agent, |process| process.end_in(now, REAP)),
            Order::Limit { agent, limit, .. } => self.with_process(agent, |process| process.limit = limit),
            Order::Answer { agent, .. } => self.with_process(agent, |process| process.asking = false),
            Order::WriteNotes { agent, attempt, .. } => {
                let path = format!(".claude-team/handoffs/{}-{attempt}.md", self.tasks[agent.0].slug);
                let author = NotesAuthor::Quintet;
                self.later(Duration::ZERO, Event::NotesWritten { agent, attempt, path, author });
            }
            Order::Verify { agent, attempt } => {
                let ok = self.processes[&agent].fate.verify_ok;
                let tail = "running 3 tests\ntest login ... FAILED\n".to_owned();
                self.later(Duration::from_secs(3), Event::Verified { agent, attempt, ok, tail });
            }
            Order::Compile => {
                let record = self.run_ended();
                self.later(Duration::from_millis(10), Event::Compiled(record));
            }
            Order::Refused { why, .. } => self.refused.push(why),
        }
    }

    fn run_ended(&self) -> Record {
        let agents = self.state().agents.iter();
        Record::RunEnded {
            complete: true,
            verdicts: agents.filter_map(|agent| Some((agent.name.clone(), agent.verdict()?))).collect(),
            conditions: Vec::new(),
            factors: Vec::new(),
            slots: self.slot_use(),
            wall_s: 1.0,
            cost_usd: None,
            report: None,
        }
    }

    fn spawn(&mut self, agent: AgentId, attempt: u32, limit: Duration) {
        let fate = self.fate_of(agent);
        use quintet::scheduler::End;
        if matches!(fate.outcome.end, End::CannotStart | End::NoRoom) {
            let outcome = fate.outcome.clone();
            self.later(SPAWN, Event::Exited { agent, attempt, outcome });
            return;
        }
        let queue = if self.tasks[agent.0].place == "local" { Duration::ZERO } else { QUEUE };
        self.processes.insert(agent, Process::new(attempt, fate, limit, self.now + queue));
        self.begins(agent, attempt, queue);
    }

    /// Tells of an attempt that begins after it has waited so long in the queue of its place.
    fn begins(&mut self, agent: AgentId, attempt: u32, queue: Duration) {
        if !queue.is_zero() {
            self.later(SPAWN, Event::Queued { agent, attempt, why: "Resources".to_owned() });
        }
        self.later(queue + SPAWN, Event::Started { agent, attempt, pid: 1_000 + attempt as i32 });
    }

    fn fate_of(&mut self, agent: AgentId) -> Fate {
        let Some(fates) = self.fates.get_mut(&self.tasks[agent.0].name) else { return Fate::done(60) };
        let fate = fates.front().cloned().expect("a fate at least");
        if fates.len() > 1 {
            fates.pop_front();
        }
        fate
    }

    fn with_process(&mut self, agent: AgentId, change: impl FnOnce(&mut Process)) {
        if let Some(process) = self.processes.get_mut(&agent).filter(|process| !process.dead) {
            change(process);
        }
    }

    fn later(&mut self, wait: Duration, event: Event) {
        self.said += 1;
        self.coming.insert((self.now + wait, self.said), event);
    }

    /// Quintet dies and another one carries on after a while: the same journal, the same processes.
    pub fn die_and_come_back(&mut self) {
        self.coming.clear();
        self.nobody_is_there_until(self.now + self.downtime);
        let replayed = self.replayed();
        let actives: Vec<(AgentId, u32, Duration)> =
            replayed.state().active().map(|(agent, active)| (agent, active.attempt, active.clock.limit)).collect();
        self.scheduler = replayed;
        for (agent, attempt, limit) in actives {
            self.recover(agent, attempt, limit);
        }
        self.say(Event::Begin);
    }

    fn nobody_is_there_until(&mut self, until: Time) {
        self.promises.unattended += until.since(self.now);
        while let Some(end) = self.processes.values().filter_map(Process::end).min().filter(|end| *end <= until) {
            self.go_to(end.max(self.now));
            for process in self.processes.values_mut().filter(|process| process.end().is_some_and(|at| at <= end)) {
                process.dead = true;
            }
        }
        self.go_to(until);
    }

    /// Does what the shell does with an attempt that was active when Quintet died.
    fn recover(&mut self, agent: AgentId, attempt: u32, limit: Duration) {
        let Some(process) = self.processes.get(&agent).filter(|process| process.attempt == attempt) else {
            // `spec.json` without `pid`: it is started again in the same folder.
            return self.spawn(agent, attempt, limit);
        };
        if process.dead {
            let outcome = process.outcome(self.now);
            return self.later(Duration::ZERO, Event::Exited { agent, attempt, outcome });
        }
        if process.is_queued(self.now) {
            let queue = process.begins.since(self.now);
            return self.begins(agent, attempt, queue);
        }
        let is_open = |it: &quintet::scheduler::Attempt| !it.questions.is_empty();
        let asks = process.asking && !self.state().agent(agent).attempts.last().is_some_and(is_open);
        self.later(Duration::ZERO, Event::Adopted { agent, attempt, pid: 7 });
        if asks {
            let (id, kind, text) = (format!("q{attempt}"), "question".to_owned(), String::new());
            self.later(Duration::ZERO, Event::Asked { agent, attempt, id, kind, text });
        }
    }

    /// Returns a scheduler that has read the journal.
    pub fn replayed(&self) -> Scheduler {
        let mut scheduler = Scheduler::new(self.tasks.clone(), self.settings.clone());
        for (at, record) in &self.log {
            let line = serde_json::to_string(record).expect("records are JSON");
            let read = serde_json::from_str(&line).expect("the journal can be read again");
            scheduler.replay(*at, &read);
        }
        scheduler
    }
}
