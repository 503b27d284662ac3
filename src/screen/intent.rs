//! What the screen asks of the world.

use super::doc::Doc;
use crate::plan::AgentId;
use crate::scheduler::Command;

/// Something the person wants that is not only a matter of the screen.
#[derive(Debug, Clone, PartialEq)]
pub enum Intent {
    /// For the scheduler, in the person's name.
    Order(Command),
    /// The answer to a question of an agent: `allow`, `always`, `deny`, or a text.
    Answer {
        agent: AgentId,
        id: String,
        answer: String,
    },
    /// Answer with [`Screen::opened`](super::Screen::opened).
    Open(Doc),
    /// A stretch of about `len` bytes at `from`, of a document that is open; answered like `Open`.
    Read {
        doc: Doc,
        from: u64,
        len: u64,
    },
    /// Open it in `$EDITOR` at the line; `None`: the document's own file.
    Edit {
        doc: Doc,
        line: Option<u32>,
    },
    /// Open a web address.
    Browse(String),
    /// To the clipboard of the terminal (OSC 52).
    Copy(String),
    /// Pause this attempt of the agent, and open its own session in the terminal.
    TakeOver(AgentId, u32),
    /// The command that opens the agent's session, to the clipboard.
    CopySession(AgentId),
    /// Merge the branch of this agent's worktree, after a question on the terminal.
    Merge(AgentId),
    /// Entries of the feed that the person has seen, by their place in it.
    Seen(Vec<usize>),
    /// Ring or notify, as chosen in the look.
    Notify {
        title: String,
        text: String,
    },
    /// Take (`true`) or leave the mouse.
    Mouse(bool),
    /// Clear the terminal and draw everything.
    Redraw,
    /// Read the plan again.
    Reload,
    /// Answer with [`Screen::found_earlier`](super::Screen::found_earlier).
    ListEarlier,
    /// Show the run of this id in the place of this one, until it is left.
    ShowEarlier(String),
    /// Plain lines instead of the screen, until a key is pressed.
    Lines,
    /// Give the terminal back for a while (Ctrl-Z).
    Suspend,
    Quit(QuitChoice),
}

/// What quitting means for the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuitChoice {
    /// The run goes on without a screen.
    Detach,
    /// Everything is wrapped up with notes, then Quintet ends. The screen stays until then.
    StopAll,
    /// Everything is killed, then Quintet ends.
    KillAll,
    /// Ctrl-C, again: as [`QuitChoice::StopAll`], and Quintet ends as by a signal.
    Interrupted,
    /// The run has ended, there is nothing to decide.
    Leave,
}
