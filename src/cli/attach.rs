//! `quintet attach`: the screen of a run that goes on elsewhere; and a picture of it.

use std::path::Path;
use std::time::Duration;

use super::run::wanted;
use super::{Refusal, appearance, code, detach, project};
use crate::app::App;
use crate::plan::Plan;
use crate::shell::attach::{self, Ended};
use crate::shell::begin::{self, View};
use crate::shell::client::Client;
use crate::shell::open::{self, Earlier};
use crate::shell::registry;
use crate::shell::sinks::Print;
use crate::team_dir::TeamDir;
use crate::team_dir::control::Request;

/// A run that goes on, as far as it is known here.
struct Known {
    app: App,
    team: TeamDir,
    run: String,
    follower: Client,
    orders: Client,
    /// The newest record that is in the app.
    newest: u64,
}

/// Shows the run in this project until the person leaves or the run is gone.
pub fn main(folder: &Path) -> Result<u8, Refusal> {
    let folder = project::folder(folder)?;
    let known = known(&folder)?;
    let View::Screen(look, keys) = appearance::view(&folder)? else {
        return Err(Refusal::Refused("there is no terminal here".to_owned()));
    };
    let Known { app, team, run, follower, orders, newest } = known;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let ended = runtime.block_on(async {
        let stage = begin::stage(*look, *keys, &app)?;
        attach::show(app, stage, follower, orders, newest).await
    })?;
    runtime.shutdown_background();
    attach::remember_left(&team, &run);
    match ended {
        Ended::Left => sayln!("The run goes on; `{}` shows it again.", detach::how_to_attach(&folder)),
        Ended::Over => sayln!("The run has ended."),
        Ended::Gone => sayln!("The run's Quintet is gone; `quintet run` carries it on."),
    }
    Ok(code::COMPLETE)
}

/// Prints a picture (SVG) of the screen of the run in this project.
pub fn picture(folder: &Path, width: u16, height: u16, light: bool) -> Result<u8, Refusal> {
    /// How long the agents are watched first, so that their panels say something.
    const WATCHED: Duration = Duration::from_secs(3);
    let folder = project::folder(folder)?;
    let Known { mut app, follower, newest, .. } = known(&folder)?;
    attach::watch(&mut app, follower, newest, WATCHED);
    say!("{}", attach::picture(&app, width, height, light));
    Ok(code::COMPLETE)
}

fn known(folder: &Path) -> Result<Known, Refusal> {
    let nothing = |error: crate::shell::client::ClientError| Refusal::NothingRuns(error.to_string());
    let team = project::team(folder);
    let mut follower = Client::connect(&team).map_err(nothing)?;
    follower.ask(&Request::Follow)?;
    let orders = Client::connect(&team).map_err(nothing)?;
    let run = orders.run.clone();
    let path = open::plan_of(&team, &run)?.ok_or_else(|| Refusal::NothingRuns("the run has not begun".to_owned()))?;
    let (plan, hash, warnings) = project::plan(&path).map_err(|refusal| match refusal {
        Refusal::Refused(why) => no_screen(&why),
        other => other,
    })?;
    let (agents, flags) = open::begun_with(&team, &run)?;
    let plan = of_the_run(plan, &agents)?;
    let mut wanted = wanted(folder, plan, hash, &flags, Print::Nothing, Earlier::Same, warnings)?;
    wanted.setup.agreed = registry::agreed(folder).unwrap_or_default();
    let mut app = open::attached(&open::Wanted { plan_path: path, ..wanted }, &run);
    let newest = attach::fold(&mut app, &team, &run)?;
    Ok(Known { app, team, run, follower, orders, newest })
}

/// Returns the part of a plan on disk that a run works on; refuses a plan that is another by now.
fn of_the_run(plan: Plan, agents: &[String]) -> Result<Plan, Refusal> {
    let names = |plan: &Plan| -> Vec<String> { plan.agents.iter().map(|agent| agent.name.clone()).collect() };
    if names(&plan) == agents {
        return Ok(plan);
    }
    let plan = plan.only(agents);
    if names(&plan) == agents {
        return Ok(plan);
    }
    let found = names(&plan);
    let gone: Vec<&str> = agents.iter().map(String::as_str).filter(|name| !found.iter().any(|it| it == name)).collect();
    Err(no_screen(&match gone.as_slice() {
        [] => "the plan on disk has the agents of the run in another order".to_owned(),
        gone => format!("the plan on disk no longer has these agents of the run: {}", gone.join(", ")),
    }))
}

fn no_screen(why: &str) -> Refusal {
    Refusal::Refused(format!(
        "the run goes on, but it cannot be shown: {why}\nMend the plan and attach again; `quintet status` and `quintet ctl` work meanwhile."
    ))
}
