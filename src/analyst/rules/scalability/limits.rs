//! Limits against each other, and what all instances share.

use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::Field;
use crate::analyst::project::terraform::Block;
use crate::analyst::project::{File, Kind, Project};
use crate::analyst::rules::{Look, Rule};
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
        id: "limiter-in-one-process",
        field: Field::Scalability,
        severity: Severity::Medium,
        title: "A limit of requests holds for all instances together",
        rationale: "Each instance counts for itself: with every instance more the limit rises.",
        wrong_if: "requests of one client always reach the same instance",
        remedy: "Keep the count where all instances see it, or say that the limit is one of each instance.",
        looks_at: "limiters of requests",
        topics: &["scal", "limit", "bottleneck"],
        check: limiter_in_one_process,
    },
    Rule {
        id: "one-ordering-key",
        field: Field::Scalability,
        severity: Severity::High,
        title: "Messages are ordered by a key that differs",
        rationale: "With one key for all, messages are delivered one after another: consumers cannot be added.",
        wrong_if: "there are few messages and their order over all matters",
        remedy: "Order by what has to keep its order: the tenant, the call.",
        looks_at: "ordering keys",
        topics: &["scal", "bottleneck", "hot", "queue"],
        check: one_ordering_key,
    },
    Rule {
        id: "subscription-without-dead-letter",
        field: Field::Scalability,
        severity: Severity::Medium,
        title: "Every subscription puts aside what cannot be handled",
        rationale: "A message that always fails is delivered again and again, in the way of all others.",
        wrong_if: "the consumer puts it aside itself",
        remedy: "Add a `dead_letter_policy` and an alert on its topic.",
        looks_at: "subscriptions in Terraform",
        topics: &["scal", "bottleneck", "queue", "retry"],
        check: subscription_without_dead_letter,
    },
];

static POOL: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\.SetMaxOpenConns$").expect("it is a pattern"));

fn connections_over_limit(project: &Project, look: &mut Look) {
    let has_pooler = |file: &File| file.text.to_ascii_lowercase().contains("pgbouncer");
    if project.files().iter().any(|file| file.kind != Kind::Markdown && has_pooler(file)) {
        return;
    }
    let limits = database_limits(project);
    let services = services_with_database(project);
    let instances: i64 = services.iter().map(|(instances, _, _)| instances).sum();
    // With several databases it is not known who talks to which.
    let ([(limit, limit_file, limit_line)], Some((_, service_file, service_line))) = (&limits[..], services.first())
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
                    "{size} connections an instance times {instances} instances (from {}:{service_line}) are {}; the database takes {limit} ({}:{limit_line}).",
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

/// Returns the most instances of each service that is told where a database is.
fn services_with_database(project: &Project) -> Vec<(i64, &File, u32)> {
    let is_told = |service: &Block| {
        let names = service.body.every().into_iter().filter(|block| block.kind == "env");
        let mut names = names.filter_map(|env| env.attribute("name")?.string());
        names.any(|name| name.contains("DATABASE") || name.starts_with("DB_") || name.starts_with("POSTGRES"))
    };
    each_block(project, "resource")
        .filter(|(_, block)| block.label().starts_with("google_cloud_run") && is_told(block))
        .filter_map(|(file, block)| {
            let limit = block.anywhere("max_instance_count")?;
            Some((limit.number()?, file, limit.line))
        })
        .collect()
}

fn each_block<'a>(project: &'a Project, kind: &'a str) -> impl Iterator<Item = (&'a File, &'a Block)> {
    let files = project.of_kind(Kind::Terraform).filter(|file| !file.is_test());
    let bodies = files.filter_map(|file| Some((file, file.terraform()?)));
    bodies.flat_map(move |(file, body)| {
        body.every().into_iter().filter(move |block| block.kind == kind).map(move |block| (file, block))
    })
}

fn limiter_in_one_process(project: &Project, look: &mut Look) {
    for (file, go) in project.go_code() {
        for kind in &go.types {
            for field in &kind.fields {
                look_at_limiter(project, look, file, field.line, field.kind.of(&file.text));
            }
        }
        for value in &go.values {
            look_at_limiter(project, look, file, value.line, value.value.of(&file.text));
        }
    }
}

fn look_at_limiter(project: &Project, look: &mut Look, file: &File, line: u32, kind: &str) {
    if !(kind.contains("]*rate.Limiter") || kind.contains("]rate.Limiter")) {
        return;
    }
    look.saw_one();
    let many = each_block(project, "resource")
        .filter(|(_, block)| block.label().starts_with("google_cloud_run"))
        .find_map(|(there, block)| {
            let limit = block.anywhere("max_instance_count")?;
            limit.number().filter(|limit| *limit > 1).map(|limit_| (limit_, there, limit.line))
        });
    if let Some((instances, there, there_line)) = many {
        let statement = format!(
            "Limits are counted in this process; up to {instances} instances run ({}:{there_line}).",
            there.path
        );
        look.found(file, line, statement);
    }
}

fn one_ordering_key(project: &Project, look: &mut Look) {
    for (file, go) in project.go_code() {
        for literal in &go.literals {
            for (key, value) in literal.keys.iter().filter(|(key, _)| key.of(&file.text) == "OrderingKey") {
                look.saw_one();
                let written = value.of(&file.text);
                if crate::analyst::project::go::unquoted(written).is_some_and(|key| !key.is_empty()) {
                    let line = file.line_of(key.start as usize);
                    look.found(file, line, format!("All messages have the ordering key {written}."));
                }
            }
        }
    }
}

fn subscription_without_dead_letter(project: &Project, look: &mut Look) {
    let subscriptions: Vec<_> = project.terraform("resource", "google_pubsub_subscription").collect();
    let has_policy = |subscription: &Block| {
        subscription.body.every().iter().any(|block| block.kind == "dead_letter_policy" || block.kind == "dynamic")
    };
    // A project that has none anywhere ends its retries by other means, or wants them.
    if !subscriptions.iter().any(|(_, subscription)| has_policy(subscription)) {
        return;
    }
    for (file, subscription) in &subscriptions {
        look.saw_one();
        let has = has_policy(subscription);
        // The subscription of the dead-letter topic is where it ends; exports to a store retry by themselves.
        let topic = subscription.attribute("topic").map_or("", |topic| topic.text.as_str());
        let name = format!("{} {}", subscription.name(), topic).to_ascii_lowercase();
        let is_end = ["dead", "dlq", "failed"].iter().any(|word| name.contains(word));
        // Logs that are shipped elsewhere are tried again for as long as they are kept.
        let is_of_logs = file.path.split(['/', '-', '_', '.']).any(|part| matches!(part, "logs" | "logging" | "log"));
        let is_export = subscription
            .body
            .every()
            .iter()
            .any(|block| matches!(block.kind.as_str(), "bigquery_config" | "cloud_storage_config"));
        if !has && !is_end && !is_export && !is_of_logs {
            look.found(file, subscription.line, format!("`{}` has no `dead_letter_policy`.", subscription.name()));
        }
    }
}
