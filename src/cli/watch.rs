//! `quintet watch [DIR]`: the screen over a team directory that something else drives.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use super::{Refusal, appearance, code, project};
use crate::plan::{self, Plan};
use crate::shell::begin::{self, View};
use crate::shell::lock;
use crate::shell::watch::{self, Watched};

pub fn main(dir: &Path) -> Result<u8, Refusal> {
    let folder = of_team(project::folder(dir)?);
    let team = project::team(&folder);
    if !team.root().is_dir() {
        return Err(Refusal::Refused(format!("there is no team directory {}", team.root().display())));
    }
    if let Some(holder) = lock::holder(&team.lock()) {
        return Err(Refusal::Refused(format!(
            "a Quintet (pid {}) drives this team; `quintet attach` shows its screen, with everything that can be done",
            holder.pid
        )));
    }
    let path = team.default_plan();
    let plan = plan_at(&path).unwrap_or_else(|| Plan::of_names(&title(&folder), &[]));
    // The terminal is asked for its colours before it is taken.
    let view = if std::io::stdout().is_terminal() { Some(appearance::view(&folder)?) } else { None };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let watched = Watched::open(folder, plan, path);
        match view {
            Some(View::Screen(look, keys)) => {
                let stage = begin::stage_of(*look, *keys, &watched.run, &watched.home)?;
                watch::show(watched, stage).await?;
            }
            Some(View::Print(_)) | None => {
                watch::tell(watched, |line| writeln!(std::io::stdout(), "{line}").is_ok()).await;
            }
        }
        Ok::<(), std::io::Error>(())
    })?;
    runtime.shutdown_background();
    Ok(code::COMPLETE)
}

/// Returns the project of a team directory, if it is that which was named.
fn of_team(folder: PathBuf) -> PathBuf {
    let is_team = folder.file_name().is_some_and(|name| name == ".claude-team");
    folder.parent().filter(|_| is_team).map(Path::to_path_buf).unwrap_or(folder)
}

/// Returns the plan of the team, if there is one that is understood.
fn plan_at(path: &Path) -> Option<Plan> {
    plan::read(&plan::decode(&std::fs::read(path).ok()?)).plan
}

fn title(folder: &Path) -> String {
    folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
