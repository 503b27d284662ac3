//! What the author wrote, unchecked: agents with their needs by name, and everything around them.

mod agents;
mod body;
mod brief;
mod lists;
mod merge;
mod section;
mod write;

use std::time::Duration;

use serde::Serialize;

use super::mermaid::Drawing;
use super::model::{Overrides, TeamFiles};
pub(super) use section::phase as phase_in;
pub(super) use write::draft;

/// A plan as it was understood, valid or not: what `check` prints.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Draft {
    pub title: String,
    pub slots: Option<usize>,
    pub time_box: Option<Duration>,
    /// In plan order: by phase, then as written.
    pub agents: Vec<DraftAgent>,
    pub compile: Option<DraftCompile>,
    pub files: TeamFiles,
    pub deliverables: Vec<String>,
    pub conditions: Vec<String>,
    pub factors: Vec<String>,
    pub brief: String,
    pub overrides: Overrides,
    pub(super) graphs: Vec<Drawing>,
    /// Needs told in sentences of a section about dependencies.
    pub(super) told_edges: Vec<ToldNeed>,
}

/// An agent as it was understood.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DraftAgent {
    pub name: String,
    /// The name of its files; unique once the plan is valid.
    pub slug: String,
    /// 1-based.
    pub line: usize,
    /// 1-based.
    pub phase: u32,
    /// The micro-task.
    pub task: Vec<String>,
    /// How to go about it: focus, steps, what each tool is for.
    pub how: Vec<String>,
    /// Its own, where it has one.
    pub time_box: Option<Duration>,
    pub tools: Vec<String>,
    pub tool_hints: Vec<String>,
    pub output: Option<String>,
    pub criteria: Vec<String>,
    pub reads: Vec<Told>,
    /// Places in [`Draft::agents`], in order, each once.
    pub needs: Vec<usize>,
    pub overrides: Overrides,
    /// Needs as written, with their lines.
    pub(super) told_needs: Vec<Told>,
    /// What stands behind the label of the tools.
    pub(super) told_tools: Vec<String>,
    /// The output as written.
    pub(super) told_output: Option<Told>,
    /// The number the plan gives it ("Agent 6").
    pub(super) number: Option<u32>,
    pub(super) shape: Shape,
    pub(super) told_phase: bool,
}

/// A text and the line where it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Told {
    pub text: String,
    pub line: usize,
}

/// A need told in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ToldNeed {
    pub needed: String,
    pub dependant: String,
    pub line: usize,
}

/// The compile step as it was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftCompile {
    pub label: String,
    pub needs: Vec<usize>,
}

/// How an agent is written: two of one shape and name are two agents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Shape {
    #[default]
    Heading,
    Entry,
    Row,
    /// A name in a queue, with nothing to do: it says when, not what.
    Mention,
}

impl Draft {
    /// Returns the number of slots: five unless the plan says otherwise.
    pub fn slots(&self) -> usize {
        self.slots.unwrap_or(5)
    }

    /// Returns the time box of the plan: 15 minutes unless it says otherwise.
    pub fn time_box(&self) -> Duration {
        self.time_box.unwrap_or(Duration::from_secs(15 * 60))
    }

    /// Returns the time box of an agent: its own, or the plan's.
    pub fn time_box_of(&self, agent: &DraftAgent) -> Duration {
        agent.time_box.unwrap_or(self.time_box())
    }

    /// Returns `(needed, dependant)` for every need.
    pub fn edges(&self) -> impl Iterator<Item = (&DraftAgent, &DraftAgent)> {
        self.agents.iter().flat_map(move |agent| agent.needs.iter().map(move |need| (&self.agents[*need], agent)))
    }
}

impl DraftAgent {
    /// Returns the micro-task, then how to go about it.
    pub fn task_lines(&self) -> impl Iterator<Item = &str> {
        self.task.iter().chain(&self.how).map(String::as_str)
    }

    /// Returns the task as one text: its first line is the micro-task, the others say how.
    pub fn task_text(&self) -> String {
        self.task_lines().collect::<Vec<_>>().join("\n")
    }
}
