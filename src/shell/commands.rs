//! Commands of the person beside the agents: verify, hooks, setup of worktrees. Each ends with everything that it
//! started, and with Quintet, whatever becomes of it.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};
use tokio::sync::mpsc::Sender;

use super::open::own_program;
use crate::app::msg::{Key, Msg};
use crate::shim::tied;

/// How long a command may take.
const LIMIT: Duration = Duration::from_secs(600);
/// How much of a verify command's output goes into the notes, in bytes.
const TAIL: usize = 2000;

/// Runs an agent's verify command where the agent worked and tells how it ended.
pub async fn verify(key: Key, command: String, at: PathBuf, later: Sender<Msg>) {
    let (ok, tail) = match run(&command, &at, String::new()).await {
        Ok(output) => {
            let text = [output.stdout, output.stderr].concat();
            let from = text.len().saturating_sub(TAIL);
            (output.status.success(), String::from_utf8_lossy(&text[from..]).into_owned())
        }
        Err(error) => (false, format!("`{command}`: {error}")),
    };
    let _ = later.send(Msg::Verified { key, ok, tail }).await;
}

/// Runs a hook with the event on its input; only its failure is told.
pub async fn hook(command: String, event: String, project: PathBuf, later: Sender<Msg>) {
    let result = run(&command, &project, event).await;
    let failure = match result {
        Ok(output) if output.status.success() => return,
        Ok(output) => output.status.to_string(),
        Err(error) => error.to_string(),
    };
    let _ = later.send(Msg::Trouble { what: format!("the hook `{command}` failed: {failure}") }).await;
}

/// A tied command that is asked to end with this.
struct Tied(Option<Pid>);

impl Drop for Tied {
    fn drop(&mut self) {
        if let Some(pid) = self.0 {
            let _ = kill_process(pid, Signal::TERM);
        }
    }
}

pub(super) async fn run(command: &str, at: &Path, input: String) -> io::Result<Output> {
    let mut tied = Command::new(own_program());
    tied.arg0("quintet").arg(tied::WORD).arg(std::process::id().to_string()).arg(command);
    tied.current_dir(at).process_group(0);
    tied.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child: Child = tied.spawn()?;
    let mut tie = Tied(child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)));
    if let Some(mut to) = child.stdin.take() {
        // A command need not read its input.
        let _ = to.write_all(input.as_bytes()).await;
    }
    let late = || io::Error::new(io::ErrorKind::TimedOut, format!("it took longer than {} s", LIMIT.as_secs()));
    let output = tokio::time::timeout(LIMIT, child.wait_with_output()).await.map_err(|_| late())??;
    // It was waited for: its number may be another's.
    tie.0 = None;
    Ok(output)
}
