//! Git worktrees, on disk: made before an agent starts, kept before it is ended, shown and merged when a person says so.
//!
//! Every call is git itself; an error is what git said, and what was run.

mod desk;
mod keep;
mod make;
mod merge;
mod settle;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

pub use desk::Desk;
pub use keep::{diff, work, write_diff};
pub use make::{base_of, ready};
pub use merge::{merge, remove};
pub use settle::settle;

use crate::team_dir::RunDir;
use crate::worktree::{Tree, folder, git};

/// A call of git that failed, in words for a person.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    #[error("git cannot be started: {0}")]
    Missing(std::io::Error),
    #[error("`{command}`: {said}")]
    Refused { command: String, said: String },
    #[error("cannot {what} {path}: {error}")]
    Io { what: &'static str, path: String, error: std::io::Error },
    #[error("the setup of the worktree failed ({command}): {said}")]
    Setup { command: String, said: String },
    #[error("{0}")]
    Cannot(String),
}

/// Returns the agents, by the names of their files, that have a worktree in a run.
pub fn slugs(home: &RunDir) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder(home)) else { return Vec::new() };
    let folders = entries.filter_map(|entry| entry.ok().filter(|entry| entry.path().is_dir()));
    let mut slugs: Vec<String> = folders.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    slugs.sort();
    slugs
}

/// Takes away the worktrees of a run that hold nothing more; returns the branches of those that do.
pub fn clear(project: &Path, home: &RunDir, id: &str) -> Vec<String> {
    let trees = slugs(home).into_iter().map(|slug| Tree::of(home, id, &slug));
    trees.filter(|tree| remove(project, tree).is_err()).map(|tree| tree.branch).collect()
}

/// Returns the files below these names that a worktree of this project would hold, by their paths in the project; none
/// where it is no repository.
///
/// # Errors
/// One that git does not show.
pub fn committed(project: &Path, names: &[&str]) -> Result<BTreeMap<String, Vec<u8>>, GitError> {
    let listed = run(project, &git::committed(names), &[]).unwrap_or_default();
    let paths = listed.split('\0').filter(|path| !path.is_empty());
    paths.map(|path| Ok((path.to_owned(), run(project, &git::content(path), &[])?.into_bytes()))).collect()
}

/// Runs git in a folder and returns what it printed, without the newline at its end.
fn run(folder: &Path, args: &[String], env: &[(&str, &str)]) -> Result<String, GitError> {
    let mut settings = git::OWN_SETTINGS.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    if git::may_start(args) {
        settings.extend(git::neutral(&run_with(&[], folder, &git::settings(), &[]).unwrap_or_default()));
    }
    run_with(&settings, folder, args, env)
}

/// The same with these settings before the arguments.
fn run_with(settings: &[String], folder: &Path, args: &[String], env: &[(&str, &str)]) -> Result<String, GitError> {
    let mut command = Command::new("git");
    command.args(settings).arg("-C").arg(folder).args(args).envs(git::ENV.iter().copied()).envs(env.iter().copied());
    // A git that Quintet itself was started from (a hook, an alias) would lead its calls elsewhere.
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_PREFIX"] {
        command.env_remove(name);
    }
    if !env.iter().any(|(name, _)| *name == "GIT_INDEX_FILE") {
        command.env_remove("GIT_INDEX_FILE");
    }
    let output = command.stdin(Stdio::null()).output().map_err(GitError::Missing)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned());
    }
    let said = [output.stderr, output.stdout].concat();
    let said = String::from_utf8_lossy(&said).split_whitespace().collect::<Vec<_>>().join(" ");
    let said = if said.is_empty() { output.status.to_string() } else { said };
    Err(GitError::Refused { command: git::shown(folder, args), said })
}

/// Returns whether git says yes.
fn says_yes(folder: &Path, args: &[String]) -> bool {
    run(folder, args, &[]).is_ok()
}
