//! What documents say of tests, and what is not tested at all.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::test_files;
use crate::analyst::Field;
use crate::analyst::project::{File, Kind, Project};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[Rule {
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
}];

static TEST_NAME: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\bTest[A-Z]\w{5,}\b").expect("it is a pattern"));

fn documented_test_missing(project: &Project, look: &mut Look) {
    let mut documented: BTreeMap<&str, (&File, u32)> = BTreeMap::new();
    for file in project.of_kind(Kind::Markdown).filter(|file| !file.is_test() && !file.is_history() && !file.is_plan())
    {
        let Some(document) = file.markdown() else { continue };
        // An article shows code of its own.
        if file.path.split('/').any(|part| matches!(part, "blog" | "posts" | "articles")) {
            continue;
        }
        let code = document.code.iter().map(|(line, code)| (*line, code.as_str()));
        let commands = document.blocks.iter().filter(|block| block.text.contains("-run"));
        let commands = commands.flat_map(|block| {
            block.text.lines().enumerate().map(move |(index, line)| (block.line + index as u32, line))
        });
        // `TestWorkflowController` may be the controller of a `TestWorkflow`: what is a test is called so, or run.
        let is_of_tests = |line: u32, text: &str| {
            let words = TEST_NAME.replace_all(file.line(line), "").to_ascii_lowercase();
            text.contains("-run") || words.contains("test") || words.contains("cover")
        };
        for (line, text) in code.chain(commands).filter(|(line, text)| is_of_tests(*line, text)) {
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
                    && !name.contains("Xxx")
                    && !stands.iter().any(|end| name.ends_with(end))
            };
            for name in TEST_NAME.find_iter(text).filter(|name| {
                is_meant(name.as_str())
                    && !file.text.contains(&format!("func {}(", name.as_str()))
                    && !text[..name.start()].ends_with('<')
                    && !is_form(file, line)
            }) {
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

/// Returns whether a line shows how tests are to be named.
fn is_form(file: &File, line: u32) -> bool {
    let words = file.line(line).to_ascii_lowercase();
    ["e.g.", "for example", "naming"].iter().any(|word| words.contains(word))
}
