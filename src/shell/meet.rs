//! From what the attempts report to what the app is told.

use super::attempts::{Batch, Fact};
use crate::app::msg::{Key, Left, Msg};
use crate::scheduler::End;
use crate::shim::{ExitFile, Reason};

/// Returns the message of a fact. `left` looks at what an ended attempt left.
pub fn fact(fact: Fact, left: impl Fn(Key) -> Left) -> Msg {
    match fact {
        Fact::Queued { key, why } => Msg::Queued { key, why },
        Fact::Started { key, pid } => Msg::Started { key, pid },
        Fact::Adopted { key, pid } => Msg::Adopted { key, pid },
        Fact::Exited { key, exit } => {
            let end = end(&exit);
            Msg::Exited { key, end, why: exit.why, left: left(key) }
        }
        Fact::Lost { key, why } => Msg::Exited { key, end: End::Lost, why, left: left(key) },
        Fact::NoRoom { key, why } => Msg::Exited { key, end: End::NoRoom, why: Some(why), left: left(key) },
        Fact::CannotStart { key, why } => Msg::Exited { key, end: End::CannotStart, why: Some(why), left: left(key) },
    }
}

/// Returns the message of a batch of output.
pub fn output(batch: Batch) -> Msg {
    let Batch { key, stream, lines, offset_after, skipped } = batch;
    Msg::Output { key, stream, lines, offset: offset_after, skipped }
}

fn end(exit: &ExitFile) -> End {
    match exit.reason {
        Reason::Exited | Reason::Killed => End::Exited { exit: exit.exit, signal: exit.signal },
        Reason::Backstop => End::Backstop,
        Reason::Orphaned => End::Orphaned,
        Reason::CannotStart => End::CannotStart,
    }
}
