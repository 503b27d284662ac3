//! Quintet dies and the next one carries on.

use super::world::{World, lives};

const SLOW: &str = "for i in $(seq 30); do echo \"$QUINTET_AGENT $i\"; sleep 0.1; done\necho \"# $QUINTET_AGENT\" > \"$QUINTET_REPORT\"";

#[test]
fn after_a_crash_the_same_processes_go_on_and_nothing_runs_twice() {
    let world =
        World::new(&["alpha", "beta", "gamma: alpha"]).play("alpha", SLOW).play("beta", SLOW).play("gamma", SLOW);
    let mut running = world.begin(&[]);
    let pid = running.until("attempt.started", "alpha")["pid"].clone();
    running.crash();
    let ran = world.run(&[]);
    assert_eq!(ran.code(), 0, "{}", ran.errors);
    assert_eq!(ran.events[0]["event"], "run.resumed");
    let adopted = ran.all("attempt.adopted").find(|it| it["agent"] == "alpha").expect("it was found again");
    assert_eq!(adopted["pid"], pid);
    assert!(ran.all("attempt.starting").all(|it| it["agent"] != "alpha"), "alpha ran twice");
    let log = world.say(&["logs", "alpha"]).1;
    let expected: Vec<String> = (1..=30).map(|n| format!("alpha {n}")).collect();
    assert_eq!(log.lines().collect::<Vec<_>>(), expected, "the log is not whole");
}

#[test]
fn what_is_written_while_quintet_is_dead_is_read_when_the_run_is_carried_on() {
    let urgent = ".claude-team/communications/urgent-issues.md";
    let world = World::new(&["alpha"]).play("alpha", SLOW);
    world.write(urgent, "# Urgent issues\n\n## of an earlier run\n");
    let append = |text: &str| world.write(urgent, &format!("{}{text}", world.read(urgent)));
    let mut running = world.begin(&[]);
    running.until("attempt.started", "alpha");
    append("\n## seen a.rs:1\n");
    running.until("urgent.added", "");
    running.crash();
    append("\n## missed b.rs:2\n");
    let ran = world.run(&[]);
    assert_eq!(ran.code(), 0, "{}", ran.errors);
    let texts: Vec<_> = ran.all("urgent.added").map(|it| it["text"].clone()).collect();
    assert_eq!(texts, ["missed b.rs:2"]);
}

#[test]
fn a_team_directory_that_leads_out_of_the_project_is_refused() {
    let world = World::new(&["alpha"]).play("alpha", SLOW);
    let elsewhere = tempfile::tempdir().expect("a folder");
    std::os::unix::fs::symlink(elsewhere.path(), world.path(".claude-team")).expect("it can be linked");
    let ran = world.run(&[]);
    assert_ne!(ran.code(), 0);
    assert!(ran.errors.contains("leads out of the project"), "{}", ran.errors);
    assert_eq!(std::fs::read_dir(elsewhere.path()).expect("it is there").count(), 0);
}

#[test]
fn a_fresh_run_ends_what_the_crashed_one_left() {
    let world =
        World::new(&["alpha"]).play("alpha", "test -e go && echo '# a' > \"$QUINTET_REPORT\" && exit; exec sleep 60");
    let mut running = world.begin(&[]);
    let run = running.until("attempt.started", "alpha")["run"].as_str().expect("it has an id").to_owned();
    running.crash();
    world.write("go", "");
    let ran = world.run(&["--fresh"]);
    assert_eq!(ran.code(), 0, "{}", ran.errors);
    assert!(!lives(&run), "the old attempt still lives");
}

#[test]
fn an_unfinished_run_of_another_plan_is_not_carried_on_unasked() {
    let world = World::new(&["alpha"]).play("alpha", "exec sleep 60");
    let mut running = world.begin(&[]);
    running.until("attempt.started", "alpha");
    running.crash();
    world.write("plan.md", "# Another\n\n## Agents\n\n1. **alpha**: another task\n");
    let ran = world.run(&[]);
    assert_eq!(ran.code(), 2);
    assert!(ran.errors.contains("--fresh") && ran.errors.contains("--carry-on"), "{}", ran.errors);
    world.write("alpha.sh", "#!/bin/bash\necho '# a' > \"$QUINTET_REPORT\"\n");
    assert_eq!(world.run(&["--fresh"]).code(), 0);
}
