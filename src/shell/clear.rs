//! Ending attempts that no run goes on with: of an earlier run (`--fresh`), or of agents that are no longer in the plan.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::mpsc;

use super::attempts::{Attempts, Fact, Offsets, Reading};
use super::open::own_program;
use super::places::Places;
use crate::app::msg::Key;
use crate::place::Place;
use crate::plan::AgentId;
use crate::shim::ShimOrder;

/// How long they have to be gone; at a place, orders and exits take half a second each way.
const CLEARED_WITHIN: Duration = Duration::from_secs(5);

/// Ends what may still live in these attempt folders, and waits until it is gone; returns how many are not.
///
/// # Errors
/// No runtime can be had.
pub fn end(folders: Vec<PathBuf>, places: &BTreeMap<String, Place>) -> io::Result<usize> {
    if folders.is_empty() {
        return Ok(0);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(end_all(folders, places)))
}

async fn end_all(folders: Vec<PathBuf>, places: &BTreeMap<String, Place>) -> usize {
    let (to_facts, mut facts) = mpsc::channel(256);
    let (to_output, mut output) = mpsc::channel(64);
    let mut attempts = Attempts::new(to_facts, to_output).at(Places::new(places, &own_program()));
    let mut open = folders.len();
    for (index, folder) in folders.into_iter().enumerate() {
        let key = Key { agent: AgentId(index), attempt: 1 };
        attempts.adopt(key, folder, Reading::Tail, Offsets::default());
        // An order to an attempt whose folder cannot be written is not needed: its shim is told by nobody.
        let _ = attempts.order(key, ShimOrder::Kill);
    }
    let all_gone = async {
        while open > 0 {
            tokio::select! {
                fact = facts.recv() => match fact {
                    Some(
                        Fact::Exited { .. } | Fact::Lost { .. } | Fact::CannotStart { .. } | Fact::NoRoom { .. },
                    ) => open -= 1,
                    Some(Fact::Queued { .. } | Fact::Started { .. } | Fact::Adopted { .. }) => {}
                    None => return,
                },
                Some(_) = output.recv() => {}
            }
        }
    };
    let _ = tokio::time::timeout(CLEARED_WITHIN, all_gone).await;
    attempts.leave().await;
    open
}
