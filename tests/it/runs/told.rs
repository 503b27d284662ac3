//! What the journal tells: every order, kill, pause, adoption and retry, with who and why and when.

use std::fmt::Write as _;

use serde_json::Value;

use super::world::World;

/// Fails once, then waits to be paused, adopted and killed.
const ALPHA: &str = "test \"$QUINTET_ATTEMPT\" = 1 && { echo 'no connection' >&2; exit 7; }; exec sleep 60";
const BETA: &str = "trap '' TERM; while :; do sleep 0.05; done";

#[test]
fn every_decision_is_in_the_journal_with_its_reason_and_its_time() {
    let world = World::new(&["alpha", "beta", "gamma: alpha"])
        .play("alpha", ALPHA)
        .play("beta", BETA)
        .play("gamma", "echo '# gamma' > \"$QUINTET_REPORT\"");
    let flags = ["--grace", "1s", "--successors", "0"];
    let mut running = world.begin(&flags);
    running.until("agent.retry", "alpha");
    running.until("attempt.started", "alpha");
    assert_eq!(world.say(&["ctl", "pause", "alpha", "--wait"]).0, 0);
    running.until("attempt.paused", "alpha");
    running.crash();
    let mut running = world.begin(&flags);
    // Either may be found first.
    running.until("attempt.adopted", "");
    running.until("attempt.adopted", "");
    assert_eq!(world.say(&["ctl", "resume", "alpha", "--wait"]).0, 0);
    assert_eq!(world.say(&["ctl", "extend", "beta", "5m", "--wait"]).0, 0);
    assert_eq!(world.say(&["ctl", "kill", "alpha", "--wait"]).0, 0);
    running.until("agent.ended", "gamma");
    // The screen and `status --json` are made of the same state as the file.
    let (_, status, _) = world.say(&["status", "--json"]);
    let status: Value = serde_json::from_str(&status).expect("it is JSON");
    let state = |agent: &str| status["agents"][agent]["state"].clone();
    assert_eq!([state("alpha"), state("beta"), state("gamma")], ["killed", "running", "blocked"]);
    assert_eq!(world.say(&["ctl", "skip", "gamma", "--wait"]).0, 0);
    assert_eq!(world.say(&["ctl", "hand-over", "beta", "--wait"]).0, 0);
    while running.until("attempt.started", "beta")["attempt"] != 2 {}
    assert_eq!(world.say(&["ctl", "kill", "beta", "--wait"]).0, 0);
    assert_eq!(running.end().code(), 1);

    let runs = std::fs::read_dir(world.path(".claude-team/runs")).expect("it is there").flatten();
    let journal = runs.map(|run| run.path().join("journal.jsonl")).find(|path| path.is_file()).expect("a journal");
    let text = std::fs::read_to_string(journal).expect("it can be read");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("a record")).collect();
    assert!(lines.iter().all(|line| line["t"].is_string() && line["mono"].is_u64()), "a line has no time");
    // What happens at the same time is told agent by agent.
    let mut told = String::new();
    for who in ["alpha", "beta", "gamma", ""] {
        let of = |line: &&Value| line["agent"].as_str().unwrap_or_default() == who;
        for line in lines.iter().filter(of) {
            let _ = writeln!(told, "{}", sentence(line));
        }
    }
    insta::assert_snapshot!(told);
}

/// Returns a line without what differs from run to run.
fn sentence(line: &Value) -> String {
    let mut text = line["event"].as_str().unwrap_or_default().to_owned();
    for name in ["agent", "attempt", "order", "verdict", "by", "why", "exit", "signal", "by_s", "after_s", "author"] {
        match &line[name] {
            Value::Null => {}
            Value::String(value) => drop(write!(text, " {name}={value:?}")),
            value => drop(write!(text, " {name}={value}")),
        }
    }
    text
}
