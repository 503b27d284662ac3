//! What Go code lets through: unverified peers, foreign pages, profiles.

use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::Field;
use crate::analyst::project::Project;
use crate::analyst::project::go::unquoted;
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

static UNVERIFIED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\binsecure|\b(?:not|skips?|without|strips?|disables?|ignores?|ignoring)\b[^.]{0,40}\bverif|\bverif[^.]{0,40}\b(?:stripped|disabled|skipped|off)\b").expect("it is a pattern")
});

/// Words of names, in whatever case, of what only asks whether somebody is there.
static QUESTION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:^|[^a-zA-Z])(?:[hH]ealth|[pP]ing|[pP]rob(?:e|er|ing)|[cC]heck(?:s|er)?|[sS]can(?:s|ner)?|[cC]rawl(?:er)?|[mM]onitor|[wW]ait|[rR]eady)(?:$|[^a-z])|[a-z](?:Health|Ping|Probe|Check|Scan|Wait|Ready)(?:$|[^a-z])|health")
        .expect("it is a pattern")
});

fn peer_not_verified(project: &Project, look: &mut Look) {
    for (file, go) in project.go_code().filter(|(_, go)| go.imports("crypto/tls")) {
        let text = &file.text;
        for literal in go.literals.iter().filter(|literal| literal.kind.of(text).ends_with("tls.Config")) {
            look.saw_one();
            let key = |name: &str| literal.keys.iter().find(|(key, _)| key.of(text) == name);
            let verifies_itself = key("VerifyPeerCertificate").is_some() || key("VerifyConnection").is_some();
            // Only a client verifies by default: a server's settings say how it shows itself.
            let is_of_server = ["GetCertificate", "ClientAuth"].iter().any(|name| key(name).is_some());
            if is_of_server {
                continue;
            }
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
            // Whoever says above it why any certificate is taken has decided it.
            let key_line =
                key("InsecureSkipVerify").map_or(literal.at.line, |(key, _)| file.line_of(key.start as usize));
            let says = |line: &str| {
                let lower = line.trim_start().to_ascii_lowercase();
                lower.starts_with("//")
                    && ["certificate", "certs", "verif", "self-signed", "self signed", "trust", "tls", "invalid"]
                        .iter()
                        .any(|word| lower.contains(word))
            };
            let of_function =
                go.function(literal.at).map(|function| file.remark_above(function.line)).unwrap_or_default();
            let is_explained = (key_line.saturating_sub(4)..key_line).any(|number| says(file.line(number)))
                || UNVERIFIED.is_match(&of_function);
            // What only asks whether somebody is there, or talks to its own machine, trusts nobody with anything.
            let around = go.function(literal.at).map_or("", |function| function.name.as_str());
            let aim = format!("{} {around}", file.path);
            let is_reached_for = QUESTION.is_match(&aim)
                || ["localhost", "127.0.0.1", "LocalRoot", "loopback", "LocalURL", "Loopback"]
                    .iter()
                    .any(|word| named_near(text, literal.whole.start as usize).contains(word));
            let is_admitted = is_explained
                || file.line(key_line).contains(" //")
                || is_reached_for
                || ["nosec", "nolint", "skipcq"].iter().any(|mark| file.line(key_line - 1).contains(mark))
                || around.to_ascii_lowercase().starts_with("test")
                || ["disable", "insecure", "skip", "noverify", "trustall"]
                    .iter()
                    .any(|word| around.to_ascii_lowercase().contains(word))
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

/// Returns the thousand bytes before a place.
fn named_near(text: &str, at: usize) -> &str {
    let from = (at.saturating_sub(1000)..at).find(|from| text.is_char_boundary(*from)).unwrap_or(at);
    &text[from..at]
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
            // What a setting turns on was asked for.
            if is_default && is_everywhere && file.block_around(call.at.line, "if ").is_none() {
                look.found(file, call.at.line, "This port serves the profiler to everyone who reaches it.");
            }
        }
    }
}
