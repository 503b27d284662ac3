//! Environment variables: what code reads, what a deployment sets, what documents name.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::go::unquoted;
use super::{File, Kind, Project, kubernetes};

/// Where a variable is named: the first place of each.
pub type Places<'a> = BTreeMap<String, (&'a File, u32)>;

static TAG: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?:env|envconfig|envvar|split_words|conf):"([A-Z][A-Z0-9_]+)[",]"#).expect("it is a pattern")
});

/// Returns whether a word looks like the name of a variable of a program's own.
pub fn is_name(name: &str) -> bool {
    name.len() >= 4
        && name.contains('_')
        && name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

/// Returns the variables that Go code asks the environment for by name, outside of tests.
pub fn asked_for(project: &Project) -> Places<'_> {
    let mut places = Places::new();
    for (file, go) in project.go_code() {
        for function in ["Getenv", "LookupEnv"] {
            for call in go.calls_of(&file.text, "os", function) {
                let name = go.args(call).first().and_then(|arg| unquoted(arg.of(&file.text)));
                if let Some(name) = name.filter(|name| is_name(name)) {
                    places.entry(name.to_owned()).or_insert((file, call.at.line));
                }
            }
        }
        for kind in &go.types {
            for (field, tag) in kind.fields.iter().filter_map(|field| Some((field, field.tag?))) {
                if let Some(found) = TAG.captures(tag.of(&file.text)) {
                    places.entry(found[1].to_owned()).or_insert((file, field.line));
                }
            }
        }
    }
    places
}

/// Returns every plain string in Go code that looks like a variable's name: helpers may read it.
pub fn maybe_read(project: &Project) -> Places<'_> {
    let mut places = asked_for(project);
    for (file, go) in project.go_code() {
        for string in &go.strings {
            if let Some(name) = unquoted(string.span.of(&file.text)).filter(|name| is_name(name)) {
                places.entry(name.to_owned()).or_insert((file, string.at.line));
            }
        }
    }
    places
}

/// Returns the variables that Terraform or Kubernetes gives to a service.
pub fn set(project: &Project) -> Places<'_> {
    let mut places = Places::new();
    for file in project.of_kind(Kind::Terraform).filter(|file| !file.is_test()) {
        let Some(body) = file.terraform() else { continue };
        for block in body.every().into_iter().filter(|block| block.kind == "env") {
            let Some(name) = block.attribute("name") else { continue };
            if let Some(plain) = name.string().filter(|name| is_name(name)) {
                places.entry(plain.to_owned()).or_insert((file, name.line));
            }
        }
    }
    for workload in kubernetes::workloads(project) {
        let variables = workload.containers.iter().filter_map(|container| container.get("env"));
        for variable in variables.flat_map(|env| env.items()) {
            let Some(name) = variable.get("name") else { continue };
            if let Some(plain) = name.text().filter(|name| is_name(name)) {
                places.entry(plain.to_owned()).or_insert((workload.file, name.line));
            }
        }
    }
    places
}
