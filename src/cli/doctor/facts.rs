//! What was found on this machine, before anything is judged.

use std::path::PathBuf;
use std::time::Duration;

use crate::engine::Kind;

/// The terminal, as far as it can be asked.
#[derive(Debug, Clone, Default)]
pub struct Terminal {
    /// Standard output is one.
    pub is_there: bool,
    /// Columns and rows.
    pub size: Option<(u16, u16)>,
    pub term: String,
    pub colorterm: String,
    pub no_color: bool,
    /// The first of `LC_ALL`, `LC_CTYPE`, `LANG` that is set.
    pub locale: String,
    /// Whether it tells keys apart that look the same; `None`: it does not answer.
    pub tells_keys: Option<bool>,
    pub multiplexer: Option<Multiplexer>,
    /// `TERM_PROGRAM`, or `vte` for a terminal of that library.
    pub program: String,
}

/// A program between Quintet and the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Multiplexer {
    Tmux,
    Screen,
}

/// What the kernel gives.
#[derive(Debug, Clone, Default)]
pub struct Kernel {
    pub name: String,
    /// `/proc` tells of processes.
    pub proc: bool,
    /// Orphans can be adopted.
    pub subreaper: bool,
    /// How many files a process may have open.
    pub descriptors: Option<u64>,
    pub watches: Option<Limit>,
    pub instances: Option<Limit>,
}

/// A limit of this user and what is used of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limit {
    pub most: u64,
    pub used: u64,
}

/// The folder that the team directory lies in.
#[derive(Debug, Clone)]
pub struct Folder {
    pub path: PathBuf,
    /// What writing said.
    pub writes: Result<(), String>,
    /// A file locked once could not be locked twice.
    pub locks: bool,
    /// The kind of its file system, where changes made elsewhere are not told.
    pub network: Option<&'static str>,
    /// Bytes.
    pub free: Option<u64>,
}

/// A program that can play agents.
#[derive(Debug, Clone)]
pub struct Program {
    pub name: String,
    pub kind: Kind,
    pub command: Vec<String>,
    /// What `--version` said, for the known ones; for others that they are in `PATH`.
    pub version: Result<String, String>,
    pub login: Login,
}

/// What is known of a login without using it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Login {
    /// The variable or file that holds it.
    There(String),
    /// Its file says that it is over and cannot be renewed.
    Expired(String),
    None,
    /// Nobody knows how this program logs in.
    Unknown,
}

/// Who wrote an MCP server down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The person, in their own config file.
    User,
    /// The project: `quintet.toml` or `.mcp.json`, which may have come with a clone.
    Project,
}

/// An MCP server.
#[derive(Debug, Clone)]
pub struct Server {
    pub name: String,
    pub source: Source,
    /// It has an address instead of a program: only the agent's program can try it.
    pub is_remote: bool,
    /// How many tools it offers and how long it took; `None`: it was not started.
    pub answer: Option<Result<(usize, Duration), String>>,
    /// It was to be started, came with the project, and nobody agreed to it.
    pub is_refused: bool,
}

/// A place beyond this machine, or one of its hosts.
#[derive(Debug, Clone)]
pub struct Place {
    pub name: String,
    /// Whether a file of the project is read there as it was written here; `None`: it was not asked.
    pub sees: Option<Result<(), String>>,
    /// It was to be asked, came with the project, and nobody agreed to its commands.
    pub is_refused: bool,
}

/// Git, and whether the project is a repository.
#[derive(Debug, Clone)]
pub struct Git {
    pub version: Result<String, String>,
    pub is_repository: bool,
}

/// Everything that was looked at.
#[derive(Debug, Clone)]
pub struct Facts {
    pub terminal: Terminal,
    pub kernel: Kernel,
    pub project: Folder,
    pub sockets: Result<PathBuf, String>,
    /// Where the runs of this user are remembered.
    pub state: Result<PathBuf, String>,
    /// The user's config file, and whether it is there.
    pub config: Option<(PathBuf, bool)>,
    /// What is wrong with the settings of the project and the user.
    pub settings: Result<(), String>,
    pub git: Git,
    pub programs: Vec<Program>,
    pub servers: Vec<Server>,
    pub places: Vec<Place>,
}
