//! Functions that were written twice.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::analyst::Field;
use crate::analyst::project::go::Function;
use crate::analyst::project::{File, Project};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[Rule {
    id: "function-written-twice",
    field: Field::Architecture,
    severity: Severity::Low,
    title: "No long function stands in two places, word for word",
    rationale: "What is mended in one of them stays broken in the other.",
    wrong_if: "the two packages must not share code on purpose",
    remedy: "Keep one of them where both can reach it.",
    looks_at: "functions of 20 lines or more",
    topics: &["architect", "design", "structure", "double"],
    check: function_written_twice,
}];

/// Shorter ones are alike by chance.
const LONG: u32 = 20;

fn function_written_twice(project: &Project, look: &mut Look) {
    let mut known: BTreeMap<u64, Vec<(&File, &Function)>> = BTreeMap::new();
    for (file, go) in project.go_code() {
        for function in go.functions.iter().filter(|function| function.end_line - function.line >= LONG) {
            look.saw_one();
            known.entry(fingerprint(function.body.of(&file.text))).or_default().push((file, function));
        }
    }
    for twins in known.into_values().filter(|twins| twins.len() > 1) {
        let (first, first_function) = twins[0];
        let (file, function) = twins[1];
        // Files for one system each are alike on purpose.
        let is_one_each = twins.iter().any(|(file, _)| file.go().is_some_and(|go| go.build.is_some()));
        if is_one_each {
            continue;
        }
        let more = if twins.len() > 2 { format!(", and in {} more places", twins.len() - 2) } else { String::new() };
        let lines = function.end_line - function.line + 1;
        let statement = format!(
            "The {lines} lines of `{}` stand in {}:{} as well, as `{}`{more}.",
            function.name, first.path, first_function.line, first_function.name
        );
        look.found(file, function.line, statement);
    }
}

fn fingerprint(body: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    for line in body.lines() {
        let code = line.split("//").next().unwrap_or_default().trim();
        if !code.is_empty() {
            code.hash(&mut hasher);
        }
    }
    hasher.finish()
}
