//! Where personal data goes that it should not.

use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::Field;
use crate::analyst::project::go::unquoted;
use crate::analyst::project::{Kind, Project};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[
    Rule {
        id: "personal-data-in-log",
        field: Field::Compliance,
        severity: Severity::Medium,
        title: "No log line holds personal data",
        rationale: "Logs are kept elsewhere, for longer and for more people than the data; a deletion request does not reach them.",
        wrong_if: "the value is masked before it is stored in this field",
        remedy: "Log an id, or a masked form.",
        looks_at: "log calls",
        topics: &["gdpr", "ccpa", "privacy", "personal", "complian", "gap"],
        check: personal_data_in_log,
    },
    Rule {
        id: "personal-data-in-address",
        field: Field::Compliance,
        severity: Severity::Medium,
        title: "No web address holds personal data",
        rationale: "Addresses are written to the logs of every proxy on the way, to histories and to statistics.",
        wrong_if: "the value is a hash or a token",
        remedy: "Send it in the body.",
        looks_at: "addresses put together in code",
        topics: &["gdpr", "ccpa", "privacy", "personal", "complian", "gap"],
        check: personal_data_in_address,
    },
    Rule {
        id: "personal-data-in-metric",
        field: Field::Compliance,
        severity: Severity::Medium,
        title: "No label of a metric holds personal data",
        rationale: "Metrics are kept for years, shared widely, and cannot be deleted for one person.",
        wrong_if: "the label holds a kind, not a value",
        remedy: "Drop the label; count by something that is nobody's.",
        looks_at: "labels of metrics",
        topics: &["gdpr", "ccpa", "privacy", "personal", "complian", "metric"],
        check: personal_data_in_metric,
    },
];

static PERSONAL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\.(?:\w*(?:Email|PhoneNumber|CallerNumber|CalleeNumber|CallerPhone|CustomerPhone|SSN|DateOfBirth|Transcript)|Phone)$")
        .expect("it is a pattern")
});

/// A field with somebody's address, kept in a database.
static KEPT_ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)(?:db|bson|firestore|datastore|spanner):"\w*email|\bemail\s+\*?string\s+`[^`]*gorm:|create table[^;`]*\bemail\b"#).expect("it is a pattern")
});

fn personal_data_in_log(project: &Project, look: &mut Look) {
    // Who came in, and who was turned away, is what a doorkeeper's log is for.
    const DOORS: &[&str] = &["auth", "oauth", "oauth2", "oidc", "sso", "login", "vouch", "identity", "idp", "dex"];
    let mut modules = project.of_kind(Kind::GoMod).filter_map(|file| file.gomod());
    let is_door = |module: &str| module.split(['/', '-', '_', '.']).any(|word| DOORS.contains(&word));
    if modules.any(|gomod| is_door(&gomod.module)) {
        return;
    }
    // The address of whoever works with an inner tool is no secret of a customer: only what the project keeps counts.
    let keeps_addresses = project.files().iter().any(|file| {
        file.kind == Kind::Sql && file.text.to_ascii_lowercase().contains("email")
            || file.kind == Kind::Go && KEPT_ADDRESS.is_match(&file.text)
    });
    for (file, go) in project.go_code().filter(|(_, go)| !go.is_of_command()) {
        let text = &file.text;
        for call in &go.calls {
            if !is_log(call.name.of(text)) {
                continue;
            }
            look.saw_one();
            let is_kept =
                |argument: &str| (keeps_addresses || !argument.ends_with("Email")) && !argument.contains("onfig.");
            let personal =
                go.args(call).iter().map(|arg| arg.of(text)).find(|arg| PERSONAL.is_match(arg) && is_kept(arg));
            if let Some(argument) = personal {
                look.found(file, call.at.line, format!("`{argument}` is written to the log."));
            }
        }
    }
}

fn is_log(name: &str) -> bool {
    let Some((receiver, function)) = name.rsplit_once('.') else { return false };
    let receiver = receiver.rsplit('.').next().unwrap_or(receiver).to_ascii_lowercase();
    let is_logger = matches!(receiver.as_str(), "log" | "slog" | "logger" | "l" | "zap" | "logrus" | "sugar");
    let base = function.trim_end_matches("Context").trim_end_matches(['f', 'w']).trim_end_matches("ln");
    // What is only written when somebody looks for a fault is off in production.
    is_logger && matches!(base, "Print" | "Info" | "Warn" | "Warning" | "Error" | "Fatal")
}

static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[?&](?:email|phone|phone_number|caller|caller_number|ssn|birthday|date_of_birth)=(?:%[sv]|$)")
        .expect("it is a pattern")
});

fn personal_data_in_address(project: &Project, look: &mut Look) {
    for (file, go) in project.go_code() {
        for string in &go.strings {
            let Some(text) =
                unquoted(string.span.of(&file.text)).filter(|text| text.contains(['?', '&']) && text.contains('='))
            else {
                continue;
            };
            look.saw_one();
            // An address with a code in it is mailed to the person it names.
            let is_mailed = ["_code=", "?code=", "&code=", "?token=", "&token=", "_token=", "invite", "unsubscribe"]
                .iter()
                .any(|word| text.contains(word));
            if ADDRESS.is_match(text) && !is_mailed {
                look.found(file, string.at.line, "This address carries a person's data.");
            }
        }
    }
}

fn personal_data_in_metric(project: &Project, look: &mut Look) {
    for (file, line, label) in crate::analyst::rules::monitoring::labels(project) {
        look.saw_one();
        if matches!(label.as_str(), "email" | "phone" | "phone_number" | "caller_number" | "client_ip" | "remote_addr")
        {
            look.found(file, line, format!("The label `{label}` tells persons apart."));
        }
    }
}
