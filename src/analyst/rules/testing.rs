//! Testing: tests that run, can fail, and count.

use super::{Look, Rule};
use crate::analyst::Field;
use crate::analyst::project::go::{Call, Function, GoFile, Where};
use crate::analyst::project::{File, Kind, Project};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[
    Rule {
        id: "test-always-skipped",
        field: Field::Testing,
        severity: Severity::Medium,
        title: "No test skips itself always",
        rationale: "It counts as a test and checks nothing, on every machine.",
        wrong_if: "the test is kept as a reminder on purpose",
        remedy: "Mend it, or delete it and keep the reason in an issue.",
        looks_at: "test functions",
        topics: &["test", "gap", "coverage", "quality"],
        check: test_always_skipped,
    },
    Rule {
        id: "test-cannot-fail",
        field: Field::Testing,
        severity: Severity::Medium,
        title: "Every test can fail",
        rationale: "Whatever the code does, this test passes; its coverage says nothing.",
        wrong_if: "it is only there to show that nothing panics",
        remedy: "Assert what the call must have changed or returned.",
        looks_at: "test functions",
        topics: &["test", "gap", "coverage", "quality"],
        check: test_cannot_fail,
    },
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
];

/// Calls `take` for every test function with the calls in it.
fn each_test(project: &Project, mut take: impl FnMut(&File, &GoFile, &Function, &[&Call])) {
    let tests = project.of_kind(Kind::Go).filter(|file| file.name().ends_with("_test.go"));
    for file in tests.filter(|file| !file.path.contains("testdata/")) {
        let Some(go) = file.go().filter(|go| !go.generated) else { continue };
        for (index, function) in go.functions.iter().enumerate() {
            let takes_t = function.params.len() == 1 && function.params[0].kind == "*testing.T";
            let is_test = function.receiver.is_none() && takes_t && is_test_name(&function.name);
            if is_test {
                let calls: Vec<&Call> = go.calls.iter().filter(|call| call.at.function == index as u32).collect();
                take(file, go, function, &calls);
            }
        }
    }
}

fn is_test_name(name: &str) -> bool {
    name.strip_prefix("Test").is_some_and(|rest| !rest.starts_with(|c: char| c.is_lowercase()))
}

fn test_always_skipped(project: &Project, look: &mut Look) {
    each_test(project, |file, _, function, calls| {
        look.saw_one();
        let t = &function.params[0].name;
        let is_skip = |call: &&&Call| {
            let name = call.name.of(&file.text);
            [".Skip", ".Skipf", ".SkipNow"].iter().any(|skip| name == format!("{t}{skip}"))
        };
        let at_top = |at: Where| at.loops == 0 && at.closures == 0 && at.branches == 0 && !at.deferred;
        if let Some(skip) = calls.iter().find(is_skip).filter(|skip| at_top(skip.at)) {
            // What stands before it still runs; a return before it is a condition that we do not follow.
            let before = &file.text[function.body.start as usize..skip.whole.start as usize];
            if !before.contains("return") {
                look.found(file, skip.at.line, format!("`{}` skips itself unconditionally.", function.name));
            }
        }
    });
}

fn test_cannot_fail(project: &Project, look: &mut Look) {
    each_test(project, |file, go, function, calls| {
        look.saw_one();
        let t = function.params[0].name.as_str();
        let body = function.body.of(&file.text);
        let harmless = |field: &str| {
            matches!(field, "Log" | "Logf" | "Parallel" | "Helper" | "Run" | "Setenv" | "TempDir" | "Name")
        };
        let uses_t = go.selectors.iter().any(|selector| {
            function.body.holds(selector.operand)
                && selector.operand.of(&file.text) == t
                && !harmless(selector.field.of(&file.text))
        });
        let hands_t_on = calls.iter().any(|call| go.args(call).iter().any(|arg| has_word(arg.of(&file.text), t)));
        let may_panic = body.contains("panic(") || body.contains("log.Fatal") || body.contains("os.Exit");
        // `New(t)` in a literal, a closure's own `t`, a suite: whatever else mentions it may fail with it.
        let other_mention = words(body).filter(|word| *word == t).count()
            != go.selectors.iter().filter(|s| function.body.holds(s.operand) && s.operand.of(&file.text) == t).count();
        let is_named = !t.is_empty() && t != "_";
        if (is_named && (uses_t || hands_t_on || other_mention)) || may_panic || go.broken {
            return;
        }
        look.found(file, function.line, format!("`{}` has nothing in it that could fail.", function.name));
    });
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

fn has_word(text: &str, word: &str) -> bool {
    words(text).any(|each| each == word)
}

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
            if code.starts_with('#') || !runs_tests(code) {
                continue;
            }
            look.saw_one();
            let swallows = ["|| true", "|| :", "|| exit 0", "|| echo"].iter().find(|end| code.contains(**end));
            if let Some(end) = swallows {
                look.found(file, number, format!("The tests run here, and `{end}` makes their failure a success."));
            }
        }
    }
}
