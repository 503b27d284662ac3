//! The runs of this user on this machine, in the user's own state folder: only those are carried on, never one that came
//! with a clone.

use std::collections::BTreeSet;
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
    let bytes = fs::read(trust_file(project).ok()?).ok()?;
    serde_json::from_slice::<Agreed>(&bytes).ok().filter(|agreed| agreed.project == project).map(|agreed| agreed.lines)
}

/// Remembers what the person agreed to for this project.
///
/// # Errors
/// Those of the file system.
pub fn agree(project: &Path, lines: &BTreeSet<String>) -> io::Result<()> {
    let path = trust_file(project)?;
    files::private_folder(path.parent().unwrap_or(Path::new("/")))?;
    let agreed = Agreed { v: 1, project: project.to_owned(), lines: lines.clone() };
    files::replace(&path, &serde_json::to_string(&agreed).map_err(io::Error::other)?, Rights::Private)
}

/// What a person agreed to.
#[derive(Debug, Serialize, Deserialize)]
struct Agreed {
    v: u32,
    project: PathBuf,
    lines: BTreeSet<String>,
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
