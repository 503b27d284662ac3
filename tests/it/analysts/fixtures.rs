//! Every rule has a project in which it finds something and one in which it looks and finds nothing: `fixtures/*.txt`.
//!
//! `=== RULE` begins a rule, `>>> bad` and `>>> good` begin projects of it, `--- PATH` begins a file of one. A `good` one
//! has to give the rule something to look at; a `silent` one is where it must not even look.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;

use quintet::analyst::{Project, hold, rules};

const FIXTURES: &[&str] = &[
    include_str!("fixtures/architecture.txt"),
    include_str!("fixtures/security.txt"),
    include_str!("fixtures/testing.txt"),
    include_str!("fixtures/performance.txt"),
    include_str!("fixtures/deployment.txt"),
    include_str!("fixtures/integration.txt"),
    include_str!("fixtures/compliance.txt"),
    include_str!("fixtures/scalability.txt"),
    include_str!("fixtures/monitoring.txt"),
    include_str!("fixtures/documentation.txt"),
    include_str!("fixtures/scripts.txt"),
    // What looks like a finding and is none.
    include_str!("fixtures/quiet/architecture.txt"),
    include_str!("fixtures/quiet/compliance.txt"),
    include_str!("fixtures/quiet/deployment.txt"),
    include_str!("fixtures/quiet/documentation.txt"),
    include_str!("fixtures/quiet/integration.txt"),
    include_str!("fixtures/quiet/monitoring.txt"),
    include_str!("fixtures/quiet/performance.txt"),
    include_str!("fixtures/quiet/scalability.txt"),
    include_str!("fixtures/quiet/security.txt"),
    include_str!("fixtures/quiet/testing.txt"),
];

struct Case<'a> {
    rule: &'a str,
    kind: &'a str,
    files: Vec<(&'a str, String)>,
}

fn cases() -> Vec<Case<'static>> {
    let mut cases: Vec<Case<'static>> = Vec::new();
    let mut rule = "";
    for line in FIXTURES.iter().flat_map(|text| text.lines()) {
        if let Some(name) = line.strip_prefix("=== ") {
            rule = name;
        } else if let Some(kind) = line.strip_prefix(">>> ") {
            cases.push(Case { rule, kind, files: Vec::new() });
        } else if let Some(path) = line.strip_prefix("--- ") {
            cases.last_mut().expect("a case comes before its files").files.push((path, String::new()));
        } else if let Some((_, text)) = cases.last_mut().and_then(|case| case.files.last_mut()) {
            text.push_str(line);
            text.push('\n');
        }
    }
    cases
}

#[test]
fn every_rule_finds_what_it_should_and_nothing_else() {
    let mut wrong = Vec::new();
    for case in cases() {
        let rule =
            rules().find(|rule| rule.id == case.rule).unwrap_or_else(|| panic!("there is no rule {}", case.rule));
        let project = Project::of(case.files.iter().map(|(path, text)| (*path, text.as_str())));
        let check = hold(rule, &project);
        let found: Vec<String> =
            check.findings.iter().map(|finding| format!("{} {}", finding.at(), finding.statement)).collect();
        let fits = match case.kind {
            "bad" => !found.is_empty(),
            "good" => found.is_empty() && check.looked_at > 0,
            "silent" => found.is_empty() && check.looked_at == 0,
            other => panic!("there is no kind {other}"),
        };
        if !fits || check.broke {
            wrong.push(format!("{} {}: looked at {}, found {found:?}", case.rule, case.kind, check.looked_at));
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn every_rule_has_a_fixture_for_it_and_one_against_it() {
    let cases = cases();
    let with = |kind: &[&str]| -> BTreeSet<&str> {
        cases.iter().filter(|case| kind.contains(&case.kind)).map(|case| case.rule).collect()
    };
    let all: BTreeSet<&str> = rules().map(|rule| rule.id).collect();
    assert_eq!(with(&["bad"]), all);
    assert_eq!(with(&["good", "silent"]), all);
}

#[test]
fn what_the_ignore_rules_hide_may_import_a_package() {
    let looked_at = |ignored: &str| {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("it can be made");
            fs::write(path, text).expect("it can be written");
        };
        write(".gitignore", ignored);
        write("go.mod", "module example.com/a\n");
        write("cmd/agent/agent.go", "package main\nimport _ \"example.com/a/internal/login\"\n");
        write("internal/login/login.go", "package login\nfunc In() {}\n");
        let rule = rules().find(|rule| rule.id == "package-nobody-imports").expect("there is such a rule");
        let check = hold(rule, &Project::read(folder.path(), &|| true));
        assert!(check.findings.is_empty(), "{:?}", check.findings);
        check.looked_at
    };
    assert_eq!((looked_at("# the program\nagent\n"), looked_at("dist\n")), (0, 1));
}

#[test]
fn a_linked_file_may_declare_what_terraform_uses() {
    let found = |is_linked: bool| {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("it can be made");
            fs::write(path, text).expect("it can be written");
        };
        write("shared/all.tf", "locals {\n  project = \"a\"\n}\n");
        write("dev/main.tf", "resource \"google_project_service\" \"a\" {\n  project = local.project\n}\n");
        if is_linked {
            symlink("../shared/all.tf", folder.path().join("dev/all.tf")).expect("a link can be made");
        }
        let rule = rules().find(|rule| rule.id == "undeclared-variable").expect("there is such a rule");
        hold(rule, &Project::read(folder.path(), &|| true)).findings.len()
    };
    assert_eq!((found(true), found(false)), (0, 1));
}
