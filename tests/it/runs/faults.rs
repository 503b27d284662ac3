//! The machine runs out of something: it is said, what runs goes on, and what could not start does when it is back.

use std::process::{Command, Stdio};

use rustix::process::{Pid, Resource, Rlimit, prlimit};
use serde_json::Value;

use super::world::{Ran, World};
use crate::machine::skip;

const REPORT: &str = "echo \"# $QUINTET_AGENT\" > \"$QUINTET_REPORT\"";
/// Counts through the whole trouble and reports when it is over.
const LONG: &str = "for n in $(seq 60); do echo $n; sleep 0.1; done; until test -e over; do sleep 0.1; done; echo '# a' > \"$QUINTET_REPORT\"";

/// Three slots: `alpha` works through the trouble, `maker` makes and ends it, `trigger` frees its slot in it, so that
/// `gamma` is to start in it.
fn world(begins: &str, ends: &str) -> World {
    let maker = format!("sleep 0.5; {begins}; touch begun; sleep 3; {ends}; touch over; {REPORT}");
    let trigger = "until test -e begun; do sleep 0.05; done; exit 9";
    World::new(&["alpha", "maker", "trigger", "gamma"])
        .play("alpha", LONG)
        .play("maker", &maker)
        .play("trigger", trigger)
        .play("gamma", REPORT)
}

/// Runs Quintet in namespaces of its own after `before`; `None`, with the reason, where that is not possible.
fn run_in_namespaces(world: &World, before: &str) -> Option<Ran> {
    let possible = Command::new("unshare").args(["-rm", "true"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !possible.is_ok_and(|status| status.success()) {
        return skip("a full disk, a read-only team directory, no inotify: no namespaces here (unshare -rm)");
    }
    std::fs::create_dir_all(world.path(".claude-team")).expect("it can be made");
    world.settle();
    // What lies on the small disk is gone with the namespace.
    let script = format!(
        "{before}\n\"$0\" run plan.md --json --trust --slots 3 --retries 0\ncode=$?\ncat .claude-team/runs/*/journal.jsonl > journal.copy\ncat .claude-team/runs/*/alpha-1/exit > exit.copy\nexit $code"
    );
    let mut command = Command::new("unshare");
    command.args(["-rm", "bash", "-c", &script, env!("CARGO_BIN_EXE_quintet")]);
    Some(world.follow(command).end())
}

/// What holds after every trouble.
fn it_was_overcome(ran: &Ran, cannot: &str) {
    let troubles: Vec<&str> = ran.all("run.troubled").filter_map(|event| event["what"].as_str()).collect();
    let retries = ran.all("agent.retry").filter_map(|event| event["why"].as_str());
    let is_told = troubles.iter().copied().chain(retries).any(|words| words.contains(cannot));
    assert!(is_told, "{cannot} is not told: {troubles:#?}");
    assert!(troubles.len() < 12, "it is told again and again: {troubles:#?}");
    let verdicts = ran.verdicts();
    assert_eq!(verdicts["alpha"], "done", "{}", super::world::show(&ran.events));
    assert_eq!(verdicts["gamma"], "done", "{}", super::world::show(&ran.events));
    assert_eq!(verdicts["trigger"], "failed");
    let at = |event: &str, agent: &str| ran.events.iter().position(|it| it["event"] == event && it["agent"] == agent);
    assert!(at("agent.retry", "gamma").is_some(), "gamma was not held back: {}", super::world::show(&ran.events));
    assert!(at("agent.retry", "gamma") < at("attempt.started", "gamma"));
    assert_eq!(ran.all("attempt.started").filter(|event| event["agent"] == "gamma").count(), 1);
    assert_eq!(ran.all("run.held").count(), 0);
}

#[test]
fn on_a_full_disk_what_runs_goes_on_and_nothing_starts_that_is_not_in_the_journal() {
    let fill = "cat /dev/zero > .claude-team/fill 2> /dev/null";
    let world = world(fill, "rm .claude-team/fill");
    let Some(ran) = run_in_namespaces(&world, "mount -t tmpfs -o size=2m tmpfs .claude-team || exit 77") else {
        return;
    };
    it_was_overcome(&ran, "No space left");
    assert!(ran.all("run.troubled").any(|event| event["what"] == "Quintet can write the journal again"));
    // What had to wait is in the journal now, in order and whole.
    let journal = world.read("journal.copy");
    let lines: Vec<Value> = journal.lines().map(|line| serde_json::from_str(line).expect("a whole line")).collect();
    let seqs: Vec<u64> = lines.iter().filter_map(|line| line["seq"].as_u64()).collect();
    assert_eq!(seqs, (1..=lines.len() as u64).collect::<Vec<_>>());
    // The agent was not stopped; what it said meanwhile is counted.
    let exit: Value = serde_json::from_str(&world.read("exit.copy")).expect("a record");
    println!("{} bytes of output had no room", exit["dropped"]);
    assert_eq!(exit["exit"], 0);
}

#[test]
fn a_team_directory_that_becomes_read_only_stops_nothing() {
    let begins = "mount --bind .claude-team .claude-team && mount -o remount,bind,ro .claude-team";
    let world = world(begins, "umount .claude-team");
    let Some(ran) = run_in_namespaces(&world, "mount --bind .claude-team .claude-team || exit 77") else { return };
    it_was_overcome(&ran, "Read-only file system");
}

#[test]
fn without_descriptors_nothing_starts_until_there_are_some_again() {
    let world = world("true", "true");
    let mut running = world.begin(&["--slots", "3", "--retries", "0"]);
    for _ in 0..3 {
        running.until("attempt.started", "");
    }
    let pid = Pid::from_raw(running.pid().cast_signed());
    let before = rustix::process::getrlimit(Resource::Nofile);
    let open = std::fs::read_dir(format!("/proc/{}/fd", running.pid())).expect("it runs").count();
    let few = Rlimit { current: Some(open as u64), maximum: before.maximum };
    prlimit(pid, Resource::Nofile, few).expect("it is ours");
    // The trigger's end wants descriptors for the next start, and there are none.
    let refused = running.until("agent.retry", "gamma");
    assert!(refused["why"].as_str().is_some_and(|why| why.contains("Too many open files")), "{refused}");
    prlimit(pid, Resource::Nofile, before).expect("it is ours");
    let ran = running.end();
    it_was_overcome(&ran, "Too many open files");
}

#[test]
fn without_inotify_it_is_said_and_files_are_looked_at_all_the_same() {
    let script = format!(
        "printf '\\n### CRITICAL: keys in the image\\n' >> \"$QUINTET_TEAM_DIR/communications/urgent-issues.md\"; sleep 1.5; {REPORT}"
    );
    let world = World::new(&["alpha", "maker", "trigger", "gamma"]).play("alpha", &script);
    let world = ["maker", "trigger", "gamma"].iter().fold(world, |world, name| world.play(name, REPORT));
    let none = "echo 0 > /proc/sys/user/max_inotify_instances || exit 77";
    let Some(ran) = run_in_namespaces(&world, none) else { return };
    assert_eq!(ran.code(), 0, "{}", ran.errors);
    let told = |event: &&Value| event["what"].as_str().is_some_and(|what| what.contains("looked at twice a second"));
    assert_eq!(ran.all("run.troubled").filter(told).count(), 1, "{}", super::world::show(&ran.events));
    let at = |event: &str| ran.events.iter().position(|it| it["event"] == event).expect("it came");
    assert!(at("urgent.added") < at("agent.ended") || ran.events[at("agent.ended")]["agent"] != "alpha");
}
