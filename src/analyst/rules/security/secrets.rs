//! Keys, tokens and passwords that lie in the open.

use std::sync::LazyLock;

use regex::Regex;

use super::shown;
use crate::analyst::Field;
use crate::analyst::project::dockerfile::What;
use crate::analyst::project::{File, Kind, Project};
use crate::analyst::rules::{Look, Rule, cover};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[
    Rule {
        id: "secret-in-source",
        field: Field::Security,
        severity: Severity::Critical,
        title: "No file holds a key or token",
        rationale: "Whoever can read the repository, its history or an image built from it can use this key.",
        wrong_if: "the key was made up for a document, or has been revoked",
        remedy: "Revoke it now, take it from the secret store at run time, and clean the history.",
        looks_at: "files",
        topics: &["secur", "implementation", "secret", "credential"],
        check: secret_in_source,
    },
    Rule {
        id: "secret-in-image",
        field: Field::Security,
        severity: Severity::High,
        title: "No image is built with a password in it",
        rationale: "Everyone who can pull the image can read it with one command, in every version that was ever pushed.",
        wrong_if: "the value is a placeholder that is replaced at start",
        remedy: "Give it to the container at start, from the secret store; for a build use a secret mount.",
        looks_at: "`ENV` and `ARG` lines",
        topics: &["secur", "implementation", "secret", "credential"],
        check: secret_in_image,
    },
    Rule {
        id: "secret-as-default",
        field: Field::Security,
        severity: Severity::High,
        title: "No Terraform variable has a password as its default",
        rationale: "Whoever forgets to set it gets a password that everyone with the repository knows.",
        wrong_if: "the value only serves tests on one's own machine",
        remedy: "Remove the default and mark the variable `sensitive`.",
        looks_at: "variables in Terraform",
        topics: &["secur", "implementation", "secret", "credential"],
        check: secret_as_default,
    },
];

fn secret_in_source(project: &Project, look: &mut Look) {
    // Files that tell a scanner which of its findings are none.
    let lists_exceptions = |file: &File| {
        [".gitallowed", ".gitleaks", ".secrets.baseline", ".trufflehog"]
            .iter()
            .any(|start| file.name().starts_with(start))
    };
    for file in project.files().iter().filter(|file| !file.is_test() && !lists_exceptions(file)) {
        look.saw_one();
        for form in cover::FORMS.iter() {
            for found in form.pattern.find_iter(&file.text) {
                let line = file.line_of(found.start());
                let written = found.as_str();
                let is_made_up =
                    ["EXAMPLE", "XXXX", "xxxx", "0000000", "1234567"].iter().any(|word| written.contains(word))
                        || has_run(written);
                let is_prose = file.kind == Kind::Markdown && form.what == "a private key";
                // A marker alone is how programs recognise keys; a key has a body.
                let is_marker = form.what == "a private key" && !has_key_body(&file.text[found.end()..]);
                // A private key that opens nothing is shown, tried or local; a token of a service opens it from anywhere.
                let is_shown = shown::by_path(&file.path) || shown::by_words(file, line);
                let is_own = form.what == "a private key"
                    && (shown::is_local(&file.path)
                        || shown::by_users(project, file)
                        || shown::by_certificate(project, file));
                // Keys of mobile and web programs tell which project they belong to; they are in every copy of the program.
                let is_public = form.what == "an API key of a cloud account"
                    && (is_of_browser(file)
                        || file.name().ends_with(".html")
                        || file.name().starts_with("google-services")
                        || ["firebase", "authDomain", "messagingSenderId", "maps"]
                            .iter()
                            .any(|word| file.text.contains(word)));
                // The name of a key, without the key.
                let is_name_alone = form.what == "an access key of a cloud account" && is_name_alone(file, line);
                if is_name_alone || is_public || is_made_up || is_prose || is_marker || is_shown || is_own {
                    continue;
                }
                let finding = look.found(file, line, format!("This line holds {}.", form.what));
                // One for the developers' own machines is told, and wakes nobody; an encrypted one needs its password.
                if shown::is_local(&file.path) || written.contains("ENCRYPTED") {
                    finding.severity = Severity::Medium;
                } else if form.what == "a private key" {
                    // In a file of its own it opens whatever has its public half, which we cannot know.
                    let is_alone = !matches!(file.kind, Kind::Go | Kind::Script | Kind::Env | Kind::Yaml | Kind::Json);
                    finding.severity = if is_alone { Severity::Medium } else { Severity::High };
                }
            }
        }
    }
}

/// Returns whether a script is one for browsers: nothing in it is only there on a server.
fn is_of_browser(file: &File) -> bool {
    const SERVER: &[&str] = &["process.env", "require(", "express", "node:"];
    [".js", ".jsx", ".mjs", ".ts", ".tsx"].iter().any(|end| file.name().ends_with(end))
        && !SERVER.iter().any(|word| file.text.contains(word))
}

/// Returns whether the same letter or digit stands six times in a row: nobody draws that by lot.
fn has_run(value: &str) -> bool {
    let bytes = value.as_bytes();
    bytes.windows(6).any(|six| six[0].is_ascii_alphanumeric() && six.iter().all(|byte| *byte == six[0]))
}

static NO_SECRET: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"(?i)secret\w*["']?\s*[:=]+\s*(?:""|'')|^\s*secure:"#).expect("it is a pattern"));

/// Returns whether the secret that belongs to an access key stands beside it, and is empty or encrypted.
fn is_name_alone(file: &File, line: u32) -> bool {
    (line.saturating_sub(3)..=line + 3).any(|beside| NO_SECRET.is_match(file.line(beside).trim_end_matches([',', ' '])))
}

fn has_key_body(after: &str) -> bool {
    // A key that was cut short is none any more.
    let is_cut = |(body, _): (&str, &str)| ["...", "…", "snip", "[", "<"].iter().any(|mark| body.contains(mark));
    if after.split_once("-----END").is_some_and(is_cut) {
        return false;
    }
    let body: String = after.chars().take(200).filter(|c| !c.is_whitespace() && *c != '\\').collect();
    body.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=')).count() >= 60
}

/// `DB_PASSWORD=…`: a name that ends like a secret's, and a plain value.
static SECRET_SET: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)\b([a-z0-9_]*(?:password|passwd|secret_key|api_key|access_key|auth_token|private_key))[= ]"?([^\s"$]{4,})"#)
        .expect("it is a pattern")
});

/// Returns whether a value stands for one that is still to be set.
pub fn is_placeholder(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let made_up = [
        "change",
        "my-secret",
        "example",
        "placeholder",
        "your",
        "dummy",
        "xxx",
        "<",
        "{",
        "todo",
        "none",
        "null",
        "true",
        "false",
    ];
    made_up.iter().any(|word| lower.contains(word)) || lower.starts_with('/') || lower == "password"
}

fn secret_in_image(project: &Project, look: &mut Look) {
    let is_meant = |file: &File| !file.is_test() && !shown::by_path(&file.path) && !shown::is_local(file.name());
    for file in project.of_kind(Kind::Dockerfile).filter(|file| is_meant(file)) {
        let Some(dockerfile) = file.dockerfile() else { continue };
        for step in dockerfile.stages.iter().flat_map(|stage| &stage.steps) {
            let (What::Env { text } | What::Arg { text }) = &step.what else { continue };
            look.saw_one();
            let Some(found) = SECRET_SET.captures(text).filter(|found| !is_placeholder(&found[2])) else { continue };
            // What is also the user's name is the default of a product, which whoever runs it sets anew.
            let value = found[2].trim_matches(['"', '\'']).to_owned();
            let is_default = file.lines().any(|(_, line)| {
                let lower = line.to_ascii_lowercase();
                lower.contains("user") && line.trim_end().ends_with(&format!("={value}"))
            });
            if is_default {
                continue;
            }
            let finding = look.found(file, step.line, format!("`{}` is set to a plain value in the image.", &found[1]));
            finding.place.text = finding.place.text.replace(&found[2], "***");
        }
    }
}

fn secret_as_default(project: &Project, look: &mut Look) {
    for (file, variable) in project.terraform("variable", "") {
        look.saw_one();
        let name = variable.label().to_ascii_lowercase();
        let is_secret =
            ["password", "passwd", "api_key", "secret_key", "auth_token"].iter().any(|end| name.ends_with(end));
        let Some(default) = variable.attribute("default").filter(|_| is_secret) else { continue };
        // A path is the name of a secret in its store.
        let is_plain = |value: &str| {
            value.len() >= 4 && !is_placeholder(value) && !value.contains('/') && !value.starts_with("arn:")
        };
        if let Some(value) = default.string().filter(|value| is_plain(value)) {
            let finding = look.found(
                file,
                default.line,
                format!("The variable `{}` has a password as its default.", variable.label()),
            );
            finding.place.text = finding.place.text.replace(value, "***");
        }
    }
}
