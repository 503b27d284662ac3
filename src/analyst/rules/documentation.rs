//! Documentation: what it points to must be there.

use std::sync::LazyLock;

use regex::Regex;

use super::{Look, Rule};
use crate::analyst::Field;
use crate::analyst::project::{File, Kind, Project, joined, normal, routes};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[
    Rule {
        id: "link-to-missing-file",
        field: Field::Documentation,
        severity: Severity::Low,
        title: "Every link within the project leads somewhere",
        rationale: "The reader is sent to a page that does not exist.",
        wrong_if: "the page is made when the documents are published",
        remedy: "Correct the link, or add the page.",
        looks_at: "links within the project",
        topics: &["document", "completeness", "link", "recommendation"],
        check: link_to_missing_file,
    },
    Rule {
        id: "command-of-missing-target",
        field: Field::Documentation,
        severity: Severity::Medium,
        title: "Every `make` target that a document tells to run is there",
        rationale: "Who follows the guide is stopped here.",
        wrong_if: "the command is meant for another project",
        remedy: "Correct the command, or add the target.",
        looks_at: "`make` commands in documents",
        topics: &["document", "completeness", "command", "guide"],
        check: command_of_missing_target,
    },
    Rule {
        id: "documented-endpoint-missing",
        field: Field::Documentation,
        severity: Severity::Medium,
        title: "Every documented endpoint is served",
        rationale: "A client written after this document gets a 404.",
        wrong_if: "another service serves it",
        remedy: "Correct the document, or register the route.",
        looks_at: "documented endpoints",
        topics: &["document", "endpoint", "api", "completeness"],
        check: documented_endpoint_missing,
    },
];

fn link_to_missing_file(project: &Project, look: &mut Look) {
    for file in project.of_kind(Kind::Markdown).filter(|file| !file.is_test()) {
        let Some(document) = file.markdown() else { continue };
        for link in &document.links {
            let target = link.target.split(['#', '?']).next().unwrap_or_default();
            let is_elsewhere = target.is_empty()
                || target.starts_with(['/', '<', '{', '$'])
                || target.contains(':')
                || target.contains(['{', '}', '<', '>', '*']);
            // Without an extension it may be a page that a site generator makes.
            let has_extension =
                target.rsplit('/').next().is_some_and(|name| name.contains('.')) && !target.ends_with('.');
            if is_elsewhere || !has_extension {
                continue;
            }
            look.saw_one();
            let decoded = target.replace("%20", " ");
            let leaves = joined(file.folder(), &decoded).is_none();
            if !leaves && !joined(file.folder(), &decoded).is_some_and(|path| project.exists(&path)) {
                look.found(file, link.line, format!("This links to `{target}`, and there is no such file."));
            }
        }
    }
}

static MAKE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?m)^\s*\$?\s*make\s+([a-z][\w-]*)\s*(?:#.*)?$").expect("it is a pattern"));

fn command_of_missing_target(project: &Project, look: &mut Look) {
    let makefiles: Vec<&File> = project.of_kind(Kind::Makefile).collect();
    if makefiles.is_empty() || makefiles.iter().filter_map(|file| file.makefile()).any(|makefile| makefile.open) {
        return;
    }
    let has_target = |name: &str| {
        makefiles.iter().filter_map(|file| file.makefile()).any(|makefile| makefile.targets.contains_key(name))
    };
    for file in project.of_kind(Kind::Markdown).filter(|file| !file.is_test()) {
        let Some(document) = file.markdown() else { continue };
        for block in document.blocks.iter().filter(|block| is_shell(&block.language)) {
            for found in MAKE.captures_iter(&block.text) {
                look.saw_one();
                let target = found.get(1).expect("it has a target");
                if !has_target(target.as_str()) {
                    let line = block.line + block.text[..target.start()].matches('\n').count() as u32;
                    let statement =
                        format!("`make {}` is to be run, and no Makefile has that target.", target.as_str());
                    look.found(file, line, statement);
                }
            }
        }
    }
}

fn is_shell(language: &str) -> bool {
    matches!(language, "" | "sh" | "bash" | "shell" | "console" | "zsh")
}

static ENDPOINT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(GET|POST|PUT|PATCH|DELETE) (/[\w/{}:.\-]*)$").expect("it is a pattern"));

fn documented_endpoint_missing(project: &Project, look: &mut Look) {
    let routes = routes::read(project);
    if routes.open || routes.routes.is_empty() {
        return;
    }
    for file in project.of_kind(Kind::Markdown).filter(|file| !file.is_test()) {
        let Some(document) = file.markdown() else { continue };
        for (line, method, path) in endpoints(document) {
            look.saw_one();
            if normal(&path).is_some() && !routes.serves(Some(&method), &path) {
                look.found(file, line, format!("`{method} {path}` is documented, and no code registers it."));
            }
        }
    }
}

/// Returns the endpoints that a document names: as code, or as two cells of a table.
fn endpoints(document: &crate::analyst::project::markdown::Markdown) -> Vec<(u32, String, String)> {
    let mut endpoints = Vec::new();
    for (line, code) in &document.code {
        if let Some(found) = ENDPOINT.captures(code) {
            endpoints.push((*line, found[1].to_owned(), found[2].to_owned()));
        }
    }
    for (line, row) in document.tables.iter().flat_map(|table| &table.rows) {
        for pair in row.windows(2) {
            if let Some(found) = ENDPOINT.captures(&format!("{} {}", pair[0], pair[1])) {
                endpoints.push((*line, found[1].to_owned(), found[2].to_owned()));
            }
        }
    }
    endpoints
}
