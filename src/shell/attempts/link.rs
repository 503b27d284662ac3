//! The connection to a shim: its messages in, ours out.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::process::{Child, Command};

use crate::shim::Folder;
use crate::shim::marked::Mark;
use crate::shim::protocol::{Ask, Say, message};

/// Both directions. When it is dropped, the shim knows that this Quintet is gone.
#[derive(Debug)]
pub struct Link {
    says: Lines<BufReader<OwnedReadHalf>>,
    asks: OwnedWriteHalf,
}

impl Link {
    /// Starts a shim with the other end as its input. Its output is nobody's.
    pub fn start(shim: &Path, folder: &Folder, mark: &Mark) -> io::Result<(Link, Child)> {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
        let mut command = Command::new(shim);
        command
            .arg0("quintet")
            .arg("__shim")
            .arg(folder.path())
            .env_clear()
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        // So the agent carries the mark even before it is the agent.
        command.envs(mark.variables().iter().filter_map(|variable| variable.split_once('=')));
        command.envs(std::env::vars_os().filter(|(name, _)| name == "XDG_RUNTIME_DIR"));
        let child = command.spawn()?;
        ours.set_nonblocking(true)?;
        Ok((Link::over(UnixStream::from_std(ours)?), child))
    }

    /// Connects to the shim of an earlier Quintet, and says so.
    pub async fn connect(folder: &Folder) -> io::Result<Link> {
        let path = PathBuf::from(std::ffi::OsString::from_vec(fs::read(folder.sock())?));
        let mut link = Link::over(UnixStream::connect(path).await?);
        link.ask(&Ask::Hello).await;
        Ok(link)
    }

    /// Returns the next message; `None` when the shim is gone. Can be dropped and called again. Messages of a later
    /// version are passed over.
    pub async fn say(&mut self) -> Option<Say> {
        loop {
            let line = self.says.next_line().await.ok()??;
            if let Ok(say) = serde_json::from_str(&line) {
                return Some(say);
            }
        }
    }

    /// Asks; a shim that is gone is noticed by [`Link::say`].
    pub async fn ask(&mut self, ask: &Ask) {
        let _ = self.asks.write_all(&message(ask)).await;
    }

    fn over(stream: UnixStream) -> Link {
        let (says, asks) = stream.into_split();
        Link { says: BufReader::with_capacity(1024, says).lines(), asks }
    }
}
