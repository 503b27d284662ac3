//! The first steps of a new user, and tidying up.

use super::world::World;

#[test]
fn the_plan_to_begin_with_runs_as_it_stands_and_is_not_replaced() {
    let world = World::new(&["alpha"]);
    world.write("src/main.rs", "fn main() {}\n");
    assert_eq!(world.say(&["init"]).0, 0);
    let (code, out, _) = world.say(&["check", ".claude-team/communications/orchestration-plan.md", "--json"]);
    let checked: serde_json::Value = serde_json::from_str(&out).expect("it is JSON");
    assert_eq!((code, checked["agents"].as_array().map(Vec::len), checked["slots"].as_u64()), (0, Some(3), Some(3)));
    assert_eq!(checked["problems"].as_array().map(Vec::len), Some(0), "{out}");
    let (code, out, errors) = world.say(&["run", "--headless"]);
    assert_eq!(code, 0, "{out}{errors}");
    let (code, _, why) = world.say(&["init"]);
    assert_eq!(code, 2);
    assert!(why.contains("there is a plan already"), "{why}");
    assert!(world.say(&["report"]).1.contains("**Complete.**"));
}

#[test]
fn clean_keeps_the_newest_run_and_everything_that_agents_wrote() {
    let world = World::new(&["alpha"]).play("alpha", "echo '# a' > \"$QUINTET_REPORT\"");
    world.run(&[]);
    world.run(&[]);
    assert_eq!(world.say(&["clean"]).0, 0);
    let runs = std::fs::read_dir(world.path(".claude-team/runs")).expect("it is there").flatten();
    assert_eq!(runs.filter(|entry| entry.path().is_dir()).count(), 1);
    assert!(world.path(".claude-team/reports/alpha.md").is_file());
}

#[test]
fn a_run_of_some_agents_only_stays_one_after_a_crash() {
    let world = World::new(&["alpha", "beta: alpha"]).play("alpha", "exec sleep 60").play("beta", "true");
    let slow = "for i in $(seq 12); do sleep 0.1; done; echo '# a' > \"$QUINTET_REPORT\"";
    world.write("alpha.sh", &format!("#!/bin/bash\n{slow}\n"));
    let mut running = world.begin(&["--only", "alpha"]);
    running.until("attempt.started", "alpha");
    running.crash();
    let ran = world.run(&[]);
    assert_eq!(ran.code(), 0, "{}", ran.errors);
    assert_eq!(Vec::from_iter(ran.verdicts()), [("alpha".into(), "done".into())]);
}

#[test]
fn a_cap_that_an_engine_cannot_measure_is_refused_at_the_start() {
    let world = World::new(&["alpha"]);
    let (code, _, why) =
        world.say(&["run", "plan.md", "--engine", "codex", "--max-cost", "2", "--headless", "--trust"]);
    assert_eq!(code, 2);
    assert!(why.contains("does not tell what it costs"), "{why}");
}

#[test]
fn check_says_what_the_settings_make_of_a_plan_and_what_is_wrong_with_them() {
    let world = World::new(&["alpha", "beta"]).set("slots = 2").play("alpha", "true");
    world.settle();
    let (code, text, _) = world.say(&["check", "plan.md", "--project", "."]);
    assert!(
        code == 0 && text.contains("slots 2 (quintet.toml)") && text.contains("alpha: engine play-alpha"),
        "{text}"
    );
    let (code, text, _) = world.say(&["check", "plan.md", "--project", ".", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!((code, &json["settings"]["slots"]), (0, &2.into()));
    let world = world.set("[agents.ghost]\nengine = \"builtin\"");
    world.settle();
    let (code, text, _) = world.say(&["check", "plan.md", "--project", "."]);
    assert!(code == 2 && text.contains("ghost"), "{text}");
}

#[test]
fn an_end_by_order_is_not_called_out_of_time() {
    let world = World::new(&["alpha"]).play("alpha", "echo ready; sleep 60");
    let mut running = world.begin(&["--retries", "0"]);
    running.until("attempt.activity", "alpha");
    assert_eq!(world.say(&["ctl", "stop", "alpha"]).0, 0);
    assert_eq!(running.end().code(), 1);
    let log = world.read(".claude-team/communications/orchestration-log.md");
    assert!(log.contains("stopped by the person") && !log.contains("out of time"), "{log}");
}
