//! Findings for programs: the record beside each report, and SARIF for editors and code hosts.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Finding;
use super::rules::Rule;
use super::work::Checked;
use crate::scheduler::Severity;

/// `reports/<name>.findings.json`
#[derive(Debug, Serialize, Deserialize)]
pub struct Record {
    pub v: u32,
    pub agent: String,
    /// Rules that were held against the project, and those that were not.
    pub checked: Vec<String>,
    pub open: Vec<String>,
    pub findings: Vec<Finding>,
}

/// Returns the record of an attempt.
pub fn findings(agent: &str, checked: &[Checked], open: &[&Rule]) -> String {
    let record = Record {
        v: 1,
        agent: agent.to_owned(),
        checked: checked.iter().map(|check| check.rule.id.to_owned()).collect(),
        open: open.iter().map(|rule| rule.id.to_owned()).collect(),
        findings: checked.iter().flat_map(|check| check.findings.iter().cloned()).collect(),
    };
    serde_json::to_string_pretty(&record).expect("a record of strings and numbers is JSON") + "\n"
}

/// Returns the findings as SARIF 2.1.0.
pub fn sarif(checked: &[Checked]) -> String {
    let rules: Vec<_> = checked
        .iter()
        .map(|check| {
            json!({
                "id": check.rule.id,
                "shortDescription": {"text": check.rule.title},
                "fullDescription": {"text": check.rule.rationale},
                "help": {"text": format!("{} Wrong if {}.", check.rule.remedy, check.rule.wrong_if)},
                "defaultConfiguration": {"level": level(check.rule.severity)},
                "properties": {"tags": [check.rule.field.name()]},
            })
        })
        .collect();
    let listed = checked
        .iter()
        .flat_map(|check| check.findings.iter().flat_map(Finding::apart))
        .map(|finding| result(&finding, &[]));
    let allowed = checked.iter().flat_map(|check| &check.allowed);
    let allowed = allowed.map(|(finding, reason)| result(finding, std::slice::from_ref(reason)));
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "quintet", "version": env!("CARGO_PKG_VERSION"), "rules": rules}},
            "results": listed.chain(allowed).collect::<Vec<_>>(),
        }],
    });
    serde_json::to_string_pretty(&log).expect("a tree of strings and numbers is JSON") + "\n"
}

fn result(finding: &Finding, reasons: &[String]) -> serde_json::Value {
    let suppressions: Vec<_> =
        reasons.iter().map(|reason| json!({"kind": "inSource", "justification": reason})).collect();
    json!({
        "ruleId": finding.rule,
        "level": level(finding.severity),
        "message": {"text": finding.statement},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": finding.place.file},
            "region": {"startLine": finding.place.line, "snippet": {"text": finding.place.text}},
        }}],
        "suppressions": suppressions,
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}
