//! Files that the plan wants read and that are not there.

use quintet::plan::{self, missing_reads};

const PLAN: &str = "\
## Agent 1: reader
Task: compare docs/guide.md, `TEST_EXECUTION_GUIDE.md` and `src/**/*.rs`
Read: budget.csv, internal/auth/, nothing-like-it.toml
";

fn said(files: &[&str]) -> Vec<String> {
    let all: Vec<String> = files.iter().map(|file| (*file).to_owned()).collect();
    let reading = plan::read(PLAN);
    assert!(reading.is_good(), "{:?}", reading.problems);
    let missing = missing_reads(&reading, |path| files.contains(&path), &all);
    missing.iter().map(|problem| format!("{}: {} → {}", problem.line, problem.message, problem.hint)).collect()
}

#[test]
fn a_missing_file_is_said_with_the_nearest_names() {
    insta::assert_snapshot!(
        said(&[
            "docs/guides.md",
            "docs/TEST-EXECUTION-GUIDE.md",
            "src/bin/main.rs",
            "data/budget.csv",
            "internal/auth/a.go"
        ])
        .join("\n")
    );
}

#[test]
fn nothing_is_said_of_files_that_are_there() {
    let all = [
        "docs/guide.md",
        "TEST_EXECUTION_GUIDE.md",
        "src/main.rs",
        "budget.csv",
        "internal/auth/a.go",
        "nothing-like-it.toml",
    ];
    assert_eq!(said(&all), Vec::<String>::new());
}
