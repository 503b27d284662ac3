//! The files that show the run: `agent-status.json` and `orchestration-log.md`. Views of the state, nothing more.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};

use super::{Happening, Run};
use crate::plan::AgentId;
use crate::scheduler::{AttemptVerdict, Mode, Phase, Stage, Time, Word};
use crate::team_dir::log::{Page, Row};
use crate::team_dir::status::{AgentStatus, Criteria, Status};

/// How many events the log shows.
const EVENTS: usize = 60;

impl Run {
    /// Returns `agent-status.json` as of now.
    pub fn status(&self, now: Time, wall: DateTime<Utc>) -> Status {
        let plan = self.plan_path.strip_prefix(&self.project).unwrap_or(&self.plan_path).to_string_lossy().into_owned();
        let throttled = self.state.throttled.values().max().map(|until| later(now, wall, *until));
        Status {
            slots: self.state.slots,
            active: self.state.active_count(),
            throttled_until: throttled,
            mode: mode(&self.state.mode).to_owned(),
            cost_usd: self.cost(),
            agents: self
                .plan
                .each()
                .map(|(id, agent)| (agent.name.clone(), self.agent_status(id, now, wall)))
                .collect(),
            ..Status::empty(&self.id, &plan, wall)
        }
    }

    fn agent_status(&self, id: AgentId, now: Time, wall: DateTime<Utc>) -> AgentStatus {
        let (agent, state, live) = (self.plan.agent(id), self.state.agent(id), &self.live[id.0]);
        let active = state.active();
        let left = active.map(|active| active.clock.left(now));
        let runs = active.is_some_and(|active| !active.clock.is_stopped());
        let planned = self.engines[id.0].split(' ').next().unwrap_or_default();
        let engine = state.attempts.last().map_or(planned, |attempt| attempt.engine.as_str());
        let mut tools: std::collections::BTreeMap<String, u64> =
            agent.tools.iter().map(|tool| (tool.clone(), 0)).collect();
        tools.extend(live.tools.clone());
        let report = match &state.phase {
            Phase::Ended { report, .. } => report.clone(),
            _ => None,
        };
        AgentStatus {
            slug: agent.slug.clone(),
            state: state.word().as_str().to_owned(),
            attempt: state.last_attempt(),
            phase: agent.phase,
            order: id.0 + 1,
            started: state.attempts.last().map(|attempt| earlier(now, wall, attempt.started)),
            deadline: left.filter(|_| runs).map(|left| wall + chrono::Duration::from_std(left).unwrap_or_default()),
            left_s: left.map(|left| left.as_millis() as f64 / 1000.0),
            now: self.doing(id),
            criteria: Criteria {
                met: (!state.criteria.is_empty()).then_some(state.criteria.len()),
                of: agent.criteria.len(),
            },
            engine: engine.to_owned(),
            model: live.model.clone().or(state.attempts.last().and_then(|attempt| attempt.model.clone())),
            tools,
            tokens: self.agent_tokens(id),
            cost_usd: self.agent_cost(id),
            report,
            pid: active.and_then(|active| active.pid),
        }
    }

    /// Returns what an agent is doing, or why it is where it is.
    pub fn doing(&self, id: AgentId) -> Option<String> {
        let state = self.state.agent(id);
        match &state.phase {
            Phase::Waiting => {
                let open = self.plan.agent(id).needs.iter().filter(|need| {
                    !self.state.agent(**need).verdict().is_some_and(crate::scheduler::AgentVerdict::satisfies)
                });
                let names: Vec<&str> = open.map(|need| self.plan.agent(*need).name.as_str()).collect();
                (!names.is_empty()).then(|| format!("needs {}", names.join(", ")))
            }
            Phase::Ready { .. } => Some("waits for a free slot".to_owned()),
            Phase::Backoff { why, .. } => Some(format!("tries again soon: {why}")),
            Phase::Parked => Some("its slot was freed; it goes on when it is resumed".to_owned()),
            Phase::Active(active) => match &active.stage {
                Stage::Asking { text, .. } => Some(format!("asks: {text}")),
                Stage::Stopping { why, .. } | Stage::Killing { why } => Some(why.clone()),
                Stage::Queued { why, .. } => Some(format!("queued: {why}")),
                Stage::Starting | Stage::Running | Stage::Paused { .. } | Stage::WrappingUp { .. } => {
                    let live = &self.live[id.0];
                    live.open_call().or(live.deeds.back()).map(|deed| deed.text.clone())
                }
            },
            Phase::Ended { why, .. } => why.clone(),
        }
    }

    /// Returns `orchestration-log.md` as of now.
    pub fn log(&self, now: Time, wall: DateTime<Utc>) -> Page {
        let rows = |wanted: fn(&Phase) -> bool| -> Vec<Row> {
            let all = self.plan.each().filter(|(id, _)| wanted(&self.state.agent(*id).phase));
            all.map(|(id, _)| self.row(id, now)).collect()
        };
        let active = rows(|phase| matches!(phase, Phase::Active(_)));
        let completed = rows(|phase| matches!(phase, Phase::Ended { .. }));
        let queued =
            rows(|phase| matches!(phase, Phase::Waiting | Phase::Ready { .. } | Phase::Backoff { .. } | Phase::Parked));
        Page {
            title: self.plan.title.clone(),
            run: self.id.clone(),
            updated: wall.to_rfc3339_opts(SecondsFormat::Secs, true),
            summary: format!("{}, {}/{} active", mode(&self.state.mode), active.len(), self.state.slots),
            active,
            completed,
            queued,
            events: self.events.iter().skip(self.events.len().saturating_sub(EVENTS)).map(Happening::line).collect(),
        }
    }

    fn row(&self, id: AgentId, now: Time) -> Row {
        let (agent, state) = (self.plan.agent(id), self.state.agent(id));
        let time = match state.active() {
            Some(active) => minutes(active.clock.left(now)),
            None => {
                if state.attempts.is_empty() {
                    String::new()
                } else {
                    minutes(state.sums().ran)
                }
            }
        };
        let report = match &state.phase {
            Phase::Ended { report, .. } => report.clone(),
            _ => None,
        };
        Row {
            agent: agent.name.clone(),
            phase: agent.phase,
            attempt: state.last_attempt(),
            state: words(state.word()).to_owned(),
            engine: self.engines[id.0].clone(),
            time,
            note: self.doing(id).unwrap_or_default(),
            report,
        }
    }
}

/// Returns the word of a state as people read it.
pub fn words(word: Word) -> &'static str {
    match word {
        Word::WrappingUp => "wrapping up",
        other => other.as_str(),
    }
}

/// Returns the word of a mode.
pub fn mode(mode: &Mode) -> &'static str {
    match mode {
        Mode::Running => "running",
        Mode::Held { .. } => "held",
        Mode::Draining => "draining",
        Mode::Stopping { .. } => "stopping",
        Mode::Ended => "ended",
    }
}

/// Returns a duration as `04:12` or `1:02:03`.
pub fn minutes(span: Duration) -> String {
    let seconds = span.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes:02}:{seconds:02}") }
}

fn earlier(now: Time, wall: DateTime<Utc>, at: Time) -> DateTime<Utc> {
    wall - chrono::Duration::from_std(now.since(at)).unwrap_or_default()
}

fn later(now: Time, wall: DateTime<Utc>, at: Time) -> DateTime<Utc> {
    wall + chrono::Duration::from_std(at.since(now)).unwrap_or_default()
}

/// Returns how an attempt ended, in words: where an order ended it, that is what is said, not that it ran out of time.
pub fn ending(verdict: AttemptVerdict, why: Option<&str>) -> String {
    let word = serde_json::to_string(&verdict).unwrap_or_default();
    let word = word.trim_matches('"').replace('_', " ");
    match why {
        Some(why) if verdict == AttemptVerdict::OutOfTime && !why.starts_with("its time") => why.to_owned(),
        Some(why) => format!("{word}: {why}"),
        None => word,
    }
}
