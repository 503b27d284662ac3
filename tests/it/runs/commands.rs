//! Commands of the person beside the agents: what they start ends with them, and they end with Quintet.

use std::time::{Duration, Instant};

use rustix::process::{Pid, test_kill_process};

use super::world::World;

const REPORT: &str = "echo \"# $QUINTET_AGENT\" > \"$QUINTET_REPORT\"";
/// Leaves a process in a session of its own, which holds on to the output, and its number in the file `left`.
const LEAVE: &str =
    "setsid sh -c 'echo $$ > left.tmp; mv left.tmp left; exec sleep 300' & until test -s left; do sleep 0.02; done";

#[test]
fn what_a_verify_command_leaves_behind_ends_with_it_and_is_not_waited_for() {
    let world = World::new(&["alpha"]).play("alpha", REPORT).set(&format!("verify = \"{LEAVE}\""));
    let began = Instant::now();
    let ran = world.run(&[]);
    assert_eq!((ran.code(), ran.verdicts()["alpha"].as_str()), (0, "done"), "{}", ran.errors);
    assert!(began.elapsed() < Duration::from_secs(60), "it waited for what verify left");
    assert!(!is_alive(&world), "what verify started lives on");
}

#[test]
fn a_verify_command_and_all_it_started_end_when_quintet_is_killed() {
    let world = World::new(&["alpha"]).play("alpha", REPORT).set(&format!("verify = \"{LEAVE}; sleep 300\""));
    dies_with_quintet(&world);
}

#[test]
fn a_hook_and_all_it_started_end_when_quintet_is_killed() {
    let urgent =
        "printf '\\n### CRITICAL: keys in the image\\n' >> \"$QUINTET_TEAM_DIR/communications/urgent-issues.md\"";
    let world = World::new(&["alpha"])
        .play("alpha", &format!("{urgent}; exec sleep 300"))
        .set(&format!("[hooks]\nurgent = \"{LEAVE}; sleep 300\""));
    dies_with_quintet(&world);
}

fn dies_with_quintet(world: &World) {
    let running = world.begin(&["--on-crash", "stop"]);
    world.until("the command runs", || world.path("left").exists());
    assert!(is_alive(world));
    running.crash();
    world.until("all of the command is gone", || !is_alive(world));
}

fn is_alive(world: &World) -> bool {
    let pid = world.read("left").trim().parse().ok().and_then(Pid::from_raw).expect("it wrote its number");
    test_kill_process(pid).is_ok()
}
