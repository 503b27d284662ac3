//! What a person must see of an agent at one glance: alive? what does it do? how long has it left? how far is it?
//!
//! Numbers and words are made here, from the run and `now`; `ui` only places them. A guess is never shown as a
//! fact: an attempt that says nothing is "silent for 4 min", not "working".

use std::time::Duration;

use super::words;
use crate::plan::AgentId;
use crate::run::{Deed, Run, Source};
use crate::scheduler::{Active, AgentState, Phase, Stage, Time, Word};

/// Silence of this length, with no tool call open, is marked.
pub const SILENT: Duration = Duration::from_secs(120);

/// One agent, as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Glance {
    pub agent: AgentId,
    pub name: String,
    pub word: Word,
    /// The attempt that is active, or was last; 0 before the first.
    pub attempt: u32,
    pub countdown: Option<Countdown>,
    /// What it does now, and since when.
    pub doing: Doing,
    /// Criteria met by its own account; `None` while it has said nothing of them.
    pub met: Option<usize>,
    pub criteria: usize,
    /// Tools of the plan that it used, and how many the plan names.
    pub tools_used: usize,
    pub tools: usize,
    /// Names of tools of the plan that it did not use yet, in plan order.
    pub unused: Vec<String>,
    pub tokens: Option<u64>,
    pub cost_usd: Option<f64>,
    /// How long ago anything was heard of it.
    pub sign: Option<Duration>,
    /// Set when that is long and no tool call is open.
    pub silent: bool,
}

/// What is left of a time box, or of the grace after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Countdown {
    pub left: Duration,
    /// What `left` is a part of.
    pub of: Duration,
    pub mood: Mood,
}

/// How near the end is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Calm,
    /// Four fifths of the box are over.
    Warm,
    /// The last minute (of a short box: its last tenth).
    Hot,
    /// TERM was sent: this counts down to the kill.
    Grace,
    /// The clock stands.
    Stopped,
}

/// The line that says what an agent does now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doing {
    pub text: String,
    /// How long it has been at it, where that says something.
    pub running: Option<Duration>,
    /// It needs the person.
    pub needs_person: bool,
}

impl Countdown {
    /// Returns the countdown of an active attempt.
    pub fn of(active: &Active, now: Time) -> Countdown {
        match &active.stage {
            Stage::Stopping { kill_at, .. } => {
                let left = kill_at.since(now);
                Countdown { left, of: left.max(Duration::from_secs(10)), mood: Mood::Grace }
            }
            Stage::Killing { .. } => Countdown { left: Duration::ZERO, of: Duration::from_secs(1), mood: Mood::Grace },
            Stage::Starting
            | Stage::Queued { .. }
            | Stage::Running
            | Stage::Asking { .. }
            | Stage::Paused { .. }
            | Stage::WrappingUp { .. } => {
                let (left, of) = (active.clock.left(now), active.clock.limit);
                Countdown { left, of, mood: mood(left, of, active.clock.is_stopped()) }
            }
        }
    }

    /// Returns how much is left, 0 to 1.
    pub fn share(&self) -> f64 {
        if self.of.is_zero() { 0.0 } else { (self.left.as_secs_f64() / self.of.as_secs_f64()).clamp(0.0, 1.0) }
    }
}

fn mood(left: Duration, of: Duration, stopped: bool) -> Mood {
    if stopped {
        Mood::Stopped
    } else if left < Duration::from_secs(60).min(of / 10) {
        Mood::Hot
    } else if left <= of / 5 {
        Mood::Warm
    } else {
        Mood::Calm
    }
}

impl Glance {
    /// Returns what is to be seen of an agent.
    pub fn of(run: &Run, id: AgentId, now: Time) -> Glance {
        let (agent, state, live) = (run.plan.agent(id), run.state.agent(id), &run.live[id.0]);
        let unused: Vec<String> = agent.tools.iter().filter(|tool| !live.tools.contains_key(*tool)).cloned().collect();
        let sign = live.last_sign.map(|at| now.since(at));
        let listens =
            matches!(state.active().map(|active| &active.stage), Some(Stage::Running | Stage::WrappingUp { .. }));
        let met = (!state.criteria.is_empty()).then_some(state.criteria.len());
        Glance {
            agent: id,
            name: agent.name.clone(),
            word: state.word(),
            attempt: state.last_attempt(),
            countdown: state.active().filter(|active| is_limited(active)).map(|active| Countdown::of(active, now)),
            doing: doing(run, id, now),
            met: live.told_criteria.map(|(met, _)| met).or(met),
            criteria: live.told_criteria.map_or(agent.criteria.len(), |(_, of)| of),
            tools_used: agent.tools.len() - unused.len(),
            tools: agent.tools.len(),
            unused,
            tokens: live.tokens,
            cost_usd: live.cost_usd,
            silent: listens && live.open_call().is_none() && sign.is_some_and(|sign| sign >= SILENT),
            sign,
        }
    }

    /// Returns the criteria as `2/3`; what was never said is unknown, not zero.
    pub fn criteria_shown(&self, unknown: &str) -> String {
        match (self.met, self.criteria) {
            (None, 0) => unknown.to_owned(),
            (None, of) => format!("{unknown}/{of}"),
            (Some(met), of) => format!("{met}/{}", of.max(met)),
        }
    }

    /// Returns the use of the plan's tools as `1/2`, or that the plan names none.
    pub fn tools_shown(&self, unknown: &str) -> String {
        if self.tools == 0 { unknown.to_owned() } else { format!("{}/{}", self.tools_used, self.tools) }
    }

    /// Returns what it has cost so far: dollars, else tokens, else nothing.
    pub fn spend_shown(&self) -> Option<String> {
        let tokens = || self.tokens.filter(|tokens| *tokens > 0).map(|tokens| format!("{} tok", words::count(tokens)));
        self.cost_usd.filter(|cost| *cost > 0.0).map(words::money).or_else(tokens)
    }
}

/// Returns whether the limit of an attempt is known: of one that something else drives it may not be.
fn is_limited(active: &Active) -> bool {
    !active.clock.limit.is_zero() || matches!(active.stage, Stage::Stopping { .. } | Stage::Killing { .. })
}

fn doing(run: &Run, id: AgentId, now: Time) -> Doing {
    let state = run.state.agent(id);
    let plain = |text: String| Doing { text, running: None, needs_person: false };
    match &state.phase {
        Phase::Waiting | Phase::Ready { .. } | Phase::Backoff { .. } | Phase::Parked
            if run.source == Source::Journal =>
        {
            plain("not finished".to_owned())
        }
        Phase::Waiting => plain(needs(run, id)),
        Phase::Ready { .. } => plain(waits_for_slot(run, id, now)),
        Phase::Backoff { until, why } => {
            plain(format!("tries again in {}: {}", words::age(until.since(now)), words::clean(why)))
        }
        Phase::Parked => plain("parked, until it is resumed".to_owned()),
        Phase::Active(active) => active_doing(run, id, active, now),
        Phase::Ended { why, .. } => plain(why.as_deref().map_or_else(String::new, words::clean)),
    }
}

fn active_doing(run: &Run, id: AgentId, active: &Active, now: Time) -> Doing {
    let since = |since: Time| Some(now.since(since));
    match &active.stage {
        Stage::Starting => Doing { text: "starting".to_owned(), running: since(active.started), needs_person: false },
        Stage::Queued { since: at, why } => {
            Doing { text: format!("queued: {}", words::clean(why)), running: since(*at), needs_person: false }
        }
        Stage::Running => last_deed(run, id, now),
        Stage::Asking { text, since: at, .. } => {
            Doing { text: words::clean(text), running: since(*at), needs_person: true }
        }
        Stage::Paused { since: at, frozen } => {
            let how = if *frozen { "frozen" } else { "paused" };
            Doing {
                text: format!("{how} {} ago, clock stopped", words::age(now.since(*at))),
                running: None,
                needs_person: false,
            }
        }
        Stage::WrappingUp { why } => {
            Doing { text: format!("writing handoff notes: {}", words::clean(why)), running: None, needs_person: false }
        }
        Stage::Stopping { why, .. } => {
            Doing { text: format!("asked to end: {}", words::clean(why)), running: None, needs_person: false }
        }
        Stage::Killing { why } => {
            Doing { text: format!("being killed: {}", words::clean(why)), running: None, needs_person: false }
        }
    }
}

fn last_deed(run: &Run, id: AgentId, now: Time) -> Doing {
    let live = &run.live[id.0];
    let deed: Option<&Deed> = live.open_call().or(live.deeds.back());
    match deed {
        Some(deed) => Doing {
            text: words::clean(&deed.text),
            running: Some(deed.until.unwrap_or(now).since(deed.at)).filter(|_| deed.until.is_none()),
            needs_person: false,
        },
        None => Doing { text: "has said nothing yet".to_owned(), running: None, needs_person: false },
    }
}

/// Returns whom an agent waits for: `waits for security-auditor, testing-engineer`.
fn needs(run: &Run, id: AgentId) -> String {
    let missing: Vec<&AgentState> = run
        .plan
        .agent(id)
        .needs
        .iter()
        .map(|need| run.state.agent(*need))
        .filter(|need| !need.verdict().is_some_and(crate::scheduler::AgentVerdict::satisfies))
        .collect();
    let names: Vec<String> = missing.iter().map(|need| words::clean(&need.name)).collect();
    if names.is_empty() { "waits".to_owned() } else { format!("waits for {}", names.join(", ")) }
}

fn waits_for_slot(run: &Run, id: AgentId, now: Time) -> String {
    let engine = run.engines.get(id.0).and_then(|engine| engine.split(' ').next()).unwrap_or_default();
    let account = run.accounts.get(engine).into_iter().flatten().map(String::as_str);
    let throttled =
        std::iter::once(engine).chain(account).find_map(|name| Some((name, run.state.throttled.get(name)?)));
    match throttled {
        Some((engine, until)) => format!("{engine} is throttled for {}", words::age(until.since(now))),
        None if run.state.agent(id).first => "next in a free slot".to_owned(),
        None => "waits for a slot".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_countdown_warms_at_four_fifths_and_is_hot_in_the_last_minute() {
        let of = Duration::from_secs(900);
        let at = |left: u64| mood(Duration::from_secs(left), of, false);
        assert_eq!(at(900), Mood::Calm);
        assert_eq!(at(181), Mood::Calm);
        assert_eq!(at(180), Mood::Warm);
        assert_eq!(at(60), Mood::Warm);
        assert_eq!(at(59), Mood::Hot);
        assert_eq!(mood(Duration::from_secs(500), of, true), Mood::Stopped);
    }

    #[test]
    fn a_short_box_is_hot_in_its_last_tenth() {
        let of = Duration::from_secs(20);
        assert_eq!(mood(Duration::from_secs(10), of, false), Mood::Calm);
        assert_eq!(mood(Duration::from_secs(4), of, false), Mood::Warm);
        assert_eq!(mood(Duration::from_millis(1900), of, false), Mood::Hot);
    }
}
