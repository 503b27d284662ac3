//! Promises of documents of which code, schema and infrastructure show no trace.

use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::Field;
use crate::analyst::project::{File, Kind, Project};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

const RATIONALE: &str = "It was promised to customers and authorities; an audit will ask for it.";
const WRONG_IF: &str = "another system keeps the promise";
const REMEDY: &str = "Build it, or say in the document who keeps the promise.";

pub const RULES: &[Rule] = &[
    Rule {
        id: "promised-audit-missing",
        field: Field::Compliance,
        severity: Severity::High,
        title: "A promised audit log leaves a trace in the project",
        rationale: RATIONALE,
        wrong_if: WRONG_IF,
        remedy: REMEDY,
        looks_at: "promises of an audit log",
        topics: &["audit", "gdpr", "complian", "gap"],
        check: |project, look| promise(project, look, &AUDIT),
    },
    Rule {
        id: "promised-erasure-missing",
        field: Field::Compliance,
        severity: Severity::High,
        title: "A promised deletion on request leaves a trace in the project",
        rationale: RATIONALE,
        wrong_if: WRONG_IF,
        remedy: REMEDY,
        looks_at: "promises of deletion on request",
        topics: &["delet", "eras", "gdpr", "ccpa", "complian", "gap"],
        check: |project, look| promise(project, look, &ERASURE),
    },
    Rule {
        id: "promised-consent-missing",
        field: Field::Compliance,
        severity: Severity::High,
        title: "A promised record of consent leaves a trace in the project",
        rationale: RATIONALE,
        wrong_if: WRONG_IF,
        remedy: REMEDY,
        looks_at: "promises of a record of consent",
        topics: &["consent", "gdpr", "ccpa", "complian", "gap"],
        check: |project, look| promise(project, look, &CONSENT),
    },
    Rule {
        id: "promised-key-missing",
        field: Field::Compliance,
        severity: Severity::High,
        title: "A promised key of one's own leaves a trace in the infrastructure",
        rationale: RATIONALE,
        wrong_if: WRONG_IF,
        remedy: REMEDY,
        looks_at: "promises of customer-managed keys",
        topics: &["encrypt", "key", "gdpr", "complian", "gap"],
        check: |project, look| promise(project, look, &KEY),
    },
];

/// What is promised, how documents say it, and what any keeping of it would have to contain.
struct Promise {
    what: &'static str,
    said: Regex,
    trace: Regex,
}

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("it is a pattern")
}

static AUDIT: LazyLock<Promise> = LazyLock::new(|| Promise {
    what: "An audit log",
    said: pattern(
        r"(?i)\b(?:written|recorded|logged|kept|lands?) (?:in|to) (?:an|the) audit (?:log|trail)\b|\baudit (?:log|trail) (?:of|records|keeps|holds)\b",
    ),
    trace: pattern(r"(?i)audit|history|journal|ledger|(?-i:\bchanges\b)|change_?log|revision|event_?(?:log|store)"),
});
static ERASURE: LazyLock<Promise> = LazyLock::new(|| Promise {
    what: "Deletion on request",
    said: pattern(
        r"(?i)\b(?:deleted?|erased?|deletion|erasure)\b[^.|]{0,40}\b(?:on|upon) request\b|\bright to (?:erasure|be forgotten)\b[^.|]{0,40}\b(?:endpoint|within|supported)\b",
    ),
    trace: pattern(r"(?i)\bdelete\b|erase|erasure|forget|purge|anonymi|DELETE"),
});
static CONSENT: LazyLock<Promise> = LazyLock::new(|| Promise {
    what: "A record of consent",
    said: pattern(
        r"(?i)\bconsent\b[^.|]{0,30}\b(?:is|are) (?:recorded|stored|kept|logged)\b|\b(?:records?|stores?|keeps?) (?:the |each |every )?[^.|]{0,20}\bconsent\b",
    ),
    trace: pattern(r"(?i)consent"),
});
static KEY: LazyLock<Promise> = LazyLock::new(|| Promise {
    what: "A customer-managed key",
    said: pattern(
        r"(?i)\b(?:encrypted|encryption)\b[^.|]{0,40}\b(?:customer-managed|own) (?:encryption )?keys?\b|\bCMEK\b",
    ),
    trace: pattern(r"(?i)kms|cmek|encryption_key_name|customer[_-]?managed"),
});

/// Words of what is only possible, or advised to others.
static PERHAPS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\b(?:may|might|could|should|would|in case|if|planned|todo|recommend|consider)\b"));

fn promise(project: &Project, look: &mut Look, promise: &Promise) {
    let keeps = |file: &File| {
        let is_where = matches!(
            file.kind,
            Kind::Go | Kind::Sql | Kind::Terraform | Kind::Yaml | Kind::Script | Kind::Shell | Kind::Json | Kind::Other
        );
        is_where && file.name() != "go.sum" && promise.trace.is_match(&file.text)
    };
    // Without code or infrastructure there is nothing that could show a trace.
    let has_substance =
        project.files().iter().any(|file| matches!(file.kind, Kind::Go | Kind::Terraform | Kind::Script));
    // A decision tells what was to be done on that day.
    let is_decision = |file: &File| {
        let lower = file.path.to_ascii_lowercase();
        ["decision", "adr", "rfc", "proposal"].iter().any(|word| lower.contains(word))
    };
    for file in project.of_kind(Kind::Markdown).filter(|file| has_substance && !file.is_test() && !is_decision(file)) {
        let Some(document) = file.markdown() else { continue };
        let is_promise = |words: &str| promise.said.is_match(words) && !PERHAPS.is_match(words);
        let said = document.statements().into_iter().find(|(_, words)| is_promise(words));
        let Some((line, _)) = said else { continue };
        look.saw_one();
        if !project.files().iter().any(keeps) {
            let statement =
                format!("{} is promised, and no code, schema or infrastructure shows a trace of it.", promise.what);
            look.found(file, line, statement);
        }
    }
}
