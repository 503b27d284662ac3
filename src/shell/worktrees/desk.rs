//! Takes the loop's orders for worktrees: nothing here makes it wait.
//!
//! Git itself must not make two at once: each call reads what the other has half written (`failed to read
//! .git/worktrees/X/commondir`, git 2.47). So they are made one after the other; copies and setups go on side by side.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::{AbortHandle, JoinHandle, spawn_blocking};

use super::{keep, make};
use crate::app::msg::{Key, Msg};
use crate::settings::file::Worktree;
use crate::team_dir::TeamDir;
use crate::worktree::Tree;

/// How many worktrees wait to be kept at most; an attempt whose order finds no room is kept when it has ended.
const WAITING: usize = 256;
/// How long a leaving Quintet waits for what is being kept.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long an order to end an attempt waits at most until its work is kept.
const FIRST: Duration = Duration::from_millis(300);

/// Makes worktrees side by side, and keeps what is in them one after the other.
pub struct Desk {
    team: TeamDir,
    wanted: Worktree,
    later: Sender<Msg>,
    preparing: BTreeMap<Key, AbortHandle>,
    /// Whoever has it makes a worktree.
    turn: Arc<Semaphore>,
    to_keep: Sender<(Key, Tree)>,
    keeper: JoinHandle<Vec<String>>,
}

impl Desk {
    /// Opens it; answers go to `later`.
    pub fn open(team: TeamDir, wanted: Worktree, later: Sender<Msg>) -> Desk {
        let (to_keep, orders) = channel(WAITING);
        let keeper = tokio::spawn(keep_all(orders, later.clone()));
        Desk { team, wanted, later, preparing: BTreeMap::new(), turn: Arc::new(Semaphore::new(1)), to_keep, keeper }
    }

    /// Makes a worktree; answered by [`Msg::Prepared`].
    pub fn prepare(&mut self, key: Key, tree: Tree) {
        let (team, wanted, later) = (self.team.clone(), self.wanted.clone(), self.later.clone());
        let turn = self.turn.clone();
        let task = tokio::spawn(async move {
            let made = make::prepare(tree, team, wanted, &turn).await.map_err(|error| error.to_string());
            let _ = later.send(Msg::Prepared { key, made }).await;
        });
        self.preparing.retain(|_, task| !task.is_finished());
        self.preparing.insert(key, task.abort_handle());
    }

    /// Nobody waits for this worktree any more.
    pub fn unprepare(&mut self, key: Key) {
        if let Some(task) = self.preparing.remove(&key) {
            task.abort();
        }
    }

    /// Keeps what is in a worktree; answered by [`Msg::Kept`].
    pub fn keep(&mut self, key: Key, tree: Tree) {
        let _ = self.to_keep.try_send((key, tree));
    }

    /// Keeps what is in a worktree before its agent is told to end, which may throw it away; returns the answer if it comes
    /// in time, else it comes later.
    pub fn keep_first(&mut self, key: Key, tree: Tree) -> Option<Msg> {
        let (done, outcome) = std::sync::mpsc::channel();
        let later = self.later.clone();
        std::thread::spawn(move || {
            let commit = keep::keep(&tree, key.attempt).map_err(|error| error.to_string());
            if let Err(late) = done.send(Msg::Kept { key, commit }) {
                let _ = later.try_send(late.0);
            }
        });
        outcome.recv_timeout(FIRST).ok()
    }

    /// Waits for what is being kept, for a while; returns what could not be kept and could not be told any more.
    pub async fn finish(self) -> Vec<String> {
        drop(self.to_keep);
        // Nobody reads the answers any more, and nobody needs to.
        drop(self.later);
        match tokio::time::timeout(PATIENCE, self.keeper).await {
            Ok(Ok(failures)) => failures,
            Ok(Err(error)) => vec![error.to_string()],
            Err(_) => vec![format!("git took longer than {} s", PATIENCE.as_secs())],
        }
    }
}

async fn keep_all(mut orders: Receiver<(Key, Tree)>, later: Sender<Msg>) -> Vec<String> {
    let mut untold = Vec::new();
    while let Some((key, tree)) = orders.recv().await {
        let kept = spawn_blocking(move || keep::keep(&tree, key.attempt)).await;
        let commit = match kept {
            Ok(kept) => kept.map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        if let Err(error) = later.try_send(Msg::Kept { key, commit })
            && let Msg::Kept { commit: Err(why), .. } = error.into_inner()
        {
            untold.push(why);
        }
    }
    untold
}
