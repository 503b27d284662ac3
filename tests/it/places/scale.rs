//! A thousand agents: `cargo test --release --test it places::scale -- --ignored --nocapture` prints the figures;
//! `QUINTET_SCALE=100` takes fewer.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::lab::Cluster;
use crate::runs::world::World;

/// The whole run; a cluster of one machine with two cores starts some jobs a second.
const PATIENCE: Duration = Duration::from_secs(1200);

#[test]
#[ignore = "it takes minutes"]
fn a_thousand_agents_on_fifty_slots_of_a_cluster_are_asked_for_in_one_call() {
    let Some(cluster) = Cluster::shared() else { return };
    // The list is counted on its way.
    let list = "list = [\"./count\", \"-h\", \"-t\", \"all\", \"-u\", \"{user}\", \"-o\", \"%A|%T|%r|%N|%j\"]";
    let place = format!("[places.slurm]\nkind = \"slurm\"\nslots = 50\ncommands = {{ {list} }}\n");
    let world = team(&place).env("SLURM_CONF", &cluster.config());
    program(&world, "count", "echo >> lists\nexec squeue \"$@\"");
    let took = measure(&world, &["--place", "slurm", "--slots", "50"]);
    let lists = world.read("lists").lines().count();
    println!("{lists} calls of squeue in {took:.0?}");
    // One in two seconds at most, however many attempts there are.
    assert!(lists as u64 <= took.as_secs() / 2 + 2, "{lists} calls in {took:?}");
}

#[test]
#[ignore = "it takes a minute"]
fn a_thousand_short_agents_run_on_this_machine() {
    measure(&team(""), &["--slots", "50"]);
}

fn team(settings: &str) -> World {
    let count = std::env::var("QUINTET_SCALE").ok().and_then(|count| count.parse().ok()).unwrap_or(1000);
    let names: Vec<String> = (0..count).map(|n| format!("agent-{n}")).collect();
    let world = World::new(&names.iter().map(String::as_str).collect::<Vec<_>>());
    program(&world, "agent", "echo \"$QUINTET_AGENT\"\nsleep 0.2\necho \"# $QUINTET_AGENT\" > \"$QUINTET_REPORT\"");
    world.set(&format!("engine = \"mine\"\n[engines.mine]\nkind = \"command\"\ncommand = [\"./agent\"]\n{settings}"))
}

fn program(world: &World, name: &str, script: &str) {
    let path = world.write(name, &format!("#!/bin/sh\n{script}\n"));
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("it can be made a program");
}

/// Runs to the end and asks all the while; returns how long it took.
fn measure(world: &World, args: &[&str]) -> Duration {
    world.settle();
    let mut all = vec!["run", "plan.md", "--json", "--trust"];
    all.extend(args);
    let events = File::create(world.path("events")).expect("it can be made");
    let mut run = world.quintet(&all).stdout(events).stderr(Stdio::null()).spawn().expect("the binary starts");
    let began = Instant::now();
    let mut answers = Vec::new();
    while run.try_wait().expect("it is a child").is_none() {
        assert!(began.elapsed() < PATIENCE, "it takes too long");
        let asked = Instant::now();
        let (code, _, _) = world.say(&["status", "--line"]);
        if code == 0 {
            answers.push((asked.elapsed(), began.elapsed()));
        }
    }
    let took = began.elapsed();
    answers.sort();
    let events = world.read("events");
    let ended = events.lines().rev().find(|line| line.contains("\"run.ended\"")).expect("it ended");
    let ended: serde_json::Value = serde_json::from_str(ended).expect("it is JSON");
    assert_eq!(ended["complete"], true, "{}", ended["verdicts"]);
    let share = |percent: usize| answers[(answers.len() * percent / 100).min(answers.len() - 1)].0;
    let (longest, at) = answers[answers.len() - 1];
    println!("{took:.1?}; slots: {}", ended["slots"]);
    println!(
        "quintet status, its start included, of {}: p50 {:.0?}, p90 {:.0?}, p99 {:.0?}, longest {longest:.0?} (at {at:.1?})",
        answers.len(),
        share(50),
        share(90),
        share(99)
    );
    took
}
