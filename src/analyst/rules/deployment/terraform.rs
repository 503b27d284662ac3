//! Terraform: its state, its names, and what it protects.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::Field;
use crate::analyst::project::terraform::Body;
use crate::analyst::project::{File, Kind, Project, joined};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[
    Rule {
        id: "terraform-state-local",
        field: Field::Deployment,
        severity: Severity::Medium,
        title: "Terraform keeps its state in a backend",
        rationale: "The state lies with whoever applied last: two people cannot both change the infrastructure, and a lost disk loses it.",
        wrong_if: "the backend is added by a wrapper or a pipeline",
        remedy: "Configure a remote backend with locking.",
        looks_at: "Terraform roots",
        topics: &["deploy", "pipeline", "production", "risk", "terraform"],
        check: terraform_state_local,
    },
    Rule {
        id: "undeclared-variable",
        field: Field::Deployment,
        severity: Severity::High,
        title: "Every variable and local that Terraform uses is declared",
        rationale: "`terraform plan` stops here; nothing can be changed until it is mended.",
        wrong_if: "a file that is not in the repository declares it",
        remedy: "Declare it, or use the name that is.",
        looks_at: "names used in Terraform",
        topics: &["deploy", "pipeline", "terraform", "risk"],
        check: undeclared_variable,
    },
    Rule {
        id: "module-source-missing",
        field: Field::Deployment,
        severity: Severity::High,
        title: "Every module of its own that Terraform uses is there",
        rationale: "`terraform init` stops here.",
        wrong_if: "the folder is fetched before",
        remedy: "Name the folder that exists.",
        looks_at: "modules in folders",
        topics: &["deploy", "pipeline", "terraform", "risk"],
        check: module_source_missing,
    },
    Rule {
        id: "data-not-protected",
        field: Field::Deployment,
        severity: Severity::Medium,
        title: "No database can be deleted by one line",
        rationale: "A wrong name, a moved block or a hasty `destroy` takes the data with it.",
        wrong_if: "it only holds what can be made again",
        remedy: "Turn the protection on for what is kept.",
        looks_at: "databases in Terraform",
        topics: &["deploy", "production", "risk", "data"],
        check: data_not_protected,
    },
    Rule {
        id: "database-without-backup",
        field: Field::Deployment,
        severity: Severity::High,
        title: "Every database is backed up",
        rationale: "What is lost or overwritten by mistake stays lost.",
        wrong_if: "backups are made by something else",
        remedy: "Turn `backup_configuration` on, with point-in-time recovery.",
        looks_at: "databases in Terraform",
        topics: &["deploy", "production", "risk", "backup", "data"],
        check: database_without_backup,
    },
];

fn terraform_state_local(project: &Project, look: &mut Look) {
    let is_wrapped = project.files().iter().any(|file| file.name() == "terragrunt.hcl");
    // A backend that is written by a script, or described for whoever applies, is none that we can miss.
    let is_told = |file: &File| {
        // Who reads the state of a neighbour from its folder keeps it there.
        file.kind == Kind::Terraform && file.text.contains("terraform_remote_state") && file.text.contains("\"local\"")
            || file.kind != Kind::Terraform
                && ["backend \"", "-backend-config", "backend-config"].iter().any(|word| file.text.contains(word))
    };
    if is_wrapped || project.files().iter().any(is_told) {
        return;
    }
    if !is_applied_by_pipeline(project) {
        return;
    }
    // What is set up to measure something is taken down after it; a state that lies beside it is kept on purpose.
    let is_lasting = |file: &&File| {
        let is_kept = joined(file.folder(), "terraform.tfstate").is_some_and(|state| project.exists(&state));
        !is_kept
            && !file.is_test()
            && ![
                "perf",
                "bench",
                "load",
                "devenv",
                "quickstart",
                "tutorial",
                "workshop",
                "sandbox",
                "playground",
                "lab",
                "poc",
                "tools",
                "provisioning",
            ]
            .iter()
            .any(|word| file.folder().to_ascii_lowercase().contains(word))
    };
    let folders: BTreeSet<&str> = project.of_kind(Kind::Terraform).filter(is_lasting).map(File::folder).collect();
    for folder in folders {
        let bodies: Vec<(&File, &Body)> =
            project.in_folder(folder).filter_map(|file| Some((file, file.terraform()?))).collect();
        let provider = bodies.iter().find_map(|(file, body)| Some((*file, body.blocks("provider").next()?)));
        let manages = bodies
            .iter()
            .any(|(_, body)| body.blocks("resource").next().is_some() || body.blocks("module").next().is_some());
        let is_whole = project.in_folder(folder).filter(|file| file.kind == Kind::Terraform).count() == bodies.len();
        let Some((file, provider)) = provider.filter(|_| manages && is_whole) else { continue };
        look.saw_one();
        let has_backend = bodies
            .iter()
            .flat_map(|(_, body)| body.blocks("terraform"))
            .any(|block| block.body.blocks("backend").next().is_some() || block.body.blocks("cloud").next().is_some());
        // Where everything is on this machine, the state may be.
        let is_here =
            provider.body.attributes.iter().any(|it| it.text.contains("localhost") || it.text.contains("127.0.0.1"));
        if !has_backend && !is_here && !is_module(project, folder) {
            let place = if folder.is_empty() { "The project's Terraform" } else { folder };
            look.found(
                file,
                provider.line,
                format!("`{place}` has a provider and resources, and no backend for its state."),
            );
        }
    }
}

/// Returns whether another Terraform file uses a folder as a module.
fn is_module(project: &Project, folder: &str) -> bool {
    let name = folder.rsplit('/').next().unwrap_or(folder);
    let uses = |file: &File| {
        file.terraform().is_some_and(|body| {
            let mut sources = body.blocks("module").filter_map(|module| module.attribute("source")?.string());
            sources.any(|source| source.starts_with('.') && source.trim_end_matches('/').ends_with(name))
        })
    };
    project.of_kind(Kind::Terraform).any(uses)
}

static REFERENCE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b(var|local)\.([A-Za-z_][\w-]*)").expect("it is a pattern"));

fn undeclared_variable(project: &Project, look: &mut Look) {
    let mut folders: BTreeMap<&str, Vec<&File>> = BTreeMap::new();
    for file in project.of_kind(Kind::Terraform) {
        folders.entry(file.folder()).or_default().push(file);
    }
    // A link makes what one folder declares known in another.
    if folders.keys().any(|folder| project.holds_link(folder, ".tf")) {
        return;
    }
    for files in folders.into_values() {
        let bodies: Option<Vec<(&File, &Body)>> = files.iter().map(|file| Some((*file, file.terraform()?))).collect();
        // A file that was not understood may declare anything.
        let Some(bodies) = bodies else { continue };
        // So may a wrapper that writes files.
        if project.files().iter().any(|file| file.name() == "terragrunt.hcl") {
            return;
        }
        // A file that is linked into other folders uses what those declare.
        let is_linked =
            |file: &&File| file.lines().take(5).any(|(_, line)| line.starts_with('#') && line.contains("symlink"));
        if files.iter().any(is_linked) {
            continue;
        }
        let folder = files[0].folder();
        let is_elsewhere = |file: &File| file.name().ends_with(".tf.json") || file.name().ends_with(".tofu");
        if project.in_folder(folder).any(is_elsewhere) {
            continue;
        }
        let mut declared: BTreeSet<(&str, &str)> = BTreeSet::new();
        for (_, body) in &bodies {
            declared.extend(body.blocks("variable").map(|variable| ("var", variable.label())));
            declared.extend(
                body.blocks("locals")
                    .flat_map(|locals| &locals.body.attributes)
                    .map(|local| ("local", local.name.as_str())),
            );
            // `labels { … }`, as it was written before 0.12.
            let maps = body.blocks("locals").flat_map(|locals| &locals.body.blocks);
            declared.extend(maps.map(|map| ("local", map.kind.as_str())));
        }
        for (file, body) in &bodies {
            let blocks = body.every();
            for attribute in blocks.iter().flat_map(|block| &block.body.attributes) {
                for found in REFERENCE.captures_iter(&attribute.text) {
                    let before = attribute.text[..found.get(0).map_or(0, |whole| whole.start())].chars().next_back();
                    let (kind, name) =
                        (found.get(1).map_or("", |m| m.as_str()), found.get(2).map_or("", |m| m.as_str()));
                    if before.is_some_and(|c| c == '.' || c == '-' || c == '/') {
                        continue;
                    }
                    look.saw_one();
                    if !declared.contains(&(kind, name))
                        && !file.is_test()
                        && is_code(&attribute.text, found.get(0).map_or(0, |whole| whole.start()))
                    {
                        look.found(
                            file,
                            attribute.line,
                            format!("`{kind}.{name}` is used here, and nothing in this folder declares it."),
                        );
                    }
                }
            }
        }
    }
}

/// Returns whether a byte of an expression is code: outside of quotes, or within `${…}`.
fn is_code(text: &str, at: usize) -> bool {
    let before = &text[..at];
    if before.contains("<<") || before.contains('#') || before.contains("//") {
        return false;
    }
    let quotes = before.matches('"').count() - before.matches("\\\"").count();
    quotes.is_multiple_of(2)
        || before.rfind("${").is_some_and(|open| !before[open..].contains('}') && !before[..open].ends_with('$'))
}

fn module_source_missing(project: &Project, look: &mut Look) {
    for (file, module) in project.terraform("module", "") {
        let Some((line, source)) = module.attribute("source").and_then(|source| Some((source.line, source.string()?)))
        else {
            continue;
        };
        // What writes the file writes the module beside it.
        let is_generated = file.lines().take(10).any(|(_, line)| line.contains("generated by"));
        if !source.starts_with('.') || is_generated {
            continue;
        }
        look.saw_one();
        let folder = joined(file.folder(), source.split("//").next().unwrap_or(source));
        if folder.is_some_and(|folder| !project.exists(&folder)) {
            look.found(
                file,
                line,
                format!("The module `{}` lies in `{source}`, and there is no such folder.", module.label()),
            );
        }
    }
}

/// Returns whether what a file sets up is taken down again: it is for trying something out.
fn is_passing(file: &File) -> bool {
    let path = file.path.to_ascii_lowercase();
    path.split(|c: char| !c.is_alphanumeric()).any(|part| {
        matches!(
            part,
            "dev"
                | "development"
                | "sandbox"
                | "preview"
                | "ephemeral"
                | "ci"
                | "quickstart"
                | "tutorial"
                | "workshop"
                | "playground"
                | "lab"
                | "poc"
        )
    })
}

fn data_not_protected(project: &Project, look: &mut Look) {
    let stores: Vec<_> =
        ["google_sql_database_instance", "google_bigquery_table", "google_spanner_database", "aws_db_instance"]
            .into_iter()
            .flat_map(|label| project.terraform("resource", label))
            .collect();
    // What only holds copies can be made again.
    let is_kept = |name: &str| {
        !["cache", "tmp", "temp", "scratch", "session", "log", "artifact", "staging", "build", "public_site"]
            .iter()
            .any(|word| name.contains(word))
    };
    for (file, store) in stores {
        look.saw_one();
        let is_for_tests = store.name().split(['-', '_']).any(|word| word == "test");
        if !is_kept(store.name()) || is_for_tests || is_passing(file) {
            continue;
        }
        let open = ["deletion_protection", "skip_final_snapshot"].into_iter().find_map(|name| {
            let attribute = store.attribute(name)?;
            let is_open = attribute.text == if name == "deletion_protection" { "false" } else { "true" };
            is_open.then_some((name, attribute))
        });
        if let Some((name, attribute)) = open {
            let statement = format!("`{}` says `{name} = {}`.", store.name(), attribute.text);
            look.found(file, attribute.line, statement);
        }
    }
}

/// Returns whether a pipeline applies what stands here. Whoever applies by hand for themselves may do as they like; what a
/// pipeline serves is everybody's.
fn is_applied_by_pipeline(project: &Project) -> bool {
    project.files().iter().any(|file| {
        let path = file.path.as_str();
        let is_pipeline = [".github/", ".circleci/", ".gitlab-ci"].iter().any(|start| path.starts_with(start));
        let applies = ["terraform apply", "terraform -chdir", "tofu apply", "setup-terraform"];
        file.name().starts_with("cloudbuild") || is_pipeline && applies.iter().any(|word| file.text.contains(word))
    })
}

fn database_without_backup(project: &Project, look: &mut Look) {
    if !is_applied_by_pipeline(project) {
        return;
    }
    for (file, database) in project.terraform("resource", "google_sql_database_instance") {
        // A replica is itself a copy; a computed block may turn backups on.
        let is_replica = database.attribute("master_instance_name").is_some();
        let is_computed = database.body.every().iter().any(|block| block.kind == "dynamic");
        // What may be deleted at any time is there to be made anew.
        let is_throwaway = database.attribute("deletion_protection").is_some_and(|value| value.text == "false");
        if is_replica || is_computed || is_throwaway || is_passing(file) {
            continue;
        }
        look.saw_one();
        let backup = database.body.every().into_iter().find(|block| block.kind == "backup_configuration");
        match backup.map(|backup| (backup.line, backup.attribute("enabled"))) {
            None => {
                look.found(file, database.line, format!("`{}` has no `backup_configuration`.", database.name()));
            }
            Some((line, enabled)) if enabled.is_none_or(|enabled| enabled.text == "false") => {
                let line = enabled.map_or(line, |enabled| enabled.line);
                look.found(file, line, format!("The backups of `{}` are not turned on.", database.name()));
            }
            Some(_) => {}
        }
    }
}
