//! The built-in agents: a project is read, rules are held against it, a report is written.
//!
//! ```text
//!   errand ──▶ role ──▶ fields ──▶ rules ──▶ findings ──▶ report
//!   (what is asked)                  ▲                    notes, when the time is up
//!                                    │
//!   the project's files ──▶ project ─┘    each file parsed once, for all analysts of a run
//! ```
//!
//! An analyst is a child process like any agent (`quintet __analyst`): it is told its errand by the `QUINTET_*`
//! variables, says in JSON lines what it does, and obeys SIGTERM at once. It uses no network, no account and no clock
//! but its pace. A rule says what it saw, with file and line; where it cannot be sure it stays silent.

/// What an analyst looks for: the ten fields of work.
pub mod field;
/// What was found, and where.
pub mod finding;
/// The files of a project, each parsed once.
pub mod project;
/// The rules, one folder a field, and the one table of them.
pub mod rules;

/// What a project allows.
mod allowed;
/// What other agents found.
mod colleagues;
/// Which criteria of the plan are answered.
mod criteria;
/// What is asked of this attempt.
mod errand;
/// One thing after another, many at once.
mod hands;
/// The program.
mod main;
/// What is left for a successor.
mod notes;
/// How fast, and how it ends early.
mod pace;
/// Findings for programs: JSON and SARIF.
mod record;
/// The report.
mod report;
/// From an agent's name and task to its fields.
mod role;
/// The lines it prints.
mod say;
/// What analysts of one run share.
mod shared;
/// What is told of a project as a whole.
mod survey;
/// One rule after another.
mod work;

pub use field::Field;
pub use finding::{Finding, Place};
pub use main::main;
pub use project::Project;
pub use rules::{Rule, rules};
pub use work::{Checked, check, hold};
