//! The folder of an attempt: every path in it and every record, as `shim` and Quintet agree on them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::identity::Identity;

/// The version of every record in the folder.
pub const VERSION: u32 = 1;

/// The paths of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder(PathBuf);

/// What to start and how to treat it: `spec.json`, written by Quintet before the shim starts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    pub v: u32,
    pub run: String,
    /// The agent's name, as in `QUINTET_AGENT`.
    pub agent: String,
    pub attempt: u32,
    /// Absolute.
    pub program: PathBuf,
    pub args: Vec<String>,
    pub cwd: PathBuf,
    /// Names of the variables in `env`; values stand in no other file.
    pub env: Vec<String>,
    pub limit_s: f64,
    pub grace_s: f64,
    pub policy: Policy,
    /// `local`, or the name of a place; elsewhere than here the files are polled.
    pub place: String,
    pub input: Input,
    /// Bytes of each log that are kept, half at its head and half at its tail.
    #[serde(default = "default_cap")]
    pub cap: u64,
}

/// What becomes of the tree when Quintet is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Policy {
    Keep,
    End,
}

/// What the agent has as its standard input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Input {
    /// `/dev/null`.
    Null,
    /// The file `in`, followed until `close-stdin`.
    File,
}

/// Who owns the attempt: `pid`, written before the agent starts, and once more when its pid is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PidFile {
    pub v: u32,
    /// The shim.
    #[serde(flatten)]
    pub shim: Identity,
    pub agent: Option<Identity>,
    /// Of Quintet.
    pub version: String,
}

/// How the attempt ended: `exit`, written last and by rename.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExitFile {
    pub v: u32,
    pub exit: Option<i32>,
    pub signal: Option<i32>,
    pub reason: Reason,
    /// Why it could not start.
    #[serde(default)]
    pub why: Option<String>,
    /// Seconds it ran, freezes excluded.
    pub run_s: f64,
    pub ended: DateTime<Utc>,
    /// Bytes of output that could not be written (disk full).
    pub dropped: u64,
    /// Bytes of each log, whether kept or not.
    pub out: u64,
    pub err: u64,
    /// What outlived the agent and was ended, the first fifty.
    #[serde(default)]
    pub leftovers: Vec<Process>,
    /// What could not be ended (another user's, or in the kernel), the first fifty.
    #[serde(default)]
    pub unkillable: Vec<Process>,
}

/// Why it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The agent ended by itself, or obeyed a TERM.
    Exited,
    /// An order killed it.
    Killed,
    /// The shim ended it long after its limit, with no Quintet there.
    Backstop,
    /// The shim ended it since Quintet was gone.
    Orphaned,
    CannotStart,
}

/// A process by number and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    pub pid: i32,
    pub name: String,
}

/// The missing ranges of the logs, from and to (exclusive): `gap`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    pub v: u32,
    pub out: Option<(u64, u64)>,
    pub err: Option<(u64, u64)>,
}

/// One of the two logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogName {
    Out,
    Err,
}

/// Why a record of the folder could not be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("cannot read {path}: {source}")]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{path} is not a record of this version: {why}")]
    Garbled { path: PathBuf, why: String },
}

fn default_cap() -> u64 {
    64 << 20
}

impl Spec {
    pub fn limit(&self) -> Duration {
        Duration::try_from_secs_f64(self.limit_s).unwrap_or(Duration::MAX)
    }

    pub fn grace(&self) -> Duration {
        Duration::try_from_secs_f64(self.grace_s).unwrap_or(Duration::ZERO)
    }
}

impl Folder {
    pub fn new(path: impl Into<PathBuf>) -> Folder {
        Folder(path.into())
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn spec(&self) -> PathBuf {
        self.0.join("spec.json")
    }

    pub fn env(&self) -> PathBuf {
        self.0.join("env")
    }

    pub fn input(&self) -> PathBuf {
        self.0.join("in")
    }

    pub fn ctl(&self) -> PathBuf {
        self.0.join("ctl")
    }

    pub fn done(&self) -> PathBuf {
        self.0.join("ctl.done")
    }

    pub fn pid(&self) -> PathBuf {
        self.0.join("pid")
    }

    pub fn exit(&self) -> PathBuf {
        self.0.join("exit")
    }

    pub fn gap(&self) -> PathBuf {
        self.0.join("gap")
    }

    pub fn lock(&self) -> PathBuf {
        self.0.join("lock")
    }

    pub fn sock(&self) -> PathBuf {
        self.0.join("sock")
    }

    pub fn panic(&self) -> PathBuf {
        self.0.join("panic")
    }

    /// What the attempt's own MCP server appends.
    pub fn said(&self) -> PathBuf {
        self.0.join("said.jsonl")
    }

    /// Returns the path of one segment of a log; 0 is its head.
    pub fn segment(&self, log: LogName, number: u64) -> PathBuf {
        self.0.join(format!("{}.{number}", log.word()))
    }

    pub fn read_spec(&self) -> Result<Spec, FolderError> {
        read(&self.spec())
    }

    pub fn read_pid(&self) -> Result<PidFile, FolderError> {
        read(&self.pid())
    }

    pub fn read_exit(&self) -> Result<ExitFile, FolderError> {
        read(&self.exit())
    }

    pub fn read_gap(&self) -> Result<Gap, FolderError> {
        read(&self.gap())
    }
}

impl LogName {
    pub fn word(self) -> &'static str {
        match self {
            LogName::Out => "out",
            LogName::Err => "err",
        }
    }
}

/// Writes a record so that readers see the old one or the new one, never a half. Nothing is synced.
pub fn write_by_rename(path: &Path, record: &impl Serialize) -> io::Result<()> {
    let temporary = path.with_extension("tmp");
    let mut file = create_private(&temporary)?;
    file.write_all(&serde_json::to_vec(record)?)?;
    fs::rename(&temporary, path)
}

/// Returns a new, empty file that only its owner can read.
pub fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

/// Returns a file that grows at its end and that only its owner can read.
pub fn append_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}

/// Returns environment values as they stand in `env`: `NAME=VALUE` and a zero byte, each.
pub fn pack_env<'a>(env: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<u8> {
    let mut packed = Vec::new();
    for (name, value) in env {
        packed.extend_from_slice(name.as_bytes());
        packed.push(b'=');
        packed.extend_from_slice(value.as_bytes());
        packed.push(0);
    }
    packed
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, FolderError> {
    let bytes = fs::read(path).map_err(|source| FolderError::Unreadable { path: path.to_owned(), source })?;
    serde_json::from_slice(&bytes)
        .map_err(|error| FolderError::Garbled { path: path.to_owned(), why: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exit_file_of_an_older_writer_is_read() {
        let old = r#"{"v":1,"exit":0,"signal":null,"reason":"exited","run_s":1.5,"ended":"2026-01-02T03:04:05.678Z",
            "dropped":0,"out":10,"err":0}"#;
        let exit: ExitFile = serde_json::from_str(old).expect("the version is the same");
        assert_eq!((exit.exit, exit.reason, exit.leftovers.len()), (Some(0), Reason::Exited, 0));
    }

    #[test]
    fn a_record_with_fields_of_a_newer_writer_is_read() {
        let new = r#"{"v":1,"out":[5,9],"err":null,"later":true}"#;
        assert_eq!(serde_json::from_str::<Gap>(new).expect("fields may be added").out, Some((5, 9)));
    }
}
