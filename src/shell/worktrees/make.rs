//! Making an agent's worktree, once for all its attempts.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use tokio::sync::Semaphore;

use super::{GitError, run, says_yes};
use crate::settings::file::Worktree;
use crate::shell::commands;
use crate::shell::files::{self, Rights};
use crate::team_dir::TeamDir;
use crate::worktree::{Base, Tree, git, is_inside};

/// How much of a failed setup's output is told, in bytes.
const TAIL: usize = 600;

/// Returns what worktrees of this project would be made from.
///
/// # Errors
/// It is no git repository, or has no commit yet: in words for a person.
pub fn base_of(project: &Path) -> Result<Base, GitError> {
    let commit = run(project, &git::head(), &[])?;
    let prefix = run(project, &git::prefix(), &[])?;
    let git_dir = PathBuf::from(run(project, &git::git_dir(), &[])?);
    Ok(Base { commit, prefix, git_dir, own_git_dir: None, copied: Vec::new() })
}

/// Returns the base of a worktree that is ready.
pub fn ready(tree: &Tree) -> Option<Base> {
    let text = fs::read_to_string(tree.ready_file()).ok()?;
    serde_json::from_str(&text).ok().filter(|_| tree.path.is_dir())
}

/// Makes the worktree, copies what git does not know, runs the setup. One that is ready is left as it is: a successor
/// goes on where its predecessor stopped.
///
/// # Errors
/// What git, the file system or the setup command said.
pub async fn prepare(tree: Tree, team: TeamDir, wanted: Worktree, turn: &Semaphore) -> Result<Base, GitError> {
    if let Some(base) = ready(&tree) {
        return Ok(base);
    }
    let making = tree.clone();
    let of_team = team.clone();
    let copies = wanted.copy;
    let mine = turn.acquire().await.map_err(|error| GitError::Cannot(error.to_string()))?;
    let made = tokio::task::spawn_blocking(move || make(&making, &of_team, &copies)).await;
    drop(mine);
    let base = made.map_err(|error| GitError::Cannot(error.to_string()))??;
    if let Some(command) = wanted.setup {
        set_up(&command, &tree.project(&base)).await?;
    }
    let text = serde_json::to_string(&base).map_err(|error| GitError::Cannot(error.to_string()))?;
    let path = tree.ready_file();
    files::replace(&path, &text, Rights::Private).map_err(|error| io_error("write", &path, error))?;
    Ok(base)
}

fn make(tree: &Tree, team: &TeamDir, copies: &[String]) -> Result<Base, GitError> {
    let project = team.project();
    let mut base = base_of(project)?;
    base.copied = copies.iter().map(|path| format!("{}{path}", base.prefix)).collect();
    if tree.path.exists() {
        // It was not ready, so nobody has worked in it.
        if run(project, &git::discard(tree), &[]).is_err() {
            fs::remove_dir_all(&tree.path).map_err(|error| io_error("remove", &tree.path, error))?;
        }
    }
    // One of an earlier try whose folder is gone would be in the way.
    run(project, &git::prune(), &[])?;
    let is_there = says_yes(project, &git::has_branch(tree));
    let add = if is_there { git::add_again(tree) } else { git::add(tree, &base.commit) };
    run(project, &add, &[])?;
    base.own_git_dir = Some(PathBuf::from(run(&tree.path, &git::own_git_dir(), &[])?));
    let at = tree.project(&base);
    fs::create_dir_all(&at).map_err(|error| io_error("make", &at, error))?;
    for path in copies {
        copy(path, project, &at)?;
    }
    link_team(&at, team)?;
    Ok(base)
}

/// The team directory is found from the worktree as from the project, and no `git add` there takes the links in: a
/// `.gitignore` beside them ignores them and itself. Where the team directory has a `.gitignore` in git, nothing is
/// linked: agents are told the paths of the project.
fn link_team(at: &Path, team: &TeamDir) -> Result<(), GitError> {
    let own = at.join(".claude-team");
    let ignore = own.join(".gitignore");
    if ignore.exists() {
        return Ok(());
    }
    fs::create_dir_all(&own).map_err(|error| io_error("make", &own, error))?;
    let mut ignored = String::from("/.gitignore\n");
    let folders = [team.communications(), team.reports(), team.handoffs()];
    let files = [team.findings().to_owned(), team.urgent().to_owned()];
    for real in folders.into_iter().chain(files) {
        let Ok(inside) = real.strip_prefix(team.root()) else { continue };
        let link = own.join(inside);
        // What is in git was checked out, and stays; a file in a linked folder is there already.
        if link.symlink_metadata().is_ok() || link.exists() {
            continue;
        }
        symlink(&real, &link).map_err(|error| io_error("link", &link, error))?;
        ignored.push_str(&format!("/{}\n", inside.display()));
    }
    fs::write(&ignore, ignored).map_err(|error| io_error("write", &ignore, error))
}

fn copy(path: &str, from: &Path, to: &Path) -> Result<(), GitError> {
    if !is_inside(path) {
        return Err(GitError::Cannot(format!("[worktree] copy: `{path}` is no path inside the project")));
    }
    let (source, target) = (from.join(path), to.join(path));
    let real = source.canonicalize().map_err(|error| io_error("copy", &source, error))?;
    let root = from.canonicalize().map_err(|error| io_error("find", from, error))?;
    if !real.starts_with(&root) {
        return Err(GitError::Cannot(format!("[worktree] copy: `{path}` leads out of the project")));
    }
    copy_all(&real, &target).map_err(|error| io_error("copy", &source, error))
}

fn copy_all(from: &Path, to: &Path) -> io::Result<()> {
    if !from.metadata()?.is_dir() {
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder)?;
        }
        return fs::copy(from, to).map(drop);
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        // A link is copied as a link: it is not followed out of the project.
        match fs::read_link(entry.path()) {
            Ok(target) => symlink(target, to.join(entry.file_name()))?,
            Err(error) if error.kind() == ErrorKind::InvalidInput => {
                copy_all(&entry.path(), &to.join(entry.file_name()))?
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn set_up(command: &str, at: &Path) -> Result<(), GitError> {
    let failed = |said: String| GitError::Setup { command: command.to_owned(), said };
    let output = commands::run(command, at, String::new()).await.map_err(|error| failed(error.to_string()))?;
    if output.status.success() {
        return Ok(());
    }
    let text = [output.stdout, output.stderr].concat();
    let from = text.len().saturating_sub(TAIL);
    let tail = String::from_utf8_lossy(&text[from..]).trim().to_owned();
    Err(failed(format!("{}; {tail}", output.status)))
}

pub(super) fn io_error(what: &'static str, path: &Path, error: io::Error) -> GitError {
    GitError::Io { what, path: PathBuf::from(path).display().to_string(), error }
}
