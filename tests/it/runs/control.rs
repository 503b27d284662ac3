//! Orders from outside: `status`, `ctl`, and one Quintet per folder.

use super::world::World;

const LONG: &str = "trap 'exit 0' TERM\nfor i in $(seq 600); do sleep 0.1; done";

#[test]
fn status_and_orders_reach_the_running_quintet() {
    let world =
        World::new(&["alpha", "beta", "gamma: alpha"]).play("alpha", LONG).play("beta", LONG).play("gamma", LONG);
    let mut running = world.begin(&[]);
    // Either may be there first.
    running.until("attempt.started", "");
    running.until("attempt.started", "");
    let (code, status, _) = world.say(&["status", "--json"]);
    assert_eq!(code, 0);
    let status: serde_json::Value = serde_json::from_str(&status).expect("it is JSON");
    assert_eq!(status["active"], 2);
    assert_eq!(world.say(&["ctl", "extend", "alpha", "5m"]).0, 0);
    assert_eq!(running.until("attempt.extended", "alpha")["by_s"], 300.0);
    let (code, _, why) = world.say(&["ctl", "pause", "alpha", "--attempt", "7"]);
    assert_eq!(code, 1, "it acted on another attempt");
    assert!(!why.is_empty());
    let (code, _, why) = world.say(&["ctl", "pause", "nobody"]);
    assert_eq!(code, 1);
    assert!(why.contains("alpha, beta, gamma"), "{why}");
    let (code, _, why) = world.say(&["ctl", "paws", "alpha"]);
    assert_eq!(code, 2, "an order that does not exist is a mistake of the command line");
    assert!(why.contains("`paws`") && why.contains("pause-all"), "{why}");
    let (code, _, why) = world.say(&["ctl", "message", "alpha", "look at main.go"]);
    assert_eq!(code, 1, "a script takes no messages");
    assert!(why.contains("alpha"), "{why}");
    assert_eq!(world.say(&["ctl", "kill", "alpha", "--wait"]).0, 0);
    assert_eq!(running.until("agent.ended", "alpha")["verdict"], "killed");
    assert_eq!(running.until("agent.ended", "gamma")["verdict"], "blocked");
    let (code, _, errors) = world.say(&["run", "plan.md", "--json", "--trust"]);
    assert_eq!(code, 2);
    assert!(errors.contains(&running.pid().to_string()) && errors.contains("quintet attach"), "{errors}");
    assert_eq!(world.say(&["ctl", "quit"]).0, 0);
    assert_eq!(running.end().code(), 1);
    assert_eq!(world.say(&["status"]).0, 4);
    assert_eq!(world.say(&["ctl", "pause", "alpha"]).0, 4);
}

#[test]
fn an_order_for_an_attempt_that_is_over_is_refused() {
    let world = World::new(&["alpha"]).play("alpha", LONG);
    let mut running = world.begin(&[]);
    running.until("attempt.started", "alpha");
    assert_eq!(world.say(&["ctl", "hand-over", "alpha"]).0, 0);
    while running.until("attempt.started", "alpha")["attempt"] != 2 {}
    for verb in ["skip", "retry", "force", "next", "kill"] {
        let (code, _, why) = world.say(&["ctl", verb, "alpha", "--attempt", "1"]);
        assert_eq!(code, 1, "{verb}");
        assert!(why.contains("attempt 1 of alpha is over; attempt 2 is the newest"), "{verb}: {why}");
    }
    assert_eq!(world.say(&["ctl", "skip", "alpha", "--attempt", "2"]).0, 0);
    assert_eq!(running.until("agent.ended", "alpha")["verdict"], "skipped");
}

#[test]
fn waiting_for_an_order_ends_without_an_attempt_and_by_a_slug() {
    let world = World::new(&["Alpha", "Beta: Alpha"]).play("alpha", LONG).play("beta", LONG);
    let mut running = world.begin(&[]);
    running.until("attempt.started", "Alpha");
    assert_eq!(world.say(&["ctl", "park", "alpha", "--wait"]).0, 0);
    running.until("agent.parked", "Alpha");
    assert_eq!(world.say(&["ctl", "kill", "alpha", "--wait"]).0, 0, "nothing of it runs");
    assert_eq!(running.until("agent.ended", "Alpha")["verdict"], "killed");
}

#[test]
fn a_run_of_a_part_of_the_plan_is_shown_until_the_plan_is_another() {
    let world = World::new(&["alpha", "beta"]).play("beta", LONG);
    let mut running = world.begin(&["--only", "beta"]);
    running.until("attempt.started", "beta");
    let (code, picture, why) = world.say(&["picture"]);
    assert_eq!(code, 0, "{why}");
    assert!(picture.contains("beta") && !picture.contains("alpha"), "it shows agents that do not run");
    let plan = world.read("plan.md").replace("beta", "gamma");
    world.write("plan.md", &plan);
    let (code, _, why) = world.say(&["picture"]);
    assert_eq!(code, 2);
    assert!(why.contains("no longer has these agents of the run: beta"), "{why}");
    world.write("plan.md", "");
    let (code, _, why) = world.say(&["picture"]);
    assert_eq!(code, 2);
    assert!(why.contains("the run goes on, but it cannot be shown"), "{why}");
}
