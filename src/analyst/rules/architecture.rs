//! Architecture: what builds, imports and messages name must be there.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::{Look, Rule};
use crate::analyst::Field;
use crate::analyst::project::dockerfile::What;
use crate::analyst::project::{File, Kind, Project, joined};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[
    Rule {
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
    },
    Rule {
        id: "import-of-missing-package",
        field: Field::Architecture,
        severity: Severity::High,
        title: "Every package of its own module that the code imports is there",
        rationale: "The package does not compile, nor does anything that imports it.",
        wrong_if: "the folder is generated before the build",
        remedy: "Import the package that exists, or commit the missing one.",
        looks_at: "imports of the project's own packages",
        topics: &["microservice", "architect", "design", "boundar", "structure"],
        check: import_of_missing_package,
    },
    Rule {
        id: "topic-without-subscription",
        field: Field::Architecture,
        severity: Severity::Medium,
        title: "Every topic that Terraform creates is read or written by something",
        rationale: "What is published there is kept by nobody; a consumer that the design counts on does not exist.",
        wrong_if: "the subscription is made in another repository or by hand",
        remedy: "Create the subscription and its consumer, or remove the topic.",
        looks_at: "topics in Terraform",
        topics: &["gcp", "cloud", "integration", "queue", "bottleneck", "event"],
        check: topic_without_subscription,
    },
];

static GO_PACKAGE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\bgo\s+(?:build|install|run)\b[^&|;\n]*?\s(\./[\w./-]+)").expect("it is a pattern"));

fn build_of_missing_package(project: &Project, look: &mut Look) {
    for (file, line, command) in commands(project) {
        for found in GO_PACKAGE.captures_iter(&command) {
            look.saw_one();
            let named = found[1].trim_end_matches("...").trim_end_matches('/');
            let folders = [file.folder().to_owned(), String::new()];
            let is_there = folders.iter().filter_map(|folder| joined(folder, named)).any(|path| project.exists(&path));
            // A path under a module that lies deeper may be meant from there.
            let tail = format!("/{}/", named.trim_start_matches("./"));
            let is_deeper = project.files().iter().any(|other| format!("/{}", other.path).contains(&tail));
            if !is_there && !is_deeper && !named.contains("..") {
                look.found(file, line, format!("This builds `{named}`, and there is no such package."));
            }
        }
    }
}

/// Returns the command lines of Dockerfiles, Makefiles, scripts and pipelines.
fn commands(project: &Project) -> Vec<(&File, u32, String)> {
    let mut commands = Vec::new();
    for file in project.files().iter().filter(|file| !file.is_test()) {
        if let Some(makefile) = file.makefile() {
            commands.extend(makefile.recipes.iter().map(|(line, recipe)| (file, *line, recipe.clone())));
        } else if let Some(dockerfile) = file.dockerfile() {
            for step in dockerfile.stages.iter().flat_map(|stage| &stage.steps) {
                if let What::Run { command } = &step.what {
                    commands.push((file, step.line, command.clone()));
                }
            }
        } else if file.kind == Kind::Shell {
            let code = file.lines().filter(|(_, line)| !line.trim_start().starts_with('#'));
            commands.extend(code.map(|(line, text)| (file, line, text.to_owned())));
        }
    }
    commands
}

fn import_of_missing_package(project: &Project, look: &mut Look) {
    let modules: Vec<(&str, &str)> =
        project.of_kind(Kind::GoMod).filter_map(|file| Some((file.folder(), file.gomod()?.module.as_str()))).collect();
    let folders: BTreeSet<&str> = project.of_kind(Kind::Go).map(File::folder).collect();
    let generates = |path: &str| {
        let mentions = |file: &File| {
            matches!(file.kind, Kind::Other | Kind::Yaml | Kind::Makefile | Kind::Shell) && file.text.contains(path)
        };
        project.files().iter().any(mentions)
    };
    for (file, go) in project.go().filter(|(file, go)| !file.path.contains("testdata/") && go.build.is_none()) {
        for import in &go.imports {
            let under = |module: &str| {
                !module.is_empty() && (import.path == module || import.path.starts_with(&format!("{module}/")))
            };
            let Some((folder, module)) =
                modules.iter().filter(|(_, module)| under(module)).max_by_key(|(_, module)| module.len())
            else {
                continue;
            };
            look.saw_one();
            let inner = import.path[module.len()..].trim_start_matches('/');
            let Some(target) = joined(folder, inner) else { continue };
            if folders.contains(target.as_str()) || project.exists(&target) || generates(inner) {
                continue;
            }
            let statement = format!("`{}` is imported, and the module has no folder `{target}`.", import.path);
            look.found(file, import.line, statement);
        }
    }
}

fn topic_without_subscription(project: &Project, look: &mut Look) {
    for file in project.of_kind(Kind::Terraform).filter(|file| !file.is_test()) {
        let Some(body) = file.terraform() else { continue };
        for topic in body.resources("google_pubsub_topic").filter(|block| block.label() == "google_pubsub_topic") {
            look.saw_one();
            let reference = format!("google_pubsub_topic.{}", topic.name());
            let name = topic.attribute("name").and_then(|name| name.string());
            let is_named = |other: &File| {
                let mentions = other.text.matches(&reference).count();
                let by_name = name.is_some_and(|name| mentions_in_code(other, name));
                mentions > 0 || by_name
            };
            if name.is_none() || project.files().iter().any(is_named) {
                continue;
            }
            let name = name.unwrap_or_default();
            look.found(
                file,
                topic.line,
                format!("The topic `{name}` is created, and no subscription, code or setting names it."),
            );
        }
    }
}

/// Returns whether a file other than Terraform or prose holds this name as a whole word.
fn mentions_in_code(file: &File, name: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    !matches!(file.kind, Kind::Terraform | Kind::Markdown)
        && file.text.match_indices(name).any(|(at, _)| {
            let before = file.text[..at].chars().next_back();
            let after = file.text[at + name.len()..].chars().next();
            !before.is_some_and(is_word) && !after.is_some_and(is_word)
        })
}
