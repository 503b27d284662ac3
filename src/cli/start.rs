//! Bare `quintet`: the start page. What is chosen there is done as if it had been typed.

use std::path::Path;

use super::{Refusal, appearance, project};
use crate::plan;
use crate::run::Outcome;
use crate::screen::{Elsewhere, Found, Here, Standing, Start};
use crate::shell::begin::View;
use crate::shell::{earlier, lock, registry, start};
use crate::team_dir::TeamDir;

/// The largest file that may be a plan.
const LARGEST: u64 = 1024 * 1024;
/// As many files as are read at most to find plans.
const READ: usize = 60;
/// Folders in which plans are looked for, beside the folder itself.
const FOLDERS: [&str; 4] = ["", "plans", "docs", ".claude-team/communications"];

/// Returns what the person chose, as it would be typed; `None` if they left.
pub fn main() -> Result<Option<Vec<String>>, Refusal> {
    let folder = project::folder(Path::new("."))?;
    let page = Start::of(&here(&folder));
    let View::Screen(look, _) = appearance::view(&folder)? else { return Ok(None) };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let chosen = runtime.block_on(start::choose(page, &look))?;
    runtime.shutdown_background();
    Ok(chosen)
}

fn here(folder: &Path) -> Here {
    let team = project::team(folder);
    let newest = earlier::newest(&team);
    Here {
        folder: folder.display().to_string(),
        is_at_work: lock::holder(&team.lock()).is_some(),
        plans: plans(folder),
        has_plan: team.default_plan().is_file(),
        is_of_others: newest.is_none() && team.status().is_file(),
        newest: newest.filter(|run| registry::knows(&run.id, folder) || run.outcome != Outcome::Unfinished),
        elsewhere: elsewhere(folder),
    }
}

/// Finds plans that can run, the team directory's own first.
fn plans(folder: &Path) -> Vec<Found> {
    let default = project::team(folder).default_plan();
    let mut paths = vec![default.clone()];
    for name in FOLDERS {
        let Ok(entries) = folder.join(name).read_dir() else { continue };
        let mut there: Vec<_> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
        there.sort();
        paths
            .extend(there.into_iter().filter(|path| path.extension().is_some_and(|it| it == "md") && *path != default));
    }
    let is_small = |path: &Path| path.metadata().is_ok_and(|meta| meta.is_file() && meta.len() <= LARGEST);
    let read = paths.iter().filter(|path| is_small(path)).take(READ);
    read.filter_map(|path| {
        let plan = plan::read(&plan::decode(&std::fs::read(path).ok()?)).plan?;
        // A list in a README is seldom meant as a team.
        let is_meant = *path == default || plan.agents.len() > 1;
        let shown = path.strip_prefix(folder).unwrap_or(path).display().to_string();
        is_meant.then(|| Found { path: shown, title: plan.title.clone(), agents: plan.agents.len() })
    })
    .collect()
}

fn elsewhere(folder: &Path) -> Vec<Elsewhere> {
    let mut found: Vec<Elsewhere> = Vec::new();
    for run in registry::all().into_iter().rev().filter(|run| run.project != folder) {
        let project = run.project.display().to_string();
        if found.iter().any(|known| known.project == project) {
            continue;
        }
        let team: TeamDir = project::team(&run.project);
        let at_work = lock::holder(&team.lock()).is_some();
        let Some(newest) = earlier::newest(&team).filter(|newest| newest.id == run.run) else { continue };
        let standing = if at_work { Standing::AtWork } else { Standing::Over(newest.outcome) };
        found.push(Elsewhere { run: run.run, project, standing });
        if found.len() == 20 {
            break;
        }
    }
    // What is at work needs the person first.
    found.sort_by_key(|run| run.standing != Standing::AtWork);
    found
}
