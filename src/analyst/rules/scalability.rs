//! Scalability: limits against each other, and load tests that tell something.

use std::sync::LazyLock;

use regex::Regex;

use super::{Look, Rule};
use crate::analyst::Field;
use crate::analyst::project::terraform::Block;
use crate::analyst::project::{File, Kind, Project};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[
    Rule {
        id: "connections-over-limit",
        field: Field::Scalability,
        severity: Severity::High,
        title: "All instances together open no more connections than the database takes",
        rationale: "Under load new instances cannot connect: scaling out makes the service fail instead of helping.",
        wrong_if: "a pooler stands between the service and the database",
        remedy: "Lower the pool or the number of instances, raise the limit, or put a pooler between.",
        looks_at: "pools against limits",
        topics: &["scal", "pool", "connection", "bottleneck", "load"],
        check: connections_over_limit,
    },
    Rule {
        id: "load-test-asserts-nothing",
        field: Field::Scalability,
        severity: Severity::Medium,
        title: "Every load test has something that can fail",
        rationale: "The run is green whatever the latency and the errors are; it proves no target.",
        wrong_if: "another program judges its output",
        remedy: "Add thresholds for the promised latency and error rate, and checks of the answers.",
        looks_at: "load tests",
        topics: &["load", "test", "scal"],
        check: load_test_asserts_nothing,
    },
];

static POOL: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\.SetMaxOpenConns$").expect("it is a pattern"));

fn connections_over_limit(project: &Project, look: &mut Look) {
    let has_pooler = |file: &File| file.text.to_ascii_lowercase().contains("pgbouncer");
    if project.files().iter().any(|file| file.kind != Kind::Markdown && has_pooler(file)) {
        return;
    }
    let limits = database_limits(project);
    let services = instance_limits(project);
    // With several of either it is not known who talks to whom.
    let ([(limit, limit_file, limit_line)], [(instances, service_file, service_line)]) = (&limits[..], &services[..])
    else {
        return;
    };
    for (file, go) in project.go_code() {
        for call in go.calls.iter().filter(|call| POOL.is_match(call.name.of(&file.text))) {
            let Some(size) = go.args(call).first().and_then(|arg| arg.of(&file.text).parse::<i64>().ok()) else {
                continue;
            };
            look.saw_one();
            if size * instances > *limit {
                let statement = format!(
                    "{size} connections an instance times {instances} instances ({}:{service_line}) are {}; the database takes {limit} ({}:{limit_line}).",
                    service_file.path,
                    size * instances,
                    limit_file.path
                );
                look.found(file, call.at.line, statement);
            }
        }
    }
}

fn database_limits(project: &Project) -> Vec<(i64, &File, u32)> {
    let flag = |block: &Block| {
        let name = block.attribute("name")?.string()?;
        let value = block.attribute("value")?;
        (name == "max_connections").then_some((value.number()?, value.line))
    };
    each_block(project, "database_flags")
        .filter_map(|(file, block)| flag(block).map(|(n, line)| (n, file, line)))
        .collect()
}

fn instance_limits(project: &Project) -> Vec<(i64, &File, u32)> {
    let limit = |block: &Block| {
        let limit = block.attribute("max_instance_count")?;
        Some((limit.number()?, limit.line))
    };
    each_block(project, "scaling").filter_map(|(file, block)| limit(block).map(|(n, line)| (n, file, line))).collect()
}

fn each_block<'a>(project: &'a Project, kind: &'static str) -> impl Iterator<Item = (&'a File, &'a Block)> {
    let files = project.of_kind(Kind::Terraform).filter(|file| !file.is_test());
    let bodies = files.filter_map(|file| Some((file, file.terraform()?)));
    bodies.flat_map(move |(file, body)| {
        body.every().into_iter().filter(move |block| block.kind == kind).map(move |block| (file, block))
    })
}

fn load_test_asserts_nothing(project: &Project, look: &mut Look) {
    for file in project.of_kind(Kind::Script) {
        let is_load_test = file.text.contains("from 'k6/http'") || file.text.contains("from \"k6/http\"");
        if !is_load_test {
            continue;
        }
        look.saw_one();
        let judges =
            ["check(", "thresholds", "fail(", "abort(", "Rate(", "expect("].iter().any(|word| file.text.contains(word));
        let is_library = !file.text.contains("export default") && !file.text.contains("export const options");
        let imports_own =
            file.lines().any(|(_, line)| line.trim_start().starts_with("import") && line.contains("from '."));
        if !judges && !is_library && !imports_own {
            let line = file.lines().find(|(_, line)| line.contains("k6/http")).map_or(1, |(line, _)| line);
            look.found(file, line, "This load test has no check and no threshold.");
        }
    }
}
