//! Compliance: personal data in logs, and how long data is kept.

use std::sync::LazyLock;

use regex::Regex;

use super::{Look, Rule};
use crate::analyst::Field;
use crate::analyst::project::{File, Kind, Project};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[
    Rule {
        id: "personal-data-in-log",
        field: Field::Compliance,
        severity: Severity::High,
        title: "No log line holds personal data",
        rationale: "Logs are kept elsewhere, for longer and for more people than the data; a deletion request does not reach them.",
        wrong_if: "the value is masked before it is stored in this field",
        remedy: "Log an id, or a masked form.",
        looks_at: "log calls",
        topics: &["gdpr", "ccpa", "privacy", "personal", "complian", "gap"],
        check: personal_data_in_log,
    },
    Rule {
        id: "retention-disagrees",
        field: Field::Compliance,
        severity: Severity::High,
        title: "Data is kept as long as the documents promise",
        rationale: "What was promised to customers and authorities is not what the infrastructure does.",
        wrong_if: "the document speaks of other data than this",
        remedy: "Decide which figure holds, and write it in both places.",
        looks_at: "promises of retention",
        topics: &["retention", "gdpr", "ccpa", "privacy", "complian"],
        check: retention_disagrees,
    },
];

static PERSONAL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\.(?:\w*(?:Email|PhoneNumber|CallerNumber|CalleeNumber|CallerPhone|CustomerPhone|SSN|DateOfBirth|Transcript)|Phone)$")
        .expect("it is a pattern")
});

fn personal_data_in_log(project: &Project, look: &mut Look) {
    for (file, go) in project.go_code() {
        let text = &file.text;
        for call in &go.calls {
            if !is_log(call.name.of(text)) {
                continue;
            }
            look.saw_one();
            let personal = go.args(call).iter().map(|arg| arg.of(text)).find(|arg| PERSONAL.is_match(arg));
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
    is_logger && matches!(base, "Print" | "Debug" | "Info" | "Warn" | "Warning" | "Error" | "Fatal")
}

static DAYS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?i)\b(\d{1,4})[ -]days?\b").expect("it is a pattern"));

fn retention_disagrees(project: &Project, look: &mut Look) {
    let ages = bucket_ages(project);
    for file in project.of_kind(Kind::Markdown) {
        let Some(document) = file.markdown() else { continue };
        for (line, sentence) in promises(document) {
            let lower = sentence.to_ascii_lowercase();
            let days: Vec<i64> = DAYS.captures_iter(&sentence).filter_map(|found| found[1].parse().ok()).collect();
            let [promised] = days[..] else { continue };
            if !["delet", "retain", "retention", "kept for", "keep"].iter().any(|word| lower.contains(word)) {
                continue;
            }
            for (bucket, subject, age, place) in &ages {
                if !lower.contains(subject.as_str()) {
                    continue;
                }
                look.saw_one();
                if *age != promised {
                    let (other, line_there) = place;
                    let statement = format!(
                        "{} days are promised for {subject}; the bucket `{bucket}` deletes after {age} ({}:{line_there}).",
                        promised, other.path
                    );
                    look.found(file, line, statement);
                }
            }
        }
    }
}

fn promises(document: &crate::analyst::project::markdown::Markdown) -> Vec<(u32, String)> {
    let rows = document.tables.iter().flat_map(|table| {
        table.rows.iter().map(move |(line, row)| {
            let head = table.head.join(" ");
            (*line, format!("{head} | {}", row.join(" | ")))
        })
    });
    let in_tables: std::collections::BTreeSet<u32> =
        document.tables.iter().flat_map(|table| table.rows.iter().map(|(line, _)| *line)).collect();
    let sentences = document.sentences.iter().filter(|(line, _)| !in_tables.contains(line)).cloned();
    rows.chain(sentences).collect()
}

/// Returns buckets whose only lifecycle rule deletes by age: name, subject, days, place.
fn bucket_ages(project: &Project) -> Vec<(String, String, i64, (&File, u32))> {
    const SUBJECTS: &[&str] = &["recording", "transcript", "export", "backup", "invoice", "upload"];
    let mut ages = Vec::new();
    for file in project.of_kind(Kind::Terraform).filter(|file| !file.is_test()) {
        let Some(body) = file.terraform() else { continue };
        for bucket in body.resources("google_storage_bucket").filter(|block| block.label() == "google_storage_bucket") {
            let rules: Vec<_> = bucket.body.blocks("lifecycle_rule").collect();
            let [rule] = rules[..] else { continue };
            let deletes = rule.anywhere("type").and_then(|kind| kind.string()) == Some("Delete");
            let age = rule.anywhere("age").and_then(|age| Some((age.number()?, age.line)));
            let (true, Some((age, line))) = (deletes, age) else { continue };
            let subject = SUBJECTS.iter().find(|subject| bucket.name().contains(**subject));
            if let Some(subject) = subject {
                ages.push((bucket.name().to_owned(), (*subject).to_owned(), age, (file, line)));
            }
        }
    }
    ages
}
