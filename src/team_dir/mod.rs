//! `.claude-team/` as a format: every path and every record. No IO.
//!
//! ```text
//! .claude-team/
//!   communications/  agent-status.json, cross-agent-findings.md, urgent-issues.md, orchestration-log.md
//!   reports/         one an agent, the final report, the deliverables
//!   handoffs/        <agent>-<attempt>.md
//!   runs/<run-id>/   journal.jsonl, before/, one folder an attempt
//! ```

pub mod control;
pub mod entries;
pub mod journal;
pub mod log;
pub mod notes;
pub mod paths;
pub mod secrets;
pub mod sighting;
pub mod status;

pub use journal::{Envelope, Line};
pub use paths::{RunDir, TeamDir};
pub use sighting::{Sighted, Sighting};
pub use status::Status;
