//! What an attempt left: the report and the notes count only when they were written during this attempt.
//!
//! Before an attempt starts, the stamps of both files are kept in its folder, so that this is known after a crash too.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::files::{self, Rights};
use crate::app::msg::{Left, Paper};

/// The most that is read of a report or notes.
const LIMIT: u64 = 4 * 1024 * 1024;

/// Both files as they were before the attempt.
#[derive(Debug, Serialize, Deserialize)]
struct Before {
    report: PathBuf,
    report_was: Option<Stamp>,
    handoff: PathBuf,
    handoff_was: Option<Stamp>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    inode: u64,
    len: u64,
    /// Nanoseconds since 1970.
    modified: i128,
}

/// Keeps the stamps of both files in the attempt's folder.
///
/// # Errors
/// Those of the file system.
pub fn remember(folder: &Path, report: &Path, handoff: &Path) -> io::Result<()> {
    let before = Before {
        report: report.to_owned(),
        report_was: stamp(report),
        handoff: handoff.to_owned(),
        handoff_was: stamp(handoff),
    };
    let text = serde_json::to_string(&before).map_err(io::Error::other)?;
    files::replace(&folder.join("before.json"), &text, Rights::Private)
}

/// Returns what the attempt left. A folder without stamps left nothing that can be told apart.
///
/// `named`: a report that the agent named beside the expected one; it counts if it is inside the project and has content.
pub fn look(folder: &Path, project: &Path, named: Option<&str>) -> Left {
    let before =
        std::fs::read(folder.join("before.json")).ok().and_then(|bytes| serde_json::from_slice::<Before>(&bytes).ok());
    let Some(before) = before else { return Left::default() };
    let paper = |path: &Path, was: &Option<Stamp>| {
        let is = stamp(path)?;
        if was.as_ref() == Some(&is) {
            return None;
        }
        let text = files::read_text(path, LIMIT).ok().flatten()?;
        let path = path.strip_prefix(project).unwrap_or(path).to_string_lossy().into_owned();
        (!text.trim().is_empty()).then_some(Paper { path, text })
    };
    let named = || {
        let path = project.join(named?).canonicalize().ok().filter(|path| path.starts_with(project))?;
        paper(&path, &None)
    };
    Left {
        report: paper(&before.report, &before.report_was).or_else(named),
        notes: paper(&before.handoff, &before.handoff_was),
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let meta = path.metadata().ok().filter(std::fs::Metadata::is_file)?;
    let modified = i128::from(meta.mtime()) * 1_000_000_000 + i128::from(meta.mtime_nsec());
    Some(Stamp { inode: meta.ino(), len: meta.len(), modified })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_of_an_earlier_attempt_does_not_count_and_a_rewritten_one_does() {
        let project = tempfile::tempdir().expect("a folder for the test");
        let (report, handoff) = (project.path().join("report.md"), project.path().join("notes.md"));
        std::fs::write(&report, "old").expect("it can be written");
        remember(project.path(), &report, &handoff).expect("the stamps can be kept");
        assert_eq!(look(project.path(), project.path(), None), Left::default());
        files::replace(&report, "new", Rights::Umask).expect("it can be replaced");
        std::fs::write(&handoff, " \n").expect("it can be written");
        let left = look(project.path(), project.path(), None);
        assert_eq!(left.report, Some(Paper { path: "report.md".into(), text: "new".into() }));
        assert_eq!(left.notes, None, "notes without content are none");
    }
}
