//! Integration: code, infrastructure and documents that must agree.

use std::collections::{BTreeMap, BTreeSet};

use super::{Look, Rule};
use crate::analyst::Field;
use crate::analyst::project::go::unquoted;
use crate::analyst::project::{File, Kind, Project};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[Rule {
    id: "variable-name-disagrees",
    field: Field::Integration,
    severity: Severity::High,
    title: "The variables that the deployment sets are those that the code reads",
    rationale: "The code reads another name, finds nothing and works with its default, or does not start.",
    wrong_if: "a library reads the variable",
    remedy: "Use one name in both places.",
    looks_at: "variables that the deployment sets",
    topics: &["finding", "integrat", "cross", "validat"],
    check: variable_name_disagrees,
}];

fn variable_name_disagrees(project: &Project, look: &mut Look) {
    let read = variables_read(project);
    if read.is_empty() {
        return;
    }
    let elsewhere = |name: &str| {
        let code = |file: &&File| matches!(file.kind, Kind::Go | Kind::Script | Kind::Shell | Kind::Other | Kind::Json);
        project.files().iter().filter(code).any(|file| file.text.contains(name))
    };
    for (name, (file, line)) in variables_set(project) {
        look.saw_one();
        if read.contains(&name) || elsewhere(&name) {
            continue;
        }
        let near = read.iter().find(|other| flat(other) == flat(&name) || is_one_word_off(other, &name));
        if let Some(near) = near {
            let statement = format!("The deployment sets `{name}`, which nothing reads; the code reads `{near}`.");
            look.found(file, line, statement);
        }
    }
}

fn flat(name: &str) -> String {
    name.replace('_', "")
}

/// Returns whether one name is the other with one more word at its end or beginning.
fn is_one_word_off(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    let is_enough = short.matches('_').count() >= 1;
    let rest = long.strip_prefix(short).and_then(|rest| rest.strip_prefix('_'));
    let front = long.strip_suffix(short).and_then(|rest| rest.strip_suffix('_'));
    is_enough && rest.or(front).is_some_and(|rest| !rest.contains('_'))
}

/// Returns the environment variables that Go code reads by name.
fn variables_read(project: &Project) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (file, go) in project.go_code() {
        for string in &go.strings {
            let Some(name) = unquoted(string.span.of(&file.text)) else { continue };
            if is_variable(name) {
                names.insert(name.to_owned());
            }
        }
    }
    names
}

fn is_variable(name: &str) -> bool {
    name.len() >= 4
        && name.contains('_')
        && name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

/// Returns the variables that Terraform gives to a service.
fn variables_set(project: &Project) -> BTreeMap<String, (&File, u32)> {
    let mut set = BTreeMap::new();
    for file in project.of_kind(Kind::Terraform).filter(|file| !file.is_test()) {
        let Some(body) = file.terraform() else { continue };
        for block in body.every().into_iter().filter(|block| block.kind == "env") {
            let Some(name) = block.attribute("name") else { continue };
            if let Some(plain) = name.string().filter(|name| is_variable(name)) {
                set.entry(plain.to_owned()).or_insert((file, name.line));
            }
        }
    }
    set
}
