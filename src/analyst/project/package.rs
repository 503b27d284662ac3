//! `package.json`: the scripts that a package offers.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;

use super::{File, Project};

/// A line that runs a script by its name.
pub static RUN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\s*\$?\s*(?:npm|pnpm|yarn|bun)\s+run\s+([a-z][\w:.-]*)\s*(?:$|--|&&|#)").expect("it is a pattern")
});

/// A package and its scripts.
#[derive(Debug)]
pub struct Package<'a> {
    pub file: &'a File,
    /// By name: what is run.
    pub scripts: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Written {
    #[serde(default)]
    scripts: BTreeMap<String, String>,
}

/// Returns every package of a project; `None` when one of them cannot be read.
pub fn read(project: &Project) -> Option<Vec<Package<'_>>> {
    let files = project.files().iter().filter(|file| file.name() == "package.json");
    let read = |file: &'_ File| serde_json::from_str::<Written>(&file.text).ok();
    files.map(|file| Some(Package { file, scripts: read(file)?.scripts })).collect()
}

impl Package<'_> {
    /// Returns the line of a script.
    pub fn line_of(&self, script: &str) -> u32 {
        let key = format!("\"{script}\"");
        self.file.lines().find(|(_, line)| line.trim_start().starts_with(&key)).map_or(1, |(line, _)| line)
    }
}
