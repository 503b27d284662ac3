//! The runs of this user on this machine, in the user's own state folder: only those are carried on, never one that came
//! with a clone.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use etcetera::{AppStrategy, AppStrategyArgs, choose_app_strategy};
use serde::{Deserialize, Serialize};

use super::files::{self, Rights};
use crate::plan;

/// A run that was started here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    pub v: u32,
    pub run: String,
    pub project: PathBuf,
    pub plan: String,
}

/// Returns the folders of this program for this user.
fn folders() -> io::Result<impl AppStrategy> {
    choose_app_strategy(AppStrategyArgs {
        top_level_domain: "org".to_owned(),
        author: "quintet".to_owned(),
        app_name: "quintet".to_owned(),
    })
    .map_err(io::Error::other)
}

/// Returns the user's config file.
pub fn config_file() -> Option<PathBuf> {
    folders().ok().map(|folders| folders.config_dir().join("config.toml"))
}

/// Returns the folder in which this user's runs are remembered.
///
/// # Errors
/// No home folder is known.
pub fn state_folder() -> io::Result<PathBuf> {
    let folders = folders()?;
    Ok(folders.state_dir().unwrap_or_else(|| folders.data_dir()))
}

fn runs() -> io::Result<PathBuf> {
    Ok(state_folder()?.join("runs"))
}

/// Remembers a run as this user's own.
///
/// # Errors
/// Those of the file system.
pub fn register(run: &Registered) -> io::Result<()> {
    let folder = runs()?;
    files::private_folder(&folder)?;
    let text = serde_json::to_string(run).map_err(io::Error::other)?;
    files::replace(&folder.join(file_name(&run.run, &run.project)), &text, Rights::Private)
}

/// Returns whether this run was started by this user here.
pub fn knows(run: &str, project: &Path) -> bool {
    runs().is_ok_and(|folder| folder.join(file_name(run, project)).is_file())
}

/// Returns every run that was started by this user here, oldest first; those whose folder is gone are forgotten.
pub fn all() -> Vec<Registered> {
    let Ok(entries) = runs().and_then(fs::read_dir) else { return Vec::new() };
    let mut found = Vec::new();
    for path in entries.filter_map(|entry| entry.ok().map(|entry| entry.path())) {
        let read = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice::<Registered>(&bytes).ok());
        let Some(run) = read else { continue };
        if run.project.join(".claude-team/runs").join(&run.run).is_dir() {
            found.push(run);
        } else {
            // Its folder was tidied away.
            let _ = fs::remove_file(&path);
        }
    }
    found.sort_by(|a, b| a.run.cmp(&b.run));
    found
}

/// Returns what the person agreed to for this project, if ever.
pub fn agreed(project: &Path) -> Option<BTreeSet<String>> {
    read_agreed(project).map(|agreed| agreed.lines)
}

/// Remembers what the person agreed to for this project.
///
/// # Errors
/// Those of the file system.
pub fn agree(project: &Path, lines: &BTreeSet<String>) -> io::Result<()> {
    change_agreed(project, |agreed| agreed.lines.clone_from(lines))
}

/// Returns which of the person's MCP servers the plan's names mean in this project, as the person said.
pub fn aliases(project: &Path) -> BTreeMap<String, String> {
    read_agreed(project).map(|agreed| agreed.aliases).unwrap_or_default()
}

/// Remembers which of the person's MCP servers a name in the plan means in this project.
///
/// # Errors
/// Those of the file system.
pub fn remember_alias(project: &Path, name: &str, theirs: &str) -> io::Result<()> {
    change_agreed(project, |agreed| {
        agreed.aliases.insert(name.to_owned(), theirs.to_owned());
    })
}

/// Returns what the person last confirmed that a run in this project may cost, in the words that were shown.
pub fn confirmed(project: &Path) -> Option<String> {
    read_agreed(project)?.worst_case
}

/// Remembers what the person confirmed that a run in this project may cost.
///
/// # Errors
/// Those of the file system.
pub fn confirm(project: &Path, what: &str) -> io::Result<()> {
    change_agreed(project, |agreed| agreed.worst_case = Some(what.to_owned()))
}

fn change_agreed(project: &Path, change: impl FnOnce(&mut Agreed)) -> io::Result<()> {
    let path = trust_file(project)?;
    files::private_folder(path.parent().unwrap_or(Path::new("/")))?;
    let mut agreed = read_agreed(project).unwrap_or_else(|| Agreed {
        v: 1,
        project: project.to_owned(),
        lines: BTreeSet::new(),
        aliases: BTreeMap::new(),
        worst_case: None,
    });
    change(&mut agreed);
    files::replace(&path, &serde_json::to_string(&agreed).map_err(io::Error::other)?, Rights::Private)
}

fn read_agreed(project: &Path) -> Option<Agreed> {
    let bytes = fs::read(trust_file(project).ok()?).ok()?;
    serde_json::from_slice::<Agreed>(&bytes).ok().filter(|agreed| agreed.project == project)
}

/// What a person agreed to.
#[derive(Debug, Serialize, Deserialize)]
struct Agreed {
    v: u32,
    project: PathBuf,
    lines: BTreeSet<String>,
    /// MCP servers: the plan's name = the person's.
    #[serde(default)]
    aliases: BTreeMap<String, String>,
    /// What a run may cost, in the words that were shown.
    #[serde(default)]
    worst_case: Option<String>,
}

fn trust_file(project: &Path) -> io::Result<PathBuf> {
    let folders = folders()?;
    let state = folders.state_dir().unwrap_or_else(|| folders.data_dir());
    Ok(state.join("trust").join(format!("{:016x}.json", plan::hash_of(project.to_string_lossy().as_bytes()))))
}

/// One file a run: its id, and the project's path in a form that is a name.
fn file_name(run: &str, project: &Path) -> String {
    format!("{run}-{:016x}.json", plan::hash_of(project.to_string_lossy().as_bytes()))
}
