//! `quintet clean` and `quintet init`: tidying a team directory, and beginning one.

use std::fs;
use std::path::Path;

use super::{Refusal, code, project};
use crate::shell::{lock, open, worktrees};

/// A plan to begin with.
const SMALL_PLAN: &str = include_str!("../../assets/small-plan.md");

/// Removes the folders of ended runs but the newest; reports and notes stay.
pub fn clean(folder: &Path) -> Result<u8, Refusal> {
    let team = project::team(&project::folder(folder)?);
    if let Some(holder) = lock::holder(&team.lock()) {
        return Err(Refusal::Refused(format!("a run goes on here (pid {}); nothing was removed", holder.pid)));
    }
    let mut runs = open::runs(&team);
    runs.pop();
    let (mut removed, mut kept) = (0, Vec::new());
    for (run, journal) in &runs {
        if open::has_ended(journal) {
            let home = team.run(run);
            let held = worktrees::clear(team.project(), &home, run);
            if held.is_empty() {
                fs::remove_dir_all(home.0)?;
                removed += 1;
            }
            kept.extend(held);
        }
    }
    sayln!("{removed} ended runs removed; the newest, and reports and handoff notes, are kept.");
    for branch in kept {
        sayln!("{branch} holds work that is not merged: its run is kept (`quintet worktrees` lists what there is).");
    }
    Ok(code::COMPLETE)
}

/// Writes a small working plan; one that is there is never replaced.
pub fn init(folder: &Path, guide: bool) -> Result<u8, Refusal> {
    if guide {
        say!("{}", include_str!("../../assets/plan-guide.md"));
        return Ok(code::COMPLETE);
    }
    let path = project::team(&project::folder(folder)?).default_plan();
    if path.exists() {
        return Err(Refusal::Refused(format!("there is a plan already: {}", path.display())));
    }
    let written = fs::create_dir_all(path.parent().unwrap_or(folder)).and_then(|()| fs::write(&path, SMALL_PLAN));
    written.map_err(|error| Refusal::Refused(format!("cannot write {}: {error}", path.display())))?;
    sayln!(
        "{} is a plan to begin with. `quintet check` shows what is understood of it, `quintet run` runs it.",
        path.display()
    );
    Ok(code::COMPLETE)
}
