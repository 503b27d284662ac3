//! A team that something else drives: from what its status file tells to the records of a run, so that everything
//! that shows a run shows it.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{Live, Run};
use crate::plan::AgentId;
use crate::scheduler::{AgentVerdict, AttemptVerdict, By, Phase, Record, Time, Word};
use crate::team_dir::{Sighted, Sighting};

/// What is said of an attempt that is gone without its end being told.
const UNTOLD: &str = "its end was not told";
/// The id of a question that the file tells of; it has none of its own.
const QUESTION: &str = "told";

impl Run {
    /// Returns the names that a sighting has and the plan has not.
    pub fn strangers(&self, sighting: &Sighting) -> Vec<String> {
        let unknown = sighting.agents.iter().filter(|agent| self.plan.find(&agent.name).is_none());
        unknown.map(|agent| agent.name.clone()).collect()
    }

    /// Takes in agents that the plan did not have.
    pub fn join(&mut self, names: &[String]) {
        self.plan.add_names(names);
        self.state.join(names);
        self.live.resize(self.plan.agents.len(), Live::default());
        self.engines.resize(self.plan.agents.len(), String::new());
    }

    /// Takes in what the status file tells; returns the records that it amounts to, which the run has taken.
    ///
    /// `told`: when the file was written.
    pub fn sighted(&mut self, now: Time, wall: DateTime<Utc>, told: DateTime<Utc>, sighting: &Sighting) -> Vec<Record> {
        let mut taken = Vec::new();
        let slots = sighting.slots.or(self.plan.said.slots.then_some(self.plan.slots));
        if self.state.started.is_none() {
            let first = sighting.agents.iter().filter_map(|agent| agent.started).min().unwrap_or(told);
            let begins = Record::RunStarted {
                plan: self.plan_path.to_string_lossy().into_owned(),
                plan_hash: String::new(),
                project: self.project.to_string_lossy().into_owned(),
                agents: self.plan.agents.iter().map(|agent| agent.name.clone()).collect(),
                slots: slots.unwrap_or(0),
                boot: String::new(),
                options: serde_json::Value::Null,
            };
            self.take(at(now, wall, first), first.min(wall), &begins);
            taken.push(begins);
        }
        for seen in &sighting.agents {
            let Some(id) = self.plan.find(&seen.name) else { continue };
            for (time, record) in self.steps(id, now, wall, seen) {
                let moment = wall - chrono::TimeDelta::from_std(now.since(time)).unwrap_or_default();
                self.take(time, moment, &record);
                taken.push(record);
            }
            self.take_figures(id, at(now, wall, told), seen);
        }
        // Nobody says how many there are: as many as are used.
        let slots = slots.unwrap_or(self.state.active_count());
        if slots != self.state.slots {
            let changed = Record::SlotsChanged { slots, by: By::Quintet };
            self.state.apply(now, &changed);
        }
        taken
    }

    /// Returns the records that lead from where an agent is to where it was seen, each with its time.
    fn steps(&self, id: AgentId, now: Time, wall: DateTime<Utc>, seen: &Sighted) -> Vec<(Time, Record)> {
        let state = self.state.agent(id);
        let (agent, here) = (state.name.clone(), state.word());
        let there = seen.word.unwrap_or(Word::Waiting);
        let last = state.last_attempt();
        let attempt = seen.attempt.unwrap_or(last.max(1));
        let mut steps = Vec::new();
        let is_other_attempt = state.active().is_some_and(|active| active.attempt != attempt);
        let mut active = state.active().is_some();
        if active && (is_other_attempt || !is_active(there)) {
            let verdict = if is_other_attempt { None } else { verdict(there) };
            steps.push((
                now,
                ended(&agent, last, verdict, state.active().map_or(Duration::ZERO, |it| it.clock.ran(now))),
            ));
            active = false;
        }
        if is_active(there) && !active {
            let started = seen.started.map_or(now, |started| at(now, wall, started));
            if matches!(state.phase, Phase::Ended { .. }) {
                steps.push((started, reopened(&agent)));
            }
            // An end that was seen belongs to the attempt before.
            let attempt = seen.attempt.unwrap_or(last + 1);
            let limit_s = limit(seen, wall, now.since(started));
            steps.push((
                started,
                Record::AttemptStarting {
                    agent: agent.clone(),
                    attempt,
                    folder: String::new(),
                    place: String::new(),
                    engine: seen.engine.clone().unwrap_or_default(),
                    model: seen.model.clone(),
                    limit_s,
                },
            ));
            if there != Word::Starting {
                steps.push((started, Record::AttemptStarted { agent: agent.clone(), attempt, pid: 0, again: false }));
            }
            steps.extend(
                stage(&agent, attempt, Word::Running, there, seen, wall).into_iter().map(|record| (now, record)),
            );
        } else if active && here != there {
            if here == Word::Starting {
                steps.push((now, Record::AttemptStarted { agent: agent.clone(), attempt, pid: 0, again: false }));
            }
            steps.extend(stage(&agent, attempt, here, there, seen, wall).into_iter().map(|record| (now, record)));
        }
        if here != there || active {
            let is_waiting = matches!(state.phase, Phase::Waiting | Phase::Active(_));
            steps.extend(rest(&agent, there, seen, is_waiting).map(|record| (now, record)));
        }
        let said = self.live[id.0].deeds.back().map(|deed| deed.text.as_str());
        if let Some(text) = seen.now.as_deref().filter(|text| is_active(there) && said != Some(text)) {
            let kind = "text".to_owned();
            steps.push((now, Record::AttemptActivity { agent, attempt, kind, text: text.to_owned(), tool: None }));
        }
        steps
    }

    fn take_figures(&mut self, id: AgentId, told: Time, seen: &Sighted) {
        if let Some(engine) = &seen.engine {
            self.engines[id.0] =
                seen.model.as_ref().map_or_else(|| engine.clone(), |model| format!("{engine} {model}"));
        }
        let live = &mut self.live[id.0];
        live.last_sign = Some(told);
        live.told_criteria = seen.met.zip(seen.criteria).or(live.told_criteria);
        live.model = seen.model.clone().or(live.model.take());
        live.tokens = seen.tokens.or(live.tokens);
        live.cost_usd = seen.cost_usd.or(live.cost_usd);
        live.tools.extend(seen.tools.clone());
    }
}

/// Returns a moment of the wall clock by the run's.
fn at(now: Time, wall: DateTime<Utc>, moment: DateTime<Utc>) -> Time {
    let ago = (wall - moment).to_std().unwrap_or_default();
    Time(now.0.saturating_sub(u64::try_from(ago.as_millis()).unwrap_or(u64::MAX)))
}

fn is_active(word: Word) -> bool {
    match word {
        Word::Starting
        | Word::Queued
        | Word::Running
        | Word::Asking
        | Word::Paused
        | Word::WrappingUp
        | Word::Stopping
        | Word::Killing => true,
        Word::Waiting
        | Word::Ready
        | Word::Done
        | Word::Partial
        | Word::Failed
        | Word::Killed
        | Word::Skipped
        | Word::Blocked => false,
    }
}

fn verdict(word: Word) -> Option<AgentVerdict> {
    match word {
        Word::Done => Some(AgentVerdict::Done),
        Word::Partial => Some(AgentVerdict::Partial),
        Word::Failed => Some(AgentVerdict::Failed),
        Word::Killed => Some(AgentVerdict::Killed),
        Word::Skipped => Some(AgentVerdict::Skipped),
        Word::Blocked => Some(AgentVerdict::Blocked),
        Word::Waiting
        | Word::Ready
        | Word::Starting
        | Word::Queued
        | Word::Running
        | Word::Asking
        | Word::Paused
        | Word::WrappingUp
        | Word::Stopping
        | Word::Killing => None,
    }
}

/// Returns the box of an attempt in seconds; 0: nobody knows.
fn limit(seen: &Sighted, wall: DateTime<Utc>, ran: Duration) -> f64 {
    let left = seen.left_s.or_else(|| {
        let until = seen.deadline? - wall;
        Some(until.to_std().map_or(0.0, |left| left.as_secs_f64()))
    });
    // A box that is over is still known to be one.
    left.map_or(0.0, |left| (ran.as_secs_f64() + left).max(0.001))
}

fn ended(agent: &str, attempt: u32, verdict: Option<AgentVerdict>, ran: Duration) -> Record {
    let (verdict, why) = match verdict {
        Some(AgentVerdict::Done) => (AttemptVerdict::Done, None),
        Some(AgentVerdict::Partial) => (AttemptVerdict::OutOfTime, None),
        Some(AgentVerdict::Failed) => (AttemptVerdict::Failed, None),
        Some(AgentVerdict::Killed | AgentVerdict::Skipped) => (AttemptVerdict::Killed, None),
        Some(AgentVerdict::Blocked) | None => (AttemptVerdict::Lost, Some(UNTOLD.to_owned())),
    };
    Record::AttemptEnded {
        agent: agent.to_owned(),
        attempt,
        verdict,
        why,
        exit: None,
        signal: None,
        wall_s: ran.as_secs_f64(),
        run_s: ran.as_secs_f64(),
        queued_s: 0.0,
        tokens: None,
        cost_usd: None,
        tools: std::collections::BTreeMap::new(),
        counted: false,
        progress: true,
        report: None,
        hopeless: false,
        left_s: 0.0,
        partial: false,
    }
}

fn reopened(agent: &str) -> Record {
    Record::AgentReopened { agent: agent.to_owned(), by: By::Quintet, forced: false, engine: None }
}

/// Returns the records that bring an active attempt from one stage to another.
fn stage(agent: &str, attempt: u32, here: Word, there: Word, seen: &Sighted, wall: DateTime<Utc>) -> Vec<Record> {
    let agent = agent.to_owned();
    let why = seen.now.clone().unwrap_or_default();
    let resumed = || Record::AttemptResumed { agent: agent.clone(), attempt, by: By::Quintet };
    let mut steps = Vec::new();
    match here {
        Word::Asking => steps.push(Record::AskAnswered {
            id: QUESTION.to_owned(),
            agent: agent.clone(),
            answer: "(its answer was not told)".to_owned(),
            by: By::Quintet,
        }),
        Word::Paused | Word::WrappingUp | Word::Stopping | Word::Killing
            if matches!(there, Word::Running | Word::Asking) =>
        {
            steps.push(resumed());
        }
        Word::Paused | Word::WrappingUp | Word::Stopping | Word::Killing => {}
        Word::Starting | Word::Queued | Word::Running => {}
        Word::Waiting | Word::Ready | Word::Done | Word::Partial => {}
        Word::Failed | Word::Killed | Word::Skipped | Word::Blocked => {}
    }
    steps.extend(match there {
        Word::Paused => Some(Record::AttemptPaused { agent, attempt, by: By::Quintet, frozen: false }),
        Word::Asking => Some(Record::AskOpened {
            id: QUESTION.to_owned(),
            agent,
            attempt,
            kind: "question".to_owned(),
            text: seen.now.clone().unwrap_or_else(|| "it waits for an answer".to_owned()),
            until: wall,
            after_s: 0.0,
        }),
        Word::WrappingUp => Some(Record::AttemptWrappingUp { agent, attempt, why }),
        Word::Stopping => Some(Record::AttemptStopping { agent, attempt, why, grace_s: 0.0, finished: false }),
        Word::Killing => Some(Record::AttemptKilling { agent, attempt, why }),
        Word::Queued => Some(Record::AttemptQueued { agent, attempt, why }),
        Word::Starting | Word::Running => None,
        Word::Waiting | Word::Ready | Word::Done | Word::Partial => None,
        Word::Failed | Word::Killed | Word::Skipped | Word::Blocked => None,
    });
    steps
}

/// Returns the record that says what an agent without an active attempt is.
fn rest(agent: &str, there: Word, seen: &Sighted, is_waiting: bool) -> Option<Record> {
    let agent = agent.to_owned();
    match (there, verdict(there)) {
        (_, Some(verdict)) => {
            // What it did last is no reason; why it did not end well may be.
            let why = seen.now.clone().filter(|_| !verdict.satisfies());
            Some(Record::AgentEnded { agent, verdict, why, report: seen.report.clone() })
        }
        (Word::Ready, None) => Some(Record::AgentReady { agent }),
        (Word::Waiting, None) if !is_waiting => Some(reopened(&agent)),
        (_, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plan;

    struct Watched {
        run: Run,
        now: Time,
    }

    impl Watched {
        fn new() -> Watched {
            let plan = Plan::of_names("team", &["a".to_owned(), "b".to_owned()]);
            Watched { run: Run::new("", plan, "plan.md".into(), "/p".into()), now: Time(1_000_000) }
        }

        fn see(&mut self, agents: &str) -> Vec<Record> {
            self.now = self.now + Duration::from_secs(10);
            let sighting = Sighting::read(&format!("{{\"agents\":{agents}}}")).expect("it tells of agents");
            let wall = DateTime::UNIX_EPOCH + chrono::TimeDelta::milliseconds(self.now.0 as i64);
            self.run.sighted(self.now, wall, wall, &sighting)
        }

        fn words(&self) -> Vec<Word> {
            self.run.state.agents.iter().map(|agent| agent.word()).collect()
        }
    }

    #[test]
    fn agents_are_where_the_file_says_whatever_came_before() {
        let all = "starting running asking paused wrapping_up stopping killing done partial failed killed skipped \
                   blocked waiting ready";
        for first in all.split_whitespace() {
            for then in all.split_whitespace() {
                // Only what is new starts.
                let mut watched = Watched::new();
                let starts_again = then == "starting" && is_active(state_of(first));
                for written in [first, then].into_iter().take(if starts_again { 1 } else { 2 }) {
                    watched.see(&format!(r#"{{"a":"{written}","b":"running"}}"#));
                    assert_eq!(watched.words(), [state_of(written), Word::Running], "{first}, then {then}");
                }
            }
        }
    }

    fn state_of(written: &str) -> Word {
        crate::team_dir::sighting::state(written).expect("a state of ours")
    }

    #[test]
    fn the_same_again_is_no_news() {
        let mut watched = Watched::new();
        let seen = r#"[{"name":"a","state":"running","attempt":2,"now":"reads"},{"name":"b","state":"done"}]"#;
        assert!(!watched.see(seen).is_empty());
        assert_eq!(watched.see(seen), []);
        let more = watched.see(&seen.replace("reads", "writes"));
        assert!(matches!(more.as_slice(), [Record::AttemptActivity { text, .. }] if text == "writes"), "{more:?}");
    }

    #[test]
    fn another_attempt_follows_the_one_before() {
        let mut watched = Watched::new();
        watched.see(r#"[{"name":"a","state":"running","attempt":1}]"#);
        watched.see(r#"[{"name":"a","state":"running","attempt":2}]"#);
        let attempts = &watched.run.state.agents[0].attempts;
        assert_eq!(attempts.iter().map(|attempt| attempt.n).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(attempts[0].ended.as_ref().map(|ended| ended.verdict), Some(AttemptVerdict::Lost));
    }

    #[test]
    fn a_time_box_is_known_only_where_it_is_told() {
        let mut watched = Watched::new();
        watched.see(r#"[{"name":"a","state":"running","left_s":60},{"name":"b","state":"running"}]"#);
        let limit = |agent: usize| watched.run.state.agents[agent].active().expect("it runs").clock.limit;
        assert_eq!(limit(0), Duration::from_secs(60));
        assert_eq!(limit(1), Duration::ZERO);
    }
}
