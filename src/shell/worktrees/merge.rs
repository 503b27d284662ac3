//! What only a person's order does: merging an agent's branch, and taking away a worktree that holds nothing more.

use std::fs;
use std::path::Path;

use super::keep::work;
use super::{GitError, run, says_yes};
use crate::worktree::{Tree, Work, git};

/// Commits what is left in the worktree on its branch, then merges the branch into the project's. A merge with conflicts
/// is taken back: the project is as it was.
///
/// # Errors
/// Nothing to merge, conflicts (their files), or what git said.
pub fn merge(project: &Path, tree: &Tree, agent: &str) -> Result<Work, GitError> {
    let before = work(project, tree)?;
    if before.uncommitted > 0 {
        run(&tree.path, &git::take_all(), &[])?;
        run(&tree.path, &git::commit_rest(&format!("{agent}: what was not committed")), &[])?;
    } else if before.merged {
        let what = if before.commits == 0 { "changed nothing" } else { "is merged already" };
        return Err(GitError::Cannot(format!("the branch of {agent} {what}")));
    }
    match run(project, &git::merge(tree, &format!("Merge the work of {agent}")), &[]) {
        Ok(_) => work(project, tree),
        Err(error) => {
            let files = run(project, &git::conflicts(), &[]).unwrap_or_default();
            if files.is_empty() {
                return Err(error);
            }
            run(project, &git::abort_merge(), &[])?;
            let files: Vec<&str> = files.lines().collect();
            Err(GitError::Cannot(format!(
                "{} and the project changed the same lines in {}; nothing was merged. `git merge {}` lets you decide",
                tree.branch,
                files.join(", "),
                tree.branch
            )))
        }
    }
}

/// Takes a worktree, its branch and its private refs away, if everything in it is merged.
///
/// # Errors
/// It holds what is nowhere else, or what git said; then nothing was taken away.
pub fn remove(project: &Path, tree: &Tree) -> Result<(), GitError> {
    let work = work(project, tree)?;
    if !work.is_safe_to_remove() {
        return Err(GitError::Cannot(format!("{} holds work that is not merged: {}", tree.branch, work.words())));
    }
    run(project, &git::remove(tree), &[])?;
    if says_yes(project, &git::has_branch(tree)) {
        run(project, &git::delete_branch(tree), &[])?;
    }
    for name in run(project, &git::kept(tree), &[])?.lines() {
        run(project, &git::delete_ref(name), &[])?;
    }
    let _ = fs::remove_file(tree.ready_file());
    Ok(())
}
