//! One rule after another, each held against the project; a rule that fails is a check that could not be made.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::project::Project;
use super::rules::{Look, Rule, rules};
use super::{Field, Finding, allowed};

/// More of one rule are counted, not listed: a report is read by a person.
pub const MOST: usize = 20;
/// As above, for one file.
pub const MOST_IN_FILE: usize = 5;

/// A rule that was held against a project.
#[derive(Debug)]
pub struct Checked {
    pub rule: &'static Rule,
    /// How many things it looked at; 0: there was nothing to judge.
    pub looked_at: usize,
    /// Worst first, then by place; at most `MOST`, and at most `MOST_IN_FILE` of one file.
    pub findings: Vec<Finding>,
    /// How many more of the same there are.
    pub more: usize,
    /// Findings that the project allows, with who does so and why, in words.
    pub allowed: Vec<(Finding, String)>,
    /// The check itself broke: nothing is known.
    pub broke: bool,
}

/// Returns the rules of these fields: those that matter most first.
pub fn rules_of(fields: &[Field]) -> Vec<&'static Rule> {
    let mut chosen: Vec<&Rule> = rules().filter(|rule| fields.contains(&rule.field)).collect();
    chosen.sort_by_key(|rule| std::cmp::Reverse(rule.severity));
    chosen
}

/// Holds every rule of these fields against a project.
pub fn check(project: &Project, fields: &[Field]) -> Vec<Checked> {
    rules_of(fields).into_iter().map(|rule| hold(rule, project)).collect()
}

/// Holds one rule against a project.
pub fn hold(rule: &'static Rule, project: &Project) -> Checked {
    let mut look = Look::new(rule);
    // A rule only reads: whatever it left half done is dropped with it.
    let broke = catch_unwind(AssertUnwindSafe(|| (rule.check)(project, &mut look))).is_err();
    if broke {
        return Checked { rule, looked_at: 0, findings: Vec::new(), more: 0, allowed: Vec::new(), broke };
    }
    let mut found = look.findings;
    found.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| place(a).cmp(&place(b))));
    found.dedup_by(|a, b| a.place == b.place && a.statement == b.statement);
    let (mut findings, mut permitted) = (Vec::new(), Vec::new());
    for finding in found {
        match allowed::by(project, &finding) {
            Some(why) => permitted.push((finding, why)),
            None => findings.push(finding),
        }
    }
    let all = findings.len();
    let mut in_file: BTreeMap<String, usize> = BTreeMap::new();
    findings.retain(|finding| {
        let count = in_file.entry(finding.place.file.clone()).or_default();
        *count += 1;
        *count <= MOST_IN_FILE
    });
    findings.truncate(MOST);
    let more = all - findings.len();
    Checked { rule, looked_at: look.looked_at, findings, more, allowed: permitted, broke }
}

fn place(finding: &Finding) -> (&str, u32) {
    (&finding.place.file, finding.place.line)
}
