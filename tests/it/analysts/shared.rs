//! Analysts of one run: the first to come reads the project, the others take over what it saw.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::process::Command;

use serde_json::Value;

use super::process::{World, lines, of_type};

const SHARED: &str = "runs/r/analysts.json";

impl World {
    fn in_a_run(&self, agent: &str) -> Command {
        fs::create_dir_all(self.path("runs/r")).expect("the run's folder can be made");
        let mut command = self.analyst(agent, &[]);
        command.env("QUINTET_TEAM_DIR", self.path("")).env("QUINTET_RUN", "r");
        command
    }
}

fn rules(lines: &[Value]) -> Vec<&str> {
    of_type(lines, "finding").filter_map(|line| line["rule"].as_str()).collect()
}

#[test]
fn the_second_analyst_takes_over_what_the_first_saw() {
    let world = World::with_sample();
    lines(&mut world.in_a_run("testing-engineer"));
    let mut shared: Value = serde_json::from_str(&world.text(SHARED)).expect("it is JSON");
    shared["survey"]["skipped"] = serde_json::json!([{"path": "taken.bin", "why": "Binary"}]);
    let checks = shared["checks"].as_array_mut().expect("there are checks");
    checks.iter_mut().for_each(|check| check["findings"] = Value::Array(Vec::new()));
    fs::write(world.path(SHARED), shared.to_string()).expect("it can be written");
    assert_eq!(rules(&lines(&mut world.in_a_run("security-auditor"))), [""; 0]);
    assert!(world.text("reports/security-auditor.md").contains("Not read, binary: `taken.bin`"));
}

#[test]
fn alone_or_together_an_analyst_reports_the_same() {
    let world = World::with_sample();
    for agent in ["compliance-specialist", "security-auditor", "documentation-engineer"] {
        lines(&mut world.in_a_run(agent));
        let together = world.text(&format!("reports/{agent}.md"));
        lines(&mut world.analyst(agent, &[]));
        assert_eq!(world.text(&format!("reports/{agent}.md")), together);
    }
}

#[test]
fn a_project_that_was_changed_meanwhile_is_read_anew() {
    let world = World::with_sample();
    lines(&mut world.in_a_run("testing-engineer"));
    let file = world.folder.path().join("internal/crm/client.go");
    let mended = fs::read_to_string(&file).expect("it is there").replace("AKIA", "akia");
    fs::write(&file, mended).expect("it can be written");
    assert!(!rules(&lines(&mut world.in_a_run("security-auditor"))).contains(&"secret-in-source"));
}

#[test]
fn whoever_waits_has_read_nothing_yet() {
    let world = World::with_sample();
    let mut command = world.in_a_run("security-auditor");
    let lock = File::create(world.path("runs/r/analysts.lock")).expect("it can be made");
    lock.lock().expect("nobody else has it");
    let mut child = command.spawn().expect("it starts");
    let mut output = BufReader::new(child.stdout.take().expect("its output is piped")).lines();
    let waits = |line: &String| line.contains("another analyst reads the project");
    output.by_ref().map_while(Result::ok).find(waits).expect("it says that it waits");
    let file = world.folder.path().join("internal/crm/client.go");
    fs::remove_file(file).expect("it is there");
    drop(lock);
    let rest: Vec<Value> =
        output.map_while(Result::ok).map(|line| serde_json::from_str(&line).expect("it is JSON")).collect();
    assert!(child.wait().expect("it ends").success());
    assert!(!rules(&rest).is_empty() && !rules(&rest).contains(&"secret-in-source"));
}
