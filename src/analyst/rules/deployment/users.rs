//! As whom images run.

use std::collections::BTreeSet;

use super::images::{are_built, dockerfiles, is_for_developers, is_of_compose_only};
use crate::analyst::Field;
use crate::analyst::project::dockerfile::{Dockerfile, Stage, What};
use crate::analyst::project::{File, Kind, Project, joined};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[Rule {
    id: "container-runs-as-root",
    field: Field::Deployment,
    severity: Severity::Medium,
    title: "No image runs its program as root",
    rationale: "A hole in the program is a hole in the container's root, and on a shared kernel a step to the host.",
    wrong_if: "the platform sets another user",
    remedy: "Add a user to the last stage and a `USER` line, by number.",
    looks_at: "Dockerfiles that expose a port",
    topics: &["deploy", "production", "risk"],
    check: container_runs_as_root,
}];

fn container_runs_as_root(project: &Project, look: &mut Look) {
    // A manifest that names the user overrules the image, and an entry point may give the rights up by itself.
    let gives_up = |file: &File| {
        let words =
            ["hostPID: true", "privileged: true", "runAsNonRoot: true", "runAsUser: 1", "su-exec", "gosu", "setpriv"];
        let is_set_in_code = file.kind == Kind::Go && !file.is_test() && file.text.contains("RunAsNonRoot:");
        is_set_in_code
            || !matches!(file.kind, Kind::Markdown | Kind::Go) && words.iter().any(|word| file.text.contains(word))
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
    if !are_built(project) {
        return;
    }
    let mounted = mounted_for_developers(project);
    // Whoever ships an image without root beside it lets people choose.
    let has_choice = |file: &File| {
        project.in_folder(file.folder()).any(|other| {
            let name = other.name().to_ascii_lowercase();
            other.kind == Kind::Dockerfile && ["rootless", "nonroot", "non-root"].iter().any(|word| name.contains(word))
        })
    };
    let shipped = |file: &File| {
        !is_for_developers(file)
            && !mounted.contains(&file.path)
            && !has_choice(file)
            && !is_of_compose_only(project, file)
    };
    for (file, dockerfile) in dockerfiles(project).filter(|(file, _)| shipped(file)) {
        let Some(last) = dockerfile.stages.last() else { continue };
        // What listens to nobody is a tool: it works on what it is given, as whoever it belongs to.
        let head = file.lines().take_while(|(_, line)| line.starts_with('#') || line.trim().is_empty());
        let is_for_tests = head.into_iter().any(|(_, line)| line.to_ascii_lowercase().contains("test"));
        if !starts_something(last) || !file.text.contains("EXPOSE ") || is_for_tests {
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
            "mysqld",
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
