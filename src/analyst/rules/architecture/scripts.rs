//! What TypeScript, JavaScript, Python and Rust files are built with.

use std::collections::{BTreeMap, BTreeSet};

use crate::analyst::Field;
use crate::analyst::project::script::{self, Import};
use crate::analyst::project::{File, Project, folder_of};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[Rule {
    id: "import-of-missing-file",
    field: Field::Architecture,
    severity: Severity::High,
    title: "Every file that TypeScript, JavaScript, Python or Rust imports by its path is there",
    rationale: "The file cannot be loaded, nor can anything that imports it.",
    wrong_if: "the file is generated before the build",
    remedy: "Import the file that exists, or commit the missing one.",
    looks_at: "imports by path",
    topics: &["architect", "design", "boundar", "structure"],
    check: import_of_missing_file,
}];

/// Parts of paths of what is made by a tool.
const MADE: &[&str] = &[
    "generated",
    "gen",
    "dist",
    "build",
    "out",
    "pb",
    "proto",
    "wasm",
    "pkg",
    "version",
    "_version",
    "bindings",
    "node_modules",
    "compiled",
    "artifacts",
    "locale",
    "locales",
    "env",
];

/// As many files missing in one folder are made by a tool.
const SEVERAL: usize = 3;
/// More missing files than this, in whatever folders, are made by a tool.
const MOST: usize = 5;

fn import_of_missing_file(project: &Project, look: &mut Look) {
    let hidden: Vec<&str> = project
        .files()
        .iter()
        .filter(|file| file.name() == ".gitignore")
        .flat_map(|file| file.text.split(|c: char| c.is_whitespace() || matches!(c, '/' | '*')))
        .filter(|word| !word.is_empty())
        .collect();
    let mut missing: Vec<(&File, Import)> = Vec::new();
    for file in project.files().iter().filter(|file| !is_aside(file)) {
        for import in script::imports(file) {
            let Some(path) = &import.path else { continue };
            look.saw_one();
            let name = path.rsplit('/').next().unwrap_or(path);
            let stem =
                name.rsplit_once('.').map_or(path.as_str(), |(stem, _)| &path[..path.len() - name.len() + stem.len()]);
            let is_there = project.exists(path)
                || [path.as_str(), stem].iter().any(|path| project.has_beginning(&format!("{path}.")))
                || project.exists(stem);
            // Names and parts of names that a tool writes, or that the ignore rules hide.
            let is_made = path.split(['/', '.', '-']).any(|part| {
                let lower = part.to_ascii_lowercase();
                MADE.contains(&lower.as_str()) || lower.contains("generated") || hidden.contains(&part)
            });
            let is_spelled =
                path.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_' | '@'));
            if !is_there && !is_made && is_spelled && !hidden.iter().any(|word| name.starts_with(word)) {
                missing.push((file, import));
            }
        }
    }
    // A project that works misses none: a folder of which several are missing is made by a tool, and where many are
    // missing all over, all of them are.
    let mut folders: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for path in missing.iter().filter_map(|(_, import)| import.path.as_deref()) {
        folders.entry(folder_of(path)).or_default().insert(path);
    }
    folders.retain(|_, paths| paths.len() < SEVERAL);
    if folders.values().map(BTreeSet::len).sum::<usize>() > MOST {
        return;
    }
    for (file, import) in &missing {
        let folder = import.path.as_deref().map(folder_of);
        if folder.is_some_and(|folder| folders.contains_key(folder)) {
            look.found(file, import.line, format!("`{}` is imported, and there is no such file.", import.written));
        }
    }
}

/// Returns whether a file is no part of the project's own program: data of tests, templates, examples.
fn is_aside(file: &File) -> bool {
    let name = file.name();
    let is_test = name.contains(".test.") || name.contains(".spec.");
    let lower = file.path.to_ascii_lowercase();
    file.is_test() && !is_test
        || ["fixture", "template", "example", "snapshot", "testdata"].iter().any(|word| lower.contains(word))
}
