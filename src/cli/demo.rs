//! `quintet demo`: ten built-in analysts on a sample project, paced so that a person can watch.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::run::{go, print, wanted};
use super::{Refusal, code, detach, project, sample};
use crate::settings::Flags;
use crate::shell::open::{Earlier, Wanted};
use crate::shell::sinks::Print;

/// The settings of an unpaced demonstration.
const FAST: &str = "engine = \"builtin\"\n";

pub fn main(fast: bool, dir: Option<PathBuf>, headless: bool, json: bool) -> Result<u8, Refusal> {
    let folder = match dir {
        Some(dir) => dir,
        None => fresh_folder()?,
    };
    lay_out(&folder, fast)?;
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
        println!("The sample project and everything the team wrote: {}", folder.display());
    }
    Ok(if code == code::NOT_COMPLETE { code::COMPLETE } else { code })
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
    let team = [(".claude-team/communications/orchestration-plan.md", sample::PLAN), ("quintet.toml", settings)];
    for (path, text) in sample::FILES.iter().chain(&team) {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(path, text)?;
    }
    Ok(())
}
