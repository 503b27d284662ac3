//! Images: what they are made of, and as whom they run.

use std::collections::BTreeSet;

use crate::analyst::Field;
use crate::analyst::project::dockerfile::{Dockerfile, Stage, What};
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
    Rule {
        id: "copy-of-missing-file",
        field: Field::Deployment,
        severity: Severity::High,
        title: "Every file that an image copies is there",
        rationale: "The build of the image stops at this line.",
        wrong_if: "the file is made before the image is built, or the build starts in another folder",
        remedy: "Copy the file that exists, or add the missing one.",
        looks_at: "files copied into images",
        topics: &["deploy", "pipeline", "production", "risk"],
        check: copy_of_missing_file,
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
    for (file, dockerfile) in dockerfiles(project).filter(|(file, _)| !is_for_developers(file)) {
        let mut open: Vec<(u32, &str, &str)> = Vec::new();
        for stage in &dockerfile.stages {
            let is_stage = dockerfile.stages.iter().any(|other| other.name.as_deref() == Some(stage.image.as_str()));
            if is_stage || stage.image == "scratch" || stage.image.contains('$') {
                continue;
            }
            look.saw_one();
            // A plain name that is no image of the usual registry is a context of the build.
            let is_context = !stage.image.contains(['/', ':', '@', '.']) && !OFFICIAL.contains(&stage.image.as_str());
            let is_known = is_context || open.iter().any(|(_, image, _)| *image == stage.image);
            if let Some(how) = floating(&stage.image).filter(|_| !is_known) {
                open.push((stage.line, &stage.image, how));
            }
        }
        // What runs in the end matters most: the last one is told, the others with it.
        if let Some(((line, image, how), others)) = open.split_last() {
            let others: Vec<String> = others.iter().map(|(_, image, how)| format!("`{image}` {how}")).collect();
            let too = if others.is_empty() { String::new() } else { format!("; {}", others.join(", ")) };
            look.found(file, *line, format!("`{image}` {how}{too}."));
        }
    }
}

/// Returns whether an image is made for the developers' own machines, for building packages on one, or for a step of the
/// pipeline.
fn is_for_developers(file: &File) -> bool {
    const ANYWHERE: &[&str] = &[
        "dev",
        "develop",
        "development",
        "devcontainer",
        "local",
        "emulator",
        "packaging",
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
    ];
    const FOLDERS: &[&str] = &["docs", "doc", "tools", "tool", "hack", "github", "website", "scripts"];
    const NAMES: &[&str] =
        &["build", "builder", "test", "tests", "check", "docs", "tools", "cross", "integration", "action", "actions"];
    let (path, name) = (file.path.to_ascii_lowercase(), file.name().to_ascii_lowercase());
    let has = |text: &str, words: &[&str]| text.split(['/', '.', '-', '_']).any(|part| words.contains(&part));
    has(&path, ANYWHERE) || has(folder_of(&path), FOLDERS) || has(&name, NAMES)
}

/// Returns the Dockerfiles that compose files only ever build to mount the project's own source into them.
fn mounted_for_developers(project: &Project) -> BTreeSet<String> {
    let is_compose = |file: &&File| file.name().contains("compose");
    let (mut mounted, mut plain) = (BTreeSet::new(), BTreeSet::new());
    for file in project.of_kind(Kind::Yaml).filter(is_compose) {
        let Some(root) = file.yaml().and_then(|documents| documents.first()) else { continue };
        for (_, _, service) in root.get("services").map(|services| services.entries()).unwrap_or_default() {
            let Some(build) = service.get("build") else { continue };
            let context = build.text().or_else(|| build.text_of("context")).unwrap_or(".");
            let named = build.text_of("dockerfile").unwrap_or("Dockerfile");
            let Some(path) = joined(file.folder(), &format!("{context}/{named}")) else { continue };
            let volumes = service.get("volumes").map(|volumes| volumes.items()).unwrap_or_default();
            let mounts_source = volumes.iter().filter_map(|volume| volume.text()?.split(':').next()).any(|source| {
                let folder = joined(file.folder(), source).filter(|_| source.starts_with('.'));
                folder.is_some_and(|folder| holds_code(project, &folder))
            });
            if mounts_source {
                mounted.insert(path)
            } else {
                plain.insert(path)
            };
        }
    }
    mounted.retain(|path| !plain.contains(path));
    mounted
}

fn holds_code(project: &Project, folder: &str) -> bool {
    let inside = format!("{folder}/");
    let is_code = |file: &File| matches!(file.kind, Kind::Go | Kind::Script);
    project.files().iter().any(|file| is_code(file) && (folder.is_empty() || file.path.starts_with(&inside)))
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

fn dockerfiles(project: &Project) -> impl Iterator<Item = (&File, &Dockerfile)> {
    let files = project.of_kind(Kind::Dockerfile).filter(|file| !file.is_test());
    files.filter_map(|file| Some((file, file.dockerfile()?)))
}

fn container_runs_as_root(project: &Project, look: &mut Look) {
    // A manifest that names the user overrules the image, and an entry point may give the rights up by itself.
    let gives_up = |file: &File| {
        let words = ["runAsNonRoot: true", "runAsUser: 1", "su-exec", "gosu", "setpriv"];
        !matches!(file.kind, Kind::Markdown | Kind::Go) && words.iter().any(|word| file.text.contains(word))
    };
    // An action in a container has to run as root: the host of the repository asks for it.
    let is_action = |file: &File| {
        let says = |quote: &str| file.text.contains(&format!("using: {quote}docker"));
        matches!(file.name(), "action.yml" | "action.yaml") && ["", "'", "\""].into_iter().any(says)
    };
    // Whoever is told to hand the socket of the container engine in has given everything away already.
    let takes_socket = |file: &File| {
        matches!(file.kind, Kind::Markdown | Kind::Yaml) && !file.is_test() && file.text.contains("docker.sock:")
    };
    if project.files().iter().any(|file| gives_up(file) || is_action(file) || takes_socket(file)) {
        return;
    }
    let mounted = mounted_for_developers(project);
    let shipped = |file: &File| !is_for_developers(file) && !mounted.contains(&file.path);
    for (file, dockerfile) in dockerfiles(project).filter(|(file, _)| shipped(file)) {
        let Some(last) = dockerfile.stages.last() else { continue };
        if !starts_something(last) {
            continue;
        }
        // What mounts, filters packets or starts others in their own names has to be root.
        const NEEDS: &[&str] = &[
            "fuse",
            "iptables",
            "nftables",
            "wireguard",
            "openvpn",
            "dockerd",
            "docker.sock",
            "docker-cli",
            "systemd",
            "supervisor",
            "s6-",
            "setcap",
            "tcpdump",
            "libpcap",
            "crond",
            "sshd",
            "nsenter",
        ];
        if NEEDS.iter().any(|word| file.text.contains(word)) {
            continue;
        }
        look.saw_one();
        let user = user_of(dockerfile, last);
        let base = base_of(dockerfile, last).image.as_str();
        let named = base.split('@').next().unwrap_or(base);
        match user {
            Some((line, "root" | "0")) => {
                look.found(file, line, "The last `USER` is root.");
            }
            None if is_root_by_default(base) => {
                let statement = format!("No `USER` is named, and `{named}` runs as root.");
                look.found(file, last.line, statement);
            }
            Some(_) | None => {}
        }
    }
}

fn starts_something(stage: &Stage) -> bool {
    let is_program = |command: &str| !command.contains(".apk");
    stage.steps.iter().any(|step| matches!(&step.what, What::Start { command } if is_program(command)))
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
            let copies_it = stage.steps.iter().any(|step| matches!(&step.what, What::Copy { .. }));
            let Some((module, wants, written)) = module_for(project, file).filter(|_| copies_it) else { continue };
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

fn copy_of_missing_file(project: &Project, look: &mut Look) {
    for (file, dockerfile) in dockerfiles(project) {
        for step in dockerfile.stages.iter().flat_map(|stage| &stage.steps) {
            let What::Copy { sources } = &step.what else { continue };
            let mut missing = Vec::new();
            for source in sources {
                if source.contains(['$', '*', '?', '[', ':']) || source == "." {
                    continue;
                }
                look.saw_one();
                let name = source.trim_end_matches('/').rsplit('/').next().unwrap_or(source);
                // The build may start in any folder above the Dockerfile; what is built before it has a name somewhere.
                let folders = std::iter::successors(Some(file.folder()), |folder| {
                    (!folder.is_empty()).then(|| folder_of(folder))
                });
                let is_there =
                    folders.into_iter().filter_map(|folder| joined(folder, source)).any(|path| project.exists(&path));
                let is_made =
                    |other: &File| other.path != file.path && other.kind != Kind::Go && other.kind != Kind::Markdown;
                let plain = name.split('.').next().unwrap_or(name);
                let is_known =
                    is_there || name.is_empty() || plain.is_empty() || !project.named_in([plain], is_made).is_empty();
                // A folder whose own ignore rules hide what is put there is filled before.
                let is_filled = std::iter::successors(Some(folder_of(source)), |folder| {
                    (!folder.is_empty()).then(|| folder_of(folder))
                })
                .filter(|folder| !folder.is_empty())
                .any(|folder| project.exists(&format!("{folder}/.gitignore")));
                let is_elsewhere = || {
                    project.files().iter().any(|other| {
                        other.path.ends_with(&format!("/{}", source.trim_matches('/')))
                            || other.path.contains(&format!("/{}/", source.trim_matches('/')))
                    })
                };
                if !is_known && !is_filled && !is_elsewhere() {
                    missing.push(format!("`{source}`"));
                }
            }
            match &missing[..] {
                [] => {}
                [one] => _ = look.found(file, step.line, format!("{one} is copied, and there is no such file.")),
                many => {
                    let statement = format!("{} are copied, and there are no such files.", many.join(", "));
                    look.found(file, step.line, statement);
                }
            }
        }
    }
}
