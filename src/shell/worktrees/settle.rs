//! Whether the agents of a run can have the worktrees that they are to have.

use std::path::Path;

use super::make::base_of;
use super::run;
use crate::plan::{Plan, Workspace};
use crate::settings::{Origin, Setup};
use crate::worktree::{git, is_inside};

/// Lets agents share the project that would have a worktree only by default, where none can be made; returns what a
/// person should know of it.
///
/// # Errors
/// A worktree that somebody asked for cannot be made: why, and what to do.
pub fn settle(setup: &mut Setup, plan: &Plan, project: &Path) -> Result<Option<String>, String> {
    let wants = |setup: &Setup, only_asked: bool| -> Vec<String> {
        let pairs = plan.agents.iter().zip(&setup.agents);
        let wanting = pairs.filter(|(_, it)| {
            it.workspace == Workspace::Worktree && !(only_asked && it.workspace_from == Origin::Default)
        });
        wanting.map(|(agent, _)| agent.name.clone()).collect()
    };
    let all = wants(setup, false);
    if all.is_empty() {
        return Ok(None);
    }
    if let Some(path) = setup.worktree.copy.iter().find(|path| !is_inside(path)) {
        return Err(format!("[worktree] copy: `{path}` is no path inside the project"));
    }
    let Err(error) = base_of(project) else {
        let changes = run(project, &git::known_changes(), &[]).map_or(0, |changes| changes.lines().count());
        return Ok((changes > 0).then(|| {
            format!(
                "worktrees are made from HEAD: {changes} changed files of the project are not committed, and not in them"
            )
        }));
    };
    let asked = wants(setup, true);
    if !asked.is_empty() {
        return Err(format!(
            "{} should work in a git worktree, and {} has none to offer: {error}. `git init` and a first commit make it \
             possible; workspace = \"shared\" does without",
            asked.join(", "),
            project.display()
        ));
    }
    for agent in &mut setup.agents {
        agent.workspace = Workspace::Shared;
    }
    Ok(Some(format!(
        "{} change files in one shared folder: there is no git repository with a commit to make worktrees from",
        all.join(", ")
    )))
}
