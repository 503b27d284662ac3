//! An analyst as a process: what it prints, what it leaves, how it ends, how its successor carries on.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use assert_cmd::cargo::CommandCargoExt;
use quintet::cli::sample::FILES;
use serde_json::Value;
use tempfile::TempDir;

pub struct World {
    pub folder: TempDir,
}

impl World {
    pub fn with_sample() -> World {
        let folder = TempDir::new().expect("a folder for the test");
        for (path, text) in FILES {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("its folder can be made");
            fs::write(path, text).expect("it can be written");
        }
        World { folder }
    }

    pub fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(".claude-team").join(name)
    }

    pub fn analyst(&self, agent: &str, criteria: &[&str]) -> Command {
        let mut command = Command::cargo_bin("quintet").expect("the program is built");
        command.args(["__analyst", "--agent", agent, "--task", "Look at it"]);
        command.args(criteria.iter().flat_map(|criterion| ["--criterion", criterion]));
        command
            .current_dir(self.folder.path())
            .env("QUINTET_PROJECT", self.folder.path())
            .env("QUINTET_REPORT", self.path(&format!("reports/{agent}.md")))
            .env("QUINTET_HANDOFF", self.path(&format!("handoffs/{agent}-1.md")))
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        command
    }

    pub fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|why| panic!("{name}: {why}"))
    }
}

pub fn lines(command: &mut Command) -> Vec<Value> {
    let output = command.output().expect("it runs");
    assert!(output.status.success());
    parsed(&output.stdout)
}

fn parsed(bytes: &[u8]) -> Vec<Value> {
    let text = String::from_utf8_lossy(bytes);
    text.lines().map(|line| serde_json::from_str(line).expect("each line is an object")).collect()
}

pub fn of_type<'a>(lines: &'a [Value], kind: &'a str) -> impl Iterator<Item = &'a Value> {
    lines.iter().filter(move |line| line["type"] == kind)
}

/// Waits for the first finding, then asks the process to end.
fn end_after_first_finding(child: &mut Child) -> Vec<Value> {
    let mut output = BufReader::new(child.stdout.take().expect("its output is piped"));
    let mut lines = Vec::new();
    let mut line = String::new();
    while output.read_line(&mut line).expect("it can be read") > 0 {
        let value: Value = serde_json::from_str(&line).expect("each line is an object");
        line.clear();
        let is_first = value["type"] == "finding" && of_type(&lines, "finding").next().is_none();
        lines.push(value);
        if is_first {
            let pid = rustix::process::Pid::from_child(child);
            rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it is alive");
        }
    }
    lines
}

#[test]
fn an_analyst_reports_findings_criteria_and_a_result() {
    let world = World::with_sample();
    let lines = lines(&mut world.analyst("security-auditor", &["assess the isolation of tenants", "all is well"]));
    let urgent: Vec<&Value> = of_type(&lines, "urgent").collect();
    assert_eq!(urgent.len(), 1);
    assert_eq!((&urgent[0]["file"], &urgent[0]["line"]), (&"internal/crm/client.go".into(), &14.into()));
    let criteria: Vec<&Value> = of_type(&lines, "criterion").map(|line| &line["n"]).collect();
    assert_eq!(criteria, [&Value::from(1)]);
    assert_eq!(lines.last().map(|line| (&line["type"], &line["ok"])), Some((&"result".into(), &true.into())));
    let report = world.text("reports/security-auditor.md");
    assert!(report.contains("`internal/auth/signature.go:19`") && !report.contains("AKIA3QWVEXNTR5PLK7DM"));
    assert!(report.contains("- [x] 1. ") && report.contains("- [ ] 2. "));
    let sarif: Value = serde_json::from_str(&world.text("reports/security-auditor.sarif")).expect("it is JSON");
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "secret-in-source");
}

#[test]
fn an_analyst_that_is_stopped_leaves_notes_and_its_successor_does_the_rest() {
    let world = World::with_sample();
    let mut child = world.analyst("performance-engineer", &[]).env("QUINTET_PACE", "30").spawn().expect("it starts");
    let first = end_after_first_finding(&mut child);
    assert!(child.wait().expect("it ends").success());
    assert!(of_type(&first, "result").next().is_none());
    let notes = world.text("handoffs/performance-engineer-1.md");
    assert!(notes.len() <= 8 * 1024 && notes.contains("- checked `budget-does-not-add-up`"));
    assert!(world.text("reports/performance-engineer.md").contains("the time was up"));

    let mut successor = world.analyst("performance-engineer", &[]);
    successor.env("QUINTET_PREVIOUS_HANDOFF", world.path("handoffs/performance-engineer-1.md"));
    let second = lines(&mut successor);
    let said: Vec<&str> = of_type(&second, "text").filter_map(|line| line["text"].as_str()).collect();
    assert!(said.iter().any(|text| text.starts_with("carrying on from the notes")));
    let again = of_type(&second, "finding").filter(|line| line["rule"] == "budget-does-not-add-up");
    assert_eq!(again.count(), 0);
    let report = world.text("reports/performance-engineer.md");
    assert!(report.contains("budget-does-not-add-up") && report.contains("query-in-loop"));
}

#[test]
fn a_task_without_a_rule_ends_partial_and_says_so() {
    let world = World::with_sample();
    let lines = lines(&mut world.analyst("poet", &[]));
    let result = lines.last().expect("it ends with a result");
    assert_eq!((&result["ok"], &result["partial"], &result["why"]), (&true.into(), &true.into(), &"no rule".into()));
    assert!(world.text("reports/poet.md").contains("no rule for this task"));
    assert!(world.text("handoffs/poet-1.md").contains("## Open"));
}

#[test]
fn the_integration_analyst_puts_the_findings_of_all_together() {
    let world = World::with_sample();
    for agent in ["security-auditor", "testing-engineer", "compliance-specialist"] {
        lines(&mut world.analyst(agent, &[]));
    }
    lines(&mut world.analyst("integration-analyst", &[]));
    let report = world.text("reports/integration-analyst.md");
    assert!(report.contains("`compliance-specialist`, `security-auditor`, `testing-engineer`"));
    assert!(report.contains("- critical, `internal/crm/client.go:14`"));
}

#[test]
fn a_comment_that_allows_a_rule_silences_it_visibly() {
    let world = World::with_sample();
    let file = world.folder.path().join("internal/crm/client.go");
    let text = fs::read_to_string(&file).expect("it is there");
    let mended = text.replace("const exportKey", "// quintet: allow secret-in-source revoked in May\nconst exportKey");
    fs::write(&file, mended).expect("it can be written");
    let lines = lines(&mut world.analyst("security-auditor", &[]));
    assert_eq!(of_type(&lines, "urgent").count(), 0);
    assert!(
        world
            .text("reports/security-auditor.md")
            .contains("allowed at `internal/crm/client.go:15` by a comment: revoked in May")
    );
}

#[test]
fn started_by_hand_the_prompt_file_says_what_the_arguments_do() {
    let world = World::with_sample();
    let prompt = world.path("prompt.md");
    fs::create_dir_all(prompt.parent().unwrap_or(Path::new("."))).expect("its folder can be made");
    let text = "## Your task\n\nAudit the docs\n\nYou are done when each of these holds.\n\n1. review the links\n\n## Your time\n";
    fs::write(&prompt, text).expect("it can be written");
    let mut command = Command::cargo_bin("quintet").expect("the program is built");
    command.arg("__analyst").env("QUINTET_AGENT", "someone").env("QUINTET_PROMPT_FILE", &prompt);
    command.env("QUINTET_PROJECT", world.folder.path()).env("QUINTET_REPORT", world.path("reports/x.md"));
    let lines = lines(&mut command);
    assert_eq!(of_type(&lines, "criterion").count(), 1);
    assert!(world.text("reports/x.md").contains("link-to-missing-file"));
}
