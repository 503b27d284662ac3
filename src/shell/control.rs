//! The control socket: `status`, orders and followers, for `quintet ctl`, `quintet status` and `quintet attach`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc::{self, Sender};

use super::files::{self, Rights};
use crate::shim::private_base;
use crate::team_dir::RunDir;
use crate::team_dir::control::{Answer, Request};

/// How many lines wait for a client. A client that does not read so many is left.
const WAITING: usize = 4096;

/// A request and where its answer goes; after a `follow` the events go there too.
pub struct Asked {
    pub request: Request,
    pub reply: Sender<String>,
}

/// The open socket; it is removed with this.
pub struct Control {
    path: PathBuf,
    note: PathBuf,
}

impl Control {
    /// Opens the socket and writes its path into the run's folder. Requests go to `asked`: when it is full, clients
    /// wait; when the loop is gone, they are closed.
    ///
    /// # Errors
    /// No private folder can be had for it.
    pub fn open(run: &RunDir, asked: Sender<Asked>) -> io::Result<Control> {
        let path = private_base()?.join(format!("ctl.{}", std::process::id()));
        // One of a dead process with this pid.
        let _ = fs::remove_file(&path);
        let listener = UnixListener::bind(&path)?;
        let note = run.sock();
        files::replace(&note, &path.to_string_lossy(), Rights::Private)?;
        tokio::spawn(listen(listener, asked));
        Ok(Control { path, note })
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.note);
        let _ = fs::remove_file(&self.path);
    }
}

async fn listen(listener: UnixListener, asked: Sender<Asked>) {
    loop {
        let Ok((client, _)) = listener.accept().await else {
            // No descriptors are left: try again when some may be free.
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            continue;
        };
        let is_ours = client.peer_cred().is_ok_and(|peer| peer.uid() == rustix::process::getuid().as_raw());
        if is_ours {
            tokio::spawn(serve(client, asked.clone()));
        }
        if asked.is_closed() {
            return;
        }
    }
}

/// Serves one client until it closes.
async fn serve(client: UnixStream, asked: Sender<Asked>) {
    let (from, mut to) = client.into_split();
    let (reply, mut lines) = mpsc::channel::<String>(WAITING);
    let writer = tokio::spawn(async move {
        while let Some(line) = lines.recv().await {
            if to.write_all(line.as_bytes()).await.is_err() || to.write_all(b"\n").await.is_err() {
                return;
            }
        }
    });
    let mut requests = BufReader::new(from).lines();
    while let Ok(Some(line)) = requests.next_line().await {
        match serde_json::from_str::<Request>(&line) {
            Ok(request) => {
                if asked.send(Asked { request, reply: reply.clone() }).await.is_err() {
                    break;
                }
            }
            Err(error) => {
                let _ = reply.send(Answer::refused(format!("this is no request: {error}")).line()).await;
            }
        }
    }
    drop(reply);
    let _ = writer.await;
}

/// Returns where the socket of a run is, if a Quintet that listens is written down there.
pub fn path_of(run: &RunDir) -> Option<PathBuf> {
    let path = fs::read_to_string(run.sock()).ok()?;
    let path = Path::new(path.trim());
    path.exists().then(|| path.to_owned())
}
