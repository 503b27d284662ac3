//! `quintet check PLAN`: what is understood of a plan, and everything that is wrong with it.

use std::collections::BTreeSet;
use std::path::Path;

use super::{Refusal, code, project};
use crate::plan;

/// The most files of a project that are looked through for near matches.
const FILES: usize = 50_000;

pub fn main(path: &Path, folder: Option<&Path>, json: bool) -> Result<u8, Refusal> {
    let mut reading = plan::read(&project::plan_text(path)?);
    if let Some(folder) = folder {
        let folder = project::folder(folder)?;
        let files = files_of(&folder);
        let exists = |name: &str| folder.join(name).exists();
        let missing = plan::missing_reads(&reading, exists, &files);
        reading.problems.extend(missing);
    }
    if json {
        sayln!("{}", plan::check::json(&reading));
    } else {
        say!("{}", plan::check::text(&reading));
    }
    Ok(if reading.plan.is_some() { code::COMPLETE } else { code::REFUSED })
}

/// Returns the project's files, relative, without what git ignores.
fn files_of(folder: &Path) -> Vec<String> {
    let walk = ignore::WalkBuilder::new(folder).hidden(false).filter_entry(|entry| entry.file_name() != ".git").build();
    let files: BTreeSet<String> = walk
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()))
        .take(FILES)
        .filter_map(|entry| Some(entry.path().strip_prefix(folder).ok()?.to_string_lossy().into_owned()))
        .collect();
    files.into_iter().collect()
}
