//! Documented endpoints and variables against those that there are.

use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::Field;
use crate::analyst::project::markdown::Markdown;
use crate::analyst::project::{File, Kind, Project, environment, normal};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[
    Rule {
        id: "documented-endpoint-missing",
        field: Field::Documentation,
        severity: Severity::Medium,
        title: "Every documented endpoint is served",
        rationale: "A client written after this document gets a 404.",
        wrong_if: "another service serves it",
        remedy: "Correct the document, or register the route.",
        looks_at: "documented endpoints",
        topics: &["document", "endpoint", "api", "completeness"],
        check: documented_endpoint_missing,
    },
    Rule {
        id: "endpoint-not-documented",
        field: Field::Documentation,
        severity: Severity::Low,
        title: "Where endpoints are documented, all are",
        rationale: "Whoever reads the list takes it for the whole.",
        wrong_if: "the endpoint is not meant for users",
        remedy: "Add it to the list.",
        looks_at: "registered routes",
        topics: &["document", "endpoint", "api", "completeness"],
        check: endpoint_not_documented,
    },
    Rule {
        id: "documented-variable-unread",
        field: Field::Documentation,
        severity: Severity::Medium,
        title: "Every documented variable is read by something",
        rationale: "Who sets it believes to have changed something.",
        wrong_if: "a library reads it",
        remedy: "Take it out of the document, or read it.",
        looks_at: "variables in tables of documents",
        topics: &["document", "variable", "config", "completeness"],
        check: documented_variable_unread,
    },
    Rule {
        id: "variable-not-documented",
        field: Field::Documentation,
        severity: Severity::Low,
        title: "Where variables are documented, all are",
        rationale: "Whoever sets the service up learns of it from an error, or never.",
        wrong_if: "it is only set by the platform",
        remedy: "Add it to the list.",
        looks_at: "variables that the code asks for",
        topics: &["document", "variable", "config", "completeness"],
        check: variable_not_documented,
    },
];

static ENDPOINT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(GET|POST|PUT|PATCH|DELETE) (/[\w/{}:.\-]*)$").expect("it is a pattern"));

fn documented_endpoint_missing(project: &Project, look: &mut Look) {
    let routes = project.routes();
    if routes.open || routes.routes.is_empty() || project.files().iter().any(serves_in_another_language) {
        return;
    }
    for file in project.of_kind(Kind::Markdown).filter(|file| !file.is_test() && !is_history(file)) {
        let Some(document) = file.markdown() else { continue };
        let named = endpoints(document);
        let is_served = |(_, method, path): &&(u32, String, String)| routes.serves(Some(method), path);
        // A document of which nothing is served here speaks of another service, or of routes that we cannot see.
        let served = named.iter().filter(is_served).count();
        if served == 0 || served * 2 < named.len() {
            continue;
        }
        for (line, method, path) in named {
            look.saw_one();
            if normal(&path).is_some() && !routes.serves(Some(&method), &path) {
                look.found(file, line, format!("`{method} {path}` is documented, and no code registers it."));
            }
        }
    }
}

/// Returns whether a document tells what was, or how to get from there to what is.
fn is_history(file: &File) -> bool {
    let path = file.path.to_ascii_lowercase();
    file.is_history() || ["migrat", "upgrad"].iter().any(|word| path.contains(word))
}

/// Returns whether a file registers routes that are not read here.
fn serves_in_another_language(file: &File) -> bool {
    const SERVERS: &[&str] =
        &["fastapi", "flask", "django", "express", "fastify", "@nestjs", "koa", "hono", "axum", "actix_web", "rocket"];
    file.kind == Kind::Script
        && !file.is_test()
        && file.lines().any(|(_, line)| {
            let is_import = ["import ", "from ", "use ", "const "].iter().any(|start| line.starts_with(start));
            is_import && SERVERS.iter().any(|server| line.contains(server))
        })
}

/// Returns the endpoints that a document names: as code, or as two cells of a table.
fn endpoints(document: &Markdown) -> Vec<(u32, String, String)> {
    let mut endpoints = Vec::new();
    for (line, code) in &document.code {
        if let Some(found) = ENDPOINT.captures(code) {
            endpoints.push((*line, found[1].to_owned(), found[2].to_owned()));
        }
    }
    for (line, row) in document.tables.iter().flat_map(|table| &table.rows) {
        for pair in row.windows(2) {
            if let Some(found) = ENDPOINT.captures(&format!("{} {}", pair[0], pair[1])) {
                endpoints.push((*line, found[1].to_owned(), found[2].to_owned()));
            }
        }
    }
    endpoints
}

fn endpoint_not_documented(project: &Project, look: &mut Look) {
    const OF_THE_PLATFORM: &[&str] = &[
        "health",
        "healthz",
        "livez",
        "readyz",
        "ready",
        "live",
        "metrics",
        "debug",
        "favicon.ico",
        "robots.txt",
        "static",
    ];
    let documented: Vec<(&File, u32, String, String)> = project
        .of_kind(Kind::Markdown)
        .filter(|file| !file.is_test())
        .filter_map(|file| Some((file, file.markdown()?)))
        .flat_map(|(file, document)| {
            endpoints(document).into_iter().map(move |(line, method, path)| (file, line, method, path))
        })
        .collect();
    let routes = &project.routes().routes;
    let served = documented.iter().filter(|(_, _, method, path)| project.routes().serves(Some(method), path)).count();
    // A list is one where most of what it names is here.
    if served < 2 || routes.len() > 60 || project.routes().open {
        return;
    }
    let list = documented[0].0;
    let in_list = documented.iter().filter(|(file, ..)| file.path == list.path).count() == documented.len();
    for route in routes {
        look.saw_one();
        let first = route.path.trim_matches('/').split('/').next().unwrap_or_default();
        let is_said = documented.iter().any(|(_, _, method, path)| {
            route.method.as_ref().is_none_or(|own| own == method)
                && crate::analyst::project::routes::same(&route.path, path)
        });
        let same_service = documented.iter().any(|(_, _, method, path)| {
            routes.iter().any(|other| {
                other.file == route.file
                    && other.method.as_ref().is_none_or(|own| own == method)
                    && crate::analyst::project::routes::same(&other.path, path)
            })
        });
        let Some(file) = project.file(&route.file) else { continue };
        let written = pattern_of(&route.path);
        let is_written = |text: &str| written.as_ref().is_some_and(|pattern| pattern.is_match(text));
        let is_named = project.of_kind(Kind::Markdown).any(|document| is_written(&document.text));
        if in_list && same_service && !is_said && !is_named && !first.is_empty() && !OF_THE_PLATFORM.contains(&first) {
            let method = route.method.as_deref().map(|method| format!("{method} ")).unwrap_or_default();
            look.found(
                file,
                route.line,
                format!("`{method}{}` is served, and `{}` does not list it.", route.path, list.path),
            );
        }
    }
}

/// Returns the pattern of a path whose parameters may have any name.
fn pattern_of(path: &str) -> Option<Regex> {
    let is_parameter = |part: &str| part.starts_with([':', '{', '<', '*']);
    let parts = path.split('/').map(|part| if is_parameter(part) { r"[^/\s`]+".into() } else { regex::escape(part) });
    Regex::new(&parts.collect::<Vec<_>>().join("/")).ok()
}

/// Returns the variables in the first column of tables that are about variables.
fn documented_variables(project: &Project) -> environment::Places<'_> {
    let mut places = environment::Places::new();
    for file in project.of_kind(Kind::Markdown).filter(|file| !file.is_test() && !is_history(file)) {
        let Some(document) = file.markdown() else { continue };
        for table in &document.tables {
            let head = table.head.first().map(|head| head.to_ascii_lowercase()).unwrap_or_default();
            if !["variable", "env", "setting"].iter().any(|word| head.contains(word)) {
                continue;
            }
            for (line, row) in &table.rows {
                if let Some(name) = row.first().filter(|name| environment::is_name(name)) {
                    places.entry(name.clone()).or_insert((file, *line));
                }
            }
        }
    }
    places
}

/// Beginnings of variables that libraries and platforms read.
const OF_LIBRARIES: &[&str] = &[
    "GOOGLE_",
    "AWS_",
    "AZURE_",
    "OTEL_",
    "DD_",
    "GO",
    "PG",
    "SENTRY_",
    "SSL_",
    "HTTP_",
    "HTTPS_",
    "NO_PROXY",
    "KUBE",
    "DOCKER_",
    "GITHUB_",
    "CI_",
    "NODE_",
    "PUBSUB_EMULATOR",
    "POSTGRES_",
    "MYSQL_",
    "MARIADB_",
    "REDIS_",
    "MINIO_",
    "KAFKA_",
    "MONGO_",
    "RABBITMQ_",
    "GF_",
    "VITE_",
    "NEXT_",
];

fn is_foreign(name: &str) -> bool {
    OF_LIBRARIES.iter().any(|start| name.starts_with(start))
}

/// `"%s_TOKEN"`, `prefix + "_TOKEN"`, `"APP_" + name`: a variable's name in parts.
static PUT_TOGETHER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"["'`](?:%[sv]|\{\w*\})_[A-Z]|["'`](?:[A-Z0-9]+_)+(?:%[sv]|\{|\$\{)|\+\s*["'`]_[A-Z]|[A-Z]_["'`]\s*\+"#,
    )
    .expect("it is a pattern")
});

fn documented_variable_unread(project: &Project, look: &mut Look) {
    // A submodule that was not fetched may read all of them.
    if project.exists(".gitmodules") {
        return;
    }
    // Spring reads every setting by a variable whose name is made from the setting's.
    if project.files().iter().any(|file| file.text.contains("springframework")) {
        return;
    }
    let documented = documented_variables(project);
    let found = project
        .named_in(documented.keys().map(String::as_str), |file| !matches!(file.kind, Kind::Markdown | Kind::Env));
    // Names that are put together from a prefix are found by no search.
    let has_prefix = project.files().iter().filter(|file| matches!(file.kind, Kind::Go | Kind::Script)).any(|file| {
        [
            "SetEnvPrefix",
            "AutomaticEnv",
            "envconfig.Process",
            "PrefixLookuper",
            "env.Provider",
            "envPrefix",
            "spf13/viper",
            "knadh/koanf",
            "peterbourgon/ff",
            "WithEnvVarPrefix",
            "DefaultEnvars",
            "env.Options{",
            "BaseSettings",
        ]
        .iter()
        .any(|word| file.text.contains(word))
            || PUT_TOGETHER.is_match(&file.text)
    });
    let has_go = project.of_kind(Kind::Go).next().is_some();
    // Where most of them are read nowhere here, a library of the same people reads them.
    let is_read_here = found.len() * 2 >= documented.len();
    for (name, (file, line)) in &documented {
        if is_foreign(name) || has_prefix || !has_go {
            continue;
        }
        look.saw_one();
        // A library may read it, and the document may say so.
        let is_of_library = ["sdk", "librar"].iter().any(|word| file.line(*line).to_ascii_lowercase().contains(word));
        if is_read_here && !is_of_library && !found.contains(name.as_str()) && !is_by_prefix(project, name) {
            look.found(file, *line, format!("`{name}` is documented, and nothing in the project reads it."));
        }
    }
}

/// Returns whether the code puts the name together: from a string that ends with `_`, or one of two words or more that it
/// hands to something that reads variables by their beginning.
fn is_by_prefix(project: &Project, name: &str) -> bool {
    let starts: Vec<&str> = name.match_indices('_').skip(1).map(|(at, _)| &name[..at]).collect();
    let hands_on = |line: &str| line.contains("Env") && !line.contains("Getenv(") && !line.contains("LookupEnv(");
    project.of_kind(Kind::Go).any(|file| {
        starts.iter().any(|start| {
            file.text.contains(&format!("\"{start}_\""))
                || file.lines().any(|(_, line)| hands_on(line) && line.contains(&format!("\"{start}\"")))
        })
    })
}

fn variable_not_documented(project: &Project, look: &mut Look) {
    let asked = environment::asked_for(project);
    let said =
        project.named_in(asked.keys().map(String::as_str), |file| matches!(file.kind, Kind::Markdown | Kind::Env));
    let samples: Vec<&File> = project.of_kind(Kind::Env).collect();
    // Only where there is one list of them can one be missing in it.
    let ([list], true) = (&samples[..], said.len() >= 2) else { return };
    let asked: Vec<_> =
        asked.iter().filter(|(name, (file, _))| file.path.starts_with(list.folder()) && !is_foreign(name)).collect();
    // A list that lacks many was never meant to be whole.
    let is_whole = asked.iter().filter(|(name, _)| !said.contains(name.as_str())).count() * 3 <= asked.len();
    for (name, (file, line)) in asked {
        // What has a default need not be set.
        if ["default:\"", "envDefault:\""].iter().any(|word| file.line(*line).contains(word)) {
            continue;
        }
        look.saw_one();
        if is_whole && !said.contains(name.as_str()) {
            look.found(
                file,
                *line,
                format!("`{name}` is read, and neither `{}` nor any document names it.", list.path),
            );
        }
    }
}
