//! `quintet history [RUN]`: the runs in a team directory; one of them, as it ended.

use std::io::IsTerminal;
use std::path::Path;

use super::{Refusal, appearance, code, project};
use crate::app::Home;
use crate::run::Earlier;
use crate::screen::words;
use crate::shell::begin::{self, View};
use crate::shell::{earlier, open, watch};
use crate::team_dir::RunDir;

pub fn main(run: Option<&str>, folder: &Path) -> Result<u8, Refusal> {
    let folder = project::folder(folder)?;
    let team = project::team(&folder);
    let none = RunDir(team.runs().join("none"));
    let home = Home { team, run: none, later: Vec::new(), own_program: open::own_program() };
    let all = earlier::list(&home);
    let Some(wanted) = run else {
        all.iter().for_each(|run| sayln!("{}", line(run)));
        if all.is_empty() {
            sayln!("There is no run in {}.", home.team.runs().display());
        }
        return Ok(code::COMPLETE);
    };
    if !all.iter().any(|run| run.id == wanted) {
        return Err(Refusal::Refused(format!("there is no run {wanted}; `quintet history` lists them")));
    }
    let (run, home) =
        earlier::open(&home, wanted).map_err(|why| Refusal::Refused(format!("run {wanted} cannot be shown: {why}")))?;
    if !std::io::stdout().is_terminal() {
        if run.event_count > run.events.len() {
            sayln!("… {} before these, in its journal", words::plural(run.event_count - run.events.len(), "event"));
        }
        run.events.iter().for_each(|happening| sayln!("{}", words::clean(&happening.line())));
        return Ok(code::COMPLETE);
    }
    let View::Screen(look, keys) = appearance::view(&folder)? else { return Ok(code::COMPLETE) };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let stage = begin::stage_of(*look, *keys, &run, &home)?;
        watch::read(run, home, stage).await
    })?;
    runtime.shutdown_background();
    Ok(code::COMPLETE)
}

fn line(run: &Earlier) -> String {
    let began = run.began.with_timezone(&chrono::Local).format("%Y-%m-%d %H:%M");
    format!(
        "{}  {began}  {:>8}  {:<12}  {} of {} done  {}",
        run.id,
        words::clock(run.took),
        run.outcome.as_str(),
        run.done,
        run.agents,
        words::clean(&run.plan)
    )
}
