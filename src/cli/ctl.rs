//! `quintet ctl VERB [AGENT] [ARG]`, `quintet status`, `quintet ls`: what a running Quintet is asked from outside.

use std::path::Path;

use super::{Refusal, code, project};
use crate::app::{RELOAD, VERBS};
use crate::run::pages::minutes;
use crate::scheduler::Record;
use crate::screen::words;
use crate::shell::client::Client;
use crate::shell::{lock, registry};
use crate::team_dir::control::Request;
use crate::team_dir::{Status, TeamDir};

/// Verbs that take no agent.
const FOR_ALL: [&str; 9] =
    ["slots", "pause-all", "resume-all", "stop-all", "drain", "release", RELOAD, "quit", "answer"];

/// Verbs that take effect some time after they were answered.
const WAITED_FOR: [&str; 9] = ["kill", "stop", "hand-over", "park", "stop-all", "quit", "drain", "retry", "force"];

/// What was said on the command line.
pub struct Order<'a> {
    pub verb: &'a str,
    pub words: &'a [String],
    pub attempt: Option<u32>,
    pub wait: bool,
    pub trust: bool,
}

fn connect(team: &TeamDir) -> Result<Client, Refusal> {
    Client::connect(team).map_err(|error| {
        let unfinished =
            crate::shell::open::runs(team).pop().filter(|(_, journal)| !crate::shell::open::has_ended(journal));
        let hint = unfinished.map(|(run, _)| format!("; run {run} is unfinished, and `quintet run` carries it on"));
        Refusal::NothingRuns(format!("{error}{}", hint.unwrap_or_default()))
    })
}

/// Gives an order. Exit 0 when it was carried out, 1 with the reason when not, 2 when there is no such order, 4 when
/// nothing runs.
pub fn order(order: &Order, folder: &Path) -> Result<u8, Refusal> {
    if let Some(why) = unknown_verb(order.verb) {
        return Err(Refusal::Refused(why));
    }
    let team = project::team(&project::folder(folder)?);
    let mut client = connect(&team)?;
    let request = request(order);
    // The others have taken effect when they are answered.
    let follower = match order.wait && WAITED_FOR.contains(&order.verb) {
        true => {
            let mut follower = connect(&team)?;
            follower.ask(&Request::Follow)?;
            Some(follower)
        }
        false => None,
    };
    let agent = match (&request, &follower) {
        (Request::Order { agent: Some(said), .. }, Some(_)) => Some(name_of(&mut client, said)?),
        _ => None,
    };
    let answer = client.ask(&request)?;
    if !answer.ok {
        eprintln!("quintet: {}", answer.why.unwrap_or_default());
        return Ok(code::NOT_COMPLETE);
    }
    let Some(mut follower) = follower else { return Ok(code::COMPLETE) };
    while let Some(event) = follower.next_event()? {
        if took_effect(order.verb, agent.as_deref(), &event.record) {
            return Ok(code::COMPLETE);
        }
    }
    // Quintet is gone: so is what it was to end.
    Ok(code::COMPLETE)
}

fn unknown_verb(verb: &str) -> Option<String> {
    let verbs: Vec<&str> = VERBS.iter().map(|(verb, _)| *verb).collect();
    (!verbs.contains(&verb)).then(|| format!("no verb is called `{verb}`; there are {}", verbs.join(", ")))
}

fn request(order: &Order) -> Request {
    let verb = order.verb.to_owned();
    let (agent, rest) = match order.words.split_first() {
        Some((first, rest)) if !FOR_ALL.contains(&order.verb) || order.verb == "answer" => (Some(first.clone()), rest),
        _ => (None, order.words),
    };
    let arg = (!rest.is_empty()).then(|| rest.join(" "));
    Request::Order { verb, agent, id: None, attempt: order.attempt, arg, trust: order.trust }
}

/// Returns the name of the agent that is called this, by its name or slug; events tell names only.
fn name_of(client: &mut Client, said: &str) -> std::io::Result<String> {
    let agents = client.ask(&Request::Status)?.status.map(|status| status.agents).unwrap_or_default();
    if agents.contains_key(said) {
        return Ok(said.to_owned());
    }
    let found = agents.into_iter().find(|(_, agent)| agent.slug == said);
    Ok(found.map_or_else(|| said.to_owned(), |(name, _)| name))
}

/// Returns whether this event shows that the order took effect, or that it never will. `agent`: its name.
fn took_effect(verb: &str, agent: Option<&str>, record: &Record) -> bool {
    if matches!(record, Record::RunEnded { .. }) {
        return true;
    }
    let about_it = agent.is_none() || record.agent() == agent;
    // Without an attempt that runs, the agent itself ends or is parked at once.
    let is_off = matches!(record, Record::AttemptEnded { .. } | Record::AgentEnded { .. } | Record::AgentParked { .. });
    match verb {
        "kill" | "stop" | "hand-over" | "park" => about_it && is_off,
        "retry" | "force" => about_it && matches!(record, Record::AttemptStarted { .. }),
        _ => false,
    }
}

/// Prints the state of the run. Exit 4 when nothing runs.
pub fn status(folder: &Path, json: bool, line: bool) -> Result<u8, Refusal> {
    let team = project::team(&project::folder(folder)?);
    let gone = |_| Refusal::NothingRuns("the run is just ending".to_owned());
    let answer = connect(&team)?.ask(&Request::Status).map_err(gone)?;
    let Some(status) = answer.status else { return Err(Refusal::NothingRuns("it gave no status".to_owned())) };
    match (json, line) {
        (true, _) => say!("{}", status.text()),
        (false, true) => sayln!("{}", one_line(&status)),
        (false, false) => say!("{}", table(&status)),
    }
    Ok(code::COMPLETE)
}

fn count(status: &Status, states: &[&str]) -> usize {
    status.agents.values().filter(|agent| states.contains(&agent.state.as_str())).count()
}

/// Returns one line for a status bar.
fn one_line(status: &Status) -> String {
    let done = count(status, &["done", "skipped"]);
    let bad = count(status, &["failed", "killed", "blocked", "partial"]);
    let asks = count(status, &["asking"]);
    let mut line = format!("quintet {}/{} ✓{done}/{}", status.active, status.slots, status.agents.len());
    if bad > 0 {
        line.push_str(&format!(" ✗{bad}"));
    }
    if asks > 0 {
        line.push_str(&format!(" ◆{asks}"));
    }
    if status.mode != "running" {
        line.push_str(&format!(" {}", status.mode));
    }
    if status.cost_usd > 0.0 {
        line.push_str(&format!(" ${:.2}", status.cost_usd));
    }
    line
}

fn table(status: &Status) -> String {
    let mut agents: Vec<_> = status.agents.iter().collect();
    agents.sort_by_key(|(_, agent)| agent.order);
    let width = agents.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let mut text = format!("run {}, {}, {}/{} active\n", status.run, status.mode, status.active, status.slots);
    for (name, agent) in agents {
        let left = agent.left_s.map(|left| minutes(std::time::Duration::from_secs_f64(left.max(0.0))));
        let state = agent.state.replace('_', " ");
        text.push_str(&format!(
            "{name:width$}  {state:<11} {:>5}  {}\n",
            left.unwrap_or_default(),
            words::clean(agent.now.as_deref().or(agent.report.as_deref()).unwrap_or_default())
        ));
    }
    text
}

/// Prints all runs of this user on this machine.
pub fn list() -> Result<u8, Refusal> {
    let all = registry::all();
    if all.is_empty() {
        sayln!("No run was started here.");
    }
    for run in all {
        let team = project::team(&run.project);
        let holder = lock::holder(&team.lock());
        let is_newest = crate::shell::open::runs(&team).pop().is_some_and(|(newest, _)| newest == run.run);
        let state = match holder {
            Some(holder) if is_newest => format!("runs (pid {})", holder.pid),
            _ => ended(&team, &run.run),
        };
        sayln!("{}  {:<24} {}", run.run, state, run.project.display());
    }
    Ok(code::COMPLETE)
}

/// Returns how a run ended, in a word.
fn ended(team: &TeamDir, run: &str) -> String {
    let lines = crate::shell::journal::read(&team.run(run).journal()).unwrap_or_default();
    let end = lines.iter().rev().find_map(|line| match &line.record {
        Record::RunEnded { complete: true, .. } => Some("complete"),
        Record::RunEnded { complete: false, .. } => Some("not complete"),
        Record::RunStopped { .. } => Some("stopped"),
        _ => None,
    });
    end.unwrap_or("unfinished").to_owned()
}
