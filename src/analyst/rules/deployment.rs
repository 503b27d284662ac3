//! Deployment: images, users and state.

use super::{Look, Rule};
use crate::analyst::Field;
use crate::analyst::project::dockerfile::{Dockerfile, Stage, What};
use crate::analyst::project::{File, Kind, Project};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[
    Rule {
        id: "image-not-pinned",
        field: Field::Deployment,
        severity: Severity::Medium,
        title: "Every image names a version",
        rationale: "The same commit builds another image tomorrow, and a rollback may not bring back what ran before.",
        wrong_if: "a mirror only ever serves one version under this name",
        remedy: "Name a version, better its digest.",
        looks_at: "images",
        topics: &["deploy", "pipeline", "production", "risk"],
        check: image_not_pinned,
    },
    Rule {
        id: "container-runs-as-root",
        field: Field::Deployment,
        severity: Severity::Medium,
        title: "No image runs its program as root",
        rationale: "A hole in the program is a hole in the container's root, and on a shared kernel a step to the host.",
        wrong_if: "the platform sets another user",
        remedy: "Add a user to the last stage and a `USER` line, by number.",
        looks_at: "Dockerfiles",
        topics: &["deploy", "production", "risk"],
        check: container_runs_as_root,
    },
    Rule {
        id: "terraform-state-local",
        field: Field::Deployment,
        severity: Severity::High,
        title: "Terraform keeps its state in a backend",
        rationale: "The state lies with whoever applied last: two people cannot both change the infrastructure, and a lost disk loses it.",
        wrong_if: "the backend is added by a wrapper or a pipeline",
        remedy: "Configure a remote backend with locking.",
        looks_at: "Terraform roots",
        topics: &["deploy", "pipeline", "production", "risk", "terraform"],
        check: terraform_state_local,
    },
];

fn image_not_pinned(project: &Project, look: &mut Look) {
    for (file, dockerfile) in dockerfiles(project) {
        for stage in &dockerfile.stages {
            let is_stage = dockerfile.stages.iter().any(|other| other.name.as_deref() == Some(stage.image.as_str()));
            if is_stage || stage.image == "scratch" || stage.image.contains('$') {
                continue;
            }
            look.saw_one();
            if let Some(how) = floating(&stage.image) {
                look.found(file, stage.line, format!("`{}` {how}.", stage.image));
            }
        }
    }
}

/// Returns in words why an image has no version of its own.
fn floating(image: &str) -> Option<&'static str> {
    if image.contains('@') {
        return None;
    }
    let last = image.rsplit('/').next().unwrap_or(image);
    match last.split_once(':') {
        None => Some("names no version"),
        Some((_, "latest")) => Some("is whatever was pushed last"),
        Some(_) => None,
    }
}

fn dockerfiles(project: &Project) -> impl Iterator<Item = (&File, &Dockerfile)> {
    let files = project.of_kind(Kind::Dockerfile).filter(|file| !file.is_test());
    files.filter_map(|file| Some((file, file.dockerfile()?)))
}

fn container_runs_as_root(project: &Project, look: &mut Look) {
    for (file, dockerfile) in dockerfiles(project) {
        let Some(last) = dockerfile.stages.last() else { continue };
        if !starts_something(last) {
            continue;
        }
        look.saw_one();
        let user = user_of(dockerfile, last);
        let base = base_of(dockerfile, last).image.as_str();
        match user {
            Some((line, "root" | "0")) => {
                look.found(file, line, "The last `USER` is root.");
            }
            None if is_root_by_default(base) => {
                let statement = format!("No `USER` is named, and `{base}` runs as root.");
                look.found(file, last.line, statement);
            }
            Some(_) | None => {}
        }
    }
}

fn starts_something(stage: &Stage) -> bool {
    stage.steps.iter().any(|step| matches!(step.what, What::Start { .. }))
}

/// Returns the last user named in a stage, or in those it is built on.
fn user_of<'a>(dockerfile: &'a Dockerfile, stage: &'a Stage) -> Option<(u32, &'a str)> {
    let mut stage = stage;
    for _ in 0..dockerfile.stages.len() {
        let user = stage.steps.iter().rev().find_map(|step| match &step.what {
            What::User { user } => Some((step.line, user.split(':').next().unwrap_or(user))),
            _ => None,
        });
        if user.is_some() {
            return user;
        }
        stage = dockerfile.stages.iter().find(|other| other.name.as_deref() == Some(stage.image.as_str()))?;
    }
    None
}

fn base_of<'a>(dockerfile: &'a Dockerfile, stage: &'a Stage) -> &'a Stage {
    let mut base = stage;
    for _ in 0..dockerfile.stages.len() {
        match dockerfile.stages.iter().find(|other| other.name.as_deref() == Some(base.image.as_str())) {
            Some(next) if next.line < base.line => base = next,
            Some(_) | None => break,
        }
    }
    base
}

/// Returns whether an image is one of those that are known to set no user.
fn is_root_by_default(image: &str) -> bool {
    const ROOTS: &[&str] =
        &["alpine", "debian", "ubuntu", "golang", "node", "python", "busybox", "scratch", "centos", "fedora", "rust"];
    let image = image.split(['@', ':']).next().unwrap_or(image);
    let image = image.strip_prefix("docker.io/").unwrap_or(image);
    ROOTS.contains(&image.strip_prefix("library/").unwrap_or(image))
}

fn terraform_state_local(project: &Project, look: &mut Look) {
    let is_wrapped = project.files().iter().any(|file| file.name() == "terragrunt.hcl");
    let folders: std::collections::BTreeSet<&str> =
        project.of_kind(Kind::Terraform).filter(|file| !file.is_test()).map(File::folder).collect();
    for folder in folders {
        let bodies: Vec<(&File, &crate::analyst::project::terraform::Body)> =
            project.in_folder(folder).filter_map(|file| Some((file, file.terraform()?))).collect();
        let provider = bodies.iter().find_map(|(file, body)| Some((*file, body.blocks("provider").next()?)));
        let manages = bodies
            .iter()
            .any(|(_, body)| body.blocks("resource").next().is_some() || body.blocks("module").next().is_some());
        let is_whole = project.in_folder(folder).filter(|file| file.kind == Kind::Terraform).count() == bodies.len();
        let Some((file, provider)) = provider.filter(|_| manages && is_whole && !is_wrapped) else { continue };
        look.saw_one();
        let has_backend = bodies
            .iter()
            .flat_map(|(_, body)| body.blocks("terraform"))
            .any(|block| block.body.blocks("backend").next().is_some() || block.body.blocks("cloud").next().is_some());
        if !has_backend && !is_module(project, folder) {
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
