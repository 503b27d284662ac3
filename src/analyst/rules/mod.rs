//! The rules, one file a field, and the one table of them.
//!
//! A rule looks at a [`Project`] and says what it saw. It says of itself what would make it wrong; where that cannot be
//! ruled out it stays silent. Adding a rule is adding a row to its field's table, with a fixture for and one against it.

pub mod cover;

mod architecture;
mod built;
mod compliance;
mod deployment;
mod documentation;
mod integration;
mod monitoring;
mod operated;
mod performance;
mod scalability;
mod security;
mod testing;

use super::finding::Place;
use super::project::{File, Project};
use super::{Field, Finding};
use crate::scheduler::Severity;

/// One thing that analysts look for.
#[derive(Debug)]
pub struct Rule {
    /// Unique, in kebab case: the name used to silence it.
    pub id: &'static str,
    pub field: Field,
    pub severity: Severity,
    /// What holds when nothing is found, as a sentence without its full stop.
    pub title: &'static str,
    /// Why it matters.
    pub rationale: &'static str,
    /// What would make a finding wrong.
    pub wrong_if: &'static str,
    /// What to do about a finding.
    pub remedy: &'static str,
    /// What it looks at, in the plural: "Go files".
    pub looks_at: &'static str,
    /// Words of a plan's criteria that it helps to answer, beginnings of words in lower case.
    pub topics: &'static [&'static str],
    pub check: fn(&Project, &mut Look),
}

/// Returns every rule, field by field.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    let fields = [
        architecture::TABLES,
        security::TABLES,
        testing::TABLES,
        performance::TABLES,
        deployment::TABLES,
        integration::TABLES,
        compliance::TABLES,
        scalability::TABLES,
        monitoring::TABLES,
        documentation::TABLES,
    ];
    fields.into_iter().flatten().copied().flatten()
}

/// Returns why a rule has nothing to say of a project, whatever it would find.
pub fn why_not_judged(rule: &Rule, project: &Project) -> Option<&'static str> {
    let is_beside_the_point = operated::is_beside_the_point(rule, project).then_some(operated::WHY);
    is_beside_the_point.or_else(|| built::is_said_by_pipeline(rule, project).then_some(built::WHY))
}

/// Returns whether a rule has nothing to say of this file, for what the file is there for.
pub fn is_passed_over(rule: &Rule, project: &Project, place: &Place) -> bool {
    // What gives something away does so whoever wrote the file.
    let is_foreign = rule.field != Field::Security && project.is_foreign(&place.file);
    is_foreign || operated::is_tried_only(rule, project, place)
}

/// What a rule has looked at and seen so far.
#[derive(Debug)]
pub struct Look {
    rule: &'static Rule,
    /// How many things it looked at.
    pub looked_at: usize,
    pub findings: Vec<Finding>,
}

impl Look {
    pub fn new(rule: &'static Rule) -> Look {
        Look { rule, looked_at: 0, findings: Vec::new() }
    }

    /// Counts a thing that was looked at.
    pub fn saw_one(&mut self) {
        self.looked_at += 1;
    }

    /// Adds a finding with the rule's own words on why and what to do; the caller may sharpen them.
    pub fn found(&mut self, file: &File, line: u32, statement: impl Into<String>) -> &mut Finding {
        self.findings.push(Finding {
            rule: self.rule.id.to_owned(),
            field: self.rule.field,
            severity: self.rule.severity,
            statement: statement.into(),
            place: file.place(line),
            why: self.rule.rationale.to_owned(),
            remedy: self.rule.remedy.to_owned(),
            also: Vec::new(),
        });
        self.findings.last_mut().expect("one was just added")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_rule_has_an_id_of_its_own_and_says_when_it_is_wrong() {
        let mut ids = BTreeSet::new();
        for rule in rules() {
            assert!(ids.insert(rule.id), "{} is there twice", rule.id);
            assert!(rule.id.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", rule.id);
            for words in [rule.title, rule.rationale, rule.wrong_if, rule.remedy, rule.looks_at] {
                assert!(!words.is_empty(), "{} leaves something unsaid", rule.id);
            }
        }
    }

    #[test]
    fn every_field_has_rules_of_its_own() {
        for field in Field::ALL {
            assert!(rules().any(|rule| rule.field == field), "{}", field.name());
        }
    }
}
