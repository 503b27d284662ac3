//! What several commands ask of a project: its folder, its plan, its settings.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Refusal;
use crate::engine::{Server, servers};
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
