//! `agent-status.json` as others write it: an object or a list of agents, in the words of whoever keeps it.
//!
//! Reading is lenient, and guesses nothing: what is not said stays unknown.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::scheduler::Word;

/// What a status file tells.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sighting {
    pub slots: Option<usize>,
    /// In the order of the file, or as it numbers them.
    pub agents: Vec<Sighted>,
}

/// What it tells of one agent.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sighted {
    pub name: String,
    pub word: Option<Word>,
    /// The state as it is written, where nobody knows what it means.
    pub unknown_state: Option<String>,
    pub attempt: Option<u32>,
    pub started: Option<DateTime<Utc>>,
    /// Of the time box.
    pub deadline: Option<DateTime<Utc>>,
    /// Seconds of the time box that are left.
    pub left_s: Option<f64>,
    pub now: Option<String>,
    /// Criteria met, by its own account.
    pub met: Option<usize>,
    pub criteria: Option<usize>,
    pub engine: Option<String>,
    pub model: Option<String>,
    /// Calls by tool.
    pub tools: BTreeMap<String, u64>,
    pub tokens: Option<u64>,
    pub cost_usd: Option<f64>,
    /// Relative to the project.
    pub report: Option<String>,
    order: Option<u64>,
}

/// Words for states, as they are met; compared in lower case with `_` between words.
const STATES: [(Word, &[&str]); 15] = [
    (Word::Running, &["running", "active", "in_progress", "working", "busy", "started", "executing"]),
    (Word::Done, &["done", "completed", "complete", "finished", "success", "succeeded", "ok"]),
    (Word::Failed, &["failed", "failure", "error", "errored", "crashed"]),
    (Word::Waiting, &["waiting", "queued", "pending", "idle", "todo", "not_started", "standby"]),
    (Word::Ready, &["ready", "next"]),
    (Word::Starting, &["starting", "launching", "spawning", "deploying", "initializing"]),
    (Word::Asking, &["asking", "needs_input", "waiting_for_input", "awaiting_input", "needs_approval"]),
    (Word::Paused, &["paused", "suspended", "on_hold"]),
    (Word::WrappingUp, &["wrapping_up", "finishing", "handing_over", "handoff"]),
    (Word::Stopping, &["stopping", "terminating"]),
    (Word::Killing, &["killing"]),
    (Word::Partial, &["partial", "partially_done", "incomplete", "timeout", "timed_out", "out_of_time", "handed_over"]),
    (Word::Killed, &["killed", "cancelled", "canceled", "aborted", "stopped", "terminated"]),
    (Word::Skipped, &["skipped"]),
    (Word::Blocked, &["blocked", "stuck"]),
];

/// Keys that name a state and hold the agents in it.
const GROUPS: [(Word, &[&str]); 5] = [
    (Word::Running, &["active", "active_agents", "running", "in_progress", "current"]),
    (Word::Waiting, &["queued", "queue", "pending", "waiting", "next"]),
    (Word::Done, &["completed", "completed_agents", "done", "finished"]),
    (Word::Failed, &["failed", "failed_agents", "errors"]),
    (Word::Blocked, &["blocked"]),
];

impl Sighting {
    /// Reads the file.
    ///
    /// # Errors
    /// It is no JSON, or tells of no agent; half-written files are such.
    pub fn read(text: &str) -> Result<Sighting, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| format!("it is no JSON: {error}"))?;
        let mut agents = agents_of(&value);
        if agents.is_empty() {
            return Err("it names no agents".to_owned());
        }
        agents.sort_by_key(|agent| agent.order.unwrap_or(u64::MAX));
        let slots = ["slots", "max_active", "max_agents", "max_concurrent"].iter().find_map(|key| value.get(key));
        Ok(Sighting { slots: slots.and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok()), agents })
    }
}

/// Returns the word that somebody means with this state.
pub fn state(written: &str) -> Option<Word> {
    let plain = written.trim().to_lowercase().replace([' ', '-'], "_");
    let plain = plain.trim_matches(|c: char| !c.is_alphanumeric());
    STATES.iter().find(|(_, words)| words.contains(&plain)).map(|(word, _)| *word)
}

fn agents_of(value: &Value) -> Vec<Sighted> {
    match value.get("agents").unwrap_or(value) {
        Value::Array(all) => all.iter().filter_map(|one| agent(None, one)).collect(),
        Value::Object(all) => {
            let grouped = grouped(all);
            if grouped.is_empty() {
                all.iter().filter_map(|(name, one)| agent(Some(name), one)).collect()
            } else {
                grouped
            }
        }
        _ => Vec::new(),
    }
}

/// Agents under the names of their states: `"active_agents": ["a", "b"]`.
fn grouped(all: &Map<String, Value>) -> Vec<Sighted> {
    let mut found: Vec<Sighted> = Vec::new();
    for (word, keys) in GROUPS {
        let members = keys.iter().filter_map(|key| all.get(*key)?.as_array()).flatten();
        for member in members {
            let Some(mut one) = agent(None, member) else { continue };
            one.word = one.word.or(Some(word));
            if !found.iter().any(|known| known.name == one.name) {
                found.push(one);
            }
        }
    }
    found
}

fn agent(key: Option<&str>, value: &Value) -> Option<Sighted> {
    let fields = match value {
        // A list of names, or a map of names to states.
        Value::String(text) => {
            let mut one = Sighted { name: key.unwrap_or(text).to_owned(), ..Sighted::default() };
            if key.is_some() {
                one.word = state(text);
                one.unknown_state = one.word.is_none().then(|| text.clone());
            }
            return (key.is_none() || one.word.is_some()).then_some(one);
        }
        Value::Object(fields) => fields,
        _ => return None,
    };
    let text = |names: &[&str]| -> Option<String> {
        let found = names.iter().find_map(|name| fields.get(*name))?.as_str()?.trim().to_owned();
        (!found.is_empty()).then_some(found)
    };
    let number = |names: &[&str]| names.iter().find_map(|name| fields.get(*name)).and_then(Value::as_f64);
    let moment = |names: &[&str]| DateTime::parse_from_rfc3339(&text(names)?).ok().map(|at| at.with_timezone(&Utc));
    let whole = |names: &[&str]| number(names).filter(|n| *n >= 0.0).map(|n| n as u64);
    let written = text(&["state", "status"]);
    let word = written.as_deref().and_then(state);
    let name = key.map(str::to_owned).or_else(|| text(&["name", "agent", "id", "agent_name"]))?;
    // A map at the top may hold other things than agents.
    if key.is_some() && written.is_none() {
        return None;
    }
    let criteria = fields.get("criteria");
    let of_criteria = |name: &str| criteria.and_then(|it| it.get(name)).and_then(Value::as_u64).map(|n| n as usize);
    let tools = fields.get("tools").and_then(Value::as_object);
    Some(Sighted {
        name,
        unknown_state: if word.is_none() { written } else { None },
        word,
        attempt: whole(&["attempt"]).and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0),
        started: moment(&["started", "started_at", "start_time", "startTime", "startedAt"]),
        deadline: moment(&["deadline", "ends_at"]),
        left_s: number(&["left_s", "remaining_seconds", "time_left_s"]).filter(|left| left.is_finite() && *left >= 0.0),
        now: text(&["now", "current_task", "current", "activity", "task", "message", "progress"]),
        met: of_criteria("met"),
        criteria: of_criteria("of"),
        engine: text(&["engine"]),
        model: text(&["model"]),
        tools: tools
            .into_iter()
            .flatten()
            .filter_map(|(name, calls)| Some((name.clone(), calls.as_u64()?)))
            .filter(|(_, calls)| *calls > 0)
            .collect(),
        tokens: whole(&["tokens", "total_tokens"]),
        cost_usd: number(&["cost_usd", "cost"]).filter(|cost| cost.is_finite() && *cost >= 0.0),
        report: text(&["report", "report_path", "output"]),
        order: whole(&["order"]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn states(text: &str) -> Vec<(String, Option<Word>)> {
        let sighting = Sighting::read(text).expect("it tells of agents");
        sighting.agents.into_iter().map(|agent| (agent.name, agent.word)).collect()
    }

    #[test]
    fn a_status_of_quintet_is_read_in_its_order() {
        let text = r#"{"v":1,"slots":5,"agents":{
            "b":{"state":"wrapping_up","order":1,"attempt":2,"left_s":80.5,"criteria":{"met":2,"of":3},"now":"reads x.go"},
            "a":{"state":"waiting","order":2,"attempt":0}}}"#;
        let sighting = Sighting::read(text).expect("it is one");
        assert_eq!(sighting.slots, Some(5));
        let (first, second) = (&sighting.agents[0], &sighting.agents[1]);
        assert_eq!((first.name.as_str(), first.word, first.attempt), ("b", Some(Word::WrappingUp), Some(2)));
        assert_eq!((first.met, first.criteria, first.left_s), (Some(2), Some(3), Some(80.5)));
        assert_eq!((second.name.as_str(), second.attempt), ("a", None));
    }

    #[test]
    fn a_status_is_read_in_the_shapes_that_people_give_it() {
        let list = r#"{"agents":[{"name":"a","status":"In Progress"},{"agent":"b","status":"✅ completed"}]}"#;
        let groups = r#"{"active_agents":["a"],"completed":[{"name":"b"}],"queue":["c"],"updated":"now"}"#;
        let map = r#"{"updated":"2025-11-22T10:00:00Z","a":{"status":"active"},"b":"done"}"#;
        let (a, b) = (("a".to_owned(), Some(Word::Running)), ("b".to_owned(), Some(Word::Done)));
        assert_eq!(states(list), [a.clone(), b.clone()]);
        assert_eq!(states(groups), [a.clone(), ("c".to_owned(), Some(Word::Waiting)), b.clone()]);
        assert_eq!(states(map), [a, b]);
    }

    #[test]
    fn what_is_not_understood_is_told_and_not_guessed() {
        assert!(Sighting::read("{\"agents\": {\"a\": {\"sta").is_err());
        assert!(Sighting::read("{}").is_err());
        let odd = Sighting::read(r#"{"agents":[{"name":"a","state":"meditating"}]}"#).expect("it names one");
        assert_eq!((odd.agents[0].word, odd.agents[0].unknown_state.as_deref()), (None, Some("meditating")));
    }
}
