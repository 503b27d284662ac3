//! `quintet worktrees`, `quintet diff` and `quintet merge`: what agents did on branches of their own.

use std::path::Path;

use serde_json::json;

use super::{Refusal, ask, code, project, shown};
use crate::plan;
use crate::shell::client::Client;
use crate::shell::{open, worktrees};
use crate::team_dir::TeamDir;
use crate::team_dir::control::Request;
use crate::worktree::Tree;

/// One worktree of the newest run that has any.
struct Found {
    agent: String,
    tree: Tree,
}

/// Lists the worktrees of all runs.
pub fn list(folder: &Path, as_json: bool) -> Result<u8, Refusal> {
    let folder = project::folder(folder)?;
    let mut rows = Vec::new();
    for (run, found) in all(&project::team(&folder)) {
        let work = worktrees::work(&folder, &found.tree);
        rows.push((run, found, work));
    }
    if as_json {
        let rows: Vec<_> = rows
            .iter()
            .map(|(run, found, work)| {
                json!({"run": run, "agent": found.agent, "branch": found.tree.branch, "path": found.tree.path,
                    "work": work.as_ref().ok(), "error": work.as_ref().err().map(ToString::to_string)})
            })
            .collect();
        sayln!("{}", json!({"v": 1, "worktrees": rows}));
        return Ok(code::COMPLETE);
    }
    if rows.is_empty() {
        sayln!(
            "No agent has a worktree here. An agent with `edit` or `full` rights gets one where several work at once."
        );
    }
    for (run, found, work) in rows {
        let words = work.map_or_else(|error| error.to_string(), |work| work.words());
        sayln!("{} (run {run})\n  branch {}\n  {words}", found.agent, found.tree.branch);
    }
    Ok(code::COMPLETE)
}

/// Prints what an agent changed, committed or not.
pub fn diff(agent: &str, run: Option<&str>, folder: &Path) -> Result<u8, Refusal> {
    let folder = project::folder(folder)?;
    let found = find(&folder, agent, run)?;
    let text = worktrees::diff(&folder, &found.tree).map_err(|error| Refusal::Refused(error.to_string()))?;
    if text.is_empty() {
        sayln!("{} changed nothing.", found.agent);
    } else {
        let text = shown::lines(text.as_bytes(), &std::io::stdout());
        sayln!("{}", String::from_utf8_lossy(&text));
    }
    Ok(code::COMPLETE)
}

/// Merges an agent's branch into the project's.
pub fn merge(agent: &str, run: Option<&str>, folder: &Path) -> Result<u8, Refusal> {
    let folder = project::folder(folder)?;
    let found = find(&folder, agent, run)?;
    check_is_at_rest(&folder, &found.agent)?;
    let work =
        worktrees::merge(&folder, &found.tree, &found.agent).map_err(|error| Refusal::Refused(error.to_string()))?;
    sayln!("{} is merged: {}.", found.tree.branch, work.words());
    Ok(code::COMPLETE)
}

/// Says what would be merged, asks, merges, and stays until Enter is pressed.
pub fn ask_and_merge(agent: &str, run: Option<&str>, folder: &Path) -> Result<u8, Refusal> {
    let ended = (|| {
        let at = project::folder(folder)?;
        let found = find(&at, agent, run)?;
        check_is_at_rest(&at, &found.agent)?;
        let work = worktrees::work(&at, &found.tree).map_err(|error| Refusal::Refused(error.to_string()))?;
        say!("{}: {}.\nMerge it into {}? [y/N] ", found.tree.branch, work.words(), at.display());
        match ask()?.as_deref() {
            Some("y" | "Y" | "yes") => merge(agent, run, folder),
            Some(_) | None => Ok(code::COMPLETE),
        }
    })();
    match &ended {
        Ok(_) => {}
        Err(Refusal::Refused(why) | Refusal::NothingRuns(why)) => sayln!("{why}"),
        Err(Refusal::Fault(fault)) => sayln!("{fault}"),
    }
    say!("Enter goes back to the screen. ");
    ask()?;
    ended
}

/// Refuses while this agent has an attempt: it would be merged half done.
fn check_is_at_rest(folder: &Path, agent: &str) -> Result<(), Refusal> {
    let team = project::team(folder);
    // Where nobody answers, nobody works.
    let answer = Client::connect(&team).ok().and_then(|mut client| client.ask(&Request::Status).ok());
    let agents = answer.and_then(|answer| answer.status).map(|status| status.agents).unwrap_or_default();
    if agents.iter().any(|(name, its)| plan::slug(name) == agent && its.pid.is_some()) {
        return Err(Refusal::Refused(format!("{agent} is at work there: wait for its end, or stop it first")));
    }
    Ok(())
}

fn find(folder: &Path, agent: &str, run: Option<&str>) -> Result<Found, Refusal> {
    let mut all = all(&project::team(folder));
    all.retain(|(id, _)| run.is_none_or(|wanted| wanted == id));
    let names: Vec<String> = all.iter().map(|(_, found)| found.agent.clone()).collect();
    let at = all.iter().position(|(_, found)| found.agent == agent).ok_or_else(|| {
        let known = if names.is_empty() {
            "no agent has one".to_owned()
        } else {
            format!("there are those of {}", names.join(", "))
        };
        Refusal::Refused(format!("{agent} has no worktree here; {known}"))
    })?;
    Ok(all.swap_remove(at).1)
}

/// Returns the worktrees of all runs that are still there, the newest run first.
fn all(team: &TeamDir) -> Vec<(String, Found)> {
    let runs = open::runs(team).into_iter().rev();
    runs.flat_map(|(run, _)| {
        let home = team.run(&run);
        let slugs = worktrees::slugs(&home);
        slugs
            .into_iter()
            .map(move |slug| {
                let tree = Tree::of(&home, &run, &slug);
                (run.clone(), Found { agent: slug, tree })
            })
            .collect::<Vec<_>>()
    })
    .collect()
}
