//! Passwords in files of settings and in manifests.

use std::sync::LazyLock;

use regex::Regex;

use super::secrets::is_placeholder;
use super::shown;
use crate::analyst::Field;
use crate::analyst::project::{File, Kind, Project, kubernetes};
use crate::analyst::rules::{Look, Rule, cover};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[
    Rule {
        id: "secret-in-settings",
        field: Field::Security,
        severity: Severity::High,
        title: "No committed file of settings holds a password or key",
        rationale: "Whoever can read the repository, or an image that copies this file, can use it.",
        wrong_if: "it only opens something on the developers' own machines",
        remedy: "Change it, keep it in the secret store, and commit a sample with empty values instead.",
        looks_at: "committed `.env` files",
        topics: &["secur", "implementation", "secret", "credential"],
        check: secret_in_settings,
    },
    Rule {
        id: "secret-in-manifest",
        field: Field::Security,
        severity: Severity::Medium,
        title: "No manifest sets a password in plain text",
        rationale: "Everyone with the repository, and everyone who may read the workload in the cluster, has the password.",
        wrong_if: "the manifest only serves a demonstration",
        remedy: "Keep it in a Secret that is made outside of the repository, and refer to it with `secretKeyRef`.",
        looks_at: "variables of workloads",
        topics: &["secur", "implementation", "secret", "credential", "container"],
        check: secret_in_manifest,
    },
];

static SECRET_NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(?:^|_)(?:password|passwd|secret|secret_key|api_key|access_key|auth_token|private_key|symmetric_key|encryption_key|signing_key)$")
        .expect("it is a pattern")
});

static SETTING: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"^(?:export\s+)?([A-Za-z_]\w*)=["']?([^\s"'#]+)"#).expect("it is a pattern"));

/// Returns whether a value looks drawn by lot: long, with letters and digits. A word opens what is thrown away.
fn is_drawn(value: &str) -> bool {
    value.len() >= 12
        && value.contains(|c: char| c.is_ascii_digit())
        && value.contains(|c: char| c.is_ascii_alphabetic())
}

/// Returns whether a value was made up for one's own machine, or stands for another one.
fn is_weak(value: &str) -> bool {
    // What is encrypted where it stands is no secret any more.
    if value.starts_with("ENC[") {
        return true;
    }
    let lower = value.to_ascii_lowercase();
    let words = [
        "secret",
        "password",
        "passwd",
        "postgres",
        "mysql",
        "root",
        "admin",
        "test",
        "dev",
        "local",
        "guest",
        "minio",
        "foo",
        "bar",
        "1234",
        "user",
        "name",
        "default",
        "localhost",
        "http",
        "fake",
    ];
    value.len() < 8 || is_placeholder(value) || value.contains('$') || words.iter().any(|word| lower.contains(word))
}

fn secret_in_settings(project: &Project, look: &mut Look) {
    let is_shown = |file: &File| {
        let lower = file.path.to_ascii_lowercase();
        [
            "example",
            "sample",
            "template",
            "dist",
            "default",
            "test",
            "dev",
            "local",
            "ci",
            "demo",
            "docker",
            "compose",
            "development",
            "e2e",
        ]
        .iter()
        .any(|word| lower.split(|c: char| !c.is_alphanumeric()).any(|part| part == *word))
    };
    for file in project.of_kind(Kind::Env).filter(|file| {
        !file.is_test() && !is_shown(file) && !shown::by_path(&file.path) && !shown::is_local(&file.path)
    }) {
        // Where addresses are those of examples, nobody lives.
        let hosts = ["example.com", "example.org", "example.net"];
        if hosts.iter().any(|host| file.text.contains(host)) {
            continue;
        }
        look.saw_one();
        for (line, text) in file.lines() {
            let Some(found) = SETTING.captures(text) else { continue };
            if SECRET_NAME.is_match(&found[1]) && !is_weak(&found[2]) {
                let finding = look.found(file, line, format!("`{}` is committed with its value.", &found[1]));
                finding.place.text = finding.place.text.replace(&found[2], "***");
            }
        }
    }
}

fn secret_in_manifest(project: &Project, look: &mut Look) {
    let is_meant = |path: &str| !shown::by_path(path) && !shown::is_local(path);
    for workload in kubernetes::workloads(project).into_iter().filter(|workload| is_meant(&workload.file.path)) {
        let variables = workload.containers.iter().filter_map(|container| container.get("env"));
        for variable in variables.flat_map(|env| env.items()) {
            look.saw_one();
            let (Some(name), Some(value)) = (variable.text_of("name"), variable.get("value")) else { continue };
            let Some(plain) = value.text().filter(|_| SECRET_NAME.is_match(name)) else { continue };
            // A key that is one wherever it stands is told by another rule.
            let is_told = cover::FORMS.iter().any(|form| form.pattern.is_match(plain));
            // A word of a stand-in, for a store that is thrown away, opens nothing.
            let is_one = !is_told
                && !is_weak(plain)
                && is_drawn(plain)
                && !plain.contains(['/', '{'])
                && !shown::by_words(workload.file, value.line);
            if is_one {
                let statement = format!("`{name}` of `{}` is set to a plain value.", workload.name);
                let finding = look.found(workload.file, value.line, statement);
                finding.place.text = finding.place.text.replace(plain, "***");
            }
        }
    }
}
