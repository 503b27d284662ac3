//! A run is left to go on without the process that began it.

use super::world::World;

const LONG: &str = "for i in $(seq 20); do sleep 0.1; done\necho \"# $QUINTET_AGENT\" > \"$QUINTET_REPORT\"";

#[test]
fn a_detached_run_goes_on_to_its_end_whatever_a_crash_would_do() {
    let world = World::new(&["alpha", "beta: alpha"]).play("alpha", LONG).play("beta", LONG);
    world.settle();
    let (code, out, errors) = world.say(&["run", "plan.md", "--trust", "--detach", "--on-crash", "stop"]);
    assert_eq!(code, 0, "{out}{errors}");
    assert!(out.contains("quintet attach"), "{out}");
    assert_eq!(world.say(&["ctl", "drain", "--wait"]).0, 0);
    let alpha = || {
        let status = world.read(".claude-team/communications/agent-status.json");
        serde_json::from_str::<serde_json::Value>(&status).expect("it is JSON")["agents"]["alpha"].clone()
    };
    // The file follows what is told by a moment.
    world.until("alpha is done", || alpha()["state"] == "done");
    assert_eq!(alpha()["attempt"], 1, "it was started twice");
}

#[test]
fn what_the_command_line_said_outlives_a_crash() {
    let world = World::new(&["alpha"]).play("alpha", "exec sleep 60");
    let mut running = world.begin(&["--time-box", "2s", "--grace", "1s", "--successors", "0"]);
    running.until("attempt.started", "alpha");
    running.crash();
    let ran = world.run(&[]);
    // It left notes.
    assert_eq!(ran.verdicts()["alpha"], "partial", "{}", ran.errors);
    let ended = ran.all("attempt.ended").next().expect("it ended by its box");
    assert_eq!(ended["verdict"], "out_of_time");
}
