//! A run that was, in short.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::Run;
use crate::scheduler::{AgentVerdict, AttemptVerdict, Record};
use crate::team_dir::Envelope;

/// A run of the past, as it stands in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Earlier {
    pub id: String,
    pub began: DateTime<Utc>,
    /// From its first record to its last.
    pub took: Duration,
    pub outcome: Outcome,
    /// The plan, relative to the project.
    pub plan: String,
    /// Agents that ended done, and all.
    pub done: usize,
    pub agents: usize,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Complete,
    NotComplete,
    Stopped,
    Unfinished,
}

impl Outcome {
    /// Returns it as a person reads it.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Complete => "complete",
            Outcome::NotComplete => "not complete",
            Outcome::Stopped => "stopped",
            Outcome::Unfinished => "unfinished",
        }
    }
}

impl Earlier {
    /// Returns the run of a journal in short; `None`: it never began.
    pub fn of(id: &str, lines: &[Envelope]) -> Option<Earlier> {
        let (first, plan, agents) = lines.iter().find_map(|line| match &line.record {
            Record::RunStarted { plan, agents, .. } => Some((line, plan, agents)),
            _ => None,
        })?;
        let mut outcome = Outcome::Unfinished;
        let mut done = std::collections::BTreeSet::new();
        for line in lines {
            match &line.record {
                Record::RunEnded { complete: true, .. } => outcome = Outcome::Complete,
                Record::RunEnded { complete: false, .. } => outcome = Outcome::NotComplete,
                Record::RunStopped { .. } => outcome = Outcome::Stopped,
                Record::AgentEnded { agent, verdict: AgentVerdict::Done, .. } => {
                    done.insert(agent);
                }
                Record::AgentReopened { agent, .. } => {
                    done.remove(agent);
                }
                _ => {}
            }
        }
        // What was said when another run took its place is no part of it.
        let last = lines.iter().rev().find(|line| !matches!(line.record, Record::RunStopped { .. })).unwrap_or(first);
        Some(Earlier {
            id: id.to_owned(),
            began: first.t,
            took: (last.t - first.t).to_std().unwrap_or_default(),
            outcome,
            plan: plan.clone(),
            done: done.len(),
            agents: agents.len(),
        })
    }
}

impl Run {
    /// Nothing goes on any more: a run without an end is over where its records are, and what ran then is lost.
    pub fn come_to_rest(&mut self) {
        let Some(newest) = self.state.newest() else { return };
        if self.state.ended.is_some() {
            return;
        }
        let lost: Vec<Record> = self
            .state
            .active()
            .map(|(id, active)| {
                let ran = active.clock.ran(newest).as_secs_f64();
                Record::AttemptEnded {
                    agent: self.state.agent(id).name.clone(),
                    attempt: active.attempt,
                    verdict: AttemptVerdict::Lost,
                    why: Some("the run goes no further".to_owned()),
                    exit: None,
                    signal: None,
                    wall_s: ran,
                    run_s: ran,
                    queued_s: 0.0,
                    tokens: None,
                    cost_usd: None,
                    tools: std::collections::BTreeMap::new(),
                    counted: false,
                    progress: false,
                    report: None,
                    hopeless: false,
                    left_s: 0.0,
                    partial: false,
                }
            })
            .collect();
        for record in &lost {
            self.state.apply(newest, record);
        }
        self.state.ended = Some(newest);
    }
}
