//! What only a person's order does: merging an agent's branch, and taking away a worktree that holds nothing more.

use std::fs;
use std::path::Path;

use super::keep::work;
use super::make::ready;
use super::{GitError, run, run_with, says_yes};
use crate::worktree::{Tree, Work, git};

/// Commits what is left in the worktree on its branch, then merges the branch into the project's. A merge with conflicts
/// is taken back: the project is as it was.
///
/// # Errors
/// Nothing to merge, conflicts (their files), or what git said.
pub fn merge(project: &Path, tree: &Tree, agent: &str) -> Result<Work, GitError> {
    let half = git::UNFINISHED.iter().find(|(name, _)| says_yes(project, &git::commit_of(name)));
    if let Some((_, what)) = half {
        return Err(GitError::Cannot(format!("{what} is going on in the project: finish it or take it back first")));
    }
    let before = work(project, tree)?;
    if before.uncommitted > 0 {
        let copied = ready(tree).map(|base| base.copied).unwrap_or_default();
        run(&tree.path, &git::take_all(&copied), &[])?;
        run(&tree.path, &git::commit_rest(&format!("{agent}: what was not committed")), &[])?;
    } else if before.merged {
        let what = if before.commits == 0 { "changed nothing" } else { "is merged already" };
        return Err(GitError::Cannot(format!("the branch of {agent} {what}")));
    }
    // The person's own hooks judge it, as they do with every merge.
    match run_with(&[], project, &git::merge(tree, &format!("Merge the work of {agent}")), &[]) {
        Ok(_) => work(project, tree),
        Err(error) => {
            let files = run(project, &git::conflicts(), &[]).unwrap_or_default();
            if !says_yes(project, &git::commit_of("MERGE_HEAD")) {
                return Err(match error {
                    GitError::Refused { said, .. } => {
                        GitError::Cannot(format!("git does not merge {}: {said}", tree.branch))
                    }
                    other => other,
                });
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

/// Returns whether a ref also holds what was kept before, beside the branch.
fn has_more(project: &Path, name: &str) -> bool {
    says_yes(project, &git::commit_of(&format!("{name}^2")))
}

/// Takes a worktree, its branch and its private refs away, if everything in it is merged.
///
/// A private ref that holds more than the branch stays.
///
/// # Errors
/// It holds what is nowhere else, or what git said; then nothing was taken away.
pub fn remove(project: &Path, tree: &Tree) -> Result<(), GitError> {
    let work = work(project, tree)?;
    if !work.is_safe_to_remove() {
        return Err(GitError::Cannot(format!("{} holds work that is not merged: {}", tree.branch, work.words())));
    }
    let kept = run(project, &git::kept(tree), &[])?;
    let own = kept.lines().filter(|name| tree.has_kept(name));
    let of = |commit: &str| run(project, &git::tree_of(commit), &[]);
    let merged = of(&tree.branch)?;
    // What only the ref holds stays.
    let is_elsewhere = |name: &&str| {
        says_yes(project, &git::is_in(name, "HEAD"))
            || of(name).is_ok_and(|kept| kept == merged) && !has_more(project, name)
    };
    let done: Vec<&str> = own.filter(is_elsewhere).collect();
    run(project, &git::remove(tree), &[])?;
    if says_yes(project, &git::has_branch(tree)) {
        run(project, &git::delete_branch(tree), &[])?;
    }
    for name in done {
        run(project, &git::delete_ref(name), &[])?;
    }
    let _ = fs::remove_file(tree.ready_file());
    Ok(())
}
