//! What is in a worktree, kept under a private ref and shown; its own index and files are never touched.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::make::{io_error, ready};
use super::{GitError, run, says_yes};
use crate::shell::files::{self, Rights};
use crate::worktree::{Base, Tree, Work, git};

/// How long the loop waits for a diff that a person wants to read.
const PATIENCE: Duration = Duration::from_millis(300);

/// Keeps everything that is in the worktree under the private ref of an attempt; returns the commit.
///
/// # Errors
/// What git said.
pub fn keep(tree: &Tree, attempt: u32) -> Result<String, GitError> {
    let name = tree.kept_ref(attempt);
    let all = tree_of(tree, &format!("{attempt}"))?;
    let of = |commit: &str| run(&tree.path, &git::tree_of(commit), &[]);
    // What was kept before stays in the history of what is kept now, whatever became of it in between.
    let before = run(&tree.path, &git::commit_of(&name), &[]).ok();
    if let Some(before) = before.as_ref().filter(|before| of(before).is_ok_and(|kept| kept == all)) {
        return Ok(before.clone());
    }
    let is_past = |before: &String| says_yes(&tree.path, &git::is_in(before, "HEAD"));
    let before = before.filter(|before| !is_past(before));
    let commit = if before.is_none() && of("HEAD")? == all {
        run(&tree.path, &git::head(), &[])?
    } else {
        let message = format!("what {} had in attempt {attempt}", tree.branch);
        run(&tree.path, &git::commit_tree(&all, before.as_deref(), &message), git::OWN)?
    };
    run(&tree.path, &git::point(&name, &commit), &[])?;
    Ok(commit)
}

/// Returns how everything in the worktree differs from the project's branch, as a patch with its statistics first.
///
/// # Errors
/// There is no such worktree, or what git said.
pub fn diff(project: &Path, tree: &Tree) -> Result<String, GitError> {
    let base = known(tree)?;
    let from = run(project, &git::common(tree), &[]).unwrap_or(base.commit);
    let all = tree_of(tree, "diff")?;
    run(&tree.path, &git::diff(&from, &all), &[])
}

/// Returns what was done in the worktree.
///
/// # Errors
/// There is no such worktree, or what git said.
pub fn work(project: &Path, tree: &Tree) -> Result<Work, GitError> {
    let base = known(tree)?;
    let from = run(project, &git::common(tree), &[]).unwrap_or_else(|_| base.commit.clone());
    let mut work = Work {
        commits: run(&tree.path, &git::commits_since(&base.commit), &[])?.trim().parse().unwrap_or(0),
        uncommitted: uncommitted(tree, &base)?,
        merged: says_yes(project, &git::is_in(&tree.branch, "HEAD")),
        ..Work::default()
    };
    let since = if work.merged { base.commit } else { from };
    let all = tree_of(tree, "work")?;
    work.read_stat(&run(&tree.path, &git::short_diff(&since, &all), &[])?);
    Ok(work)
}

/// Writes the diff to the worktree's file for it. What takes longer than a person's key may wait goes on beside the
/// loop, and is there when it is asked for again.
///
/// # Errors
/// There is none yet, and why, for a person.
pub fn write_diff(project: &Path, tree: &Tree) -> Result<(), String> {
    let (project, tree) = (project.to_owned(), tree.clone());
    let (done, outcome) = std::sync::mpsc::sync_channel(1);
    std::thread::spawn(move || {
        let written = diff(&project, &tree).map_err(|error| error.to_string()).and_then(|text| {
            let text = if text.is_empty() { "nothing was changed\n" } else { &text };
            files::replace(&tree.diff_file(), text, Rights::Private).map_err(|error| error.to_string())
        });
        // Nobody may wait any more.
        let _ = done.send(written);
    });
    outcome.recv_timeout(PATIENCE).unwrap_or_else(|_| Err("git is still at it; open it again".to_owned()))
}

/// Returns how many files are not committed, but for those that were copied there.
fn uncommitted(tree: &Tree, base: &Base) -> Result<u64, GitError> {
    let changes = run(&tree.path, &git::changes(), &[])?;
    let is_copied = |line: &str| {
        let path = line.get(3..).unwrap_or("");
        base.copied.iter().any(|copied| Path::new(path).starts_with(copied))
    };
    Ok(changes.lines().filter(|line| !is_copied(line)).count() as u64)
}

fn known(tree: &Tree) -> Result<Base, GitError> {
    ready(tree).ok_or_else(|| GitError::Cannot(format!("there is no worktree at {}", tree.path.display())))
}

/// Returns the git tree of everything in the worktree that is not ignored, through an index beside its own.
fn tree_of(tree: &Tree, what_for: &str) -> Result<String, GitError> {
    let own = run(&tree.path, &git::index(), &[])?;
    let index = tree.side_index().with_extension(format!("index-{what_for}"));
    // With what git knows already of the files, only those are read that changed.
    if let Err(error) = fs::copy(&own, &index) {
        return Err(io_error("copy", Path::new(&own), error));
    }
    let path = index.to_string_lossy();
    let env = [("GIT_INDEX_FILE", path.as_ref())];
    let copied = ready(tree).map(|base| base.copied).unwrap_or_default();
    let written =
        run(&tree.path, &git::take_all(&copied), &env).and_then(|_| run(&tree.path, &git::write_tree(), &env));
    let _ = fs::remove_file(&index);
    written
}
