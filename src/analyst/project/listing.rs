//! Which files a project has, told without reading them: names, and what the file system says of each.

use std::fs::Metadata;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::thread;

use ignore::{DirEntry, WalkBuilder, WalkState};

use crate::analyst::hands;

/// Folders that hold other people's files, or none of the project's own.
const FOREIGN: &[&str] = &[
    ".git",
    ".hg",
    ".svn",
    "node_modules",
    "vendor",
    ".claude-team",
    ".terraform",
    ".venv",
    "__pycache__",
    "tilt_modules",
    "bower_components",
    "site-packages",
    "dist-packages",
];
/// No file system tells times apart that lie further apart than this, in seconds.
const COARSEST: i64 = 2;

/// The files of a project, in the order of their folders.
#[derive(Debug, Default)]
pub struct Listing {
    pub files: Vec<Listed>,
}

/// A file that was not opened.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Listed {
    /// Relative to the project, `/`-separated.
    pub path: String,
    pub stamp: Stamp,
}

/// What the file system says of a file. Whoever writes to it changes the time of its last change, which nobody can set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp {
    pub bytes: u64,
    inode: u64,
    /// Seconds and nanoseconds since 1970.
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    fn new(metadata: &Metadata) -> Stamp {
        Stamp {
            bytes: metadata.len(),
            inode: metadata.ino(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// Returns the stamp of a file, if there is one.
    pub fn of(path: &Path) -> Option<Stamp> {
        path.symlink_metadata().ok().map(|metadata| Stamp::new(&metadata))
    }

    /// Returns whether a change after this moment, in seconds since 1970, might leave the stamp as it is.
    pub fn is_fresh_at(&self, moment: i64) -> bool {
        self.changed.0.saturating_add(COARSEST) >= moment
    }
}

impl Listing {
    /// Lists every file under a folder that the ignore rules do not hide; `go_on` is asked before each.
    pub fn of(root: &Path, go_on: &(dyn Fn() -> bool + Sync)) -> Listing {
        let walk = WalkBuilder::new(root)
            .hidden(false)
            .require_git(false)
            .git_global(false)
            .follow_links(false)
            .filter_entry(|entry| !is_foreign(entry))
            .threads(hands::many())
            .build_parallel();
        let (give, take) = sync_channel(1_024);
        let mut files: Vec<Listed> = thread::scope(|scope| {
            // Owns the walk, and ends with it.
            scope.spawn(move || {
                walk.run(|| {
                    let give = give.clone();
                    Box::new(move |entry| {
                        let listed = entry.ok().and_then(|entry| listed(root, &entry));
                        let is_heard = listed.is_none_or(|listed| give.send(listed).is_ok());
                        if is_heard && go_on() { WalkState::Continue } else { WalkState::Quit }
                    })
                });
            });
            take.into_iter().collect()
        });
        // As a walk in the order of names comes to them.
        files.sort_unstable_by(|a, b| a.path.split('/').cmp(b.path.split('/')));
        Listing { files }
    }

    /// Returns a number that another listing has only when it holds the same files with the same stamps.
    pub fn state(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.files.hash(&mut hasher);
        hasher.finish()
    }
}

/// Returns whether a folder holds nothing of the project's own: a module at a version, say. One called `target` may be a
/// package of Go.
fn is_foreign(entry: &DirEntry) -> bool {
    let is_built = || {
        let beside = entry.path().parent().unwrap_or(entry.path());
        ["Cargo.toml", "pom.xml", "build.sbt"].iter().any(|file| beside.join(file).exists())
    };
    entry
        .file_name()
        .to_str()
        .is_some_and(|name| FOREIGN.contains(&name) || name.contains("@v") || name == "target" && is_built())
}

fn listed(root: &Path, entry: &DirEntry) -> Option<Listed> {
    entry.file_type().filter(std::fs::FileType::is_file)?;
    let parts: Option<Vec<&str>> = entry.path().strip_prefix(root).ok()?.iter().map(|part| part.to_str()).collect();
    Some(Listed { path: parts?.join("/"), stamp: Stamp::new(&entry.metadata().ok()?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_a_build_fills_is_foreign_and_a_package_of_that_name_is_not() {
        let root = tempfile::tempdir().expect("a folder");
        for path in [
            "internal/target/queue.go",
            "rust/Cargo.toml",
            "rust/target/debug.rs",
            "lib/site-packages/a.py",
            "mod/a@v1.0.1/a.go",
        ] {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a folder above")).expect("folders");
            std::fs::write(path, "x").expect("a file");
        }
        let listing = Listing::of(root.path(), &|| true);
        let paths: Vec<&str> = listing.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["internal/target/queue.go", "rust/Cargo.toml"]);
    }
}
