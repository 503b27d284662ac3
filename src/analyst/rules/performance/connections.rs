//! Connections to the database: how many, and whether they come back.

use crate::analyst::Field;
use crate::analyst::project::go::unquoted;
use crate::analyst::project::{Kind, Project, Span, kubernetes};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[
    Rule {
        id: "pool-without-limit",
        field: Field::Performance,
        severity: Severity::Medium,
        title: "Every pool of connections has a limit",
        rationale: "Without one, each request of a burst opens a connection of its own, until the database refuses everyone.",
        wrong_if: "a pooler stands between",
        remedy: "Call `SetMaxOpenConns`, with the number of instances in mind.",
        looks_at: "pools of connections",
        topics: &["performance", "bottleneck", "pool", "limit"],
        check: pool_without_limit,
    },
    Rule {
        id: "rows-not-closed",
        field: Field::Performance,
        severity: Severity::Medium,
        title: "Every set of rows is closed",
        rationale: "Whenever the loop ends early the connection is not given back; after enough of that no query gets one.",
        wrong_if: "a helper closes them",
        remedy: "`defer rows.Close()` after the check of the error.",
        looks_at: "sets of rows",
        topics: &["performance", "bottleneck", "leak"],
        check: rows_not_closed,
    },
];

/// Parameters that tell where a database is, and who asks.
const ADDRESS: &[&str] = &["address", "addr", "host", "port", "user", "username", "password", "dbname", "database"];

fn pool_without_limit(project: &Project, look: &mut Look) {
    let is_limited = project.of_kind(Kind::Go).any(|file| file.text.contains("SetMaxOpenConns"));
    // One instance alone rarely takes all connections: several are where something starts them.
    let is_deployed = !kubernetes::workloads(project).is_empty()
        || ["google_cloud_run_v2_service", "google_cloud_run_service", "aws_ecs_service"]
            .iter()
            .any(|kind| project.terraform("resource", kind).next().is_some());
    if !is_deployed {
        return;
    }
    for (file, go) in project.go_code() {
        for call in go.calls_of(&file.text, "database/sql", "Open") {
            let driver = go.args(call).first().and_then(|arg| unquoted(arg.of(&file.text)));
            let is_server = driver.is_some_and(|driver| {
                matches!(driver, "postgres" | "pgx" | "mysql" | "sqlserver" | "cloudsqlpostgres")
            });
            if !is_server {
                continue;
            }
            look.saw_one();
            // One that is opened for a migration, or closed by the same function, serves no requests.
            let around = go.function(call.at);
            let name = around.map_or("", |function| function.name.as_str()).to_ascii_lowercase();
            let is_passing = ["migrat", "seed", "schema", "ping", "check", "setup"]
                .iter()
                .any(|word| name.contains(word) || file.path.contains(word))
                || around.is_some_and(|function| {
                    function.body.of(&file.text).contains("defer")
                        && function.body.of(&file.text).contains("db.Close()")
                });
            // Whoever passes the address in has one for each of many databases, and one at a time.
            let told =
                around.map(|function| function.params.iter().filter(|param| ADDRESS.contains(&param.name.as_str())));
            if is_passing || told.is_some_and(|told| told.count() >= 2) {
                continue;
            }
            // Tools that run once need no limit: only a program that serves is meant.
            let serves = project
                .of_kind(Kind::Go)
                .any(|file| file.text.contains("ListenAndServe") || file.text.contains("grpc.NewServer"))
                && !project.of_kind(Kind::Go).any(|file| file.text.contains("urfave/cli"));
            if !is_limited && serves {
                look.found(
                    file,
                    call.at.line,
                    "This pool opens as many connections as are asked for; nothing in the project limits it.",
                );
            }
        }
    }
}

fn rows_not_closed(project: &Project, look: &mut Look) {
    for (file, go) in project.go_code() {
        let text = &file.text;
        for call in &go.calls {
            let name = call.name.of(text).rsplit('.').next().unwrap_or_default();
            if !matches!(name, "Query" | "QueryContext") || !call.name.of(text).contains('.') {
                continue;
            }
            let Some(assign) = go.assigns.iter().find(|assign| assign.right == call.whole) else { continue };
            let mut names = assign.left.of(text).split(',').map(str::trim);
            let (Some("rows"), Some(_), None) = (names.next(), names.next(), names.next()) else { continue };
            let Some(body) = go.function(call.at).map(|function| function.body) else { continue };
            let after = Span { start: call.whole.end, end: body.end }.of(text);
            if !after.contains("rows.Next()") {
                continue;
            }
            look.saw_one();
            let is_handed_on = ["(rows)", "(rows,", ", rows)", ", rows,", "return rows", "= rows", ": rows"]
                .iter()
                .any(|use_| after.contains(use_));
            if !after.contains("rows.Close") && !is_handed_on {
                look.found(file, call.at.line, "These rows are read and never closed.");
            }
        }
    }
}
