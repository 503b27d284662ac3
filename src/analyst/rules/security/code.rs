//! What Go code lets through: unverified peers, queries made of text, foreign pages, profiles.

use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::Field;
use crate::analyst::project::go::{OUTSIDE, unquoted};
use crate::analyst::project::{File, Project};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[
    Rule {
        id: "peer-not-verified",
        field: Field::Security,
        severity: Severity::High,
        title: "Every TLS connection verifies its peer",
        rationale: "Anyone on the way can answer in the peer's place, read what is sent and change what comes back.",
        wrong_if: "the connection never leaves the machine",
        remedy: "Remove the setting; give the client the right root certificates instead.",
        looks_at: "TLS settings",
        topics: &["secur", "implementation", "tls"],
        check: peer_not_verified,
    },
    Rule {
        id: "query-made-of-text",
        field: Field::Security,
        severity: Severity::High,
        title: "No query is put together from values",
        rationale: "A value with a quote in it becomes part of the query: what was data is executed.",
        wrong_if: "the value can only be one of the program's own constants",
        remedy: "Pass the value as a parameter of the query.",
        looks_at: "queries",
        topics: &["secur", "implementation", "injection"],
        check: query_made_of_text,
    },
    Rule {
        id: "any-origin-with-credentials",
        field: Field::Security,
        severity: Severity::Medium,
        title: "No API gives credentials to pages of any origin",
        rationale: "Browsers refuse the pair; a library that answers with the asking origin opens the API to every page that a signed-in user visits.",
        wrong_if: "the library refuses this pair of settings",
        remedy: "List the origins that may call it.",
        looks_at: "settings of cross-origin requests",
        topics: &["secur", "implementation", "cors"],
        check: any_origin_with_credentials,
    },
    Rule {
        id: "profiler-in-public",
        field: Field::Security,
        severity: Severity::Medium,
        title: "The profiler is not served to everyone",
        rationale: "It shows memory and command line to whoever asks, and lets them slow the service down.",
        wrong_if: "the port is closed to the outside",
        remedy: "Serve it on a port of its own, bound to localhost.",
        looks_at: "programs with the profiler",
        topics: &["secur", "implementation"],
        check: profiler_in_public,
    },
];

fn peer_not_verified(project: &Project, look: &mut Look) {
    for (file, go) in project.go_code().filter(|(_, go)| go.imports("crypto/tls")) {
        let text = &file.text;
        for literal in go.literals.iter().filter(|literal| literal.kind.of(text).ends_with("tls.Config")) {
            look.saw_one();
            let key = |name: &str| literal.keys.iter().find(|(key, _)| key.of(text) == name);
            let verifies_itself = key("VerifyPeerCertificate").is_some() || key("VerifyConnection").is_some();
            // What a setting asks for, or a comment admits, was decided by somebody.
            let outside =
                go.function(literal.at).map(|function| function.body.of(text).replace(literal.whole.of(text), ""));
            let is_asked_for = outside.is_some_and(|outside| {
                outside.contains("PeerCertificates")
                    || outside.contains("nsecure")
                    || outside.contains("kipTls")
                    || outside.contains("kipVerify")
            });
            let line = file.line(file.line_of(literal.whole.start as usize));
            // A name that says so is chosen by a setting.
            let before = &text[..literal.whole.start as usize];
            let named = before.rfind("\n\n").map_or(before, |at| &before[at..]).to_ascii_lowercase();
            let is_admitted = file.name().contains("health")
                || line.contains("nosec")
                || line.contains("nolint")
                || ["insecure", "skipverify", "skip_verify", "skiptls"].iter().any(|word| named.contains(word));
            if literal.at.branches > 0 || is_asked_for || is_admitted {
                continue;
            }
            if let Some((key, value)) = key("InsecureSkipVerify").filter(|_| !verifies_itself)
                && value.of(text) == "true"
            {
                look.found(file, file.line_of(key.start as usize), "This TLS connection takes any certificate.");
            }
        }
    }
}

/// The end of a query's text just before a value is put in between quotes.
static QUOTED_VALUE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?is)\b(?:where|and|or|set|values|like|having)\b[^;]*'%?(?:%[sv])").expect("it is a pattern")
});
static SETTING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:cfg|conf|config|opts?|options?|settings?)\.\w+\s*[,)]").expect("it is a pattern")
});
static OPEN_QUOTE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?is)^\W*(?:select|update|delete|insert)\b.*(?:=|like|\(|,)\s*'%?$").expect("it is a pattern")
});

fn query_made_of_text(project: &Project, look: &mut Look) {
    for (file, go) in project.go_code() {
        let text = &file.text;
        for call in &go.calls {
            let name = call.name.of(text).rsplit('.').next().unwrap_or_default();
            let is_query = matches!(
                name,
                "Query" | "QueryRow" | "Exec" | "QueryContext" | "QueryRowContext" | "ExecContext" | "Raw"
            );
            if !is_query || !call.name.of(text).contains('.') {
                continue;
            }
            for argument in go.args(call).iter().take(2) {
                let written = resolved(go, text, call.at.function, argument.of(text));
                let Some(query) = first_string(written) else { continue };
                if !is_sql(query) {
                    continue;
                }
                look.saw_one();
                // What comes from the program's own settings was written by who runs it.
                let is_own = go.args(call).iter().any(|argument| SETTING.is_match(argument.of(text)))
                    || SETTING.is_match(written);
                if is_own {
                    continue;
                }
                let is_formatted = written.starts_with("fmt.Sprintf(") && QUOTED_VALUE.is_match(query);
                let is_joined = !written.starts_with("fmt.")
                    && OPEN_QUOTE.is_match(query)
                    && joins_a_value(written, query)
                    && !joins_a_constant(project, file, written, query);
                if is_formatted || is_joined {
                    look.found(
                        file,
                        call.at.line,
                        "This query is put together from text, with a value between its quotes.",
                    );
                }
            }
        }
    }
}

/// Returns what a plain name was last assigned in this function, or the expression itself.
fn resolved<'a>(
    go: &crate::analyst::project::go::GoFile,
    text: &'a str,
    function: u32,
    expression: &'a str,
) -> &'a str {
    let is_here = |at: crate::analyst::project::go::Where| at.function == function && function != OUTSIDE;
    let last = go.assigns.iter().rev().find(|assign| is_here(assign.at) && assign.left.of(text) == expression);
    last.map_or(expression, |assign| assign.right.of(text))
}

fn first_string(expression: &str) -> Option<&str> {
    let start = expression.find(['"', '`'])?;
    let quote = expression[start..].chars().next()?;
    let inner = &expression[start + 1..];
    Some(&inner[..inner.find(quote)?])
}

fn is_sql(query: &str) -> bool {
    let first = query.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
    matches!(first.as_str(), "select" | "update" | "delete" | "insert" | "with")
}

/// Returns whether `"… '" + value` follows, `value` being no string of its own.
fn joins_a_value(expression: &str, query: &str) -> bool {
    let Some((_, after)) = expression.split_once(query) else { return false };
    let after = after.trim_start_matches(['"', '`']).trim_start();
    after.strip_prefix('+').is_some_and(|value| value.trim_start().starts_with(|c: char| c.is_alphabetic()))
}

/// Returns whether what follows `"… '" +` is a name that the package itself declares.
fn joins_a_constant(project: &Project, file: &File, expression: &str, query: &str) -> bool {
    let after = expression.split_once(query).map_or("", |(_, after)| after);
    let after = after.trim_start_matches(['"', '`', '+', ' ', '\t', '\n']);
    let name: String = after.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let mut package = project.in_folder(file.folder()).filter_map(File::go);
    package.any(|go| go.values.iter().any(|value| value.name == name))
}

fn any_origin_with_credentials(project: &Project, look: &mut Look) {
    for (file, go) in project.go_code() {
        let text = &file.text;
        for literal in &go.literals {
            let value = |names: &[&str]| {
                let found = literal.keys.iter().find(|(key, _)| names.contains(&key.of(text)));
                found.map(|(key, value)| (file.line_of(key.start as usize), value.of(text)))
            };
            let Some((line, origins)) = value(&["AllowedOrigins", "AllowOrigins"]) else { continue };
            look.saw_one();
            let with_credentials = value(&["AllowCredentials"]).is_some_and(|(_, value)| value == "true");
            if with_credentials && origins.contains("\"*\"") {
                look.found(file, line, "Every origin and credentials are allowed together.");
            }
        }
    }
}

fn profiler_in_public(project: &Project, look: &mut Look) {
    for (file, go) in project.go_code().filter(|(_, go)| go.package == "main" && go.imports("net/http/pprof")) {
        look.saw_one();
        for call in go.calls_of(&file.text, "net/http", "ListenAndServe") {
            let [address, handler] = go.args(call) else { continue };
            // The profiler registers itself on the default router only.
            let is_default = matches!(handler.of(&file.text), "nil" | "http.DefaultServeMux");
            let plain = unquoted(address.of(&file.text));
            let is_everywhere =
                plain.is_some_and(|address| address.starts_with(':') || address.starts_with("0.0.0.0:"));
            if is_default && is_everywhere {
                look.found(file, call.at.line, "This port serves the profiler to everyone who reaches it.");
            }
        }
    }
}
