//! Where an agent works: the project, or a git worktree of its own, made before its first attempt starts.

use std::path::Path;
use std::time::Duration;

use super::App;
use super::msg::{Effect, Key, Left};
use crate::plan::{AgentId, Workspace};
use crate::scheduler::{End, Record, Severity};
use crate::shim::ShimOrder;
use crate::worktree::{Base, Tree};

/// How an attempt is to start once its worktree is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    pub limit: Duration,
    pub after: Option<u32>,
    pub resumes: bool,
}

/// How an attempt ended that was stopped before it had a process.
const UNSTARTED: End = End::Exited { exit: None, signal: Some(15) };

impl App {
    /// Returns the folder in which an agent works, absolute.
    pub fn workspace(&self, agent: AgentId) -> &Path {
        self.run.worktrees.get(&agent).map_or(&self.run.project, |worktree| &worktree.path)
    }

    /// Returns the worktree of an agent that has one of its own in this run.
    pub fn tree(&self, agent: AgentId) -> Option<Tree> {
        let is_own = self.setup.agents[agent.0].workspace == Workspace::Worktree;
        is_own.then(|| Tree::of(&self.home.run, &self.run.id, &self.run.plan.agent(agent).slug))
    }

    /// Starts an attempt, once its worktree is there if it is to have one.
    pub(super) fn start_or_prepare(&mut self, key: Key, how: Waiting) {
        match self.tree(key.agent) {
            Some(tree) => {
                self.preparing.insert(key, how);
                self.effects.push(Effect::Prepare { key, tree });
            }
            None => self.start(key, how),
        }
    }

    /// A worktree is there, or why not.
    pub(super) fn prepared(&mut self, key: Key, made: Result<Base, String>) {
        // An order may have ended the attempt meanwhile.
        let (Some(how), Some(tree)) = (self.preparing.remove(&key), self.tree(key.agent)) else { return };
        match made {
            Ok(base) => {
                if !self.run.worktrees.contains_key(&key.agent) {
                    self.note(Record::WorktreeAdded {
                        agent: self.run.plan.agent(key.agent).name.clone(),
                        path: self.home.team.relative(&tree.project(&base)),
                        branch: tree.branch,
                        base: base.commit,
                        git_dir: base.git_dir.to_string_lossy().into_owned(),
                        own_git_dir: base.own_git_dir.map(|path| path.to_string_lossy().into_owned()),
                    });
                }
                self.start(key, how);
            }
            Err(why) => self.judge_end(key, End::CannotStart, Some(why), Left::default()),
        }
    }

    /// Sends TERM or kill; what is in the attempt's worktree is kept first. One that has no process yet ends at once.
    pub(super) fn end_process(&mut self, key: Key, order: ShimOrder) {
        if self.preparing.remove(&key).is_some() {
            self.effects.push(Effect::Unprepare { key });
            return self.judge_end(key, UNSTARTED, None, Left::default());
        }
        self.keep_work(key, true);
        self.shim(key.agent, key.attempt, order);
    }

    /// Keeps what is in an attempt's worktree under its private ref; `first`: before anything else is done.
    pub(super) fn keep_work(&mut self, key: Key, first: bool) {
        if let Some(tree) = self.tree(key.agent).filter(|_| self.run.worktrees.contains_key(&key.agent)) {
            self.effects.push(Effect::Keep { key, tree, first });
        }
    }

    pub(super) fn kept(&mut self, key: Key, commit: Result<String, String>) {
        let Some(tree) = self.tree(key.agent) else { return };
        let agent = self.run.plan.agent(key.agent).name.clone();
        match commit {
            Ok(commit) => {
                self.note(Record::WorkKept { agent, attempt: key.attempt, name: tree.kept_ref(key.attempt), commit });
            }
            Err(why) => self.trouble(Severity::Medium, format!("the work of {agent} has no copy of its own: {why}")),
        }
    }
}
