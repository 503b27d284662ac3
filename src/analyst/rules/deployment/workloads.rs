//! What runs: whether it is watched, bounded, and ends in order.

use crate::analyst::Field;
use crate::analyst::project::yaml::Node;
use crate::analyst::project::{File, Kind, Project, kubernetes};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[
    Rule {
        id: "workload-without-probe",
        field: Field::Deployment,
        severity: Severity::Low,
        title: "Every workload that serves is asked whether it is ready",
        rationale: "Requests reach it before it can answer: each release loses some.",
        wrong_if: "the manifest is completed by another tool",
        remedy: "Add a `readinessProbe`.",
        looks_at: "containers with ports",
        topics: &["deploy", "production", "risk", "monitor"],
        check: workload_without_probe,
    },
    Rule {
        id: "workload-without-limit",
        field: Field::Deployment,
        severity: Severity::Low,
        title: "Where containers have a limit to their memory, all have",
        rationale: "One that leaks takes the memory of its neighbours on the machine before it is stopped.",
        wrong_if: "the namespace sets a default",
        remedy: "Set `resources.limits.memory`, and requests beside it.",
        looks_at: "containers in manifests",
        topics: &["deploy", "production", "risk", "scal"],
        check: workload_without_limit,
    },
    Rule {
        id: "server-dropped-in-flight",
        field: Field::Deployment,
        severity: Severity::Medium,
        title: "Every HTTP server ends in order",
        rationale: "At each release and each scaling down, requests that are being answered are cut off.",
        wrong_if: "the platform waits until no request is open",
        remedy: "Wait for SIGTERM and call `Shutdown` on the server.",
        looks_at: "HTTP servers",
        topics: &["deploy", "production", "risk"],
        check: server_dropped_in_flight,
    },
];

fn workload_without_probe(project: &Project, look: &mut Look) {
    if kubernetes::is_patched(project) {
        return;
    }
    let services: Vec<&Node> = kubernetes::of_kind(project, "Service").map(|(_, service)| service).collect();
    // Only what a service sends requests to has to be ready for them.
    let callers = |workload: &kubernetes::Workload<'_>| -> Vec<&Node> {
        let labels = workload.node.at(&["spec", "template", "metadata", "labels"]);
        let selects = |service: &&&Node| {
            let selector = service.at(&["spec", "selector"]).map(|selector| selector.entries()).unwrap_or_default();
            let selects =
                |(key, _, wanted): &(String, u32, Node)| labels.and_then(|labels| labels.text_of(key)) == wanted.text();
            !selector.is_empty() && selector.iter().all(selects)
        };
        services.iter().filter(selects).copied().collect()
    };
    let is_for_operators = |port: &Node| {
        let name = port.text_of("name").unwrap_or_default().to_ascii_lowercase();
        ["metric", "prom", "prof", "debug", "probe", "health", "telemetry", "admin"]
            .iter()
            .any(|word| name.contains(word))
    };
    for workload in kubernetes::workloads(project)
        .into_iter()
        .filter(|it| it.kind == "Deployment" && !is_for_developers(it.file) && !is_of_old(it))
    {
        let targets: Vec<&str> = callers(&workload).into_iter().flat_map(targets).collect();
        let is_called = |port: &&Node| {
            let names = [port.text_of("containerPort"), port.text_of("name")];
            names.into_iter().flatten().any(|name| targets.contains(&name))
        };
        let serves = |container: &&&Node| {
            let names = [container.text_of("image"), container.text_of("name")];
            let is_proxy = names.into_iter().flatten().any(|name| name.contains("kube-rbac-proxy"));
            let ports = container.get("ports").map(|ports| ports.items()).unwrap_or_default();
            !is_proxy && ports.iter().filter(is_called).any(|port| !is_for_operators(port))
        };
        for container in workload.containers.iter().filter(serves) {
            look.saw_one();
            let is_probed =
                ["readinessProbe", "livenessProbe", "startupProbe"].iter().any(|probe| container.get(probe).is_some());
            if !is_probed {
                let which = workload.words_for(container);
                let statement = format!("{which} serves a port that a service sends to, and has no probe.");
                look.found(workload.file, container.line, statement);
            }
        }
    }
}

/// Returns the ports of containers that a service sends to, by number or name.
fn targets(service: &Node) -> Vec<&str> {
    let ports = service.at(&["spec", "ports"]).map(|ports| ports.items()).unwrap_or_default();
    ports.iter().filter_map(|port| port.text_of("targetPort").or_else(|| port.text_of("port"))).collect()
}

/// Returns whether no cluster of today takes a manifest: it is kept for the record.
fn is_of_old(workload: &kubernetes::Workload<'_>) -> bool {
    let version = workload.node.text_of("apiVersion").unwrap_or_default();
    version == "extensions/v1beta1" || version.starts_with("apps/v1beta")
}

/// Returns whether a manifest is for the developers' own machines, for tests, or the base that others complete.
fn is_for_developers(file: &File) -> bool {
    // One of a release that is out stays as it is.
    let stem = file.name().trim_start_matches('v');
    if file.is_of_release()
        || file.folder().split('/').any(|part| part == "releases")
        || stem.starts_with(|c: char| c.is_ascii_digit()) && stem.matches('.').count() >= 3
    {
        return true;
    }
    let mut words = file.path.split(|c: char| !c.is_alphanumeric());
    words.any(|word| {
        matches!(
            word,
            "fake"
                | "mock"
                | "stub"
                | "base"
                | "test"
                | "dev"
                | "devenv"
                | "integration"
                | "development"
                | "local"
                | "kind"
                | "minikube"
                | "demo"
                | "quickstart"
                | "tutorial"
                | "docs"
        )
    })
}

fn workload_without_limit(project: &Project, look: &mut Look) {
    let has_default = kubernetes::of_kind(project, "LimitRange").next().is_some();
    if has_default || kubernetes::is_patched(project) {
        return;
    }
    // What a chart of others was rendered to is set up there.
    let is_own = |workload: &kubernetes::Workload<'_>| {
        !workload.file.text.contains("helm.sh/chart") && !is_for_developers(workload.file) && !is_of_old(workload)
    };
    let (mut limited, mut open) = (0, Vec::new());
    for workload in kubernetes::workloads(project).into_iter().filter(is_own) {
        for container in &workload.containers {
            look.saw_one();
            // What is left empty in so many words was decided, by whoever fills it in or by a chart.
            let is_left_open = container.at(&["resources"]).is_some_and(|resources| resources.entries().is_empty());
            if container.at(&["resources", "limits", "memory"]).is_some() {
                limited += 1;
            } else if !is_left_open {
                open.push((workload.file, container.line, workload.words_for(container)));
            }
        }
    }
    // A project that sets none, or only here and there, leaves them to whoever deploys it.
    if limited <= open.len() {
        return;
    }
    for (file, line, which) in open {
        look.found(
            file,
            line,
            format!("{which} has no limit to its memory, unlike {limited} other containers of the project."),
        );
    }
}

/// Returns whether the code knows a store or a queue.
fn keeps_something(project: &Project) -> bool {
    const STORES: &[&str] = &[
        "database/sql",
        "pgx",
        "gorm",
        "redis",
        "mongo",
        "kafka",
        "sarama",
        "nats",
        "pubsub",
        "firestore",
        "spanner",
        "dynamodb",
        "bigquery",
        "etcd",
        "sqlx",
        "gocql",
        "elastic",
        "neo4j",
        "bbolt",
        "badger",
        "amqp",
        "storage",
        "vault",
    ];
    project
        .go_code()
        .any(|(_, go)| go.imports.iter().any(|import| STORES.iter().any(|word| import.path.contains(word))))
}

fn server_dropped_in_flight(project: &Project, look: &mut Look) {
    const ENDS: &[&str] = &["Shutdown(", "GracefulStop(", "graceful", "Graceful", "oklog/run", "endless", "manners"];
    let ends_well = project.of_kind(Kind::Go).any(|file| ENDS.iter().any(|word| file.text.contains(word)));
    // Without a container or manifest it may be a program on somebody's desk; one that keeps nothing loses nothing.
    let is_service = project.of_kind(Kind::Dockerfile).next().is_some() && keeps_something(project);
    for (file, go) in project.go_code().filter(|(_, go)| go.package == "main" && go.imports("net/http")) {
        for call in &go.calls {
            if !matches!(call.name.of(&file.text), "http.ListenAndServe" | "http.ListenAndServeTLS") {
                continue;
            }
            look.saw_one();
            // One that only answers probes and scrapes drops nothing that anybody misses.
            let mut routes = project.routes().routes.iter().filter(|route| route.file == file.path);
            let is_only_read = routes.all(|route| route.is_for_operators() || route.path == "/");
            let around = go.function(call.at).map_or("", |function| function.name.as_str()).to_ascii_lowercase();
            let aim = format!("{around} {} {}", file.folder(), call.whole.of(&file.text).to_ascii_lowercase());
            let serves_own = go.args(call).get(1).is_some_and(|handler| handler.of(&file.text) == "nil")
                && !file.text.contains("Handle");
            let is_inside = serves_own && file.text.contains("net/http/pprof")
                || ["pprof", "profil", "debug", "metric", "health", "tools", "hack", "scripts"]
                    .iter()
                    .any(|word| aim.contains(word))
                || file.line(call.at.line).contains("nolint")
                || (call.at.line.saturating_sub(5)..call.at.line)
                    .map(|line| file.line(line).trim_start().to_ascii_lowercase())
                    .any(|line| line.starts_with("//") && line.contains("health"));
            let has_routes = project.routes().routes.iter().any(|route| route.file == file.path);
            let is_left_alone = is_inside || is_only_read && (has_routes || file.text.contains("promhttp"));
            if !ends_well && is_service && !is_left_alone {
                look.found(
                    file,
                    call.at.line,
                    "This server is never told to end: nothing in the project calls `Shutdown`.",
                );
            }
        }
    }
}
