//! What is registered on routers, and what handlers do to the program.

use std::collections::BTreeMap;

use crate::analyst::Field;
use crate::analyst::project::Project;
use crate::analyst::project::go::Call;
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[
    Rule {
        id: "route-registered-twice",
        field: Field::Architecture,
        severity: Severity::High,
        title: "No route is registered twice on one router",
        rationale: "The standard router panics at start; others keep one of the two handlers and drop the other silently.",
        wrong_if: "only one of the two lines is ever reached",
        remedy: "Remove one of them, or give it its own path or method.",
        looks_at: "registered routes",
        topics: &["architect", "design", "endpoint", "microservice"],
        check: route_registered_twice,
    },
    Rule {
        id: "request-ends-program",
        field: Field::Architecture,
        severity: Severity::High,
        title: "No request can end the program",
        rationale: "One request that fails takes down all others of this instance, without a chance to finish.",
        wrong_if: "the program serves a single request in its life",
        remedy: "Answer with an error and log it.",
        looks_at: "HTTP handlers",
        topics: &["architect", "design", "microservice", "bottleneck"],
        check: request_ends_program,
    },
];

fn route_registered_twice(project: &Project, look: &mut Look) {
    let mut first = BTreeMap::new();
    for route in &project.routes().routes {
        look.saw_one();
        // The same name may be another router: declared anew in a block, or in the next one.
        let Some(file) = project.file(&route.file) else { continue };
        let declares = |line: &str| {
            let rest = line.trim_start().strip_prefix(route.router.as_str()).map(str::trim_start);
            rest.is_some_and(|rest| rest.starts_with(":= ") || rest.starts_with("= "))
        };
        if file.lines().filter(|(_, line)| declares(line)).nth(1).is_some() {
            continue;
        }
        let key = (&route.file, route.function, route.literal, &route.router, &route.method, &route.path);
        // A branch may be taken instead of the other; a chained `.Methods(…)` tells two routes apart.
        if route.is_conditional {
            continue;
        }
        if let Some(line) = first.insert(key, route.line) {
            let method = route.method.as_deref().map(|method| format!("{method} ")).unwrap_or_default();
            let statement = format!("`{method}{}` is registered here, and on line {line} already.", route.path);
            look.found(file, route.line, statement);
        }
    }
}

fn request_ends_program(project: &Project, look: &mut Look) {
    for (file, go) in project.go_code().filter(|(_, go)| go.imports("net/http")) {
        for (index, function) in go.functions.iter().enumerate() {
            let takes = |kind: &str| function.params.iter().any(|param| param.kind == kind);
            // A handler that is there to end the program says so in its name.
            let lower = function.name.to_ascii_lowercase();
            let is_meant = ["panic", "crash", "exit", "halt", "kill", "quit", "restart", "shutdown"]
                .iter()
                .any(|word| lower.contains(word));
            if is_meant || !(takes("http.ResponseWriter") && takes("*http.Request")) {
                continue;
            }
            look.saw_one();
            // What cannot happen may end everything.
            let is_impossible = |call: &Call| {
                let words = call.whole.of(&file.text).to_ascii_lowercase();
                ["misconfigured", "unreachable", "impossible", "cannot happen"].iter().any(|word| words.contains(word))
            };
            let ends = go.calls.iter().filter(|call| call.at.function == index as u32).find(|call| {
                matches!(call.name.of(&file.text), "log.Fatal" | "log.Fatalf" | "log.Fatalln" | "os.Exit")
                    && !is_impossible(call)
            });
            if let Some(call) = ends {
                let statement = format!(
                    "`{}` ends the whole program from within the handler `{}`.",
                    call.name.of(&file.text),
                    function.name
                );
                look.found(file, call.at.line, statement);
            }
        }
    }
}
