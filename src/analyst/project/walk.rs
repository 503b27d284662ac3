//! From a folder to files: ignore rules are obeyed, and whatever is no text is skipped with a word.

use std::fs;
use std::path::Path;

use ignore::WalkBuilder;

use super::File;

/// A file that is larger is not written by hand.
const LARGEST: u64 = 1 << 20;
/// All files together; enough for the largest public repositories, and a bound for hostile ones.
const LARGEST_PROJECT: u64 = 300 << 20;
/// Folders that hold other people's files, or none of the project's own.
const FOREIGN: &[&str] =
    &[".git", ".hg", ".svn", "node_modules", "vendor", ".claude-team", ".terraform", "target", ".venv", "__pycache__"];

/// A file that was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skip {
    pub path: String,
    pub why: Skipped,
}

/// Why a file was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Skipped {
    TooLarge,
    Binary,
    NotUtf8,
    Unreadable,
    /// The project is larger than what is read of one.
    OverTheLimit,
}

impl Skipped {
    /// Returns it in words.
    pub fn words(self) -> &'static str {
        match self {
            Skipped::TooLarge => "larger than 1 MB",
            Skipped::Binary => "binary",
            Skipped::NotUtf8 => "not UTF-8",
            Skipped::Unreadable => "unreadable",
            Skipped::OverTheLimit => "beyond the first 300 MB",
        }
    }
}

pub struct Walked {
    pub files: Vec<File>,
    pub skipped: Vec<Skip>,
}

/// Reads every file under a folder that the ignore rules do not hide.
pub fn walk(root: &Path, go_on: &dyn Fn() -> bool) -> Walked {
    let mut walked = Walked { files: Vec::new(), skipped: Vec::new() };
    let mut read_so_far = 0;
    let entries = WalkBuilder::new(root)
        .hidden(false)
        .require_git(false)
        .git_global(false)
        .follow_links(false)
        .filter_entry(|entry| !entry.file_name().to_str().is_some_and(|name| FOREIGN.contains(&name)))
        .sort_by_file_name(|a, b| a.cmp(b))
        .build();
    for entry in entries.flatten() {
        if !go_on() {
            break;
        }
        if !entry.file_type().is_some_and(|kind| kind.is_file()) {
            continue;
        }
        let Some(path) = relative(root, entry.path()) else { continue };
        match text(entry.path(), &mut read_so_far) {
            Ok(text) => walked.files.push(File::new(&path, &text)),
            Err(why) => walked.skipped.push(Skip { path, why }),
        }
    }
    walked
}

fn relative(root: &Path, path: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> = path.strip_prefix(root).ok()?.iter().map(|part| part.to_str()).collect();
    Some(parts?.join("/"))
}

fn text(path: &Path, read_so_far: &mut u64) -> Result<String, Skipped> {
    let size = path.metadata().map_err(|_| Skipped::Unreadable)?.len();
    if size > LARGEST {
        return Err(Skipped::TooLarge);
    }
    if *read_so_far + size > LARGEST_PROJECT {
        return Err(Skipped::OverTheLimit);
    }
    let bytes = fs::read(path).map_err(|_| Skipped::Unreadable)?;
    *read_so_far += bytes.len() as u64;
    if bytes.iter().take(8000).any(|byte| *byte == 0) {
        return Err(Skipped::Binary);
    }
    String::from_utf8(bytes).map_err(|_| Skipped::NotUtf8)
}
