//! Orders from outside: `status`, `ctl`, and one Quintet per folder.

use super::world::World;

const LONG: &str = "trap 'exit 0' TERM\nfor i in $(seq 600); do sleep 0.1; done";

#[test]
fn status_and_orders_reach_the_running_quintet() {
    let world =
        World::new(&["alpha", "beta", "gamma: alpha"]).play("alpha", LONG).play("beta", LONG).play("gamma", LONG);
    let mut running = world.begin(&[]);
    running.until("attempt.started", "alpha");
    running.until("attempt.started", "beta");
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
