//! One thing, one name: variables, topics, images, labels.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::Field;
use crate::analyst::project::{File, Kind, Project, commands, environment, kubernetes};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[
    Rule {
        id: "variable-name-disagrees",
        field: Field::Integration,
        severity: Severity::High,
        title: "The variables that the deployment sets are those that the code reads",
        rationale: "The code reads another name, finds nothing and works with its default, or does not start.",
        wrong_if: "a library reads the variable",
        remedy: "Use one name in both places.",
        looks_at: "variables that the deployment sets",
        topics: &["finding", "integrat", "cross", "validat"],
        check: variable_name_disagrees,
    },
    Rule {
        id: "image-name-disagrees",
        field: Field::Integration,
        severity: Severity::High,
        title: "The images that are deployed are those that the pipeline builds",
        rationale: "A release builds one image and starts another one, or none.",
        wrong_if: "another pipeline builds the image",
        remedy: "Use one name in both places.",
        looks_at: "images of the project's own that are deployed",
        topics: &["finding", "integrat", "cross", "validat"],
        check: image_name_disagrees,
    },
    Rule {
        id: "service-selects-nothing",
        field: Field::Integration,
        severity: Severity::High,
        title: "Every Kubernetes service selects a workload",
        rationale: "Whoever calls the service gets no answer: no pod carries these labels.",
        wrong_if: "the workload is made by another tool",
        remedy: "Use the labels of the workload's pods.",
        looks_at: "Kubernetes services",
        topics: &["finding", "integrat", "cross", "validat"],
        check: service_selects_nothing,
    },
    Rule {
        id: "port-disagrees",
        field: Field::Integration,
        severity: Severity::Medium,
        title: "Every named port that a Kubernetes service sends to is named by its pods",
        rationale: "Requests go nowhere: the name stands for no port.",
        wrong_if: "the pods are made by another tool",
        remedy: "Use one name in both places.",
        looks_at: "named ports of Kubernetes services",
        topics: &["finding", "integrat", "cross", "validat"],
        check: port_disagrees,
    },
];

fn variable_name_disagrees(project: &Project, look: &mut Look) {
    let read = environment::maybe_read(project);
    if read.is_empty() {
        return;
    }
    let set = environment::set(project);
    let is_code = |file: &File| !matches!(file.kind, Kind::Terraform | Kind::Yaml | Kind::Markdown | Kind::Env);
    let elsewhere = project.named_in(set.keys().map(String::as_str), is_code);
    for (name, (file, line)) in &set {
        look.saw_one();
        // Whoever else made a store of this kind has named its variables.
        let is_of_store = ["MINIO_", "POSTGRES_", "MYSQL_", "REDIS_", "MONGO_", "MARIADB_", "GF_", "RABBITMQ_"];
        let is_foreign = is_of_store.iter().any(|start| name.starts_with(start));
        if read.contains_key(name) || elsewhere.contains(name.as_str()) || is_foreign {
            continue;
        }
        let near = read
            .keys()
            .find(|other| !set.contains_key(*other) && (flat(other) == flat(name) || is_one_word_off(other, name)));
        if let Some(near) = near {
            let (reader, reader_line) = read[near];
            let statement = format!(
                "The deployment sets `{name}`, which nothing reads; the code reads `{near}` ({}:{reader_line}), which nothing sets.",
                reader.path
            );
            look.found(file, *line, statement);
        }
    }
}

fn flat(name: &str) -> String {
    name.replace('_', "")
}

/// Returns whether one name is the other with one more word at its end or beginning.
fn is_one_word_off(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    let is_enough = short.matches('_').count() >= 1;
    let rest = long.strip_prefix(short).and_then(|rest| rest.strip_prefix('_'));
    let front = long.strip_suffix(short).and_then(|rest| rest.strip_suffix('_'));
    is_enough && rest.or(front).is_some_and(|rest| !rest.contains('_'))
}

static BUILT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"(?:-t[,\s]+|--tag[=\s]+)["']?([^\s"',\]]+)"#).expect("it is a pattern"));

/// Returns the part of an image's name that is the same whatever registry and tag are put in: `shop/api`.
fn tail(image: &str) -> Option<String> {
    let path = image.split('@').next()?;
    let path = path.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')).map_or(path, |(path, _)| path);
    let parts: Vec<&str> = path.split('/').collect();
    let last = parts.last()?;
    let plain = |part: &str| !part.is_empty() && !part.contains(['$', '{', '}', '.']);
    (parts.len() >= 2 && plain(last)).then(|| (*last).to_owned())
}

fn image_name_disagrees(project: &Project, look: &mut Look) {
    let mut built: BTreeMap<String, u32> = BTreeMap::new();
    for command in commands::read(project) {
        let is_build = command.text.contains("build") || command.text.contains("-t,");
        for found in BUILT.captures_iter(&command.text).filter(|_| is_build) {
            if let Some(name) = tail(&found[1]) {
                built.insert(name, command.line);
            }
        }
    }
    // With one image or none it is not known what the others are built by.
    if built.len() < 2 {
        return;
    }
    for (file, service) in project
        .terraform("resource", "google_cloud_run_v2_service")
        .chain(project.terraform("resource", "google_cloud_run_service"))
    {
        for image in service.body.every().into_iter().filter_map(|block| block.attribute("image")) {
            let written = image.text.trim_matches('"');
            let is_own = written.starts_with("${") || written.starts_with("var.");
            let Some(name) = tail(written).filter(|_| is_own) else { continue };
            look.saw_one();
            if !built.contains_key(&name) {
                let names = built.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                look.found(file, image.line, format!("`{name}` is deployed; the pipeline builds {names}."));
            }
        }
    }
}

fn service_selects_nothing(project: &Project, look: &mut Look) {
    if kubernetes::is_patched(project)
        || kubernetes::documents(project).any(|(file, _)| file.name().starts_with("kustomization"))
    {
        return;
    }
    let workloads = kubernetes::workloads(project);
    let broken = project.of_kind(Kind::Yaml).any(|file| file.yaml().is_none());
    // Charts and operators make pods that no manifest shows.
    if workloads.is_empty() || broken {
        return;
    }
    for (file, service) in kubernetes::of_kind(project, "Service") {
        let Some(selector) = service.at(&["spec", "selector"]).filter(|selector| !selector.entries().is_empty()) else {
            continue;
        };
        // Some labels are given to pods by Kubernetes itself.
        const GIVEN: &[&str] =
            &["statefulset.kubernetes.io/", "apps.kubernetes.io/", "batch.kubernetes.io/", "job-name", "controller-"];
        if selector.entries().iter().any(|(key, _, _)| GIVEN.iter().any(|start| key.starts_with(start))) {
            continue;
        }
        look.saw_one();
        let is_met = workloads.iter().any(|workload| {
            let labels = workload.node.at(&["spec", "template", "metadata", "labels"]);
            selector
                .entries()
                .iter()
                .all(|(key, _, wanted)| labels.and_then(|labels| labels.text_of(key)) == wanted.text())
        });
        let in_this_folder = workloads.iter().any(|workload| workload.file.folder() == file.folder());
        let only_workloads = kubernetes::documents(project).all(|(_, node)| {
            !matches!(node.text_of("kind"), Some("Pod" | "Job" | "CronJob" | "ReplicaSet" | "Rollout"))
        });
        if !is_met && in_this_folder && only_workloads {
            let name = service.at(&["metadata", "name"]).and_then(|name| name.text()).unwrap_or_default();
            look.found(file, selector.line, format!("The service `{name}` selects labels that no workload has."));
        }
    }
}

fn port_disagrees(project: &Project, look: &mut Look) {
    if kubernetes::is_patched(project) {
        return;
    }
    let workloads = kubernetes::workloads(project);
    for (file, service) in kubernetes::of_kind(project, "Service") {
        let Some(selector) = service.at(&["spec", "selector"]).filter(|selector| !selector.entries().is_empty()) else {
            continue;
        };
        let selected = workloads.iter().filter(|workload| {
            let labels = workload.node.at(&["spec", "template", "metadata", "labels"]);
            workload.file.folder() == file.folder()
                && selector
                    .entries()
                    .iter()
                    .all(|(key, _, wanted)| labels.and_then(|labels| labels.text_of(key)) == wanted.text())
        });
        let open: Vec<&crate::analyst::project::yaml::Node> = selected
            .flat_map(|workload| &workload.containers)
            .filter_map(|container| container.get("ports"))
            .flat_map(|ports| ports.items())
            .collect();
        let numbers: BTreeSet<&str> =
            open.iter().flat_map(|port| [port.text_of("containerPort"), port.text_of("name")]).flatten().collect();
        for port in service.at(&["spec", "ports"]).map(|ports| ports.items()).unwrap_or_default() {
            let target = port.get("targetPort");
            let Some((line, wanted)) = target.and_then(|target| Some((target.line, target.text()?))) else { continue };
            let is_number = wanted.chars().all(|c| c.is_ascii_digit());
            if numbers.is_empty() || is_number {
                continue;
            }
            look.saw_one();
            // Whoever says beside it that it leads nowhere knows.
            let is_said = (line.saturating_sub(8)..=line).map(|number| file.line(number).trim_start()).any(|text| {
                text.starts_with('#')
                    && ["not do anything", "legacy", "unused", "dummy", "placeholder"]
                        .iter()
                        .any(|word| text.contains(word))
            });
            if !numbers.contains(wanted) && !is_said {
                let ports = numbers.iter().map(|port| format!("`{port}`")).collect::<Vec<_>>().join(", ");
                look.found(file, line, format!("This sends to port `{wanted}`; the pods open {ports}."));
            }
        }
    }
}
