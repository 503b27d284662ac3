//! What containers may do to the machine they run on.

use crate::analyst::Field;
use crate::analyst::project::{File, Project, has_word, joined, kubernetes};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[Rule {
    id: "container-owns-machine",
    field: Field::Security,
    severity: Severity::High,
    title: "No container of a service has the rights of its machine",
    rationale: "Whoever gets into the container has the machine, and with it all others on it.",
    wrong_if: "the workload manages machines (a driver, a network plugin)",
    remedy: "Drop the setting; ask for the one capability that is needed.",
    looks_at: "containers in manifests",
    topics: &["secur", "implementation", "container"],
    check: container_owns_machine,
}];

/// Returns whether the README of the project, or of the manifest's folder, tells to run it privileged.
fn is_told(project: &Project, manifest: &File) -> bool {
    let beside = joined(manifest.folder(), "README.md").and_then(|path| project.file(&path));
    let says = |line: &str| {
        let refuses =
            ["not ", "no ", "non-", "never", "without", "n't"].iter().any(|word| line.to_lowercase().contains(word));
        has_word(line, "privileged") && !refuses
    };
    project.readme().into_iter().chain(beside).any(|readme| readme.lines().any(|(_, line)| says(line)))
}

fn container_owns_machine(project: &Project, look: &mut Look) {
    // Where something runs on every machine, the project manages machines, and what steers it may have to reach them.
    if kubernetes::of_kind(project, "DaemonSet").next().is_some() {
        return;
    }
    for workload in kubernetes::workloads(project) {
        // One on every machine is there to manage machines.
        let names = workload.containers.iter().flat_map(|it| [it.text_of("name"), it.text_of("image")]).flatten();
        let names: Vec<&str> = names.collect();
        let about = format!("{} {} {}", workload.name, workload.file.path, names.join(" ")).to_ascii_lowercase();
        let manages =
            ["integration", "csi", "cni", "driver", "dind", "buildkit", "runner", "kubevirt", "device-plugin", "falco"]
                .iter()
                .any(|word| about.contains(word));
        if workload.kind == "DaemonSet" || manages {
            continue;
        }
        for container in &workload.containers {
            look.saw_one();
            let context = container.get("securityContext");
            let privileged =
                context.and_then(|context| context.get("privileged")).filter(|value| value.text() == Some("true"));
            if let Some(node) = privileged.filter(|_| !is_told(project, workload.file)) {
                look.found(workload.file, node.line, format!("{} is privileged.", workload.words_for(container)));
            }
        }
        let volumes = workload.pod.get("volumes").map(|volumes| volumes.items()).unwrap_or_default();
        for volume in volumes {
            let socket = volume
                .at(&["hostPath", "path"])
                .filter(|path| path.text().is_some_and(|path| path.ends_with("docker.sock")));
            if let Some(node) = socket {
                look.found(
                    workload.file,
                    node.line,
                    format!("`{}` mounts the socket of the container engine.", workload.name),
                );
            }
        }
    }
}
