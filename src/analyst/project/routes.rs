//! The HTTP routes that Go code registers, as far as they are written as plain strings.

use super::go::{self, Call, GoFile};
use super::{File, Project, Span};

/// One registered route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    pub file: String,
    pub line: u32,
    /// Upper case; `None`: any.
    pub method: Option<String>,
    /// As written, without a method.
    pub path: String,
    /// The handler as written.
    pub handler: String,
    /// What stands between path and handler, as written: functions that a request goes through first.
    pub through: Vec<String>,
    /// What it was registered on, and in which function of its file.
    pub router: String,
    pub function: u32,
    /// Where the innermost function literal around it begins, as a byte of its file.
    pub literal: Option<u32>,
    /// It stands in a branch, or is told apart by more calls on what it returns.
    pub is_conditional: bool,
}

impl Route {
    /// Returns whether only operators and their probes ask for it.
    pub fn is_for_operators(&self) -> bool {
        const WORDS: &[&str] = &["metric", "health", "pprof", "reload", "/-/"];
        let is_asked = |part: &str| {
            matches!(part, "gtg" | "ping" | "ready" | "readyz" | "readiness" | "live" | "livez" | "liveness")
        };
        if matches!(self.path.trim_matches('/'), "version" | "status" | "build-info" | "__build-info") {
            return true;
        }
        WORDS.iter().any(|word| self.path.contains(word))
            || self.path.split(|c: char| !c.is_alphanumeric()).any(is_asked)
    }
}

/// Every route of a project, and whether there may be more than these.
#[derive(Debug, Default)]
pub struct Routes {
    pub routes: Vec<Route>,
    /// Some are built from variables or groups: a path that is not listed may still be served.
    pub open: bool,
}

const VERBS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/// Returns the routes of the code that is not for tests.
pub fn read(project: &Project) -> Routes {
    let mut routes = Routes::default();
    for (file, go) in project.go_code() {
        for call in &go.calls {
            take(file, go, call, &mut routes);
        }
    }
    routes
}

fn take(file: &File, go: &GoFile, call: &Call, routes: &mut Routes) {
    let text = &file.text;
    let Some((router, function)) = call.name.of(text).rsplit_once('.') else { return };
    let args = go.args(call);
    let upper = function.to_ascii_uppercase();
    let is_verb = VERBS.contains(&upper.as_str());
    let is_handle = matches!(function, "Handle" | "HandleFunc");
    if is_verb && args.len() < 2
        || !is_verb && !is_handle && !matches!(function, "Route" | "Group" | "Mount" | "PathPrefix")
    {
        return;
    }
    let Some(first) = args.first() else { return };
    let Some(path) = plain(*first, text) else {
        // A route whose path is computed; a call like `client.Get(url, x)` looks the same and only makes us careful.
        routes.open |= is_handle;
        return;
    };
    if !is_verb && !is_handle {
        routes.open |= path.starts_with('/');
        return;
    }
    let (method, path) = match path.split_once(' ') {
        Some((method, path)) if VERBS.contains(&method) => (Some(method.to_owned()), path.trim()),
        _ => (is_verb.then_some(upper), path),
    };
    let Some(handler) = args.last().filter(|_| args.len() >= 2) else { return };
    if !path.starts_with('/') {
        return;
    }
    routes.routes.push(Route {
        file: file.path.clone(),
        line: call.at.line,
        method,
        path: path.to_owned(),
        handler: handler.of(text).to_owned(),
        through: args[1..args.len() - 1].iter().map(|argument| argument.of(text).to_owned()).collect(),
        router: router.to_owned(),
        function: call.at.function,
        literal: literal_around(go, text, call),
        is_conditional: call.at.branches > 0 || text[call.whole.end as usize..].trim_start().starts_with('.'),
    });
}

fn literal_around(go: &GoFile, text: &str, call: &Call) -> Option<u32> {
    let outer = go.calls.iter().filter(|other| other.whole.holds(call.whole) && other.whole != call.whole);
    let literals = outer.flat_map(|other| go.args(other)).filter(|argument| argument.holds(call.whole));
    literals.filter(|argument| argument.of(text).starts_with("func(")).map(|argument| argument.start).max()
}

fn plain(argument: Span, text: &str) -> Option<&str> {
    go::unquoted(argument.of(text))
}

impl Routes {
    /// Returns whether a documented path can be one of these routes; a parameter matches anything.
    pub fn serves(&self, method: Option<&str>, path: &str) -> bool {
        self.routes.iter().any(|route| {
            let methods = route.method.as_deref().zip(method).is_none_or(|(a, b)| a == b);
            methods && same(&route.path, path)
        })
    }
}

/// Returns whether two paths are one, parameters (`{id}`, `:id`, `<id>`, `*`) being anything.
pub fn same(route: &str, path: &str) -> bool {
    let is_any = |part: &str| part.starts_with(['{', ':', '<', '*', '$']);
    let parts = |path: &str| -> Vec<String> {
        path.split(['?', '#']).next().unwrap_or_default().trim_matches('/').split('/').map(str::to_owned).collect()
    };
    let (route_parts, path_parts) = (parts(route), parts(path));
    let is_subtree = route.ends_with('/') && route.len() > 1 || route.ends_with("...}") || route.ends_with('*');
    let fits = route_parts.iter().zip(&path_parts).all(|(a, b)| a == b || is_any(a) || is_any(b));
    fits && (route_parts.len() == path_parts.len() || is_subtree && path_parts.len() > route_parts.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_of_the_usual_routers_are_read() {
        let source = "package api\nfunc f() {\n\tmux.HandleFunc(\"POST /v1/calls\", h)\n\tr.Get(\"/v1/calls/{id}\", s.get)\n\tg.POST(\"/x\", m, h)\n\tclient.Get(\"/not-one\")\n}\n";
        let routes = read(&Project::of([("api/api.go", source)]));
        let found: Vec<(Option<&str>, &str)> =
            routes.routes.iter().map(|route| (route.method.as_deref(), route.path.as_str())).collect();
        assert_eq!(found, [(Some("POST"), "/v1/calls"), (Some("GET"), "/v1/calls/{id}"), (Some("POST"), "/x")]);
        assert!(!routes.open);
        assert!(routes.serves(Some("GET"), "/v1/calls/123") && !routes.serves(Some("DELETE"), "/v1/calls/123"));
    }

    #[test]
    fn a_subtree_serves_what_lies_under_it() {
        assert!(same("/static/", "/static/app.js") && !same("/static", "/static/app.js"));
    }
}
