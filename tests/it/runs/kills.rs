//! Whole runs whose Quintet is killed again and again, and agents that do not want to be killed.

use std::collections::BTreeMap;
use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::{Pid, test_kill_process};
use serde_json::Value;

use super::world::{World, lives};
use crate::machine::business;

/// How often Quintet is killed, unless `KILLS` says otherwise.
const KILLS: u64 = 24;
/// Nothing here takes longer unless it is broken.
const PATIENCE: Duration = Duration::from_secs(120);

/// Says numbered lines for as long as its task takes, after it has entered itself in the ledger.
fn worker(tenths: usize, lines: usize) -> String {
    let pause = tenths as f64 / 10.0 / lines as f64;
    format!(
        "echo \"$QUINTET_AGENT\" >> ledger\nfor n in $(seq {lines}); do echo \"$n\"; sleep {pause:.3}; done\necho '# done' > \"$QUINTET_REPORT\""
    )
}

/// Half of the kills come within 60 ms of Quintet's start, a quarter right after a new line of the journal.
/// More of them: `KILLS=200`.
#[test]
fn fourteen_agents_survive_two_dozen_kills_of_quintet_and_none_runs_twice() {
    let kills = std::env::var("KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(KILLS);
    let begun = Instant::now();
    let mut killed = 0;
    while killed < kills {
        killed += one_run_killed(kills - killed, killed);
        assert!(begun.elapsed() < PATIENCE.mul_f64((kills as f64 / KILLS as f64).max(1.0)));
    }
    println!("{killed} kills, in {:?}", begun.elapsed());
}

/// Kills Quintet so often, if the run lasts so long; returns how often. `seed` makes the moments.
fn one_run_killed(most: u64, seed: u64) -> u64 {
    let names: Vec<String> = (1..=14).map(|n| format!("a{n:02}")).collect();
    // The longest ones follow each other, so that the run takes six seconds at least.
    let agents: Vec<String> = names
        .iter()
        .enumerate()
        .map(|(at, name)| if at > 11 { format!("{name}: {}", names[at - 1]) } else { name.clone() })
        .collect();
    let agents: Vec<&str> = agents.iter().map(String::as_str).collect();
    let mut world = World::new(&agents);
    let tenths = |at: usize| 1 + at * 19 / 13;
    for (at, name) in names.iter().enumerate() {
        world = world.play(name, &worker(tenths(at), 10 + at));
    }
    world.settle();
    let mut killed = 0;
    let code = loop {
        let mut quintet = world
            .quintet(&["run", "plan.md", "--json", "--trust"])
            .stdout(Stdio::null())
            .stderr(fs::File::create(world.path("stderr")).expect("a file"))
            .spawn()
            .expect("it starts");
        let moment = seed + killed;
        if killed < most {
            match moment % 4 {
                0 | 2 => std::thread::sleep(Duration::from_micros(moment * 7919 % 60_000)),
                1 => until_a_new_line(&world, &mut quintet),
                _ => std::thread::sleep(Duration::from_millis(60 + moment * 7919 % 300)),
            }
            // It may just have ended: then it is not killed.
            if quintet.try_wait().expect("it is a child").is_none() {
                quintet.kill().expect("it lives");
                killed += 1;
            }
        }
        match quintet.wait().expect("it is a child").code() {
            Some(code) => break code,
            None => continue,
        }
    };
    assert_eq!(code, 0, "after {killed} kills: {}", world.read("stderr"));

    let ledger = world.read("ledger");
    let mut ran: Vec<&str> = ledger.lines().collect();
    ran.sort_unstable();
    assert_eq!(ran, names, "after {killed} kills");
    let journal = journal(&world);
    let seqs: Vec<u64> = journal.iter().filter_map(|line| line["seq"].as_u64()).collect();
    assert_eq!(seqs, (1..=journal.len() as u64).collect::<Vec<_>>(), "the journal has a gap");
    let mut ends = BTreeMap::<&str, Vec<&str>>::new();
    for line in journal.iter().filter(|line| line["event"] == "agent.ended") {
        ends.entry(line["agent"].as_str().expect("a name")).or_default().push(line["verdict"].as_str().expect("one"));
    }
    for (at, name) in names.iter().enumerate() {
        assert_eq!(ends[name.as_str()], ["done"], "{name}");
        assert_eq!(world.read(&format!(".claude-team/reports/{name}.md")), "# done\n");
        let log: String = (1..=10 + at).map(|n| format!("{n}\n")).collect();
        assert_eq!(world.say(&["logs", name]).1, log, "the log of {name}");
    }
    killed
}

/// Waits until the journal has grown, or Quintet has ended.
fn until_a_new_line(world: &World, quintet: &mut std::process::Child) {
    let before = journal_length(world);
    let begun = Instant::now();
    while journal_length(world) <= before && quintet.try_wait().expect("it is a child").is_none() {
        assert!(begun.elapsed() < PATIENCE, "nothing is written");
        std::thread::yield_now();
    }
}

fn journal_path(world: &World) -> Option<std::path::PathBuf> {
    let runs = fs::read_dir(world.path(".claude-team/runs")).ok()?.flatten();
    runs.map(|run| run.path().join("journal.jsonl")).find(|path| path.is_file())
}

fn journal_length(world: &World) -> u64 {
    journal_path(world).and_then(|path| path.metadata().ok()).map_or(0, |found| found.len())
}

fn journal(world: &World) -> Vec<Value> {
    let text = fs::read_to_string(journal_path(world).expect("there is one")).expect("it can be read");
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

#[test]
fn a_box_of_five_seconds_is_five_seconds_of_running_whatever_pause_and_crash_come_between() {
    // One line every 20 ms or so.
    let ticks = "while :; do echo >> ticks; sleep 0.02; done";
    let world = World::new(&["alpha"]).play("alpha", ticks);
    let flags = ["--time-box", "5s", "--grace", "1s", "--successors", "0"];
    let mut running = world.begin(&flags);
    running.until("attempt.started", "alpha");
    world.until("it ticks", || world.path("ticks").metadata().is_ok_and(|found| found.len() > 30));
    assert_eq!(world.say(&["ctl", "pause", "alpha", "--wait"]).0, 0);
    let started = moment(&running.events, "attempt.started");
    running.until("attempt.paused", "alpha");
    let paused = moment(&running.events, "attempt.paused");
    let length = || world.read("ticks").len();
    let before = length();
    running.crash();
    // Time goes by, without a Quintet and with one: this is what the test is about.
    std::thread::sleep(Duration::from_millis(1500));
    let mut running = world.begin(&flags);
    running.until("attempt.adopted", "alpha");
    std::thread::sleep(Duration::from_millis(1500));
    // The one tick that was just being written when it was stopped.
    assert!(length() <= before + 1, "{} ticks in the pause", length() - before);
    assert_eq!(world.say(&["ctl", "resume", "alpha"]).0, 0);
    let ran = running.end();
    let resumed = moment(&ran.events, "attempt.resumed");
    assert!(resumed - paused >= 3.0);
    let ran_s = moment(&ran.events, "attempt.stopping") - started - (resumed - paused);
    println!("{ran_s:.3} s of running, {:.3} s paused", resumed - paused);
    assert!((4.998..5.0 + 0.105 * business()).contains(&ran_s), "it ran {ran_s} s in a box of 5 s");
    let end = ran.all("attempt.ended").next().expect("it ended");
    assert_eq!(end["verdict"], "out_of_time");
    let told = end["run_s"].as_f64().expect("a number");
    assert!((told - ran_s).abs() < 0.1 * business(), "it is said that it ran {told} s, not {ran_s} s");
}

/// Returns when something was first recorded, in seconds.
fn moment(events: &[Value], event: &str) -> f64 {
    let event = events.iter().find(|line| line["event"] == event).unwrap_or_else(|| panic!("no {event}"));
    event["mono"].as_f64().expect("a moment") / 1000.0
}

/// A session of its own, a daemon without environment, a fork racer, and nothing of it hears TERM.
fn team_of_escapees() -> World {
    let mut world = World::new(&["alpha", "beta", "gamma"]);
    let script = format!("exec {} __fake \"$PWD/ledger\" escapes 0", env!("CARGO_BIN_EXE_quintet"));
    for name in ["alpha", "beta", "gamma"] {
        world = world.play(name, &script);
    }
    world
}

/// Returns those that wrote down that they live.
fn escapees(world: &World) -> Vec<i32> {
    let ledger = fs::read_to_string(world.path("ledger")).unwrap_or_default();
    ledger.lines().filter_map(|line| line.split_once(" lives ")?.1.parse().ok()).collect()
}

fn is_there(pid: i32) -> bool {
    Pid::from_raw(pid).is_some_and(|pid| test_kill_process(pid).is_ok())
}

#[test]
fn nothing_of_three_escaping_trees_lives_after_box_and_grace() {
    let world = team_of_escapees();
    let ran = world.run(&["--time-box", "2s", "--grace", "500ms", "--successors", "0"]);
    let run = ran.events[0]["run"].as_str().expect("it has an id");
    assert!(!lives(run), "something with the run's mark lives");
    let escapees = escapees(&world);
    assert_eq!(escapees.len(), 9);
    assert!(!escapees.into_iter().any(is_there));
    for end in ran.all("attempt.ended") {
        assert_eq!(end["verdict"], "out_of_time");
        let wall = end["wall_s"].as_f64().expect("a number");
        println!("gone {:.0} ms after the grace", (wall - 2.5) * 1000.0);
        assert!(wall < 2.5 + 0.5 * business(), "it took {wall} s");
    }
}

#[test]
fn nothing_of_three_escaping_trees_lives_two_seconds_after_a_crash_under_stop() {
    let world = team_of_escapees();
    let mut running = world.begin(&["--on-crash", "stop"]);
    let run = running.until("attempt.started", "")["run"].as_str().expect("it has an id").to_owned();
    world.until("all of them live", || escapees(&world).len() == 9);
    running.crash();
    let crashed = Instant::now();
    world.until("all of them are gone", || !lives(&run) && !escapees(&world).into_iter().any(is_there));
    let took = crashed.elapsed();
    println!("gone {took:?} after the crash");
    assert!(took < Duration::from_secs(2).mul_f64(business()), "it took {took:?}");
}
