//! The proofs: each a small run, from which is kept what was seen.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use rustix::process::{Pid, test_kill_process};

use super::fake::Behaviour;
use super::project::{Broken, Project};
use super::seen::{Budget, Crash, Escape, HandOver, Limits, Pause, Refill, Seen};
use crate::scheduler::{NotesAuthor, Record, Time};
use crate::shim::marked::{self, Mark};
use crate::team_dir::Envelope;

/// A proof: its name, and how what is to be seen comes about in a folder.
pub type Proof = (&'static str, fn(&Path, &AtomicBool) -> Result<Seen, Broken>);

/// Those that mostly wait: side by side.
pub const QUIET: &[Proof] =
    &[("limits", limits), ("escape", escape), ("pause", pause), ("handover", hand_over), ("budget", budget)];
/// Those that want the machine: after the others.
pub const BUSY: &[Proof] = &[("refill", refill), ("crash", crash)];

/// How long the pause lasts in which nothing may move.
const PAUSED: Duration = Duration::from_secs(1);

fn limits(folder: &Path, enough: &AtomicBool) -> Result<Seen, Broken> {
    let mut project = Project::new(folder.join("limits"), enough, &[("deaf", Behaviour::Deaf)], false)?;
    project.run(&["--time-box", "2s", "--grace", "1s", "--warning", "80%", "--successors", "0"])?;
    project.end()?;
    let at = |wanted: fn(&Record) -> bool| {
        project.events.iter().find(|envelope| wanted(&envelope.record)).map(|envelope| envelope.mono)
    };
    let started = at(|record| matches!(record, Record::AttemptStarted { .. }));
    let after = |moment: Option<Time>| Some(moment?.since(started?).as_secs_f64());
    Ok(Seen::Limits(Limits {
        box_s: 2.0,
        grace_s: 1.0,
        warned_s: after(at(|record| matches!(record, Record::AttemptWarning { .. }))),
        stopped_s: after(at(|record| matches!(record, Record::AttemptStopping { .. }))),
        ended_s: after(at(|record| matches!(record, Record::AttemptEnded { .. }))),
    }))
}

fn escape(folder: &Path, enough: &AtomicBool) -> Result<Seen, Broken> {
    let mut project = Project::new(folder.join("escape"), enough, &[("escapee", Behaviour::Escapes)], false)?;
    project.run(&["--time-box", "2s", "--grace", "500ms", "--successors", "0"])?;
    let killing = project.until("kill", |record| matches!(record, Record::AttemptKilling { .. }))?;
    let ended = project.until("end of the attempt", |record| matches!(record, Record::AttemptEnded { .. }))?;
    let escaped: Vec<i32> = project.noted().iter().filter_map(|(_, _, what)| pid_of(what)).collect();
    let mark = Mark::new(project.run_id(), "escapee", 1);
    // The shim itself leaves a moment after it has told the end.
    let shim = project.attempt("escapee").read_pid().ok().map(|pid| pid.shim.pid);
    let marked = marked::find(&mark, None).into_iter().filter(|process| Some(process.pid) != shim).count();
    let living = escaped.iter().filter(|pid| lives(**pid)).count();
    project.end()?;
    Ok(Seen::Escape(Escape {
        known: escaped.len(),
        left: marked.max(living),
        within_s: ended.mono.since(killing.mono).as_secs_f64(),
    }))
}

fn pause(folder: &Path, enough: &AtomicBool) -> Result<Seen, Broken> {
    let mut project = Project::new(folder.join("pause"), enough, &[("ticker", Behaviour::Ticks)], false)?;
    project.run(&["--time-box", "2s", "--grace", "500ms", "--successors", "0"])?;
    project.until("start", |record| matches!(record, Record::AttemptStarted { .. }))?;
    project.wait(Duration::from_millis(500))?;
    let before = project.noted().len();
    project.order(&["pause", "ticker"])?;
    let paused = project.until("pause", |record| matches!(record, Record::AttemptPaused { .. }))?;
    project.wait(PAUSED)?;
    let noted = project.noted();
    let last = noted.iter().map(|(at, _, _)| *at).max().unwrap_or(paused.mono);
    project.order(&["resume", "ticker"])?;
    let resumed = project.until("resumption", |record| matches!(record, Record::AttemptResumed { .. }))?;
    project.end()?;
    Ok(Seen::Pause(Pause {
        box_s: 2.0,
        ticks_before: before,
        moved_for_s: last.since(paused.mono).as_secs_f64(),
        paused_s: resumed.mono.since(paused.mono).as_secs_f64(),
        ticks_after: project.noted().len() - noted.len(),
        run_s: project.events.iter().find_map(|envelope| match envelope.record {
            Record::AttemptEnded { run_s, .. } => Some(run_s),
            _ => None,
        }),
    }))
}

fn hand_over(folder: &Path, enough: &AtomicBool) -> Result<Seen, Broken> {
    let agents = [("obedient", Behaviour::HandsOver), ("silent", Behaviour::LeavesNothing)];
    let mut project = Project::new(folder.join("handover"), enough, &agents, true)?;
    project.run(&["--time-box", "1500ms", "--grace", "500ms", "--successors", "1"])?;
    project.end()?;
    let notes = |wanted: NotesAuthor| {
        let is = |record: &Record| matches!(record, Record::HandoffWritten { author, .. } if *author == wanted);
        project.events.iter().filter(|envelope| is(&envelope.record)).count()
    };
    let noted = project.noted();
    let count = |wanted: &str| noted.iter().filter(|(_, _, what)| what == wanted).count();
    Ok(Seen::HandOver(HandOver {
        agents: agents.len(),
        own_notes: notes(NotesAuthor::Agent),
        notes_for_it: notes(NotesAuthor::Quintet),
        successors: count("succeeds"),
        have_read: count("has-read"),
    }))
}

fn budget(folder: &Path, enough: &AtomicBool) -> Result<Seen, Broken> {
    let names = ["spender-1", "spender-2", "spender-3", "spender-4"];
    let agents = names.map(|name| (name, Behaviour::Spends));
    let mut project = Project::new(folder.join("budget"), enough, &agents, false)?;
    project.run(&["--max-cost", "1", "--slots", "2", "--grace", "500ms"])?;
    project.end()?;
    let reached = |envelope: &&Envelope| matches!(envelope.record, Record::BudgetReached { .. });
    let reached = project.events.iter().find(reached).map(|envelope| envelope.mono);
    let is_start = |record: &Record| matches!(record, Record::AttemptStarting { .. });
    let starts_after = project
        .events
        .iter()
        .filter(|envelope| is_start(&envelope.record) && reached.is_none_or(|reached| envelope.mono > reached))
        .count();
    let bills = project.noted().iter().filter(|(_, _, what)| what == "spends").count();
    Ok(Seen::Budget(Budget {
        cap_usd: 1.0,
        spenders: 2,
        spent_usd: bills as f64 * super::fake::BILL_USD,
        was_reached: reached.is_some(),
        starts_after,
    }))
}

fn refill(folder: &Path, enough: &AtomicBool) -> Result<Seen, Broken> {
    let names: Vec<String> = (1..=12).map(|n| format!("worker-{n}")).collect();
    let agents: Vec<(&str, Behaviour)> = names.iter().map(|name| (name.as_str(), Behaviour::Works(120))).collect();
    let mut project = Project::new(folder.join("refill"), enough, &agents, true)?;
    project.run(&["--slots", "3"])?;
    project.end()?;
    let noted = project.noted();
    let moments = |wanted: &str| noted.iter().filter(|(_, _, what)| what == wanted).map(|(at, _, _)| *at).collect();
    Ok(Seen::Refill(Refill { slots: 3, agents: names.len(), begins: moments("begins"), ends: moments("ends") }))
}

fn crash(folder: &Path, enough: &AtomicBool) -> Result<Seen, Broken> {
    let agents = [("first", Behaviour::Counts(30)), ("second", Behaviour::Counts(30))];
    let mut project = Project::new(folder.join("crash"), enough, &agents, true)?;
    project.run(&[])?;
    let started = |record: &Record| matches!(record, Record::AttemptStarted { .. });
    project.until("first start", started)?;
    project.until("second start", started)?;
    project.wait(Duration::from_millis(300))?;
    project.crash()?;
    project.wait(Duration::from_millis(200))?;
    let again = Instant::now();
    project.run(&[])?;
    project.until("adoption", |record| matches!(record, Record::AttemptAdopted { .. }))?;
    let adopted = again.elapsed();
    project.end()?;
    let pids = |wanted: fn(&Record) -> Option<i32>| {
        let mut pids: Vec<i32> = project.events.iter().filter_map(|envelope| wanted(&envelope.record)).collect();
        pids.sort_unstable();
        pids
    };
    let before = pids(|record| match record {
        Record::AttemptStarted { pid, .. } => Some(*pid),
        _ => None,
    });
    let after = pids(|record| match record {
        Record::AttemptAdopted { pid, .. } => Some(*pid),
        _ => None,
    });
    let whole: String = (1..=30).map(|n| format!("{n}\n")).collect();
    Ok(Seen::Crash(Crash {
        agents: agents.len(),
        adopted_s: adopted.as_secs_f64(),
        same_processes: before == after,
        starts: project.noted().iter().filter(|(_, _, what)| what == "begins").count(),
        whole_logs: agents.iter().filter(|(agent, _)| project.printed(agent) == whole).count(),
        complete: project
            .events
            .iter()
            .any(|envelope| matches!(envelope.record, Record::RunEnded { complete: true, .. })),
    }))
}

fn pid_of(what: &str) -> Option<i32> {
    what.strip_prefix("lives ")?.parse().ok()
}

fn lives(pid: i32) -> bool {
    Pid::from_raw(pid).is_some_and(|pid| test_kill_process(pid).is_ok())
}
