//! Hosts by ssh.

use serde_json::Value;

use super::lab::Hosts;
use super::{DEAF, WAITS, WORKS};
use crate::runs::world::{World, lives};

const BOTH: &str = "\"h1\", \"h2\"";

#[test]
fn ten_agents_run_on_two_hosts_from_beginning_to_end() {
    let Some(hosts) = Hosts::start() else { return };
    let names: Vec<String> = (0..10).map(|n| format!("agent-{n}")).collect();
    let mut world = World::new(&names.iter().map(String::as_str).collect::<Vec<_>>());
    for name in &names {
        world = world.play(name, WORKS);
    }
    let world = world.set(&hosts.settings(BOTH));
    let ran = world.run(&["--place", "farm", "--slots", "5"]);
    assert_eq!(ran.code(), 0, "{}", ran.errors);
    assert!(ran.verdicts().values().all(|verdict| verdict == "done"));
    let mut hosts: Vec<String> =
        names.iter().map(|name| handle(&world, &format!("{name}-1"))["host"].to_string()).collect();
    hosts.sort();
    let on_first = hosts.iter().filter(|host| *host == "\"h1\"").count();
    assert!((3..=7).contains(&on_first), "where the fewest are: {hosts:?}");
    let (_, log, _) = world.say(&["logs", "agent-3"]);
    assert_eq!(log.lines().count(), 5, "{log}");
}

#[test]
fn a_pause_stops_the_agent_there_and_its_clock() {
    let Some(hosts) = Hosts::start() else { return };
    let world = World::new(&["alpha"]).play("alpha", "for i in $(seq 100); do echo $i; sleep 0.1; done");
    let world = world.set(&hosts.settings(BOTH));
    let mut running = world.begin(&["--place", "farm", "--time-box", "3s", "--grace", "1s", "--successors", "0"]);
    let pid = running.until("attempt.started", "alpha")["pid"].as_i64().expect("a number");
    assert_eq!(world.say(&["ctl", "pause", "alpha"]).0, 0);
    running.until("attempt.paused", "alpha");
    until(|| state_of(pid) == Some('T'), "it stands");
    assert_eq!(world.say(&["ctl", "resume", "alpha"]).0, 0);
    until(|| state_of(pid) != Some('T'), "it goes on");
    let ran = running.end();
    let ended = ran.all("attempt.ended").next().expect("it ended");
    assert_eq!(ended["verdict"], "out_of_time");
    let run = ended["run_s"].as_f64().expect("a number");
    assert!((3.0..4.5).contains(&run), "it ran {run} s in a box of 3 s");
}

#[test]
fn an_agent_that_ignores_term_is_killed_there_with_all_its_children() {
    let Some(hosts) = Hosts::start() else { return };
    let world = World::new(&["alpha"]).play("alpha", DEAF).set(&hosts.settings(BOTH));
    let ran = world.run(&["--place", "farm", "--time-box", "1s", "--grace", "1s", "--successors", "0"]);
    let ended = ran.all("attempt.ended").next().expect("it ended");
    assert_eq!(ended["verdict"], "out_of_time", "{ended}");
    assert!(!lives(ended["run"].as_str().expect("it has an id")), "something of it lives");
}

#[test]
fn after_a_crash_of_quintet_the_agent_there_is_found_again_and_runs_once() {
    let Some(hosts) = Hosts::start() else { return };
    let world = World::new(&["alpha"]).play("alpha", WAITS).set(&hosts.settings(BOTH));
    let mut running = world.begin(&["--place", "farm"]);
    let pid = running.until("attempt.started", "alpha")["pid"].clone();
    running.crash();
    let mut running = world.begin(&[]);
    assert_eq!(running.until("attempt.adopted", "alpha")["pid"], pid);
    world.write("go", "");
    let ran = running.end();
    assert_eq!(ran.code(), 0, "{}", ran.errors);
    assert_eq!(world.read("starts-alpha"), "1\n", "it ran twice");
}

#[test]
fn what_cannot_begin_there_says_why() {
    let Some(hosts) = Hosts::start() else { return };
    let world = World::new(&["alpha"]).play("alpha", WORKS).set(&hosts.settings("\"gone\""));
    let ran = world.run(&["--place", "farm", "--retries", "0"]);
    let ended = ran.all("attempt.ended").next().expect("it ended");
    assert!(ended["why"].as_str().is_some_and(|why| why.contains("Connection refused")), "{ended}");

    let world = World::new(&["alpha"]).play("alpha", WORKS);
    let world = world.set(&format!("{}program = \"/nowhere/quintet\"\n", hosts.settings(BOTH)));
    let ran = world.run(&["--place", "farm", "--retries", "0"]);
    let ended = ran.all("attempt.ended").next().expect("it ended");
    assert!(ended["why"].as_str().is_some_and(|why| why.contains("is quintet there")), "{ended}");
}

#[test]
fn a_shim_that_is_killed_there_is_lost_and_the_next_attempt_starts() {
    let Some(hosts) = Hosts::start() else { return };
    let world = World::new(&["alpha"]).play("alpha", WAITS).set(&hosts.settings(BOTH));
    let mut running = world.begin(&["--place", "farm"]);
    let started = running.until("attempt.started", "alpha");
    let folder = format!(".claude-team/runs/{}/alpha-1", started["run"].as_str().expect("it has an id"));
    let shim: Value = serde_json::from_str(&world.read(&format!("{folder}/pid"))).expect("it is JSON");
    let pid = i32::try_from(shim["pid"].as_i64().expect("a number")).expect("small");
    rustix::process::kill_process(rustix::process::Pid::from_raw(pid).expect("not 0"), rustix::process::Signal::KILL)
        .expect("it lives");
    let ended = running.until("attempt.ended", "alpha");
    assert_eq!(ended["verdict"], "lost", "{ended}");
    world.write("go", "");
    let ran = running.end();
    assert_eq!(ran.code(), 0, "{}", ran.errors);
    assert_eq!(world.read("starts-alpha"), "1\n2\n");
    assert!(!lives(started["run"].as_str().expect("it has an id")), "something of the first attempt lives");
}

#[test]
fn doctor_tells_whether_the_hosts_see_the_project_when_it_is_asked_to() {
    let Some(hosts) = Hosts::start() else { return };
    let world = World::new(&["alpha"]).set(&hosts.settings("\"h1\", \"gone\""));
    world.settle();
    world.write(".config/quintet/config.toml", &world.read("quintet.toml"));
    world.write("quintet.toml", "");
    let (_, said, _) = world.say(&["doctor"]);
    assert!(said.contains("farm, not asked"), "{said}");
    let (_, said, _) = world.say(&["doctor", "--places"]);
    assert!(said.contains("farm on h1 sees the project"), "{said}");
    assert!(said.contains("farm on gone: ssh: connect to host"), "{said}");
}

#[test]
fn a_place_of_the_project_is_agreed_to_before_it_is_used() {
    let world = World::new(&["alpha"]).set("engine = \"builtin\"\n[places.farm]\nkind = \"ssh\"\nhosts = [\"h1\"]\n");
    world.settle();
    let (code, _, why) = world.say(&["run", "plan.md", "--json", "--place", "farm"]);
    assert_eq!(code, 2);
    assert!(why.contains("place farm: ssh h1"), "{why}");
    let (code, _, why) = world.say(&["run", "plan.md", "--json", "--place", "fram"]);
    assert_eq!(code, 2);
    assert!(why.contains("did you mean `farm`?"), "{why}");
}

/// Returns what is known of an attempt at its place.
fn handle(world: &World, folder: &str) -> Value {
    let runs = std::fs::read_dir(world.path(".claude-team/runs")).expect("there are some").flatten();
    let run = runs.map(|entry| entry.path()).find(|path| path.is_dir()).expect("one");
    let text = std::fs::read_to_string(run.join(folder).join("handle")).expect("it was submitted");
    serde_json::from_str(&text).expect("it is JSON")
}

pub fn state_of(pid: i64) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit(')').next()?.trim().chars().next()
}

pub fn until(mut holds: impl FnMut() -> bool, what: &str) {
    let end = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !holds() {
        assert!(std::time::Instant::now() < end, "never: {what}");
        std::thread::yield_now();
    }
}
