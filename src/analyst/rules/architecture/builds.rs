//! What a build names.

use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::Field;
use crate::analyst::project::{Kind, Project, commands, joined};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[Rule {
    id: "build-of-missing-package",
    field: Field::Architecture,
    severity: Severity::High,
    title: "Every Go package that a build names is there",
    rationale: "The build stops at this line, so this service cannot be shipped.",
    wrong_if: "the folder is generated or fetched before the build",
    remedy: "Name the package that exists, or add the missing one.",
    looks_at: "`go build` commands",
    topics: &["microservice", "architect", "design", "structure"],
    check: build_of_missing_package,
}];

static GO_PACKAGE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\bgo\s+(?:build|install|run)\b[^&|;\n$]*?\s(\./[\w./-]+)").expect("it is a pattern"));

/// Where the program is written to.
static OUTPUT: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\s-o[\s=]+\S+").expect("it is a pattern"));

fn build_of_missing_package(project: &Project, look: &mut Look) {
    for command in commands::read(project).into_iter().filter(|command| !command.elsewhere) {
        let text = OUTPUT.replace_all(&command.text, " ");
        for found in GO_PACKAGE.captures_iter(&text) {
            // What follows a variable is not known.
            let end = found.get(1).map_or(0, |path| path.end());
            if text[end..].starts_with(['$', '{', '*']) || found[1].starts_with("./vendor") {
                continue;
            }
            let named = found[1].trim_end_matches("...").trim_end_matches('/');
            if named == "." || named.contains("..") {
                continue;
            }
            look.saw_one();
            let folders = [command.file.folder(), ""];
            let is_there = folders.iter().filter_map(|folder| joined(folder, named)).any(|path| project.exists(&path));
            // A path under a module that lies deeper may be meant from there.
            let tail = format!("/{}", named.trim_start_matches("./"));
            let is_deeper = project
                .files()
                .iter()
                .any(|other| format!("/{}", other.path).contains(&format!("{tail}/")) || other.path.ends_with(&tail));
            // A copy under another name may be what an image builds.
            let is_copied = command.file.kind == Kind::Dockerfile
                && command.file.lines().filter(|(_, line)| line.trim_start().starts_with("COPY")).any(|(_, line)| {
                    let to = line.split_whitespace().last().unwrap_or_default();
                    to.trim_start_matches("./").trim_end_matches('/') == named.trim_start_matches("./")
                });
            if !is_there && !is_deeper && !is_copied {
                look.found(command.file, command.line, format!("This builds `{named}`, and there is no such package."));
            }
        }
    }
}
