//! A team directory that something else drives, and runs that were.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use quintet::app::Home;
use quintet::screen::Doc;
use quintet::shell::{earlier, library};
use quintet::team_dir::{RunDir, TeamDir};

use super::world::World;

const STATUS: &str = ".claude-team/communications/agent-status.json";

#[test]
fn what_another_writes_into_a_team_directory_is_told_as_it_happens() {
    let world = World::new(&["alpha", "beta"]);
    world.write(STATUS, r#"{"agents":[{"name":"alpha","status":"working"},{"name":"gamma","status":"queued"}]}"#);
    let mut child = world.quintet(&["watch"]).stdout(Stdio::piped()).spawn().expect("the binary starts");
    let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    let mut until = |words: &str| {
        let found = lines.by_ref().map_while(Result::ok).find(|line| line.contains(words));
        assert!(found.is_some(), "nobody said {words}");
    };
    until("alpha attempt 1 started");
    world.write(STATUS, r#"{"agents":[{"name":"alpha","sta"#);
    world.write(STATUS, r#"{"agents":[{"name":"alpha","status":"done"},{"name":"gamma","status":"active"}]}"#);
    until("alpha done");
    until("gamma attempt 1 started");
    world.write(".claude-team/communications/urgent-issues.md", "# Urgent\n\n- CRITICAL: keys in the image, a.go:3\n");
    until("URGENT");
    child.kill().expect("it lives");
    child.wait().expect("it is a child");
    // Who watches writes nothing.
    let there = std::fs::read_dir(world.path(".claude-team")).expect("it is there").flatten();
    assert_eq!(there.map(|entry| entry.file_name()).collect::<Vec<_>>(), ["communications"]);
}

#[test]
fn nothing_is_watched_where_nothing_is_or_where_a_quintet_works() {
    let world = World::new(&["alpha"]).play("alpha", "exec sleep 60");
    let (code, _, why) = world.say(&["watch"]);
    assert_eq!(code, 2);
    assert!(why.contains("there is no team directory"), "{why}");
    let mut running = world.begin(&[]);
    running.until("attempt.started", "alpha");
    let (code, _, why) = world.say(&["watch", ".claude-team"]);
    assert_eq!(code, 2);
    assert!(why.contains("quintet attach"), "{why}");
    assert_eq!(world.say(&["ctl", "kill", "alpha"]).0, 0);
    running.end();
}

#[test]
fn an_earlier_run_is_read_with_its_own_plan_reports_and_ends() {
    let world = World::new(&["alpha", "beta"])
        .play("alpha", "echo \"# of $QUINTET_RUN\" > \"$QUINTET_REPORT\"")
        .play("beta", "exit 3");
    world.run(&["--retries", "0"]);
    let plan = world.read("plan.md");
    world.write("plan.md", &plan.replace("beta", "gamma"));
    world.run(&["--only", "alpha"]);
    let (code, out, _) = world.say(&["history"]);
    let ids: Vec<&str> = out.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!((code, ids.len()), (0, 2), "{out}");
    assert!(out.lines().nth(1).is_some_and(|line| line.contains("not complete") && line.contains("1 of 2 done")));
    let first = ids[1];
    let (code, out, _) = world.say(&["history", first]);
    assert_eq!(code, 0);
    assert!(out.contains("beta failed") && out.contains("run ended"), "{out}");
    assert_eq!(world.say(&["history", "nothing"]).0, 2);

    let project = world.path("").canonicalize().expect("it is there");
    let team = TeamDir::new(&project, &quintet::plan::TeamFiles::default());
    let now =
        Home { run: RunDir(team.runs().join(ids[0])), team, later: Vec::new(), own_program: std::path::PathBuf::new() };
    let (run, home) = earlier::open(&now, first).expect("it can be shown");
    let names: Vec<&str> = run.plan.agents.iter().map(|agent| agent.name.as_str()).collect();
    assert_eq!(names, ["alpha", "beta"]);
    let text = |doc: &Doc| {
        let document = library::read(doc, None, &run, &home).expect("it can be read");
        String::from_utf8(document.bytes).expect("it is text")
    };
    assert_eq!(text(&Doc::Report(quintet::plan::AgentId(0))), format!("# of {first}\n"));
    assert!(text(&Doc::Plan).contains("beta"));
}

#[test]
fn without_a_terminal_the_start_page_is_the_help() {
    let world = World::new(&["alpha"]);
    let (code, out, _) = world.say(&[]);
    assert_eq!(code, 0);
    assert!(out.contains("quintet demo") || out.contains("demo "), "{out}");
}
