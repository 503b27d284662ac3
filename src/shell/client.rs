//! The other end of the control socket: asks a running Quintet, and follows it.

use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use super::control;
use super::lock::{self, Holder};
use super::open;
use crate::team_dir::control::{Answer, Request};
use crate::team_dir::{Envelope, Line, TeamDir};

/// How long a Quintet may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection to a running Quintet.
pub struct Client {
    to: UnixStream,
    from: BufReader<UnixStream>,
    pub run: String,
}

/// Why nobody answers.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("nothing runs in {0}")]
    Nothing(PathBuf),
    #[error("the Quintet that works here (pid {}) does not answer: {error}", .holder.pid)]
    Silent { holder: Box<Holder>, error: io::Error },
}

impl Client {
    /// Connects to the Quintet that works in this team directory.
    ///
    /// # Errors
    /// Nothing runs there, or it does not answer.
    pub fn connect(team: &TeamDir) -> Result<Client, ClientError> {
        let nothing = || ClientError::Nothing(team.project().to_owned());
        let holder = lock::holder(&team.lock()).ok_or_else(nothing)?;
        let (run, _) = open::runs(team).pop().ok_or_else(nothing)?;
        let silent = |error| ClientError::Silent { holder: Box::new(holder.clone()), error };
        let path = control::path_of(&team.run(&run)).ok_or_else(|| silent(io::ErrorKind::NotFound.into()))?;
        let to = UnixStream::connect(path).map_err(silent)?;
        to.set_read_timeout(Some(PATIENCE)).map_err(silent)?;
        let from = BufReader::new(to.try_clone().map_err(silent)?);
        Ok(Client { to, from, run })
    }

    /// Asks, and returns the answer.
    ///
    /// # Errors
    /// The connection broke.
    pub fn ask(&mut self, request: &Request) -> io::Result<Answer> {
        let mut line = serde_json::to_string(request).map_err(io::Error::other)?;
        line.push('\n');
        self.to.write_all(line.as_bytes())?;
        let mut answer = String::new();
        self.from.read_line(&mut answer)?;
        if answer.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        serde_json::from_str(&answer).map_err(io::Error::other)
    }

    /// Returns the next event of a followed run, however long it takes; `None` when the run's Quintet is gone.
    ///
    /// # Errors
    /// The connection broke.
    pub fn next_event(&mut self) -> io::Result<Option<Envelope>> {
        self.to.set_read_timeout(None)?;
        loop {
            let mut line = String::new();
            if self.from.read_line(&mut line)? == 0 {
                return Ok(None);
            }
            if let Line::Known(envelope) = Line::read(line.trim_end().as_bytes()) {
                return Ok(Some(*envelope));
            }
        }
    }
}
