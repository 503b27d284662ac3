//! Commands of the person beside the agents: verify and hooks. Each ends with everything that it started.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};
use tokio::sync::mpsc::Sender;

use crate::app::msg::{Key, Msg};

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

/// A process group that ends with this.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(pid) = self.0 {
            // It is gone already if it ended in time.
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }
}

pub(super) async fn run(command: &str, project: &Path, input: String) -> io::Result<Output> {
    let mut shell = Command::new("/bin/sh");
    shell.arg("-c").arg(command).current_dir(project).process_group(0);
    shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child: Child = shell.spawn()?;
    let pid = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
    let _group = Group(pid);
    if let Some(mut to) = child.stdin.take() {
        // A command need not read its input.
        let _ = to.write_all(input.as_bytes()).await;
    }
    let late = || io::Error::new(io::ErrorKind::TimedOut, format!("it took longer than {} s", LIMIT.as_secs()));
    tokio::time::timeout(LIMIT, child.wait_with_output()).await.map_err(|_| late())?
}
