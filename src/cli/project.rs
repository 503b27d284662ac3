//! What several commands ask of a project: its folder, its plan, its settings.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Refusal;
use crate::engine::{Server, foreign, servers};
use crate::plan::{self, Plan, TeamFiles};
use crate::settings::File;
use crate::shell::registry;
use crate::team_dir::TeamDir;

/// Returns the project's folder, absolute.
pub fn folder(project: &Path) -> Result<PathBuf, Refusal> {
    let found = project.canonicalize().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Refusal::Refused(format!("there is no folder {}", project.display())),
        _ => Refusal::Refused(format!("cannot use {}: {error}", project.display())),
    })?;
    if found.is_dir() { Ok(found) } else { Err(Refusal::Refused(format!("{} is no folder", project.display()))) }
}

/// Returns the team directory of a project where no plan says otherwise.
pub fn team(project: &Path) -> TeamDir {
    TeamDir::new(project, &TeamFiles::default())
}

/// Reads the text of a plan.
pub fn plan_text(path: &Path) -> Result<String, Refusal> {
    let bytes = fs::read(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            Refusal::Refused(format!("there is no plan {}; `quintet init` writes a small one", path.display()))
        }
        _ => Refusal::Refused(format!("cannot read the plan {}: {error}", path.display())),
    })?;
    Ok(plan::decode(&bytes))
}

/// Reads a plan that can run, with its hash; what is wrong with it is the refusal.
pub fn plan(path: &Path) -> Result<(Plan, String, Vec<String>), Refusal> {
    let reading = plan::read(&plan_text(path)?);
    let hash = reading.hash.clone();
    let problems = plan::check::problems(&reading.problems);
    match reading.plan {
        Some(plan) => Ok((plan, hash, Vec::new())),
        None => Err(Refusal::Refused(format!("{} cannot run:\n\n{problems}", path.display()))),
    }
}

/// Reads `quintet.toml` and `.mcp.json` of the project and the user's config file; also what a person should know of
/// them.
pub fn settings(project: &Path) -> Result<(File, File, Vec<String>), Refusal> {
    let mut warnings = Vec::new();
    let mut mine = settings_file(&project.join("quintet.toml"), &mut warnings)?;
    for (name, server) in standard_servers(&project.join(".mcp.json"), &mut warnings) {
        mine.mcp.entry(name).or_insert(server);
    }
    let users = match registry::config_file() {
        Some(path) => settings_file(&path, &mut warnings)?,
        None => File::default(),
    };
    Ok((mine, users, warnings))
}

/// The most files of other programs' settings that are shown, and looked through for them.
const MOST: usize = 1000;

/// Reads the settings of other programs that lie in a project, by their paths in it. Links are read as what they lead to.
///
/// # Errors
/// One that cannot be read, or more of them than a person would look at: what cannot be shown cannot be agreed to.
pub fn foreign(project: &Path) -> Result<BTreeMap<String, Vec<u8>>, Refusal> {
    let mut files = BTreeMap::new();
    let mut left: Vec<PathBuf> =
        foreign::NAMES.iter().map(|(name, _)| PathBuf::from(name)).filter(|name| name != Path::new(".git")).collect();
    let mut seen = 0;
    while let Some(path) = left.pop() {
        let at = project.join(&path);
        let unreadable = |error| Refusal::Refused(format!("cannot read {}: {error}", at.display()));
        seen += 1;
        if seen > MOST {
            return Err(Refusal::Refused(format!("{} holds too many files to be shown", path.display())));
        }
        match fs::metadata(&at) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(unreadable(error)),
            // What a package manager has put there is run by what is shown, and nobody reads it.
            Ok(about) if about.is_dir() && path.ends_with("node_modules") => {}
            Ok(about) if about.is_dir() => {
                for entry in fs::read_dir(&at).map_err(unreadable)? {
                    left.push(path.join(entry.map_err(unreadable)?.file_name()));
                }
            }
            Ok(about) if about.is_file() => {
                let bytes = fs::read(&at).map_err(unreadable)?;
                files.insert(path.to_string_lossy().into_owned(), bytes);
            }
            Ok(_) => {}
        }
    }
    Ok(files)
}

/// Reads the MCP servers of a project's `.mcp.json`, which other programs share.
fn standard_servers(path: &Path, warnings: &mut Vec<String>) -> BTreeMap<String, Server> {
    let Ok(text) = fs::read_to_string(path) else { return BTreeMap::new() };
    servers::of_standard(&text).unwrap_or_else(|why| {
        warnings.push(format!("{} is not read: {why}", path.display()));
        BTreeMap::new()
    })
}

fn settings_file(path: &Path, warnings: &mut Vec<String>) -> Result<File, Refusal> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(File::default()),
        Err(error) => return Err(Refusal::Refused(format!("cannot read {}: {error}", path.display()))),
    };
    let name = path.to_string_lossy();
    let (file, unknown) = File::read(&name, &text).map_err(|error| Refusal::Refused(error.to_string()))?;
    warnings.extend(unknown.iter().map(|key| format!("{name}: nobody knows the key `{key}`")));
    Ok(file)
}
