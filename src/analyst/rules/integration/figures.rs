//! Figures that are written in two places.

use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::Field;
use crate::analyst::project::{File, Kind, Project, gomod, indent};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[
    Rule {
        id: "instances-disagree",
        field: Field::Integration,
        severity: Severity::Medium,
        title: "The number of instances is the one that the documents name",
        rationale: "Capacity and cost were planned with one figure, and another one is deployed.",
        wrong_if: "the document speaks of another service",
        remedy: "Decide which figure holds, and write it in both places.",
        looks_at: "numbers of instances in documents",
        topics: &["finding", "integrat", "cross", "validat", "scal"],
        check: instances_disagree,
    },
    Rule {
        id: "pipeline-go-too-old",
        field: Field::Integration,
        severity: Severity::Medium,
        title: "The pipeline builds with the Go version that the module asks for",
        rationale: "The pipeline tests with another toolchain than the one it installs, or stops.",
        wrong_if: "the version is only used to bootstrap",
        remedy: "Use `go-version-file: go.mod`, or raise the version.",
        looks_at: "Go versions in pipelines",
        topics: &["finding", "integrat", "cross", "validat", "pipeline"],
        check: pipeline_go_too_old,
    },
];

static INSTANCES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:up to|at most|maximum of|max(?:imum)?\.?)\s+(\d+)\s+instances\b").expect("it is a pattern")
});

fn instances_disagree(project: &Project, look: &mut Look) {
    let services: Vec<(String, i64, &File, u32)> = project
        .terraform("resource", "google_cloud_run_v2_service")
        .filter_map(|(file, service)| {
            let limit = service.anywhere("max_instance_count")?;
            Some((service.name().to_ascii_lowercase(), limit.number()?, file, limit.line))
        })
        .collect();
    for file in project.of_kind(Kind::Markdown).filter(|file| !file.is_test()) {
        let Some(document) = file.markdown() else { continue };
        for (line, words) in document.statements() {
            let Some(promised) = INSTANCES.captures(&words).and_then(|found| found[1].parse::<i64>().ok()) else {
                continue;
            };
            let lower = words.to_ascii_lowercase();
            let named: Vec<_> = services.iter().filter(|(name, ..)| lower.contains(name.as_str())).collect();
            let [(name, deployed, there, line_there)] = named[..] else { continue };
            look.saw_one();
            if *deployed != promised {
                let statement = format!(
                    "This says {promised} instances of `{name}`; {deployed} are deployed ({}:{line_there}).",
                    there.path
                );
                look.found(file, line, statement);
            }
        }
    }
}

static GO_VERSION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^\s*-?\s*go-version:\s*["']?~?(1\.\d+(?:\.\d+)?)["']?\s*(?:#.*)?$"#).expect("it is a pattern")
});

fn pipeline_go_too_old(project: &Project, look: &mut Look) {
    let Some(module) = project.file("go.mod") else { return };
    let Some((written, _)) = module.gomod().and_then(|gomod| gomod.go.as_ref()) else { return };
    let Some(wants) = gomod::version(written) else { return };
    for file in project.of_kind(Kind::Yaml).filter(|file| file.path.starts_with(".github/workflows/")) {
        for (number, line) in file.lines() {
            let Some(found) = GO_VERSION.captures(line) else { continue };
            let Some(has) = gomod::version(&found[1]) else { continue };
            look.saw_one();
            if (has.0, has.1) < (wants.0, wants.1) && builds(job_around(file, number)) {
                let statement = format!("This installs Go {}; `go.mod` asks for {written}.", &found[1]);
                let finding = look.found(file, number, statement);
                // Since 1.21 `go` fetches the version that is asked for.
                if has >= (1, 21, 0) {
                    finding.severity = Severity::Low;
                    finding.why = "Each job installs one toolchain and then downloads another one.".to_owned();
                }
            }
        }
    }
}

/// Returns the job of a workflow that a line is part of.
fn job_around(file: &File, number: u32) -> &str {
    // Jobs are named two levels deep: `jobs`, then the name.
    let is_edge = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with('#') && indent(line) <= 2;
    let mut start = 0;
    let mut at = 0;
    for (line, text) in file.text.split_inclusive('\n').enumerate() {
        if is_edge(text) {
            if line as u32 + 1 > number {
                return &file.text[start..at];
            }
            start = at;
        }
        at += text.len();
    }
    &file.text[start..]
}

/// Returns whether the steps of a job build the module.
fn builds(job: &str) -> bool {
    ["go build", "go test", "go vet", "go run .", "go mod", "make", "golangci", "goreleaser"]
        .iter()
        .any(|word| job.contains(word))
}
