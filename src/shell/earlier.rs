//! Earlier runs of a team directory: which there are, and each as it ended.

use std::path::Path;

use super::{files, journal, open};
use crate::app::Home;
use crate::plan::{self, Plan};
use crate::run::{Earlier, Run, Source};
use crate::scheduler::Record;
use crate::team_dir::{Envelope, TeamDir};

/// Returns the runs of a team directory but this one, the newest first.
pub fn list(home: &Home) -> Vec<Earlier> {
    let mut found: Vec<Earlier> = open::runs(&home.team)
        .into_iter()
        .filter(|(id, _)| home.team.run(id) != home.run)
        .filter_map(|(id, journal)| Earlier::of(&id, &journal::read(&journal).ok()?))
        .collect();
    found.reverse();
    found
}

/// Returns an earlier run as it ended, and where it lives.
///
/// # Errors
/// Why it cannot be shown, for the person.
pub fn open(home: &Home, id: &str) -> Result<(Run, Home), String> {
    let team = home.team.clone();
    let folder = team.run(id);
    let lines = journal::read(&folder.journal()).map_err(|error| format!("its journal cannot be read: {error}"))?;
    let (agents, written) = lines
        .iter()
        .find_map(|line| match &line.record {
            Record::RunStarted { agents, plan, .. } => Some((agents.clone(), plan.clone())),
            _ => None,
        })
        .ok_or("it never began")?;
    let path = team.project().join(&written);
    let plan = plan_of(&[&folder.plan(), &path], &agents).unwrap_or_else(|| Plan::of_names(&written, &agents));
    let mut run = Run::new(id, plan, path, team.project().to_owned());
    run.source = Source::Journal;
    for line in &lines {
        run.take(line.mono, line.t, &line.record);
    }
    run.come_to_rest();
    let later = open::runs(&team).into_iter().map(|(other, _)| other).skip_while(|other| other != id).skip(1);
    let later = later.map(|other| team.run(&other)).collect();
    Ok((run, Home { run: folder, later, team, own_program: home.own_program.clone() }))
}

/// Returns the first of these plans that has just these agents.
fn plan_of(paths: &[&Path], agents: &[String]) -> Option<Plan> {
    let names = |plan: &Plan| -> Vec<String> { plan.agents.iter().map(|agent| agent.name.clone()).collect() };
    paths.iter().find_map(|path| {
        let plan = plan::read(&plan::decode(&std::fs::read(path).ok()?)).plan?;
        [plan.only(agents), plan].into_iter().find(|plan| names(plan) == agents)
    })
}

/// Returns where a file of an ended run is now: what a later run replaced is kept in that run's folder.
pub fn kept(file: std::path::PathBuf, home: &Home) -> std::path::PathBuf {
    let of_later = home.later.iter().map(|later| files::kept(&file, &home.team, &later.before()));
    let kept = of_later.into_iter().find(|kept| kept.is_file());
    kept.unwrap_or(file)
}

/// Returns the newest run of a team directory that has ended or was left, in short.
pub fn newest(team: &TeamDir) -> Option<Earlier> {
    let (id, path) = open::runs(team).pop()?;
    let lines: Vec<Envelope> = journal::read(&path).ok()?;
    Earlier::of(&id, &lines)
}
