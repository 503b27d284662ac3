//! Limits, handoffs and the ways in which a run is stopped.

use std::time::Duration;

use super::world::{World, lives};
use crate::machine::business;

const DEAF: &str = "trap '' TERM\necho \"before: $QUINTET_PREVIOUS_HANDOFF\"\nfor i in $(seq 300); do echo \"step $i\"; sleep 0.1; done";

#[test]
fn a_deaf_agent_is_killed_after_its_grace_and_its_successor_gets_its_notes() {
    let world =
        World::new(&["alpha", "beta: alpha"]).play("alpha", DEAF).play("beta", "echo '# beta' > \"$QUINTET_REPORT\"");
    let ran = world.run(&["--time-box", "2s", "--grace", "1s", "--successors", "1"]);
    assert_eq!(ran.code(), 1);
    assert_eq!(ran.verdicts()["alpha"], "partial");
    assert_eq!(ran.verdicts()["beta"], "done");
    let ended: Vec<_> = ran.all("attempt.ended").filter(|it| it["agent"] == "alpha").collect();
    assert_eq!(ended.len(), 2);
    for end in &ended {
        assert_eq!(end["verdict"], "out_of_time");
        assert!(end["wall_s"].as_f64().is_some_and(|wall| wall < 3.5), "{end}");
    }
    for attempt in [1, 2] {
        let notes = world.read(&format!(".claude-team/handoffs/alpha-{attempt}.md"));
        assert!(notes.contains("step 2"), "its last output is missing:\n{notes}");
    }
    let log = world.say(&["logs", "alpha", "--attempt", "2"]).1;
    assert!(log.contains("before: ") && log.contains(".claude-team/handoffs/alpha-1.md"), "{log}");
    let run = ran.events[0]["run"].as_str().expect("it has an id").to_owned();
    assert!(!lives(&run), "something of the run is left");
}

#[test]
fn an_agents_own_notes_are_kept_in_its_words() {
    let script = "trap 'echo \"- look at the queue next\" > \"$QUINTET_HANDOFF\"; exit 0' TERM\nfor i in $(seq 300); do sleep 0.1; done";
    let world = World::new(&["alpha"]).play("alpha", script);
    let ran = world.run(&["--time-box", "1s", "--grace", "2s", "--successors", "0"]);
    assert_eq!(ran.verdicts()["alpha"], "partial");
    let written = ran.all("handoff.written").next().expect("there are notes");
    assert_eq!(written["author"], "agent");
    assert!(world.read(".claude-team/handoffs/alpha-1.md").contains("look at the queue next"));
}

#[test]
fn term_wraps_up_and_ends_with_the_signals_code() {
    let world = World::new(&["alpha", "beta: alpha"]).play("alpha", "echo on; exec sleep 60").play("beta", "true");
    let mut running = world.begin(&[]);
    running.until("attempt.started", "alpha");
    running.signal(rustix::process::Signal::TERM);
    let ran = running.end();
    assert_eq!(ran.code(), 143);
    assert!(ran.took < Duration::from_secs(20));
    assert_eq!(ran.all("run.ended").count(), 1);
    assert!(world.path(".claude-team/handoffs/alpha-1.md").is_file());
}

#[test]
fn two_agents_that_fail_alike_hold_a_headless_run_and_end_it() {
    let names: Vec<String> = (0..8).map(|n| format!("a{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut world = World::new(&names);
    for name in &names {
        world = world.play(name, "echo 'the key is wrong' >&2; exit 1");
    }
    let ran = world.run(&["--retries", "0", "--slots", "2"]);
    assert_eq!(ran.code(), 1);
    assert_eq!(ran.all("run.held").count(), 1);
    assert!(ran.all("attempt.starting").count() < names.len(), "it went on although all fail alike");
    assert!(world.read(".claude-team/communications/urgent-issues.md").contains("the key is wrong"));
}

#[test]
fn quitting_is_bounded_by_the_grace_and_the_second_word_kills_at_once() {
    let world = World::new(&["alpha", "beta"]).play("alpha", DEAF).play("beta", DEAF);
    let deaf = || {
        let mut running = world.begin(&["--grace", "2s", "--fresh"]);
        running.until("attempt.started", "");
        running.until("attempt.started", "");
        world.until("they hear nothing", || world.say(&["logs", "alpha"]).1.contains("step 2"));
        running
    };
    let running = deaf();
    running.signal(rustix::process::Signal::INT);
    let asked = std::time::Instant::now();
    let ran = running.end();
    let took = asked.elapsed();
    println!("wrapped up {took:?} after the word, with a grace of 2 s");
    assert_eq!(ran.code(), 130);
    assert!(took < Duration::from_secs(3).mul_f64(business()), "it took {took:?}");
    // Both are told at the same time, not one after the other.
    assert_eq!(ran.all("attempt.stopping").count(), 2);

    let mut running = deaf();
    running.signal(rustix::process::Signal::TERM);
    running.until("attempt.stopping", "");
    running.signal(rustix::process::Signal::TERM);
    let asked = std::time::Instant::now();
    let ran = running.end();
    let took = asked.elapsed();
    println!("killed {took:?} after the second word");
    assert_eq!(ran.code(), 143);
    assert!(took < Duration::from_secs(1).mul_f64(business()), "it took {took:?}");
}
