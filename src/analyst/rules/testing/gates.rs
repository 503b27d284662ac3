//! What stands between a red test and a release.

use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::Field;
use crate::analyst::project::{File, Kind, Project};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[
    Rule {
        id: "test-result-ignored",
        field: Field::Testing,
        severity: Severity::High,
        title: "A failing test fails the pipeline",
        rationale: "A red test run is reported as green, so the gate lets everything through.",
        wrong_if: "the step is meant to inform only",
        remedy: "Let the step fail: remove what swallows its exit code.",
        looks_at: "commands that run tests",
        topics: &["gate", "quality", "pipeline", "test"],
        check: test_result_ignored,
    },
    Rule {
        id: "coverage-gate-missing",
        field: Field::Testing,
        severity: Severity::Medium,
        title: "A promised coverage is enforced by something",
        rationale: "The figure is written down, and a change that halves the coverage passes all the same.",
        wrong_if: "a service outside of the repository enforces it",
        remedy: "Let the pipeline fail below the figure, or take it out of the document.",
        looks_at: "promises of coverage",
        topics: &["coverage", "gate", "quality", "target"],
        check: coverage_gate_missing,
    },
];

fn test_result_ignored(project: &Project, look: &mut Look) {
    let runs_tests = |line: &str| {
        ["go test", "gotestsum", "cargo test", "pytest", "npm test", "make test"]
            .iter()
            .any(|command| line.contains(command))
    };
    let is_pipeline = |file: &File| {
        matches!(file.kind, Kind::Yaml | Kind::Makefile | Kind::Shell | Kind::Dockerfile) && !file.is_test()
    };
    for file in project.files().iter().filter(|file| is_pipeline(file)) {
        for (number, line) in file.lines() {
            let code = line.trim();
            // What takes away the leavings of a run names it as well.
            let is_clean_up = ["rm ", "-delete", "find ", "-down", "test-clean", "clean-test", "teardown"]
                .iter()
                .any(|word| code.contains(word));
            if code.starts_with('#') || is_clean_up || !runs_tests(code) {
                continue;
            }
            // What is only measured, listed or built decides nothing.
            if ["-bench", "-run=^$", "-run xxx", "-run=xxx", "-list", "test -c", "-fuzz"]
                .iter()
                .any(|flag| code.contains(flag))
            {
                continue;
            }
            look.saw_one();
            // A run that is only measured may fail where another one decides.
            let is_measured = file.name().contains("cover")
                || code.contains("cover")
                    && project.of_kind(Kind::Yaml).any(|other| {
                        other.path != file.path
                            && other.lines().any(|(_, line)| runs_tests(line) && !line.contains("||"))
                    });
            if is_measured {
                continue;
            }
            let swallows = ["|| true", "|| :", "|| exit 0", "|| echo"].iter().find(|end| code.contains(**end));
            if let Some(end) = swallows {
                look.found(file, number, format!("The tests run here, and `{end}` makes their failure a success."));
            }
        }
    }
}

/// A percentage that is asked for, not one that was reached: `at least 80%`, `coverage: ≥ 80 %`, `80% coverage is required`.
static PROMISE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:must|should|shall|required?|requires|ensure|enforced?|enforces|keep|kept|maintain|at least|minimum|min|above|over|more than|target|goal|aim|gate|threshold|promised?)\b[^%]*?(?:^|[^\d.–-])(\d{2,3})\s?%|[≥>]=?\s?(\d{2,3})\s?%|(?:^|[^\d.–-])(\d{2,3})\s?%[^%]*\b(?:must|required|minimum|enforced|or (?:more|higher|above)|gate|threshold|target|goal)\b|(?:^|[^\d.–-])(\d{2,3})\s?%\+")
        .expect("it is a pattern")
});

fn coverage_gate_missing(project: &Project, look: &mut Look) {
    // Whatever compares a coverage with a number somewhere: a service's settings, a script, a flag, a step.
    let enforces = |file: &File| {
        let name = file.name().to_ascii_lowercase();
        let is_service = name.contains("codecov")
            || name.contains("coveralls")
            || name.contains("testcoverage")
            || name.contains("sonar");
        let text = file.text.to_ascii_lowercase();
        let is_code = !matches!(file.kind, Kind::Markdown | Kind::Go);
        let compares = [
            "threshold",
            "minimum",
            "min_cov",
            "min-cov",
            "fail_under",
            "-lt ",
            "awk",
            " bc",
            "total",
            "codecov",
            "coveralls",
            "sonar",
        ];
        // A badge leads to a service that compares it.
        let badge = ["codecov.io", "coveralls.io", "sonarcloud.io", "codeclimate.com", "codacy.com"];
        let is_service = is_service || badge.iter().any(|service| text.contains(service));
        let is_program = file.kind == Kind::Go && file.text.contains("ParseProfiles");
        is_service || is_program || is_code && text.contains("cover") && compares.iter().any(|word| text.contains(word))
    };
    // Who may approve, and no pipeline that tests: Prow, whose jobs stand in a repository of its own, runs the tests.
    let is_pipeline = |file: &File| {
        let runs = ["go test", "make test", "make check", "npm test", "pytest"];
        file.path.starts_with(".github/workflows/") && runs.iter().any(|command| file.text.contains(command))
    };
    let is_tested_elsewhere = project.exists("OWNERS") && !project.files().iter().any(is_pipeline);
    if is_tested_elsewhere || project.files().iter().any(enforces) {
        return;
    }
    for file in project.of_kind(Kind::Markdown).filter(|file| !file.is_test() && !file.is_history()) {
        let Some(document) = file.markdown() else { continue };
        let promise = document.statements().into_iter().find(|(_, words)| {
            let lower = words.to_ascii_lowercase();
            let is_lesson =
                ["lecture", "lesson", "course", "tutorial", "chapter"].iter().any(|word| lower.contains(word));
            // Insurances, networks and browsers have a coverage too.
            let is_of_tests = ["test", "code cover", "lines", "branches", "statements", "unit"]
                .iter()
                .any(|word| lower.contains(word));
            is_of_tests
                && lower.contains("coverage")
                && PROMISE.is_match(words)
                && !lower.contains("current")
                && !is_lesson
        });
        if let Some((line, words)) = promise {
            look.saw_one();
            let figure = PROMISE
                .captures(&words)
                .and_then(|found| Some(found.iter().skip(1).flatten().next()?.as_str().to_owned()))
                .unwrap_or_default();
            look.found(file, line, format!("A coverage of {figure} % is promised, and no pipeline, script or setting compares it with anything."));
        }
    }
}
