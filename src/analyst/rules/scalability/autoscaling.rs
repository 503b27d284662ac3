//! Autoscalers that have something to scale, and room to do it.

use crate::analyst::Field;
use crate::analyst::project::{Kind, Project, kubernetes};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[
    Rule {
        id: "autoscaler-without-room",
        field: Field::Scalability,
        severity: Severity::Medium,
        title: "Every autoscaler can add an instance",
        rationale: "It looks like scaling and is a fixed number: under load nothing is added.",
        wrong_if: "the number is held fixed on purpose",
        remedy: "Raise the maximum, or replace the autoscaler by the number.",
        looks_at: "autoscalers",
        topics: &["scal", "load", "bottleneck"],
        check: autoscaler_without_room,
    },
    Rule {
        id: "autoscaler-without-request",
        field: Field::Scalability,
        severity: Severity::High,
        title: "Every autoscaler on processor time knows what 100 % is",
        rationale: "Utilisation is measured against what the container requests: without that the autoscaler does nothing.",
        wrong_if: "the namespace sets a default request",
        remedy: "Set `resources.requests.cpu` on every container of the workload.",
        looks_at: "autoscalers on utilisation",
        topics: &["scal", "load", "bottleneck"],
        check: autoscaler_without_request,
    },
    Rule {
        id: "autoscaler-of-missing-workload",
        field: Field::Scalability,
        severity: Severity::High,
        title: "Every autoscaler scales a workload that is there",
        rationale: "It scales nothing: the name it was given is nobody's.",
        wrong_if: "the workload is made by another tool",
        remedy: "Name the workload that exists.",
        looks_at: "autoscalers",
        topics: &["scal", "load"],
        check: autoscaler_of_missing_workload,
    },
];

fn autoscaler_without_room(project: &Project, look: &mut Look) {
    for (file, scaler) in kubernetes::of_kind(project, "HorizontalPodAutoscaler") {
        let bound = |name: &str| {
            let node = scaler.at(&["spec", name])?;
            Some((node.text()?.parse::<u32>().ok()?, node.line))
        };
        let Some((most, line)) = bound("maxReplicas") else { continue };
        look.saw_one();
        let least = bound("minReplicas").map_or(1, |(least, _)| least);
        if least == most {
            look.found(file, line, format!("The least and the most are both {most}."));
        }
    }
    for label in ["google_cloud_run_v2_service", "google_cloud_run_service"] {
        for (file, service) in project.terraform("resource", label) {
            let number = |name: &str| service.anywhere(name).and_then(|count| Some((count.number()?, count.line)));
            let (Some((least, _)), Some((most, line))) = (number("min_instance_count"), number("max_instance_count"))
            else {
                continue;
            };
            look.saw_one();
            // Of two and more, that many were asked for: the platform has no other way to say so.
            if least == most && most < 2 {
                look.found(file, line, format!("`{}` has at least and at most {most} instances.", service.name()));
            }
        }
    }
}

fn autoscaler_without_request(project: &Project, look: &mut Look) {
    let has_default = kubernetes::of_kind(project, "LimitRange").next().is_some();
    if has_default || kubernetes::is_patched(project) {
        return;
    }
    let workloads = kubernetes::workloads(project);
    for (file, scaler) in kubernetes::of_kind(project, "HorizontalPodAutoscaler") {
        let by_processor = scaler.every().into_iter().any(|node| {
            node.text_of("name") == Some("cpu")
                && node.get("target").is_some_and(|target| target.get("averageUtilization").is_some())
                || node.get("targetCPUUtilizationPercentage").is_some()
        });
        let target = scaler.at(&["spec", "scaleTargetRef", "name"]).and_then(|name| name.text());
        let Some(workload) = workloads.iter().find(|workload| Some(workload.name) == target).filter(|_| by_processor)
        else {
            continue;
        };
        look.saw_one();
        // A limit alone counts as a request of the same size.
        let lacks = |kind: &str| {
            workload.containers.iter().any(|container| container.at(&["resources", kind, "cpu"]).is_none())
        };
        if lacks("requests") && lacks("limits") {
            let line = scaler.line_of("kind").unwrap_or(1);
            let statement = format!(
                "This scales `{}` by processor time, and not all of its containers request any ({}:{}).",
                workload.name, workload.file.path, workload.line
            );
            look.found(file, line, statement);
        }
    }
}

fn autoscaler_of_missing_workload(project: &Project, look: &mut Look) {
    let workloads = kubernetes::workloads(project);
    let is_whole = project.of_kind(Kind::Yaml).all(|file| file.yaml().is_some());
    if workloads.is_empty() || !is_whole || kubernetes::is_patched(project) {
        return;
    }
    for (file, scaler) in kubernetes::of_kind(project, "HorizontalPodAutoscaler") {
        let target = scaler.at(&["spec", "scaleTargetRef"]);
        let known = target
            .and_then(|target| target.text_of("kind"))
            .is_some_and(|kind| matches!(kind, "Deployment" | "StatefulSet"));
        let Some(name) = target.and_then(|target| target.get("name")).filter(|_| known) else { continue };
        look.saw_one();
        let wanted = name.text().unwrap_or_default();
        if !workloads.iter().any(|workload| workload.name == wanted) {
            look.found(
                file,
                name.line,
                format!("This scales `{wanted}`, and no manifest has a workload of that name."),
            );
        }
    }
}
