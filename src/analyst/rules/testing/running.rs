//! Tests that are there and do not run.

use std::collections::BTreeMap;

use super::test_files;
use crate::analyst::Field;
use crate::analyst::project::{File, Kind, Project, SYSTEMS, gomod, has_word, indent, is_for_one_system};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[
    Rule {
        id: "test-never-runs",
        field: Field::Testing,
        severity: Severity::Medium,
        title: "Every test has a name that is run",
        rationale: "`go test` passes over it without a word: it looks like a test and is none.",
        wrong_if: "it is a helper that other tests call",
        remedy: "Begin the rest of its name with a capital letter.",
        looks_at: "functions that take a `*testing.T`",
        topics: &["test", "gap", "quality"],
        check: test_never_runs,
    },
    Rule {
        id: "test-declared-twice",
        field: Field::Testing,
        severity: Severity::High,
        title: "No test is declared twice in one package",
        rationale: "The package's tests do not compile, so none of them runs.",
        wrong_if: "build constraints keep the two files apart",
        remedy: "Rename one of them.",
        looks_at: "test functions",
        topics: &["test", "gap", "quality"],
        check: test_declared_twice,
    },
    Rule {
        id: "tests-behind-unused-tag",
        field: Field::Testing,
        severity: Severity::Medium,
        title: "Every tag that hides tests is used by some command",
        rationale: "Nothing in the project runs these tests; they may have been failing for a long time.",
        wrong_if: "people run them by hand from memory",
        remedy: "Run them in the pipeline, with this tag.",
        looks_at: "tags that hide tests",
        topics: &["test", "gap", "coverage", "gate", "quality"],
        check: tests_behind_unused_tag,
    },
    Rule {
        id: "loop-variable-in-parallel-test",
        field: Field::Testing,
        severity: Severity::Medium,
        title: "No parallel test sees only the last case of its table",
        rationale: "Before Go 1.22 all of them share one variable: each runs when it holds the last case, the others are never tested.",
        wrong_if: "the variable is not used after the pause",
        remedy: "Copy it inside the loop, or raise the `go` line in `go.mod` to 1.22.",
        looks_at: "parallel tests in loops",
        topics: &["test", "gap", "quality"],
        check: loop_variable_in_parallel_test,
    },
];

fn test_never_runs(project: &Project, look: &mut Look) {
    for (file, go) in test_files(project) {
        for function in &go.functions {
            let takes_t = function.params.len() == 1 && function.params[0].kind == "*testing.T";
            if function.receiver.is_some() || !takes_t {
                continue;
            }
            look.saw_one();
            let rest = function.name.strip_prefix("Test").unwrap_or_default();
            let is_misnamed = rest.starts_with(|c: char| c.is_lowercase());
            let is_called = || {
                let folder = project.in_folder(file.folder()).filter_map(|other| Some((other, other.go()?)));
                folder.into_iter().any(|(other, go)| {
                    let called = go.calls.iter().any(|call| call.name.of(&other.text) == function.name);
                    called || other.text.matches(function.name.as_str()).count() > usize::from(other.path == file.path)
                })
            };
            if is_misnamed && !is_called() {
                look.found(file, function.line, format!("`{}` is no name that `go test` runs.", function.name));
            }
        }
    }
}

fn test_declared_twice(project: &Project, look: &mut Look) {
    let mut first: BTreeMap<(&str, &str, &str), (&File, u32)> = BTreeMap::new();
    for (file, go) in test_files(project).filter(|(file, go)| go.build.is_none() && !is_for_one_system(file.name())) {
        for function in
            go.functions.iter().filter(|function| function.receiver.is_none() && function.name.starts_with("Test"))
        {
            look.saw_one();
            let key = (file.folder(), go.package.as_str(), function.name.as_str());
            match first.get(&key) {
                Some((other, line)) => {
                    let statement = format!("`{}` is declared here, and in {}:{line}.", function.name, other.path);
                    look.found(file, function.line, statement);
                }
                None => {
                    first.insert(key, (file, function.line));
                }
            }
        }
    }
}

fn tests_behind_unused_tag(project: &Project, look: &mut Look) {
    // What the toolchain sets, or the usual words that leave a file out.
    const USUAL: &[&str] = &["appengine", "asan", "boringcrypto", "cgo", "ignore", "msan", "purego", "race", "tools"];
    let mut hidden: BTreeMap<&str, Vec<&File>> = BTreeMap::new();
    for (file, go) in test_files(project) {
        let Some(tag) = go.build.as_deref() else { continue };
        let is_one_word = tag.chars().all(|c| c.is_alphanumeric() || c == '_');
        let is_system = SYSTEMS.contains(&tag) || USUAL.contains(&tag) || tag.starts_with("go1");
        // What takes files by flags is run by whoever has them.
        let is_by_hand = tag.to_ascii_lowercase().contains("manual") || file.text.contains("flag.String(");
        if is_one_word && !is_system && !is_by_hand {
            hidden.entry(tag).or_default().push(file);
        }
    }
    // Some commands are written in Go.
    let is_command =
        |file: &File| file.kind != Kind::Go || file.text.contains("-tags") || file.text.contains("magefile");
    let named = project.named_in(hidden.keys().copied(), is_command);
    // A pipeline may read the tags from the files.
    let reads_tags =
        |file: &File| matches!(file.kind, Kind::Yaml | Kind::Shell | Kind::Makefile) && file.text.contains("go:build");
    if project.files().iter().any(reads_tags) {
        return;
    }
    // A job that is handed the folder of the tests may know how to run them.
    let is_handed = |file: &File| {
        let names = |other: &File| {
            matches!(other.kind, Kind::Yaml | Kind::Json)
                && file.folder().contains('/')
                && other.has_word(file.folder())
        };
        project.files().iter().any(names)
    };
    for (tag, files) in hidden {
        look.saw_one();
        if files.iter().all(|file| is_handed(file)) {
            continue;
        }
        // A tag that is a common word is found somewhere; then we stay silent.
        if !named.contains(tag) {
            let many = files.len();
            let them =
                if many == 1 { "This file's tests need".to_owned() } else { format!("The tests of {many} files need") };
            let written = files[0].lines().find(|(_, line)| line.starts_with("//go:build"));
            look.found(
                files[0],
                written.map_or(1, |(line, _)| line),
                format!("{them} `-tags {tag}`, and no command or document of the project names it."),
            );
        }
    }
}

fn loop_variable_in_parallel_test(project: &Project, look: &mut Look) {
    let versions = project.of_kind(Kind::GoMod).filter_map(|file| Some(gomod::version(&file.gomod()?.go.as_ref()?.0)));
    let versions: Option<Vec<_>> = versions.collect();
    // With several modules the newest decides, so that no line is judged by another module's version.
    let is_old = versions.and_then(|versions| versions.into_iter().max()).is_some_and(|newest| newest < (1, 22, 0));
    if !is_old {
        return;
    }
    for (file, go) in test_files(project) {
        let text = &file.text;
        for call in go.calls.iter().filter(|call| call.name.of(text) == "t.Run" && call.at.loops == 1) {
            let Some(body) = go.args(call).get(1).map(|arg| arg.of(text)) else { continue };
            if !body.starts_with("func(")
                || !body.lines().any(|line| !line.trim_start().starts_with("//") && line.contains("t.Parallel()"))
            {
                continue;
            }
            look.saw_one();
            let before = &text[..call.whole.start as usize];
            let Some(loop_line) = file.loop_around(call.at.line).map(str::trim) else { continue };
            let Some((names, _)) = loop_line.trim_start_matches("for ").split_once(":= range") else { continue };
            let Some(variable) =
                names.rsplit(',').next().map(str::trim).filter(|name| !name.is_empty() && *name != "_")
            else {
                continue;
            };
            let since_loop = &before[before.rfind(loop_line).unwrap_or(0)..];
            let copies = |line: &str| {
                let (left, right) = line.split_once(":=").unwrap_or_default();
                has_word(left, variable) && has_word(right, variable) && !line.trim_start().starts_with("for ")
            };
            // Until it pauses, a test runs within its turn of the loop.
            let (at_once, after_pause) = body.split_once("t.Parallel()").unwrap_or_default();
            // A table of one case has no last one.
            let items = loop_line.rsplit("range ").next().unwrap_or_default().trim_end_matches('{').trim();
            let table = before.rfind(&format!("{items} := [")).map_or("", |at| &before[at..]);
            let table = table.split(loop_line).next().unwrap_or_default();
            let is_of_one = table.lines().filter(|line| indent(line) > 0 && line.trim() == "{").count() == 1;
            let is_copied = is_of_one || since_loop.lines().chain(at_once.lines()).any(copies);
            if !is_copied && uses_word(after_pause, variable) {
                look.found(
                    file,
                    call.at.line,
                    format!("These tests run in parallel after the loop, when `{variable}` is the last case."),
                );
            }
        }
    }
}

/// Returns whether code uses a name, not only a field of that name.
fn uses_word(code: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(name).any(|(at, _)| {
        !code[..at].ends_with(|c| is_part(c) || c == '.') && !code[at + name.len()..].starts_with(is_part)
    })
}
