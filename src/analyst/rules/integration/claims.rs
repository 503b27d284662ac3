//! What documents claim, against what the other rules see: a claim that a finding contradicts.

use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::Field;
use crate::analyst::project::{File, Kind, Project};
use crate::analyst::rules::{Look, Rule, rules};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[Rule {
    id: "claim-contradicted",
    field: Field::Integration,
    severity: Severity::High,
    title: "No document claims what the code contradicts",
    rationale: "Whoever reads the document relies on something that is not so.",
    wrong_if: "the document describes what is still to be built",
    remedy: "Mend the code; until then, take the claim back.",
    looks_at: "claims in documents",
    topics: &["finding", "integrat", "cross", "validat", "contradict"],
    check: claim_contradicted,
}];

/// A claim as documents make it, and the rule whose finding contradicts it.
static CLAIMS: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    let claims = [
        (r"(?i)\bconstant[- ]time\b", "signature-compared-plainly"),
        (r"(?i)\bsecrets?\b.{0,40}\b(?:are|is) (?:kept|stored|held) in the secret", "secret-in-source"),
        (r"(?i)\bno (?:secrets?|credentials) (?:in|are in) (?:the )?(?:code|repository|source)", "secret-in-source"),
        (r"(?i)\btenants? (?:are|is) isolated\b|\bevery query\b.{0,30}\btenant", "query-without-tenant"),
        (
            r"(?i)\b(?:images?|containers?) (?:all )?run (?:without|as non-?) ?root\b|\b(?:images?|containers?) (?:all )?runs? as (?:a |an )?non-root\b",
            "container-runs-as-root",
        ),
        (
            r"(?i)\bnever\b (?:be )?(?:named|logged|written|stored|printed|put|kept|appears?|included|recorded|shown)\b.{0,15}\b(?:in|to) (?:the |our )?logs?\b|\bno personal data in (?:the )?logs?\b",
            "personal-data-in-log",
        ),
        (
            r"(?i)\brefuses? a change whose tests fail\b|\btests? (?:must|have to) pass before\b|\bfailing tests? block",
            "test-result-ignored",
        ),
    ];
    claims.into_iter().map(|(pattern, rule)| (Regex::new(pattern).expect("it is a pattern"), rule)).collect()
});

/// Words that make a claim a plan or a rule for others.
static WISH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:should|shall|must not|todo|planned|will be|plan to|recommend|consider)\b")
        .expect("it is a pattern")
});

fn claim_contradicted(project: &Project, look: &mut Look) {
    for (pattern, rule) in CLAIMS.iter() {
        let claims: Vec<(&File, u32)> = project
            .of_kind(Kind::Markdown)
            .filter(|file| !file.is_test() && !file.is_history())
            .filter_map(|file| Some((file, file.markdown()?)))
            .flat_map(|(file, document)| {
                document.statements().into_iter().map(move |(line, words)| (file, line, words))
            })
            .filter(|(_, _, words)| pattern.is_match(words) && !WISH.is_match(words))
            .map(|(file, line, _)| (file, line))
            .collect();
        if claims.is_empty() {
            continue;
        }
        let contradicts = rules().find(|other| other.id == *rule).expect("the rule of a claim is in the table");
        let mut other = Look::new(contradicts);
        (contradicts.check)(project, &mut other);
        for (file, line) in claims {
            look.saw_one();
            if let Some(finding) = other.findings.first() {
                let statement =
                    format!("This is claimed; {} contradicts it: {}", finding.at(), lowered(&finding.statement));
                look.found(file, line, statement);
            }
        }
    }
}

fn lowered(sentence: &str) -> String {
    let mut chars = sentence.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}
