//! What is wrong with a plan: said with the line, what stands there, and what to do.

use std::collections::BTreeMap;

use serde::Serialize;

/// One mistake, or something a person should look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// 1-based; 0 when no single line is to blame.
    pub line: usize,
    pub severity: Severity,
    pub code: Code,
    pub message: String,
    /// What to do about it.
    pub hint: String,
    /// The line as it stands in the plan, trimmed and at most 100 characters; empty when there is no line.
    pub excerpt: String,
}

/// Whether the plan can run in spite of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    Error,
    Warning,
}

/// The kinds of problem; scripts rely on these words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// There is no text.
    EmptyPlan,
    /// There is text, and no agent in it.
    NoAgents,
    /// Two agents have one name.
    DuplicateAgent,
    /// A need or a node of the graph is no agent.
    UnknownNeed,
    /// Agents wait for each other.
    Cycle,
    /// A report or communication file would lie outside the project.
    OutputOutside,
    /// A report would replace a file of Quintet or of git.
    OutputReserved,
    /// A line of the graph cannot be read.
    BadGraph,
    /// The YAML at the top cannot be read.
    BadFrontMatter,
    /// A setting of the front matter has an impossible value.
    BadSetting,
    /// The front matter has settings for an agent that is not in the plan.
    UnknownAgent,
    /// No slot, or more than can be run.
    BadSlots,
    /// A time box of nothing, or of more than a day.
    BadTimeBox,
    /// A setting of the front matter that does not exist.
    UnknownSetting,
    /// An agent has a name and nothing to do.
    NoTask,
    /// Two agents write one file.
    SharedOutput,
    /// The plan names two numbers of slots.
    SlotsTwice,
    /// The plan names two time boxes.
    TimeBoxTwice,
    /// An entry of a list of agents that does not read like one.
    UnclearAgent,
    /// A file that the plan wants read is not there.
    MissingFile,
}

impl Code {
    /// Returns whether a plan with such a problem can run.
    pub fn severity(self) -> Severity {
        match self {
            Code::EmptyPlan
            | Code::NoAgents
            | Code::DuplicateAgent
            | Code::UnknownNeed
            | Code::Cycle
            | Code::OutputOutside
            | Code::OutputReserved
            | Code::BadGraph
            | Code::BadFrontMatter
            | Code::BadSetting
            | Code::UnknownAgent
            | Code::BadSlots
            | Code::BadTimeBox => Severity::Error,
            Code::UnknownSetting
            | Code::NoTask
            | Code::SharedOutput
            | Code::SlotsTwice
            | Code::TimeBoxTwice
            | Code::UnclearAgent
            | Code::MissingFile => Severity::Warning,
        }
    }
}

/// More of one kind are counted, not shown: they have one cause, and nobody reads a thousand.
const MOST: usize = 50;

/// The problems found so far, with the text they are about.
pub(super) struct Problems<'a> {
    lines: Vec<&'a str>,
    found: Vec<Problem>,
    counts: BTreeMap<Code, usize>,
}

impl<'a> Problems<'a> {
    pub(super) fn new(text: &'a str) -> Problems<'a> {
        Problems { lines: text.lines().collect(), found: Vec::new(), counts: BTreeMap::new() }
    }

    pub(super) fn add(&mut self, code: Code, line: usize, message: impl Into<String>, hint: impl Into<String>) {
        let count = self.counts.entry(code).or_default();
        *count += 1;
        if *count > MOST {
            return;
        }
        self.found.push(Problem {
            line,
            severity: code.severity(),
            code,
            message: message.into(),
            hint: hint.into(),
            excerpt: excerpt(line.checked_sub(1).and_then(|index| self.lines.get(index)).copied().unwrap_or("")),
        });
    }

    /// Returns the problems in the order of their lines, each once.
    pub(super) fn sorted(mut self) -> Vec<Problem> {
        self.found.sort_by_key(|problem| (problem.line, problem.severity, problem.code));
        self.found.dedup();
        for (code, count) in self.counts.into_iter().filter(|(_, count)| *count > MOST) {
            self.found.push(Problem {
                line: 0,
                severity: code.severity(),
                code,
                message: format!("{} more problems of this kind are not shown", count - MOST),
                hint: "mend the first ones and check again".to_owned(),
                excerpt: String::new(),
            });
        }
        self.found
    }
}

fn excerpt(line: &str) -> String {
    let line = line.trim();
    match line.char_indices().nth(100) {
        Some((cut, _)) => format!("{}…", line[..cut].trim_end()),
        None => line.to_owned(),
    }
}
