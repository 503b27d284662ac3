//! Images: what they are made of.

use crate::analyst::Field;
use crate::analyst::project::dockerfile::{Dockerfile, Stage, Step, What};
use crate::analyst::project::{File, Kind, Project, folder_of, gomod, joined};
use crate::analyst::rules::{Look, Rule};
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
        id: "go-image-too-old",
        field: Field::Deployment,
        severity: Severity::High,
        title: "Every image that builds Go has the version that the module asks for",
        rationale: "The official images forbid the download of a newer toolchain: the build stops here.",
        wrong_if: "`GOTOOLCHAIN` is set when the image is built",
        remedy: "Raise the version of the image to that of `go.mod`, or lower that one.",
        looks_at: "images that build Go",
        topics: &["deploy", "pipeline", "production", "risk"],
        check: go_image_too_old,
    },
];

/// Images that the usual registry serves under a plain name.
const OFFICIAL: &[&str] = &[
    "alpine",
    "amazonlinux",
    "archlinux",
    "bash",
    "buildpack-deps",
    "busybox",
    "caddy",
    "cassandra",
    "centos",
    "clojure",
    "composer",
    "consul",
    "couchdb",
    "debian",
    "docker",
    "eclipse-temurin",
    "elasticsearch",
    "elixir",
    "erlang",
    "fedora",
    "flink",
    "golang",
    "gradle",
    "haproxy",
    "haskell",
    "httpd",
    "influxdb",
    "julia",
    "kibana",
    "mariadb",
    "maven",
    "memcached",
    "mongo",
    "mysql",
    "nats",
    "neo4j",
    "nginx",
    "node",
    "openjdk",
    "oraclelinux",
    "perl",
    "php",
    "postgres",
    "python",
    "rabbitmq",
    "redis",
    "registry",
    "rockylinux",
    "ruby",
    "rust",
    "sonarqube",
    "swift",
    "telegraf",
    "tomcat",
    "traefik",
    "ubuntu",
    "vault",
    "wordpress",
    "zookeeper",
];

fn image_not_pinned(project: &Project, look: &mut Look) {
    if !are_built(project) {
        return;
    }
    for (file, dockerfile) in dockerfiles(project).filter(|(file, _)| !is_for_developers(file)) {
        // One that nothing names may be a leftover; the plain name needs no naming.
        let is_named = file.name() == "Dockerfile"
            || project.files().iter().any(|other| {
                !matches!(other.kind, Kind::Markdown | Kind::Dockerfile) && other.text.contains(&*file.path)
            });
        if !is_named {
            continue;
        }
        let mut open: Vec<(u32, &str, &str)> = Vec::new();
        for stage in &dockerfile.stages {
            let is_stage = dockerfile.stages.iter().any(|other| other.name.as_deref() == Some(stage.image.as_str()));
            if is_stage || stage.image == "scratch" || stage.image.contains('$') {
                continue;
            }
            look.saw_one();
            // A stage that neither runs in the end nor compiles anything only moves files.
            let is_last = dockerfile.stages.last().is_some_and(|last| last.line == stage.line);
            let is_base = dockerfile.stages.iter().any(|other| stage.name.as_deref() == Some(other.image.as_str()));
            const COMPILERS: &[&str] =
                &["go build", "go install", "make", "npm", "yarn", "pnpm", "cargo", "mvn", "gradle", "pip", "build"];
            let compiles = stage.steps.iter().any(|step| {
                matches!(&step.what, What::Run { command } if COMPILERS.iter().any(|word| command.contains(word)))
            });
            if !is_last && !is_base && !compiles {
                continue;
            }
            // An image that another Dockerfile of the project makes is its own.
            let last = stage.image.rsplit('/').next().unwrap_or_default().split([':', '@']).next().unwrap_or_default();
            if stage.image.contains('/') && dockerfiles(project).any(|(other, _)| other.name().ends_with(last)) {
                continue;
            }
            // Those who make an image know what its newest one is; images of one file or two have no versions.
            let owner = stage.image.rsplit('/').nth(1);
            let mut modules = project.of_kind(Kind::GoMod).filter_map(File::gomod);
            let is_own = owner.is_some() && modules.any(|gomod| gomod.module.split('/').nth(1) == owner);
            if is_own || is_private(&stage.image) {
                continue;
            }
            // What is no image of the usual registry is a context of the build, or kept by whoever knows its newest one.
            let is_kept = !OFFICIAL.contains(&last);
            let is_known = is_kept || open.iter().any(|(_, image, _)| *image == stage.image);
            if let Some(how) = floating(&stage.image).filter(|_| !is_known) {
                open.push((stage.line, &stage.image, how));
            }
        }
        // What runs in the end matters most: the last one is told, the others with it.
        if let Some(((line, image, how), others)) = open.split_last().filter(|_| !is_of_compose_only(project, file)) {
            let others: Vec<String> = others.iter().map(|(_, image, how)| format!("`{image}` {how}")).collect();
            let too = if others.is_empty() { String::new() } else { format!("; {}", others.join(", ")) };
            look.found(file, *line, format!("`{image}` {how}{too}."));
        }
    }
}

/// Returns whether something builds images in this project: an image that nobody builds runs nowhere.
pub fn are_built(project: &Project) -> bool {
    const BUILDS: &[&str] = &[
        "docker build",
        "buildx",
        "build-push-action",
        "builders/docker",
        "kaniko",
        "buildah",
        "podman build",
        "docker_build",
        "Dockerfile",
        "skaffold",
        "gcloud builds",
        "docker.build",
    ];
    project.files().iter().any(|file| {
        let is_other =
            matches!(file.kind, Kind::Markdown | Kind::Go | Kind::Dockerfile) || file.name().contains("compose");
        !is_other && file.name() != ".dockerignore" && BUILDS.iter().any(|word| file.text.contains(word))
    })
}

/// Returns whether only compose files build from the folder of a Dockerfile: they start things on one machine.
pub fn is_of_compose_only(project: &Project, file: &File) -> bool {
    let folder = file.folder();
    if folder.is_empty() {
        return false;
    }
    let is_compose = |other: &File| other.name().contains("compose");
    let names = |other: &File| {
        !matches!(other.kind, Kind::Markdown | Kind::Go | Kind::Dockerfile) && other.text.contains(folder)
    };
    let files = project.files();
    files.iter().any(|other| is_compose(other) && names(other))
        && !files.iter().any(|other| !is_compose(other) && names(other))
}

/// Returns whether an image comes from a registry of somebody's own, whose keepers see to what is newest there.
fn is_private(image: &str) -> bool {
    const PUBLIC: &[&str] = &[
        "docker.io",
        "gcr.io",
        "pkg.dev",
        "quay.io",
        "ghcr.io",
        "microsoft.com",
        "amazonaws.com",
        "ecr.aws",
        "k8s.io",
    ];
    let host = image.split_once('/').map_or("", |(host, _)| host);
    host.contains('.') && !PUBLIC.iter().any(|public| host.ends_with(public))
}

/// Returns whether an image is made for the developers' own machines, for building packages on one, or for a step of the
/// pipeline.
pub fn is_for_developers(file: &File) -> bool {
    const ANYWHERE: &[&str] = &[
        "dev",
        "develop",
        "development",
        "devcontainer",
        "local",
        "emulator",
        "packaging",
        "rpmbuild",
        "debug",
        "playground",
        "lint",
        "loadgen",
        "load",
        "loadgenerator",
        "generator",
        "bench",
        "ci",
        "e2e",
        "presubmit",
        "prow",
        "gitpod",
    ];
    const FOLDERS: &[&str] = &["docs", "doc", "tools", "tool", "hack", "github", "website", "scripts"];
    const NAMES: &[&str] = &[
        "build",
        "builder",
        "make",
        "test",
        "tests",
        "check",
        "docs",
        "tools",
        "site",
        "catalog",
        "cross",
        "integration",
        "action",
        "actions",
    ];
    // What builds again whenever a file changes serves whoever changes it.
    const WATCHERS: &[&str] = &["CompileDaemon", "cosmtrek/air", "air-verse/air", "reflex", "go-delve", "nodemon"];
    let last = file.dockerfile().and_then(|dockerfile| dockerfile.stages.last()).map_or(0, |stage| stage.line);
    if file.lines().any(|(line, text)| line >= last && WATCHERS.iter().any(|word| text.contains(word))) {
        return true;
    }
    let (path, name) = (file.path.to_ascii_lowercase(), file.name().to_ascii_lowercase());
    let has = |text: &str, words: &[&str]| text.split(['/', '.', '-', '_']).any(|part| words.contains(&part));
    has(&path, ANYWHERE) || has(folder_of(&path), FOLDERS) || has(&name, NAMES)
}

/// Returns in words why an image has no version of its own.
fn floating(image: &str) -> Option<&'static str> {
    if image.contains('@') {
        return None;
    }
    // Some registries give only the newest away.
    if image.starts_with("cgr.dev/chainguard/") {
        return None;
    }
    let last = image.rsplit('/').next().unwrap_or(image);
    match last.split_once(':') {
        None => Some("names no version"),
        Some((_, "latest")) => Some("is whatever was pushed last"),
        Some(_) => None,
    }
}

pub fn dockerfiles(project: &Project) -> impl Iterator<Item = (&File, &Dockerfile)> {
    let files = project.of_kind(Kind::Dockerfile).filter(|file| !file.is_test());
    files.filter_map(|file| Some((file, file.dockerfile()?)))
}

fn go_image_too_old(project: &Project, look: &mut Look) {
    for (file, dockerfile) in dockerfiles(project).filter(|(file, _)| !is_for_developers(file)) {
        if file.text.contains("GOTOOLCHAIN") {
            continue;
        }
        for stage in &dockerfile.stages {
            let image = stage.image.split('@').next().unwrap_or_default();
            let name = image.strip_prefix("docker.io/").unwrap_or(image);
            let name = name.strip_prefix("library/").unwrap_or(name);
            let Some(tag) = name.strip_prefix("golang:") else { continue };
            let Some(has) = gomod::version(tag) else { continue };
            let Some((module, wants, written)) = module_for(project, file).filter(|_| builds_module(stage)) else {
                continue;
            };
            look.saw_one();
            // `golang:1.24` is the newest 1.24.
            let has_patch = tag.split('-').next().unwrap_or_default().matches('.').count() > 1;
            let is_older = (has.0, has.1) < (wants.0, wants.1) || has_patch && has < wants;
            if is_older {
                let statement = format!("`golang:{tag}` builds a module that asks for Go {written} ({}).", module.path);
                let finding = look.found(file, stage.line, statement);
                // Before 1.21 a toolchain tries all the same.
                if has < (1, 21, 0) {
                    finding.severity = Severity::Medium;
                    finding.why = "So old a toolchain tries, and stops at the first thing that it does not know; nothing newer than it is tested.".to_owned();
                }
            }
        }
    }
}

/// Returns whether a stage builds Go by the module of the project. One that takes in single files alone builds them without.
fn builds_module(stage: &Stage) -> bool {
    const BUILDS: &[&str] =
        &["go build", "go install", "go mod", "go run", "go test", "go generate", "make", "mage", "task "];
    let copied = |step: &Step| match &step.what {
        What::Copy { sources } => sources.clone(),
        _ => Vec::new(),
    };
    let sources: Vec<String> = stage.steps.iter().flat_map(copied).collect();
    let is_single = !sources.is_empty() && sources.iter().all(|source| source.ends_with(".go"));
    let builds =
        |step: &Step| matches!(&step.what, What::Run { command } if BUILDS.iter().any(|word| command.contains(word)));
    !sources.is_empty() && !is_single && stage.steps.iter().any(builds)
}

/// Returns the module that a Dockerfile builds: the one beside it, or the project's only one.
fn module_for<'a>(project: &'a Project, file: &File) -> Option<(&'a File, (u32, u32, u32), &'a str)> {
    let beside = joined(file.folder(), "go.mod").and_then(|path| project.file(&path));
    let mut all = project.of_kind(Kind::GoMod);
    let module = match (beside, all.next(), all.next()) {
        (Some(beside), _, _) => beside,
        (None, Some(only), None) if only.folder().is_empty() => only,
        _ => return None,
    };
    let (written, _) = module.gomod()?.go.as_ref()?;
    Some((module, gomod::version(written)?, written))
}
