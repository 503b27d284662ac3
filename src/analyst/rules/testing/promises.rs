//! What documents say of tests, and what is not tested at all.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::LazyLock;

use regex::Regex;

use super::test_files;
use crate::analyst::Field;
use crate::analyst::project::{File, Kind, Project};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[
    Rule {
        id: "documented-test-missing",
        field: Field::Testing,
        severity: Severity::Medium,
        title: "Every test that a document names is there",
        rationale: "The document counts on a test that nobody can run.",
        wrong_if: "the name is an example of how to write tests",
        remedy: "Write the test, or take its name out of the document.",
        looks_at: "names of tests in documents",
        topics: &["test", "gap", "coverage", "validat"],
        check: documented_test_missing,
    },
    Rule {
        id: "packages-without-tests",
        field: Field::Testing,
        severity: Severity::Low,
        title: "Every package with much code has a test",
        rationale: "Nothing says that this code does what it should, and nothing will say when it stops doing it.",
        wrong_if: "tests of other packages go through it",
        remedy: "Begin with the package whose failure would cost most.",
        looks_at: "packages with 200 lines in functions or more",
        topics: &["test", "gap", "coverage"],
        check: packages_without_tests,
    },
];

static TEST_NAME: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\bTest[A-Z]\w{5,}\b").expect("it is a pattern"));

fn documented_test_missing(project: &Project, look: &mut Look) {
    let mut documented: BTreeMap<&str, (&File, u32)> = BTreeMap::new();
    for file in project.of_kind(Kind::Markdown).filter(|file| !file.is_test() && !is_history(file)) {
        let Some(document) = file.markdown() else { continue };
        let code = document.code.iter().map(|(line, code)| (*line, code.as_str()));
        let commands = document.blocks.iter().filter(|block| block.text.contains("-run"));
        let commands = commands.flat_map(|block| {
            block.text.lines().enumerate().map(move |(index, line)| (block.line + index as u32, line))
        });
        for (line, text) in code.chain(commands) {
            // A library of this name is no test.
            // A name that stands for any other ends so: `TestSomeName`.
            let is_meant = |name: &str| {
                let stands = [
                    "Name",
                    "Function",
                    "Case",
                    "Xxx",
                    "Foo",
                    "Bar",
                    "Something",
                    "Feature",
                    "Example",
                    "Pattern",
                    "Regex",
                ];
                let begins = ["TestSpecific", "TestYour", "TestMy", "TestSome", "TestSingle", "TestAny"];
                !begins.iter().any(|start| name.starts_with(start))
                    && !name.eq_ignore_ascii_case("testcontainers")
                    && !stands.iter().any(|end| name.ends_with(end))
            };
            for name in
                TEST_NAME.find_iter(text).filter(|name| is_meant(name.as_str()) && !text[..name.start()].ends_with('<'))
            {
                documented.entry(name.as_str()).or_insert((file, line));
            }
        }
    }
    let has_go = project.of_kind(Kind::Go).next().is_some();
    let written = project.named_in(documented.keys().copied(), |file| file.kind != Kind::Markdown);
    for (name, (file, line)) in documented.into_iter().filter(|_| has_go) {
        look.saw_one();
        // `-run` takes a pattern: the beginning of a name is enough.
        let is_beginning =
            || test_files(project).any(|(_, go)| go.functions.iter().any(|function| function.name.contains(name)));
        if !written.contains(name) && !is_beginning() {
            look.found(file, line, format!("`{name}` is named here, and no file of the project holds it."));
        }
    }
}

fn is_history(file: &File) -> bool {
    file.name().to_ascii_lowercase().contains("change") || file.path.contains("release")
}

/// Packages with fewer lines in functions may well be tested through others.
const LARGE: usize = 200;

fn packages_without_tests(project: &Project, look: &mut Look) {
    let mut tested: BTreeSet<&str> = test_files(project).map(|(file, _)| file.folder()).collect();
    // A package that a test of another one imports is gone through there.
    let imports = test_files(project).flat_map(|(_, go)| go.imports.iter().map(|import| import.path.as_str()));
    let imported: HashSet<&str> =
        imports.flat_map(|path| path.match_indices('/').map(|(at, _)| &path[at + 1..])).collect();
    tested.extend(project.go_code().map(|(file, _)| file.folder()).filter(|folder| imported.contains(folder)));
    let mut sizes: BTreeMap<&str, (usize, &File)> = BTreeMap::new();
    // A module of the project in which nothing is tested is kept, and tested, elsewhere.
    let modules: Vec<&str> =
        project.of_kind(Kind::GoMod).map(File::folder).filter(|folder| !folder.is_empty()).collect();
    let is_in = |folder: &str, module: &str| {
        folder == module || folder.strip_prefix(module).is_some_and(|rest| rest.starts_with('/'))
    };
    let with_tests: BTreeSet<&str> = test_files(project).map(|(file, _)| file.folder()).collect();
    let foreign: Vec<&str> =
        modules.into_iter().filter(|module| !with_tests.iter().any(|folder| is_in(folder, module))).collect();
    let is_left = |file: &File| {
        let says = file.lines().take(40).any(|(_, line)| {
            let lower = line.to_ascii_lowercase();
            lower.starts_with("//")
                && [
                    "no longer tested",
                    "deprecated",
                    "not tested",
                    "direct copy",
                    "copied from",
                    "copy of",
                    "fork of",
                    "forked from",
                    "vendored",
                ]
                .iter()
                .any(|word| lower.contains(word))
        });
        says || foreign.iter().any(|module| is_in(file.folder(), module))
    };
    for (file, go) in project.go_code().filter(|(file, go)| go.package != "main" && !is_left(file)) {
        // What functions do is tested; types and constants are not.
        let is_code = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with("//");
        let bodies = go.functions.iter().map(|function| go.without_strings(function.body, &file.text));
        let lines: usize = bodies.map(|body| body.lines().filter(is_code).count().saturating_sub(2)).sum();
        let entry = sizes.entry(file.folder()).or_insert((0, file));
        entry.0 += lines;
    }
    sizes.retain(|_, (lines, _)| *lines >= LARGE);
    for _ in &sizes {
        look.saw_one();
    }
    sizes.retain(|folder, _| {
        !tested.contains(folder) && !["test", "mock", "migrations"].iter().any(|word| folder.contains(word))
    });
    let Some((largest, (lines, file))) = sizes.iter().max_by_key(|(_, (lines, _))| *lines) else { return };
    let largest = if largest.is_empty() { "." } else { largest };
    let statement = match sizes.len() {
        1 => format!("`{largest}` has {lines} lines in functions, and no test is beside it or imports it."),
        many => format!(
            "{many} packages with {LARGE} lines in functions or more have no test beside them, and none imports them; the largest is `{largest}` with {lines}."
        ),
    };
    let line = file.lines().find(|(_, line)| line.starts_with("package ")).map_or(1, |(line, _)| line);
    look.found(file, line, statement);
}
