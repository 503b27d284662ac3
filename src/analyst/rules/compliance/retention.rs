//! How long data is kept, and where.

use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::Field;
use crate::analyst::project::{File, Kind, Project};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[
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
    Rule {
        id: "region-promise-broken",
        field: Field::Compliance,
        severity: Severity::High,
        title: "Data stays in the region that was promised",
        rationale: "The promise is part of contracts; data that lies elsewhere breaks them, and the law behind them.",
        wrong_if: "what lies there is no data of customers",
        remedy: "Move it, or ask those to whom it was promised.",
        looks_at: "places of data in Terraform",
        topics: &["residen", "region", "gdpr", "privacy", "complian"],
        check: region_promise_broken,
    },
    Rule {
        id: "statements-logged",
        field: Field::Compliance,
        severity: Severity::Medium,
        title: "The database does not log the values of its statements",
        rationale: "Every row that is written is written to the log as well, where other rules of retention and access hold.",
        wrong_if: "the statements hold no data of persons",
        remedy: "Log slow statements only, without their values.",
        looks_at: "settings of databases",
        topics: &["gdpr", "ccpa", "privacy", "personal", "complian"],
        check: statements_logged,
    },
];

static DAYS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?i)\b(\d{1,4})[ -]days?\b").expect("it is a pattern"));

fn retention_disagrees(project: &Project, look: &mut Look) {
    let ages = bucket_ages(project);
    for file in project.of_kind(Kind::Markdown) {
        let Some(document) = file.markdown() else { continue };
        for (line, sentence) in document.statements() {
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

static EUROPE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:stays?|remains?|stored|kept|hosted|processed)\b[^.]{0,40}\b(?:only )?(?:in|within|inside)(?: the)? (?:EU|European Union|Europe)\b").expect("it is a pattern")
});

fn region_promise_broken(project: &Project, look: &mut Look) {
    let promise = project.of_kind(Kind::Markdown).filter(|file| !file.is_test()).find_map(|file| {
        let said = file.markdown()?.statements();
        said.into_iter().find(|(_, words)| EUROPE.is_match(words)).map(|(line, _)| (file, line))
    });
    let Some((document, promised)) = promise else { return };
    for (file, resource) in project.terraform("resource", "") {
        let place = resource.attribute("location").or_else(|| resource.attribute("region"));
        let Some((line, region)) = place.and_then(|place| Some((place.line, place.string()?))) else { continue };
        look.saw_one();
        let lower = region.to_ascii_lowercase();
        let is_outside =
            ["us", "asia", "australia", "southamerica", "northamerica", "me-", "africa", "ap-", "ca-", "sa-"]
                .iter()
                .any(|start| lower == *start || lower.starts_with(&format!("{}-", start.trim_end_matches('-'))));
        if is_outside {
            let statement = format!(
                "`{}` lies in `{region}`; {}:{promised} promises that data stays in Europe.",
                resource.name(),
                document.path
            );
            look.found(file, line, statement);
        }
    }
}

fn statements_logged(project: &Project, look: &mut Look) {
    for (file, database) in project.terraform("resource", "google_sql_database_instance") {
        for flag in database.body.every().into_iter().filter(|block| block.kind == "database_flags") {
            look.saw_one();
            let value = flag.attribute("value");
            let is = |name: &str, wanted: &[&str]| {
                flag.attribute("name").and_then(|attribute| attribute.string()) == Some(name)
                    && value.and_then(|value| value.string()).is_some_and(|value| wanted.contains(&value))
            };
            if is("log_statement", &["all", "mod"]) || is("general_log", &["on"]) {
                let line = value.map_or(flag.line, |value| value.line);
                look.found(
                    file,
                    line,
                    format!("`{}` writes every statement to its log, values included.", database.name()),
                );
            }
        }
    }
}
