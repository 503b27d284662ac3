//! Tests in TypeScript, JavaScript, Python and Rust.

use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::Field;
use crate::analyst::project::script::{Language, language};
use crate::analyst::project::{File, Project, indent};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[
    Rule {
        id: "test-left-focused",
        field: Field::Testing,
        severity: Severity::High,
        title: "No test keeps all others of its file from running",
        rationale: "`only` was put there to work on one test; every other test of the file is passed over, and the run is green.",
        wrong_if: "the tool that runs the tests ignores it",
        remedy: "Remove `only`.",
        looks_at: "files of tests in JavaScript and TypeScript",
        topics: &["test", "gap", "quality", "gate"],
        check: test_left_focused,
    },
    Rule {
        id: "test-switched-off",
        field: Field::Testing,
        severity: Severity::Low,
        title: "No test in JavaScript, TypeScript or Python is switched off",
        rationale: "It counts as a test and checks nothing, on every machine.",
        wrong_if: "the test is kept as a reminder on purpose",
        remedy: "Mend it, or delete it and keep the reason in an issue.",
        looks_at: "files of tests in JavaScript, TypeScript and Python",
        topics: &["test", "gap", "coverage", "quality"],
        check: test_switched_off,
    },
    Rule {
        id: "test-is-empty",
        field: Field::Testing,
        severity: Severity::Medium,
        title: "Every test in JavaScript, TypeScript, Python and Rust has a body",
        rationale: "It passes whatever the code does, and looks like a test in every count.",
        wrong_if: "never, as far as is known",
        remedy: "Write the test, or mark it as one to be written.",
        looks_at: "files of tests in JavaScript, TypeScript, Python and Rust",
        topics: &["test", "gap", "coverage", "quality"],
        check: test_is_empty,
    },
    Rule {
        id: "assertion-of-constant",
        field: Field::Testing,
        severity: Severity::Medium,
        title: "Every assertion is about the code",
        rationale: "It holds whatever the code does: the test cannot fail here.",
        wrong_if: "reaching the line is what is tested",
        remedy: "Assert what the code must have returned or changed.",
        looks_at: "files of tests",
        topics: &["test", "gap", "quality"],
        check: assertion_of_constant,
    },
];

/// Returns the files of tests in these languages, what they are tested with aside.
fn tests(project: &Project) -> impl Iterator<Item = (&File, Language)> {
    let files = project.files().iter().filter_map(|file| Some((file, language(file)?)));
    files.filter(|(file, language)| {
        let name = file.name();
        let is_data = ["fixture", "testdata", "template", "snapshot"].iter().any(|word| file.path.contains(word));
        let is_test = match language {
            Language::JavaScript => {
                name.contains(".test.")
                    || name.contains(".spec.")
                    || name.contains(".cy.")
                    || file.path.contains("__tests__/")
            }
            Language::Python => name.starts_with("test_") || name.ends_with("_test.py"),
            Language::Rust => file.text.contains("#[test]"),
        };
        is_test && !is_data
    })
}

/// Returns the lines that stand in no comment of several lines.
fn code_lines(file: &File) -> impl Iterator<Item = (u32, &str)> {
    let mut is_comment = false;
    file.lines().filter(move |(_, line)| {
        let was_comment = is_comment;
        let (open, close) = (line.rfind("/*"), line.rfind("*/"));
        is_comment = match (open, close) {
            (Some(open), Some(close)) => open > close,
            (Some(open), None) => is_comment || line[..open].trim().is_empty(),
            (None, Some(_)) => false,
            (None, None) => is_comment,
        };
        !was_comment
    })
}

static FOCUSED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^\s*(?:(describe|it|test|context|suite)(?:\.\w+)?\.only|(fit|fdescribe))\s*\(\s*['"`]"#)
        .expect("it is a pattern")
});

fn test_left_focused(project: &Project, look: &mut Look) {
    for (file, _) in tests(project).filter(|(_, language)| *language == Language::JavaScript) {
        look.saw_one();
        if let Some((line, code)) = code_lines(file).find(|(_, line)| FOCUSED.is_match(line)) {
            let word = code.trim_start().split('(').next().unwrap_or_default();
            look.found(file, line, format!("`{word}` keeps all other tests of this file from running."));
        }
    }
}

static OFF: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^\s*(?:(?:describe|it|test|context)\.skip|xit|xdescribe|xtest)\s*\(\s*['"`]|^\s*@(?:pytest\.mark\.skip|unittest\.skip)\b(?:\s*$|\()"#)
        .expect("it is a pattern")
});

fn test_switched_off(project: &Project, look: &mut Look) {
    for (file, _) in tests(project).filter(|(_, language)| *language != Language::Rust) {
        look.saw_one();
        // Where a remark or a reason stands beside it, somebody knows.
        let is_known = |line: u32, code: &str| {
            // `skip("why")`, or nothing in it that is missed.
            let is_reasoned =
                code.contains("reason=") || code.contains("skip(\"") && code.trim_start().starts_with('@');
            let is_blank = code.trim_end().ends_with('{')
                && file.line(line + 1).trim().is_empty()
                && file.line(line + 2).trim().starts_with("})");
            let says = |line: &str| {
                let line = line.trim_start();
                ["//", "#", "*", "/*"].iter().any(|mark| line.starts_with(mark))
                    || ["://", " //", " #"].iter().any(|mark| line.contains(mark))
            };
            is_reasoned
                || is_blank
                || (line.saturating_sub(1)..=line).any(|line| says(file.line(line)))
                || file.line(line + 1).trim_start().starts_with('@') && says(file.line(line + 1))
        };
        let is_off = |line: u32, code: &str| OFF.is_match(code) && !is_known(line, code);
        let mut off = code_lines(file).filter(|(line, code)| is_off(*line, code));
        let Some((line, _)) = off.next() else { continue };
        let statement = match off.count() {
            0 => "A test is switched off here.".to_owned(),
            more => format!("{} tests or groups of this file are switched off.", more + 1),
        };
        look.found(file, line, statement);
    }
}

static EMPTY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?m)^[ \t]*(?:it|test)\s*\(\s*(?:'([^'\n]+)'|"([^"\n]+)"|`([^`\n]+)`)\s*,\s*(?:async\s*)?(?:\(\)\s*=>|function\s*\(\))\s*\{\s*\}\s*\)|#\[test\]\s*(?:async\s+)?fn\s+(\w+)\(\)\s*\{\s*\}"#)
        .expect("it is a pattern")
});
static DEF: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(\s*)(?:async )?def (test_\w+)\(.*\).*:\s*$").expect("it is a pattern"));

fn test_is_empty(project: &Project, look: &mut Look) {
    for (file, language) in tests(project) {
        look.saw_one();
        if language == Language::Python {
            for (line, name) in empty_functions(file) {
                look.found(file, line, format!("`{name}` is empty."));
            }
            continue;
        }
        for found in EMPTY.captures_iter(&file.text) {
            let name = (1..=4).find_map(|group| found.get(group)).map_or("", |name| name.as_str());
            let start = found.get(0).map_or(0, |whole| whole.start());
            look.found(file, file.line_of(start), format!("The test `{name}` is empty."));
        }
    }
}

/// Returns the tests of a Python file whose body is `pass` or `...`, without a decorator that may fill them.
fn empty_functions(file: &File) -> Vec<(u32, &str)> {
    let lines: Vec<(u32, &str)> = file.lines().collect();
    let mut empty = Vec::new();
    for (index, (line, code)) in lines.iter().enumerate() {
        let Some(head) = DEF.captures(code) else { continue };
        let own = head.get(1).map_or(0, |it| it.len());
        let is_body = |line: &&str| line.trim().is_empty() || indent(line) > own;
        let body = lines[index + 1..].iter().map(|(_, line)| *line).take_while(is_body);
        let said: Vec<&str> = body.map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
        let is_decorated = index > 0 && lines[index - 1].1.trim_start().starts_with('@');
        if matches!(said[..], ["pass" | "..."]) && !is_decorated {
            empty.push((*line, head.get(2).map_or("", |name| name.as_str())));
        }
    }
    empty
}

static CONSTANT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\s*(?:expect\((?:true\)\.(?:toBe|toEqual)\(true|1\)\.(?:toBe|toEqual)\(1|true\)\.toBeTruthy\()\)|assert True\s*$|self\.assertTrue\(True\)|assert!\(true\)|assert_eq!\((?:true, true|1, 1)\)|(?:assert|require)\.True\(t, true\)|assert\(true\))")
        .expect("it is a pattern")
});

fn assertion_of_constant(project: &Project, look: &mut Look) {
    let go = super::test_files(project).map(|(file, _)| file);
    for file in tests(project).map(|(file, _)| file).chain(go) {
        look.saw_one();
        for (line, code) in file.lines().filter(|(_, line)| CONSTANT.is_match(line)) {
            // Whoever says why knows that it is none.
            let is_said = [code, file.line(line - 1)].iter().any(|line| line.contains("//") || line.contains('#'));
            let is_named = [file.name(), file.line(line - 1)].iter().any(|text| {
                let lower = text.to_ascii_lowercase();
                [
                    "dummy",
                    "placeholder",
                    "fake",
                    "noop",
                    "example",
                    "nothing",
                    "smoke",
                    "except ",
                    "cleanup",
                    "clean up",
                ]
                .iter()
                .any(|word| lower.contains(word))
            });
            if !is_said && !is_named {
                look.found(
                    file,
                    line,
                    format!("`{}` holds whatever the code does.", code.trim().trim_end_matches(';')),
                );
            }
        }
    }
}
