//! Text becomes a [`Plan`]: what a person wrote in Markdown, read leniently, judged strictly.
//!
//! [`read`] never fails and never panics: it returns what it understood and every problem at once, each with
//! its line, an excerpt and a hint. A [`Plan`] that exists is valid: names resolve, there is no cycle, and
//! every output lies inside the project.
//!
//! ```text
//!   bytes ─decode─▶ text ─front─▶ settings
//!                    └──outline─▶ blocks ─draft─▶ Draft ─graph─▶ needs ─judge─▶ Plan
//!                                    └──mermaid────▲
//! ```
//!
//! Pure: no files, no clock. Whether files that the plan wants read exist is asked through [`missing_reads`].

/// A plan for people and for scripts.
pub mod check;
mod decode;
mod draft;
mod field;
mod front;
mod graph;
mod hash;
mod judge;
mod mermaid;
mod missing;
pub mod model;
mod name;
mod names;
mod outline;
mod path;
mod problem;
mod spoken;
mod tools;

pub use decode::decode;
pub use draft::{Draft, DraftAgent, DraftCompile, Told};
pub use hash::hash_of;
pub use missing::missing_reads;
pub use model::{Agent, AgentId, Compile, Overrides, Permissions, Plan, Said, TeamFiles, Workspace};
pub use name::slug;
pub use problem::{Code, Problem, Severity};

use problem::Problems;

/// A plan, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The plan, unless one of the problems is an error.
    pub plan: Option<Plan>,
    /// What was understood, also when there is no plan.
    pub draft: Draft,
    /// All of them, in the order of their lines.
    pub problems: Vec<Problem>,
    /// Tells a changed plan from the same one; the same for both encodings of one text. 16 hexadecimal digits.
    pub hash: String,
    /// The text was UTF-8 read as Windows-1252 and saved again, and has been made whole.
    pub repaired: bool,
}

impl Reading {
    /// Returns whether the plan can run.
    pub fn is_good(&self) -> bool {
        self.plan.is_some()
    }
}

/// Reads a plan.
pub fn read(text: &str) -> Reading {
    let normal = decode::normalise(text);
    let text = normal.text.as_str();
    let mut problems = Problems::new(text);
    let (settings, markdown) = front::read(text, &mut problems);
    let mut draft = draft::draft(&markdown, &mut problems);
    settings.apply(&mut draft, &mut problems);
    judge::outputs(&mut draft, &mut problems);
    graph::join(&mut draft, &mut problems);
    judge::judge(&draft, text, &mut problems);
    let said = Said { slots: draft.slots.is_some(), time_box: draft.time_box.is_some() };
    let problems = problems.sorted();
    let bad = problems.iter().any(|problem| problem.severity == Severity::Error);
    Reading {
        plan: (!bad).then(|| judge::plan(&draft, said)),
        draft,
        problems,
        hash: format!("{:016x}", hash_of(text.as_bytes())),
        repaired: normal.repaired,
    }
}
