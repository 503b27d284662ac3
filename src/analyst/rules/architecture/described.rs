//! What a description of the API lists, against what is registered.

use crate::analyst::Field;
use crate::analyst::project::openapi::{self, Description, Operation};
use crate::analyst::project::routes::{Routes, same};
use crate::analyst::project::{File, Kind, Project};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[
    Rule {
        id: "described-operation-not-served",
        field: Field::Architecture,
        severity: Severity::Medium,
        title: "Every operation of an OpenAPI description is registered",
        rationale: "Clients are generated from this description; what they call here answers 404.",
        wrong_if: "another service serves it",
        remedy: "Register the route, or take the operation out.",
        looks_at: "operations in OpenAPI descriptions",
        topics: &["architect", "endpoint", "api", "integration"],
        check: described_operation_not_served,
    },
    Rule {
        id: "route-not-described",
        field: Field::Documentation,
        severity: Severity::Low,
        title: "Where an OpenAPI description lists the routes, all are in it",
        rationale: "No client that is generated from the description can call it.",
        wrong_if: "the route is not meant for clients",
        remedy: "Add the operation.",
        looks_at: "registered routes beside a description",
        topics: &["document", "endpoint", "api", "completeness"],
        check: route_not_described,
    },
];

/// Returns the descriptions that are written by hand for the routes of this project.
fn descriptions(project: &Project) -> Vec<Description<'_>> {
    const TOOLS: &[&str] = &[
        "oapi-codegen",
        "openapi-generator",
        "ogen",
        "go-swagger",
        "swaggo",
        "grpc-gateway",
        "huma",
        "kin-openapi",
        "goa.design",
    ];
    let is_tooled = |file: &File| {
        matches!(file.kind, Kind::Go | Kind::GoMod | Kind::Makefile)
            && TOOLS.iter().any(|tool| file.text.contains(tool))
    };
    let routes = project.routes();
    if routes.open || routes.routes.len() < 3 || project.files().iter().any(is_tooled) {
        return Vec::new();
    }
    let mut all = openapi::read(project);
    // Where most of it is served here, it is a description of this service.
    all.retain(|it| {
        it.operations.iter().filter(|operation| is_served(routes, it, operation)).count() * 3 >= it.operations.len() * 2
    });
    all
}

fn is_served(routes: &Routes, description: &Description<'_>, operation: &Operation) -> bool {
    description.bases.iter().any(|base| routes.serves(Some(&operation.method), &format!("{base}{}", operation.path)))
}

fn described_operation_not_served(project: &Project, look: &mut Look) {
    for description in descriptions(project) {
        for operation in &description.operations {
            look.saw_one();
            if !is_served(project.routes(), &description, operation) {
                let statement =
                    format!("`{} {}` is described, and no code registers it.", operation.method, operation.path);
                look.found(description.file, operation.line, statement);
            }
        }
    }
}

fn route_not_described(project: &Project, look: &mut Look) {
    const OF_THE_PLATFORM: &[&str] = &[
        "health", "ready", "live", "metrics", "debug", "favicon", "robots", "static", "swagger", "openapi", "docs",
        "version",
    ];
    let [description] = &descriptions(project)[..] else { return };
    for route in &project.routes().routes {
        look.saw_one();
        let is_said = description.operations.iter().any(|operation| {
            let is_same = |base: &String| same(&route.path, &format!("{base}{}", operation.path));
            route.method.as_ref().is_none_or(|own| *own == operation.method) && description.bases.iter().any(is_same)
        });
        let is_inside = route.path == "/" || OF_THE_PLATFORM.iter().any(|word| route.path.contains(word));
        let Some(file) = project.file(&route.file).filter(|_| !is_said && !is_inside) else { continue };
        let method = route.method.as_deref().map(|method| format!("{method} ")).unwrap_or_default();
        let statement =
            format!("`{method}{}` is served, and `{}` does not describe it.", route.path, description.file.path);
        look.found(file, route.line, statement);
    }
}
