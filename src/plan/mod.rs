//! Text becomes a [`Plan`]: what a person wrote in Markdown, read leniently, judged strictly.
//!
//! [`read`] never fails and never panics: it returns what it understood and every problem at once, each with
//! its line, an excerpt and a hint. A [`Plan`] that exists is valid: names resolve, there is no cycle, and
//! every output lies inside the project.
//!
//! Pure: no files, no clock. Whether files that the plan wants read exist is asked by `cli::check`.

pub mod model;

pub use model::{Agent, AgentId, Compile, Overrides, Permissions, Plan, Said, TeamFiles};
