//! From an opened run to its end: channels, watcher, attempts, loop.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use tokio::sync::mpsc;

use super::attempts::follow::Follower;
use super::attempts::{Attempts, Offsets, Reading};
use super::control::Control;
use super::drive::{Ending, Inputs, Loop};
use super::files;
use super::open::{self, Opened};
use super::places::Places;
use super::signals::Signals;
use super::sinks::{Print, Sinks};
use super::stage::Stage;
use super::terminal::Screen as Terminal;
use super::troubles::Troubles;
use super::watcher::{self, Watcher};
use super::worktrees::Desk;
use super::world::{Hooks, World};
use crate::app::msg::{Key, News};
use crate::app::{App, Home};
use crate::run::{EntryKind, Run};
use crate::scheduler::Record;
use crate::scheduler::Severity;
use crate::screen::Screen;
use crate::screen::keys::KeyMap;
use crate::screen::look::Look;
use crate::settings::OnCrash;
use crate::shim::folder::LogName;
use crate::shim::{Folder, Policy, ShimOrder};
use crate::team_dir::entries::{self, Entry};
use crate::team_dir::secrets::Secrets;

/// How the person sees the run.
pub enum View {
    Print(Print),
    Screen(Box<Look>, Box<KeyMap>),
}

/// How a run ended for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Run {
        complete: bool,
    },
    Signal(i32),
    /// The run is to go on in a process without a screen.
    Detached,
}

/// Runs an opened run to its end.
///
/// # Errors
/// The runtime, a thread or a signal handler cannot be had.
pub fn run(opened: Opened, view: View) -> io::Result<Ended> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let ended = runtime.block_on(drive(opened, view));
    runtime.shutdown_background();
    ended
}

async fn drive(opened: Opened, view: View) -> io::Result<Ended> {
    let Opened { mut app, journal, team, run_id, first, to_adopt, secrets, lock } = opened;
    open::lay_out(&app, &team)?;
    let (to_facts, facts) = mpsc::channel(256);
    let (to_output, output) = mpsc::channel(64);
    let (to_hints, hints) = mpsc::channel(1);
    let (later, answers) = mpsc::channel(64);
    let (to_asked, asked) = mpsc::channel(16);
    let control = Control::open(&team.run(&run_id), to_asked);
    if let Err(error) = &control {
        app.say(super::clock::wall(), format!("`quintet ctl` cannot reach this run: {error}"));
    }
    let places = Places::new(&app.setup.places, &app.home.own_program);
    let mut attempts = Attempts::new(to_facts, to_output).at(places);
    for (key, folder, every_line) in to_adopt {
        let reading = if every_line { Reading::EveryLine } else { Reading::Tail };
        // Without its input, which only programs that are spoken to have, nothing was said.
        let input = std::fs::read(Folder::new(&folder).input()).unwrap_or_default();
        app.catch_up(key, printed(&folder), &input);
        attempts.adopt(key, folder, reading, Offsets::default());
        let policy = if app.setup.on_crash == OnCrash::Keep { Policy::Keep } else { Policy::End };
        // One that cannot be told keeps the policy it has.
        let _ = attempts.order(key, ShimOrder::Policy(policy));
    }
    let names = app.run.plan.agents.iter().map(|agent| agent.name.clone()).collect();
    let (watcher, there, why_no_notices) = Watcher::start(team.clone(), names, to_hints);
    if let Some(why) = why_no_notices {
        app.say(
            super::clock::wall(),
            format!("no notices of changed files ({why}): they are looked at twice a second"),
        );
    }
    let is_carried_on = matches!(first.record, Record::RunResumed { .. });
    let missed = if is_carried_on { missed(&app, &secrets, there) } else { Vec::new() };
    let (mut sinks, stage) = match view {
        View::Print(print) => (Sinks::new(print)?, None),
        View::Screen(look, keys) => (Sinks::new(Print::Nothing)?, Some(stage(*look, *keys, &app)?)),
    };
    sinks.publish(&first);
    let worktrees = Desk::open(team.clone(), app.setup.worktree.clone(), later.clone());
    let world = World {
        run_id,
        team,
        attempts,
        journal,
        watcher,
        sinks,
        later,
        worktrees,
        relaunches: BTreeMap::new(),
        verifies: BTreeMap::new(),
        hooks: Hooks::default(),
        troubles: Troubles::default(),
        ended: false,
        lock: Some(lock),
    };
    let inputs = Inputs { facts, output, hints, later: answers, asked, signals: Signals::listen()? };
    let (app, mut world, ending) = Loop::new(app, world, inputs, stage).run(missed).await;
    if ending == Ending::Detached {
        // They are found again at once, whatever is to become of them when Quintet crashes.
        for (agent, active) in app.run.state.active() {
            let key = Key { agent, attempt: active.attempt };
            let _ = world.attempts.order(key, ShimOrder::Policy(Policy::Keep));
        }
    }
    world.attempts.leave().await;
    world.hooks.finish().await;
    for why in world.worktrees.finish().await {
        eprintln!("quintet: not all work in worktrees has a copy of its own: {why}");
    }
    world.sinks.finish();
    drop(control);
    drop(world.lock);
    Ok(ended(&app, ending))
}

/// Returns how much an attempt had printed when it was found again.
fn printed(folder: &Path) -> u64 {
    Follower::whole(&Folder::new(folder), LogName::Out).length().unwrap_or(0)
}

/// Returns what was written while no Quintet looked: entries that were not there before the run and have no record.
fn missed(app: &App, secrets: &Secrets, there: Vec<News>) -> Vec<News> {
    let (mut urgent, mut findings) = (Vec::new(), Vec::new());
    for news in there {
        match news {
            News::Urgent(entry) => urgent.push(entry),
            News::Finding(entry) => findings.push(entry),
            // A paper is looked at again when it changes.
            News::Paper(_) => {}
        }
    }
    let (team, before) = (&app.home.team, app.home.run.before());
    let unknown = |mut entries: Vec<Entry>, path: &Path, kind, usual| {
        let mut known = watcher::entries_of(&files::kept(path, team, &before), usual);
        // Records are without secrets.
        for entry in entries.iter_mut().chain(&mut known) {
            entry.text = secrets.hide(&entry.text).into_owned();
        }
        known.extend(app.run.feed.entries.iter().filter(|entry| entry.kind == kind).map(|entry| Entry {
            severity: entry.severity,
            source: None,
            text: entry.text.clone(),
            file: entry.file.clone(),
            line: entry.line,
        }));
        entries::unknown(entries, &known)
    };
    let urgent = unknown(urgent, team.urgent(), EntryKind::Urgent, Severity::High);
    let findings = unknown(findings, team.findings(), EntryKind::Finding, Severity::Info);
    urgent.into_iter().map(News::Urgent).chain(findings.into_iter().map(News::Finding)).collect()
}

fn ended(app: &App, ending: Ending) -> Ended {
    match ending {
        Ending::RunEnded => Ended::Run { complete: app.run.state.complete == Some(true) },
        Ending::Signal(number) => Ended::Signal(number),
        Ending::Detached => Ended::Detached,
    }
}

/// Takes the terminal and shows a run on it.
///
/// # Errors
/// Standard output is no terminal.
pub fn stage(look: Look, keys: KeyMap, app: &App) -> io::Result<Stage> {
    stage_of(Look { on_quit: app.setup.on_quit, ..look }, keys, &app.run, &app.home)
}

/// Takes the terminal and shows a run on it that no app decides about.
///
/// # Errors
/// Standard output is no terminal.
pub fn stage_of(look: Look, keys: KeyMap, run: &Run, home: &Home) -> io::Result<Stage> {
    let terminal = Terminal::take(look.mouse, &home.own_program)?;
    let screen = Screen::new(look, keys, run, terminal.size()?);
    Stage::open(screen, terminal, run)
}
