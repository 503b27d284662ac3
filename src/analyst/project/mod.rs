//! The files of a project: listed, then read, then each parsed once, by as many threads as there are processors or when a
//! rule first asks.
//!
//! The same model is made from a folder ([`Project::read`]) or from pairs of path and text ([`Project::of`]), so that a
//! rule can be held against three lines in a test. Nothing here judges: it says what is written where.

pub mod attributes;
pub mod commands;
pub mod dockerfile;
pub mod environment;
pub mod file;
pub mod go;
pub mod gomod;
pub mod kubernetes;
pub mod listing;
pub mod makefile;
pub mod markdown;
pub mod openapi;
pub mod package;
pub mod routes;
pub mod script;
pub mod sql;
pub mod terraform;
mod walk;
mod words;
pub mod yaml;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, OnceLock};

use regex::Regex;

use super::hands;
pub use file::{File, Kind, Span};
pub use listing::Listing;
pub use walk::{Fresh, Skip, Skipped, content};
pub use words::{has_word, words_of};

static SHOWN_ONLY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\bworkshop\b|\bnot (?:intended |meant |suitable |ready )?for production|\b(?:demo|demonstration|sample|example) (?:app\w*|project|service|code|repo\w*)\b|\b(?:repo\w*|project) (?:contains|holds|is a collection of) (?:\w+ )?(?:examples|samples|demos)\b|\bthis is an example of (?:an? )?(?:simple|rest|micro|clean)\b|\bfor (?:learning|demonstration) purposes|\bsamples? (?:\w+ )?provided as[- ]is\b")
        .expect("it is a pattern")
});

/// Words of paths and names for what is there to be shown.
pub const SHOWN: &[&str] = &[
    "cookbook",
    "cookbooks",
    "demo",
    "demos",
    "e2e",
    "example",
    "examples",
    "playground",
    "quickstart",
    "quickstarts",
    "sample",
    "samples",
    "tutorial",
    "tutorials",
    "workshop",
    "workshops",
];

/// Returns whether a file is one of Go's own library, copied.
pub fn is_of_go(file: &File) -> bool {
    file.lines().take(5).any(|(_, line)| line.starts_with("//") && line.contains("The Go Authors"))
}

/// The files of a project.
#[derive(Debug)]
pub struct Project {
    /// By path.
    files: Vec<File>,
    by_path: BTreeMap<String, usize>,
    /// Every folder that holds a file, and every file that was not read.
    others: BTreeSet<String>,
    skipped: Vec<Skip>,
    /// Files whose stamps in the listing cannot tell a later change.
    fresh: Vec<Fresh>,
    /// Where it lies on disk, if it does: what the ignore rules hide is looked up there.
    root: Option<PathBuf>,
    /// Folders that hold another repository, which may not be fetched.
    submodules: Vec<String>,
    attributes: attributes::Attributes,
    routes: OnceLock<routes::Routes>,
}

impl Project {
    /// Reads the project in a folder. What cannot be read is skipped with a word; `go_on` is asked before each file.
    pub fn read(root: &Path, go_on: &(dyn Fn() -> bool + Sync)) -> Project {
        Project::listed(root, &Listing::of(root, go_on), i64::MAX, go_on)
    }

    /// As [`Project::read`], from a listing that was made at this moment, in seconds since 1970, or later.
    pub fn listed(root: &Path, listing: &Listing, moment: i64, go_on: &(dyn Fn() -> bool + Sync)) -> Project {
        let walked = walk::walk(root, listing, moment, go_on);
        let mut project = Project::made(walked.files, walked.skipped);
        project.root = Some(root.to_path_buf());
        project.fresh = walked.fresh;
        project
    }

    /// Returns the project that consists of these paths and texts.
    pub fn of<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Project {
        Project::made(files.into_iter().map(|(path, text)| File::new(path, text)).collect(), Vec::new())
    }

    fn made(mut files: Vec<File>, skipped: Vec<Skip>) -> Project {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files.dedup_by(|a, b| a.path == b.path);
        let by_path = files.iter().enumerate().map(|(index, file)| (file.path.clone(), index)).collect();
        let mut others: BTreeSet<String> = skipped.iter().map(|skip| skip.path.clone()).collect();
        for path in files.iter().map(|file| &file.path).chain(skipped.iter().map(|skip| &skip.path)) {
            let folders = path.match_indices('/').map(|(end, _)| path[..end].to_owned());
            others.extend(folders);
        }
        let submodules = files.iter().filter(|file| file.name() == ".gitmodules").flat_map(submodules).collect();
        let attributes = attributes::Attributes::of(&files);
        let (fresh, root, routes) = (Vec::new(), None, OnceLock::new());
        Project { files, by_path, others, skipped, submodules, attributes, fresh, root, routes }
    }

    /// Returns every file that was read, by path.
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// Returns the files of a kind, by path.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &File> {
        self.files.iter().filter(move |file| file.kind == kind)
    }

    /// Returns the file at this path, if it was read.
    pub fn file(&self, path: &str) -> Option<&File> {
        self.by_path.get(path).map(|index| &self.files[*index])
    }

    /// Returns what was not read, and why.
    pub fn skipped(&self) -> &[Skip] {
        &self.skipped
    }

    /// Returns the files whose stamps in the listing cannot tell a later change, with what they held.
    pub fn fresh(&self) -> &[Fresh] {
        &self.fresh
    }

    /// Takes apart what most rules ask for, as many files at once as there are processors.
    pub fn take_apart(&self, hands: usize, go_on: &(dyn Fn() -> bool + Sync)) {
        let wanted: Vec<&File> =
            self.files.iter().filter(|file| matches!(file.kind, Kind::Go | Kind::Markdown)).collect();
        let take_apart = |file: &&File| (file.go_in_brief().is_some(), file.markdown().is_some());
        hands::each(hands, &wanted, go_on, &take_apart, |_| {});
    }

    /// Returns the paths of files that a rule has looked at, and that were not what their names say.
    pub fn broken(&self) -> impl Iterator<Item = &str> {
        self.files.iter().filter(|file| file.is_found_broken()).map(|file| file.path.as_str())
    }

    /// Returns whether a file or folder is there: read or not, hidden by ignore rules or not, or in a submodule.
    pub fn exists(&self, path: &str) -> bool {
        let Some(path) = normal(path) else { return false };
        path.is_empty()
            || self.by_path.contains_key(&path)
            || self.others.contains(&path)
            || self.submodules.iter().any(|folder| {
                path.strip_prefix(folder.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
            || self.root.as_ref().is_some_and(|root| root.join(&path).symlink_metadata().is_ok())
    }

    /// Returns whether a folder, hidden by ignore rules or not, holds a file whose name ends so.
    pub fn holds_on_disk(&self, folder: &str, end: &str) -> bool {
        let entries = self.root.as_ref().and_then(|root| root.join(folder).read_dir().ok());
        let mut names = entries.into_iter().flatten().filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        names.any(|name| name.ends_with(end))
    }

    /// Returns whether a folder holds a link whose name ends so.
    pub fn holds_link(&self, folder: &str, end: &str) -> bool {
        let entries = self.root.as_ref().and_then(|root| root.join(folder).read_dir().ok());
        let is_link = |entry: std::fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_symlink());
        let is_named = |entry: &std::fs::DirEntry| entry.file_name().to_str().is_some_and(|name| name.ends_with(end));
        entries.into_iter().flatten().flatten().filter(is_named).any(is_link)
    }

    /// Returns whether a file or folder is there whose path begins so.
    pub fn has_beginning(&self, start: &str) -> bool {
        let is_one = |path: Option<&String>| path.is_some_and(|path| path.starts_with(start));
        is_one(self.by_path.range(start.to_owned()..).next().map(|(path, _)| path))
            || is_one(self.others.range(start.to_owned()..).next())
    }

    /// Returns the files directly in a folder (`""`: the project itself).
    pub fn in_folder<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = &'a File> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let start = self.files.partition_point(|file| file.path.as_str() < prefix.as_str());
        let under = prefix.clone();
        self.files[start..]
            .iter()
            .take_while(move |file| file.path.starts_with(&under))
            .filter(move |file| !file.path[prefix.len()..].contains('/'))
    }

    /// Returns whether a file lies in a folder with a licence of its own that is no module: a copy of what others made.
    pub fn is_copied(&self, file: &File) -> bool {
        const LICENCES: &[&str] = &["LICENSE", "LICENSE.txt", "LICENSE.md", "LICENCE", "COPYING"];
        const MODULES: &[&str] = &["go.mod", "package.json", "Cargo.toml", "setup.py", "pyproject.toml", "Chart.yaml"];
        let has = |folder: &str, names: &[&str]| names.iter().any(|name| self.exists(&format!("{folder}/{name}")));
        let above = std::iter::successors(Some(file.folder()), |folder| Some(folder_of(folder)));
        above.take_while(|folder| !folder.is_empty()).any(|folder| has(folder, LICENCES) && !has(folder, MODULES))
    }

    /// Returns whether the project says that a tool has written the file at this path, or that others have.
    pub fn is_foreign(&self, path: &str) -> bool {
        self.attributes.is_foreign(path)
    }

    /// Returns the README of the project itself.
    pub fn readme(&self) -> Option<&File> {
        self.in_folder("").find(|file| file.name().to_ascii_lowercase().starts_with("readme"))
    }

    /// Returns whether the project says of itself that it is there to be shown, not to be run for anyone.
    pub fn is_shown_only(&self) -> bool {
        self.readme().is_some_and(|readme| readme.lines().take(40).any(|(_, line)| SHOWN_ONLY.is_match(line)))
    }

    /// Returns the routes that the code registers.
    pub fn routes(&self) -> &routes::Routes {
        self.routes.get_or_init(|| routes::read(self))
    }

    /// Returns the blocks of Terraform of this kind and type, at the top of files that are not for tests.
    pub fn terraform<'a>(
        &'a self,
        kind: &'a str,
        label: &'a str,
    ) -> impl Iterator<Item = (&'a File, &'a terraform::Block)> {
        let files = self.of_kind(Kind::Terraform).filter(|file| !file.is_test());
        let bodies = files.filter_map(|file| Some((file, file.terraform()?)));
        bodies.flat_map(move |(file, body)| {
            body.blocks(kind)
                .filter(move |block| label.is_empty() || block.label() == label)
                .map(move |block| (file, block))
        })
    }

    /// Returns those of the names that some file of these holds as a whole word (`-` and `_` belong to words), in one
    /// pass over them.
    pub fn named_in<'a>(
        &self,
        names: impl IntoIterator<Item = &'a str>,
        is_wanted: impl Fn(&File) -> bool,
    ) -> BTreeSet<&'a str> {
        let names = words::Words::of(names);
        let mut found = BTreeSet::new();
        for file in self.files.iter().filter(|file| !names.is_empty() && is_wanted(file)) {
            names.find_in(&file.text, &mut found);
        }
        found
    }

    /// Returns the Go files with their facts, without generated ones and those that `go` passes over.
    pub fn go(&self) -> impl Iterator<Item = (&File, &go::GoFile)> {
        self.of_kind(Kind::Go)
            .filter(|file| !file.path.split('/').any(|part| part.starts_with(['_', '.'])))
            .filter(|file| !file.is_made())
            .filter_map(|file| Some((file, file.go()?)))
    }

    /// Returns the Go files that are neither generated nor tests nor made for tests, nor left out of every build.
    pub fn go_code(&self) -> impl Iterator<Item = (&File, &go::GoFile)> {
        self.go().filter(|(file, go)| !file.is_test() && go.build.as_deref() != Some("ignore"))
    }
}

/// Returns the folders of the submodules that a `.gitmodules` lists.
fn submodules(file: &File) -> Vec<String> {
    let paths = file.text.lines().filter_map(|line| line.trim().strip_prefix("path")?.trim_start().strip_prefix('='));
    paths.filter_map(|path| joined(file.folder(), path.trim())).filter(|path| !path.is_empty()).collect()
}

/// Returns whether a file's name says that a tool wrote it.
fn is_of_a_tool(name: &str) -> bool {
    [".gen.go", "_gen.go", ".pb.go", ".pb.gw.go", ".sql.go"].iter().any(|end| name.ends_with(end))
        || ["zz_generated", "bindata"].iter().any(|word| name.contains(word))
}

/// Returns a path without `.`, `..`, doubled and outer slashes; `None` when it leaves the project.
pub fn normal(path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The systems and processors that Go knows. Source: `go tool dist list`.
pub const SYSTEMS: &[&str] = &[
    "386",
    "aix",
    "amd64",
    "android",
    "arm",
    "arm64",
    "darwin",
    "dragonfly",
    "freebsd",
    "illumos",
    "ios",
    "js",
    "linux",
    "loong64",
    "mips",
    "mips64",
    "mips64le",
    "mipsle",
    "netbsd",
    "openbsd",
    "plan9",
    "ppc64",
    "ppc64le",
    "riscv64",
    "s390x",
    "solaris",
    "unix",
    "wasip1",
    "wasm",
    "windows",
];

/// Returns whether a file's name limits it to one system or processor.
pub fn is_for_one_system(name: &str) -> bool {
    let stem = name.trim_end_matches(".go").trim_end_matches("_test");
    stem.rsplit_once('_').is_some_and(|(_, last)| SYSTEMS.contains(&last))
}

/// Returns how far a line is indented, in bytes.
pub fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Returns the folder of a path, `""` for the project itself.
pub fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Returns `path` as seen from `folder`.
pub fn joined(folder: &str, path: &str) -> Option<String> {
    normal(&format!("{folder}/{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_leaves_the_project_is_none() {
        assert_eq!(normal("a/./b/../c//d/"), Some("a/c/d".to_owned()));
        assert_eq!(normal("a/../../etc/passwd"), None);
    }

    #[test]
    fn a_folder_exists_where_a_file_lies_in_it() {
        let project = Project::of([("cmd/app/main.go", "package main")]);
        assert!(project.exists("cmd/app") && project.exists("cmd") && !project.exists("cmd/worker"));
    }

    #[test]
    fn a_folder_lists_its_own_files_only() {
        let project = Project::of([("a/b.go", ""), ("a/b/c.go", ""), ("a.go", ""), ("ab/x.go", "")]);
        let names: Vec<&str> = project.in_folder("a").map(|file| file.path.as_str()).collect();
        assert_eq!(names, ["a/b.go"]);
        let names: Vec<&str> = project.in_folder("").map(|file| file.path.as_str()).collect();
        assert_eq!(names, ["a.go"]);
    }
}
