//! What TypeScript, JavaScript, Python and Rust let through, and wait for.

use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::Field;
use crate::analyst::project::script::{Language, language};
use crate::analyst::project::{File, Project};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[
    Rule {
        id: "peer-not-verified-in-script",
        field: Field::Security,
        severity: Severity::High,
        title: "Every TLS connection of JavaScript, TypeScript, Python and Rust verifies its peer",
        rationale: "Anyone on the way can answer in the peer's place, read what is sent and change what comes back.",
        wrong_if: "the connection never leaves the machine",
        remedy: "Remove the setting; give the client the right root certificates instead.",
        looks_at: "files in JavaScript, TypeScript, Python and Rust",
        topics: &["secur", "implementation", "tls"],
        check: peer_not_verified,
    },
    Rule {
        id: "request-without-timeout-in-python",
        field: Field::Performance,
        severity: Severity::Medium,
        title: "No HTTP request of a Python service waits for ever",
        rationale: "`requests` has no timeout of its own: a peer that accepts and never answers keeps a worker busy without end.",
        wrong_if: "the peer is on the same machine",
        remedy: "Pass `timeout=` to the call.",
        looks_at: "calls of `requests`",
        topics: &["performance", "sla", "latency", "timeout", "bottleneck"],
        check: request_without_timeout,
    },
];

/// Returns the files of the program itself in these languages.
fn code(project: &Project) -> impl Iterator<Item = (&File, Language)> {
    let files = project.files().iter().filter(|file| !file.is_test());
    let is_aside = |file: &File| {
        let mut parts = file.path.split(['/', '.', '-', '_']);
        parts.any(|part| {
            matches!(
                part,
                "scripts" | "script" | "tools" | "tool" | "docs" | "dev" | "bench" | "benchmarks" | "conftest"
            )
        })
    };
    files.filter(move |file| !is_aside(file)).filter_map(|file| Some((file, language(file)?)))
}

static OPEN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"\brejectUnauthorized:\s*false\b|\bverify\s*=\s*False\b|danger_accept_invalid_certs\(true\)|NODE_TLS_REJECT_UNAUTHORIZED['"\]]*\s*=\s*['"]?0"#)
        .expect("it is a pattern")
});

fn peer_not_verified(project: &Project, look: &mut Look) {
    // A check of one's own health stays on the machine.
    for (file, _) in code(project).filter(|(file, _)| !file.name().contains("health")) {
        look.saw_one();
        for (line, text) in file.lines().filter(|(_, line)| OPEN.is_match(line)) {
            let trimmed = text.trim_start();
            let is_comment = ["//", "#", "*", "\"\"\""].iter().any(|start| trimmed.starts_with(start));
            // A setting, a branch or a remark beside it shows that somebody chose it.
            let around = line.saturating_sub(4)..=line + 1;
            let is_chosen = around.into_iter().map(|line| file.line(line).to_ascii_lowercase()).any(|line| {
                [
                    "if ",
                    "if(",
                    " ? ",
                    "insecure",
                    "localhost",
                    "noqa",
                    "nosec",
                    "skip",
                    "selfsigned",
                    "self-signed",
                    "self_signed",
                    "def test",
                ]
                .iter()
                .any(|word| line.contains(word))
            });
            let is_client =
                file.text.contains("requests") || file.text.contains("httpx") || file.text.contains("aiohttp");
            let is_python = language(file) == Some(Language::Python);
            // The project's own helpers take what they are given; what they do with it stands elsewhere.
            let is_own = is_python && ["self._", "cls._", "context("].iter().any(|word| text.contains(word));
            if !is_own && !is_comment && !is_chosen && (!is_python || is_client) {
                look.found(file, line, "This TLS connection takes any certificate.");
            }
        }
    }
}

static REQUEST: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)^[^#\n]*\brequests\.(get|post|put|patch|delete|head|request)\(").expect("it is a pattern")
});

fn request_without_timeout(project: &Project, look: &mut Look) {
    const SERVERS: &[&str] =
        &["fastapi", "flask", "django", "starlette", "aiohttp.web", "tornado", "sanic", "grpc.server", "celery"];
    let imports = |file: &File| {
        file.lines().any(|(_, line)| {
            let is_import = line.starts_with("import ") || line.starts_with("from ");
            is_import && SERVERS.iter().any(|server| line.to_ascii_lowercase().contains(server))
        })
    };
    // A program that serves nobody is ended by whoever waits for it.
    let served: Vec<&str> = code(project)
        .filter(|(file, language)| *language == Language::Python && imports(file))
        .map(|(file, _)| file.folder())
        .collect();
    for (file, _) in
        code(project).filter(|(file, language)| *language == Language::Python && served.contains(&file.folder()))
    {
        // A server in debugging mode stands on somebody's desk.
        let is_passed_over = ["DEFAULT_TIMEOUT", "debug=True"].iter().any(|word| file.text.contains(word));
        if !file.text.contains("import requests") || is_passed_over {
            continue;
        }
        for found in REQUEST.captures_iter(&file.text) {
            look.saw_one();
            let (whole, method) = (found.get(0).expect("it matched"), &found[1]);
            let arguments = within(&file.text[whole.end()..]);
            if !arguments.contains("timeout") && !arguments.contains("**") {
                let line = file.line_of(whole.end() - 1);
                look.found(file, line, format!("`requests.{method}` is called without a timeout."));
            }
        }
    }
}

/// Returns what stands before the bracket that closes an open one.
fn within(after: &str) -> &str {
    let mut depth = 1;
    for (at, c) in after.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &after[..at];
        }
    }
    after
}
