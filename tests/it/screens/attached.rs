//! Screens of a run that goes on elsewhere: many times, several at once, at the end of a slow line.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::desk::Desk;
use super::quits::{open, open_at};
use crate::machine::business;
use crate::runs::world::World;

/// Counts until `go` is there.
const COUNTS: &str = "i=0; until test -e go; do i=$((i+1)); echo \"line $i\"; sleep 0.02; done; echo \"# $QUINTET_AGENT\" > \"$QUINTET_REPORT\"";
/// Says a lot until `go` is there.
const CHATS: &str = "i=0; until test -e go; do i=$((i+1)); echo \"$i: a line of the usual length that says what is being done now, $RANDOM\"; sleep 0.01; done; echo \"# $QUINTET_AGENT\" > \"$QUINTET_REPORT\"";

/// A run without a screen; whatever becomes of the test, it comes to its end.
struct Detached(World);

impl std::ops::Deref for Detached {
    type Target = World;

    fn deref(&self) -> &World {
        &self.0
    }
}

impl Drop for Detached {
    fn drop(&mut self) {
        let _ = self.0.say(&["ctl", "quit"]);
        self.0.write("go", "");
        let until = Instant::now() + Duration::from_secs(10);
        while self.0.say(&["status"]).0 != 4 && Instant::now() < until {}
    }
}

fn detached(agents: &[&str], script: &str) -> Detached {
    let names = agents.iter().map(|agent| agent.split(": ").next().unwrap_or_default());
    leave(names.fold(World::new(agents), |world, agent| world.play(agent, script)), &[])
}

/// Begins a run that is left to a process without a screen.
fn leave(world: World, flags: &[&str]) -> Detached {
    world.settle();
    let words = [&["run", "plan.md", "--trust", "--detach"], flags].concat();
    let (code, _, errors) = world.say(&words);
    assert_eq!(code, 0, "{errors}");
    Detached(world)
}

fn attach(world: &World) -> Desk {
    let mut desk = open(world, &["attach"]);
    desk.is_taken();
    desk
}

/// Lets the run come to its end and returns its journal.
fn end(world: &World) -> Vec<Value> {
    world.write("go", "");
    world.until("it has ended", || world.say(&["status"]).0 == 4);
    let run = std::fs::read_dir(world.path(".claude-team/runs")).expect("it is there").flatten();
    let journal = run.map(|run| run.path().join("journal.jsonl")).find(|path| path.is_file()).expect("a journal");
    let lines = std::fs::read_to_string(journal).expect("it is text");
    lines.lines().map(|line| serde_json::from_str(line).expect("it is JSON")).collect()
}

#[test]
fn coming_and_going_twenty_times_loses_nothing() {
    let world = detached(&["alpha", "beta"], COUNTS);
    for time in 0..20 {
        let mut desk = attach(&world);
        desk.wait_until("alpha is shown", |screen| screen.contents().contains("alpha"));
        if time % 4 == 3 {
            // A closed terminal is no good-bye.
            drop(desk);
            continue;
        }
        desk.press(b"q");
        desk.wait_until("the question", |screen| screen.contents().contains("detach"));
        desk.press(b"\r");
        desk.is_given_back();
        desk.wait_until("it says so", |screen| screen.contents().contains("ended with 0"));
    }
    let journal = end(&world);
    let numbers: Vec<u64> = journal.iter().filter_map(|line| line["seq"].as_u64()).collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>(), "every fact is there, once and in order");
    assert_eq!(journal.iter().filter(|line| line["event"] == "attempt.started").count(), 2);
    assert_eq!(journal.last().map(|line| &line["complete"]), Some(&Value::Bool(true)));
    for agent in ["alpha", "beta"] {
        let log = world.say(&["logs", agent]).1;
        let expected: Vec<String> = (1..=log.lines().count()).map(|n| format!("line {n}")).collect();
        assert_eq!(log.lines().collect::<Vec<_>>(), expected);
    }
}

#[test]
fn two_screens_and_an_order_from_a_shell_act_on_one_run() {
    let world = detached(&["alpha", "beta"], COUNTS);
    let (mut first, mut second) = (attach(&world), attach(&world));
    let shows = |screen: &vt100::Screen, word: &str| screen.contents().to_lowercase().contains(word);
    assert_eq!(world.say(&["ctl", "pause", "alpha", "--wait"]).0, 0);
    for desk in [&mut first, &mut second] {
        desk.wait_until("both show the pause", |screen| shows(screen, "paused"));
    }
    first.press(b"p");
    for desk in [&mut first, &mut second] {
        desk.wait_until("both show that it goes on", |screen| !shows(screen, "paused"));
    }
    second.press(b"P");
    for desk in [&mut first, &mut second] {
        desk.wait_until("both show that all are paused", |screen| shows(screen, "paused"));
    }
    assert_eq!(world.say(&["ctl", "resume-all"]).0, 0);
    let journal = end(&world);
    let by = |event: &str, who: &str| journal.iter().any(|line| line["event"] == event && line["by"] == who);
    assert!(by("attempt.paused", "ctl") && by("attempt.paused", "screen"), "{journal:#?}");
}

#[test]
fn at_the_end_of_a_slow_line_a_key_is_answered_soon() {
    let world = detached(&["a1", "a2", "a3", "a4", "a5"], CHATS);
    let mut desk = open_at(&world, &["attach"], Some(20_000));
    desk.is_taken();
    let mut slowest = Duration::ZERO;
    for _ in 0..5 {
        for (key, is_open) in [(&b"?"[..], true), (&b"\x1b"[..], false)] {
            let pressed = Instant::now();
            desk.press(key);
            desk.wait_until("the help comes and goes", |screen| screen.contents().contains("Half a page") == is_open);
            slowest = slowest.max(pressed.elapsed());
        }
    }
    let bytes = desk.bytes.len();
    println!("slowest answer {slowest:?}, {bytes} bytes in all");
    assert!(slowest < Duration::from_millis(1500).mul_f64(business()), "{slowest:?}");
    end(&world);
}

#[test]
fn an_attached_screen_shows_what_the_flags_of_the_run_said() {
    let world = World::new(&["alpha"]).set("[engines.mine]\nkind = \"command\"\ncommand = [\"./alpha.sh\"]");
    world.program("alpha.sh", &format!("#!/bin/bash\n{COUNTS}\n"));
    let world = leave(world, &["--engine", "mine"]);
    let mut desk = attach(&world);
    desk.wait_until("its engine", |screen| {
        let header = screen.contents().lines().next().unwrap_or_default().to_owned();
        header.contains("mine") && !header.contains("builtin")
    });
    end(&world);
}

#[test]
fn while_an_attached_screen_has_lent_its_terminal_ctrl_c_is_not_for_it() {
    let world = detached(&["alpha"], COUNTS);
    let mut desk = attach(&world);
    desk.press(b"s");
    desk.wait_until("plain lines", |screen| screen.contents().contains("[Enter brings the screen back]"));
    desk.press(b"\x03");
    desk.wait_until("^C", |screen| screen.contents().contains("^C"));
    desk.press(b"\r");
    desk.wait_until("the screen is back", |screen| screen.alternate_screen());
    end(&world);
}

#[test]
fn an_attached_screen_lets_the_run_take_in_a_changed_plan() {
    let world = detached(&["alpha", "beta: alpha"], COUNTS);
    let mut desk = attach(&world);
    let plan = world.read("plan.md").replace("the task of beta", "another task");
    world.write("plan.md", &plan);
    desk.press(b"\x12");
    desk.press(b"E");
    desk.wait_until("it is said", |screen| screen.contents().contains("plan read again, changed: beta"));
    let journal = end(&world);
    let reloaded = journal.iter().find(|line| line["event"] == "plan.reloaded").expect("it was taken in");
    assert_eq!(reloaded["changed"], serde_json::json!(["beta"]));
}

#[test]
fn a_changed_plan_is_taken_in_at_an_order_from_a_shell() {
    let world = detached(&["alpha"], COUNTS);
    world.write("plan.md", &world.read("plan.md").replace("the task of alpha", "another task"));
    assert_eq!(world.say(&["ctl", "reload"]).0, 0);
    world.write("plan.md", "# Nothing\n");
    let (code, _, errors) = world.say(&["ctl", "reload"]);
    assert_eq!(code, 1);
    assert!(errors.contains("`quintet check` shows"), "{errors}");
    let journal = end(&world);
    assert_eq!(journal.iter().filter(|line| line["event"] == "plan.reloaded").count(), 1);
}

#[test]
fn tools_that_a_changed_plan_approves_are_not_taken_in_unseen() {
    let world = detached(&["alpha", "beta: alpha"], COUNTS);
    let task = "the task of beta";
    world.write("plan.md", &world.read("plan.md").replace(task, "another task, with `mcp__docs__delete`"));
    let (code, _, errors) = world.say(&["ctl", "reload"]);
    assert_eq!(code, 1);
    assert!(errors.contains("nobody has agreed to this yet: tools of beta: mcp__docs__delete"), "{errors}");
    let journal = end(&world);
    let reloaded = journal.iter().find(|line| line["event"] == "plan.reloaded").expect("it was taken in");
    assert_eq!(reloaded["changed"], serde_json::json!([]), "{reloaded}");
}

#[test]
fn an_attached_screen_says_why_it_takes_no_session_over() {
    let world = detached(&["alpha"], COUNTS);
    let mut desk = attach(&world);
    desk.press(b"T");
    desk.wait_until("it is said", |screen| screen.contents().contains("not on an attached screen"));
    assert!(!end(&world).iter().any(|line| line["event"] == "attempt.paused"));
}

#[test]
fn an_attached_screen_says_of_a_plan_with_mistakes_that_it_is_not_taken_in() {
    let world = detached(&["alpha"], COUNTS);
    let mut desk = attach(&world);
    world.write("plan.md", "# Nothing\n");
    desk.press(b"\x12");
    desk.wait_until("it is said", |screen| screen.contents().contains("`quintet check` shows"));
    end(&world);
}
