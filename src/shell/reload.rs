//! The plan on disk, read again during a run.

use std::path::Path;

use crate::app::msg::Msg;
use crate::plan;
use crate::screen::words;

/// Reads the plan again.
///
/// # Errors
/// In words: it cannot be read, or has mistakes, and how many.
pub fn plan(path: &Path) -> Result<Msg, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("the plan cannot be read: {error}"))?;
    let reading = plan::read(&plan::decode(&bytes));
    let Some(plan) = reading.plan else {
        let mistakes = words::plural(reading.problems.len(), "mistake");
        return Err(format!("the plan on disk has {mistakes}; `quintet check` shows them"));
    };
    Ok(Msg::Reload { plan: Box::new(plan), hash: reading.hash })
}
