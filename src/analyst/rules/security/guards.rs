//! Routes that lack what those beside them have.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::Field;
use crate::analyst::project::Project;
use crate::analyst::project::routes::Route;
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[Rule {
    id: "route-without-guard-of-others",
    field: Field::Security,
    severity: Severity::Medium,
    title: "Where the routes of a router are guarded one by one, those that change something all are",
    rationale: "The others ask who calls before anything happens; this one does not, as far as its line shows.",
    wrong_if: "the handler asks by itself, or everyone may call it",
    remedy: "Guard it like the others, or say beside it why everyone may call it.",
    looks_at: "routers whose routes are guarded one by one",
    topics: &["secur", "implementation", "auth", "endpoint"],
    check: route_without_guard_of_others,
}];

static GUARD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)^(?:\w+\.)*(\w*(?:auth|jwt|protect|guard|requireuser|requireadmin|requirelogin|requirerole)\w*)(?:\(|$)",
    )
    .expect("it is a pattern")
});

/// Parts of paths that have to be open, or are guarded by a signature.
const OPEN: &[&str] = &[
    "login", "logout", "signin", "sign-in", "signup", "sign-up", "regist", "auth", "token", "session", "callback",
    "hook", "public", "reset", "forgot", "verif", "confirm", "invit", "ping", "health", "metric", "csp", "saml", "sso",
    "refresh",
];

fn route_without_guard_of_others(project: &Project, look: &mut Look) {
    let mut routers: BTreeMap<_, Vec<&Route>> = BTreeMap::new();
    for route in &project.routes().routes {
        routers.entry((&route.file, route.function, route.literal, &route.router)).or_default().push(route);
    }
    for ((file, _, _, router), routes) in routers {
        let Some(file) = project.file(file) else { continue };
        let guards: Vec<String> = routes.iter().filter_map(|route| guard(route)).collect();
        let Some(name) = guards.first().filter(|_| guards.len() >= 3) else { continue };
        look.saw_one();
        // A router with a guard of its own needs none on its routes.
        let bare: Vec<&&Route> = routes.iter().filter(|route| guard(route).is_none()).collect();
        if bare.len() * 3 > guards.len() || file.text.contains(&format!("{router}.Use(")) {
            continue;
        }
        for route in bare {
            let changes = matches!(route.method.as_deref(), Some("POST" | "PUT" | "PATCH" | "DELETE"));
            let is_open = OPEN.iter().any(|word| route.path.to_ascii_lowercase().contains(word));
            if changes && !is_open {
                let method = route.method.as_deref().unwrap_or_default();
                let statement = format!(
                    "`{method} {}` is registered without a guard like `{name}`, which {} other routes of this router have.",
                    route.path,
                    guards.len()
                );
                look.found(file, route.line, statement);
            }
        }
    }
}

/// Returns the name of what guards a route on its line.
fn guard(route: &Route) -> Option<String> {
    let is_wrapped = route.handler.contains('(');
    let handler = is_wrapped.then_some(route.handler.as_str());
    let written = route.through.iter().map(String::as_str).chain(handler);
    written.filter_map(|code| GUARD.captures(code)).map(|found| found[1].to_owned()).next()
}
