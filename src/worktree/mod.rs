//! A git worktree and branch of its own for an agent that changes files. Pure: what is run, and what its output means.
//!
//! ```text
//!   project/.claude-team/runs/RUN/worktrees/AGENT    on branch quintet/RUN/AGENT, made from the project's HEAD
//!                                                    successors of the agent go on in it
//!   refs/quintet/RUN/AGENT-ATTEMPT                   everything that was in it when that attempt ended or was stopped
//! ```
//!
//! Nothing here merges or deletes by itself: [`git`] has the command lines, and only a person's order runs those that do.

pub mod git;
mod work;

pub use work::Work;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::team_dir::RunDir;

/// The worktree of one agent in one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tree {
    /// Where git has it, absolute.
    pub path: PathBuf,
    pub branch: String,
}

/// What a worktree was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Base {
    /// The commit of the project when it was made.
    pub commit: String,
    /// The project's folder in its repository, with `/` at its end; empty: its root.
    pub prefix: String,
    /// The repository itself, which every worktree writes its commits to; absolute.
    pub git_dir: PathBuf,
    /// The folder in it that is this worktree's alone; absolute.
    #[serde(default)]
    pub own_git_dir: Option<PathBuf>,
    /// What was copied into it, by its path from the root of the repository: no commit of Quintet's takes it in.
    #[serde(default)]
    pub copied: Vec<String>,
}

impl Tree {
    /// Returns the worktree of an agent in a run.
    pub fn of(home: &RunDir, run: &str, slug: &str) -> Tree {
        Tree { path: folder(home).join(slug), branch: format!("quintet/{run}/{slug}") }
    }

    /// Returns where the agent works: the project's folder in the worktree.
    pub fn project(&self, base: &Base) -> PathBuf {
        if base.prefix.is_empty() { self.path.clone() } else { self.path.join(base.prefix.trim_end_matches('/')) }
    }

    /// Returns the file with its [`Base`], written when everything is there: until then no agent has worked in it.
    pub fn ready_file(&self) -> PathBuf {
        self.path.with_extension("json")
    }

    /// Returns the file with everything that was changed in it, for the person to read.
    pub fn diff_file(&self) -> PathBuf {
        self.path.with_extension("diff")
    }

    /// Returns a git index that is written beside it, so that its own is never touched.
    pub fn side_index(&self) -> PathBuf {
        self.path.with_extension("index")
    }

    /// Returns the private ref that keeps what was there at the end of an attempt.
    pub fn kept_ref(&self, attempt: u32) -> String {
        format!("refs/{}-{attempt}", self.branch)
    }

    /// Returns the pattern of its private refs, and of those of agents whose names begin alike.
    pub fn kept_refs(&self) -> String {
        format!("refs/{}-*", self.branch)
    }

    /// Returns whether a ref is one of its own.
    pub fn has_kept(&self, name: &str) -> bool {
        let rest = name.strip_prefix("refs/").and_then(|name| name.strip_prefix(self.branch.as_str()));
        rest.and_then(|rest| rest.strip_prefix('-')).is_some_and(|attempt| attempt.parse::<u32>().is_ok())
    }
}

/// Returns where the worktrees of a run lie.
pub fn folder(home: &RunDir) -> PathBuf {
    home.0.join("worktrees")
}

/// Returns whether a path of the settings names a file inside the project.
pub fn is_inside(path: &str) -> bool {
    let mut parts = Path::new(path).components();
    !path.is_empty() && parts.all(|part| matches!(part, std::path::Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_below_the_root_of_its_repository_is_worked_on_below_the_root_of_the_worktree() {
        let tree = Tree::of(&RunDir("/p/svc/.claude-team/runs/r1".into()), "r1", "a");
        let base = Base {
            commit: "c".into(),
            prefix: "svc/".into(),
            git_dir: "/p/.git".into(),
            own_git_dir: None,
            copied: Vec::new(),
        };
        assert_eq!(tree.project(&base), Path::new("/p/svc/.claude-team/runs/r1/worktrees/a/svc"));
        assert_eq!(tree.kept_ref(2), "refs/quintet/r1/a-2");
        assert!(tree.has_kept("refs/quintet/r1/a-2") && !tree.has_kept("refs/quintet/r1/a-b-2"));
    }

    #[test]
    fn only_paths_inside_the_project_are_copied() {
        assert!(is_inside(".env") && is_inside("config/local.toml"));
        assert!(["", "/etc/passwd", "../x", "a/../../x", "./x"].iter().all(|path| !is_inside(path)));
    }
}
