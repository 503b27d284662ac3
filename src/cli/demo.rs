//! `quintet demo`: ten built-in analysts on a sample project, paced so that a person can watch.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::run::{go, print, wanted};
use super::{Refusal, detach, project, sample};
use crate::settings::Flags;
use crate::shell::open::{Earlier, Wanted};
use crate::shell::sinks::Print;

/// Marks a folder as laid out by a demonstration: the next one may replace its files.
const MARK: &str = ".claude-team/demo";
/// The settings of an unpaced demonstration.
const FAST: &str = "engine = \"builtin\"\n";

pub fn main(fast: bool, dir: Option<PathBuf>, headless: bool, json: bool) -> Result<u8, Refusal> {
    let folder = match dir {
        Some(dir) => dir,
        None => fresh_folder()?,
    };
    let refused = |why: &dyn std::fmt::Display| {
        Refusal::Refused(format!("cannot lay the sample out in {}: {why}", folder.display()))
    };
    let is_ours = folder.join(MARK).is_file();
    let is_empty = fs::read_dir(&folder).map_or(true, |mut entries| entries.next().is_none());
    if !is_ours && !is_empty {
        return Err(refused(&"there are files in it that are not of an earlier demo"));
    }
    lay_out(&folder, fast).map_err(|error| refused(&error))?;
    let folder = project::folder(&folder)?;
    let path = project::team(&folder).default_plan();
    let (plan, hash, warnings) = project::plan(&path)?;
    let print = print(headless, json);
    let wanted = wanted(&folder, plan, hash, &Flags::default(), print, Earlier::Fresh, warnings)?;
    let again = ["run".to_owned(), path.to_string_lossy().into_owned(), "--project".to_owned()];
    let again = [&again[..], &[folder.to_string_lossy().into_owned()]].concat();
    let again = detach::arguments(again.into_iter());
    let code = go(Wanted { plan_path: path.clone(), ..wanted }, print, &again)?;
    if print != Print::Json {
        sayln!("The sample project and everything the team wrote: {}", folder.display());
    }
    Ok(code)
}

/// Makes a folder that was not there before.
fn fresh_folder() -> io::Result<PathBuf> {
    let base = std::env::temp_dir();
    let id = crate::shell::clock::run_id();
    let folder = base.join(format!("quintet-demo-{id}"));
    fs::create_dir(&folder)?;
    Ok(folder)
}

/// Writes the sample project, its plan and its settings; files of an earlier demo are replaced.
fn lay_out(folder: &Path, fast: bool) -> io::Result<()> {
    let settings = if fast { FAST } else { sample::SETTINGS };
    let team =
        [(".claude-team/communications/orchestration-plan.md", sample::PLAN), ("quintet.toml", settings), (MARK, "")];
    for (path, text) in sample::FILES.iter().chain(&team) {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(path, text)?;
    }
    Ok(())
}
