//! One rule after another, each held against the project; a rule that fails is a check that could not be made.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::finding::Also;
use super::project::Project;
use super::rules::{Look, Rule, is_passed_over, rules, why_not_judged};
use super::{Field, Finding, allowed, hands};
use crate::scheduler::Severity;

/// More findings of one rule are told as one, with all its places: a report is read by a person.
const APART: usize = 3;
/// As above, for those that matter least.
const LEAST_APART: usize = 1;
/// As above, for serious ones of one file.
const SERIOUS_APART: usize = 5;
/// More of one rule are counted, not listed.
const MOST: usize = 20;

/// A rule that was held against a project.
#[derive(Debug)]
pub struct Checked {
    pub rule: &'static Rule,
    /// How many things it looked at; 0: there was nothing to judge.
    pub looked_at: usize,
    /// Worst first, then by place; see [`gathered`].
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

/// Holds these rules against a project, as many at once as there are hands; `made` hears of each that is held. Those that
/// `go_on` did not allow are missing.
pub fn all(
    project: &Project,
    chosen: &[&'static Rule],
    hands: usize,
    go_on: &(dyn Fn() -> bool + Sync),
    mut made: impl FnMut(),
) -> Vec<Checked> {
    project.take_apart(hands, go_on);
    let held = hands::each(hands, chosen, go_on, &|rule| hold(rule, project), |_| made());
    held.into_iter().flatten().collect()
}

/// Holds one rule against a project.
pub fn hold(rule: &'static Rule, project: &Project) -> Checked {
    let mut look = Look::new(rule);
    if why_not_judged(rule, project).is_some() {
        return Checked { rule, looked_at: 0, findings: Vec::new(), more: 0, allowed: Vec::new(), broke: false };
    }
    // A rule only reads: whatever it left half done is dropped with it.
    let broke = catch_unwind(AssertUnwindSafe(|| (rule.check)(project, &mut look))).is_err();
    if broke {
        return Checked { rule, looked_at: 0, findings: Vec::new(), more: 0, allowed: Vec::new(), broke };
    }
    let mut found = look.findings;
    let seen = found.len();
    found.retain(|finding| !is_passed_over(rule, project, &finding.place));
    // What was passed over was not judged: nothing is said of it, that it is in order least of all.
    let looked_at = look.looked_at.saturating_sub(seen - found.len());
    found.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| place(a).cmp(&place(b))));
    found.dedup_by(|a, b| a.place == b.place && a.statement == b.statement);
    let (mut findings, mut permitted) = (Vec::new(), Vec::new());
    for finding in found {
        match allowed::by(project, &finding) {
            Some(why) => permitted.push((finding, why)),
            None => findings.push(finding),
        }
    }
    let mut findings = gathered(findings);
    let more = findings.iter().skip(MOST).map(Finding::places).sum();
    findings.truncate(MOST);
    Checked { rule, looked_at, findings, more, allowed: permitted, broke }
}

/// Tells findings of one rule that are many as one: what is serious where it is in one file, what is not wherever it is.
pub fn gathered(findings: Vec<Finding>) -> Vec<Finding> {
    let mut groups: Vec<(Severity, Option<String>, Vec<Finding>)> = Vec::new();
    for finding in told_together(findings) {
        let file = match finding.severity {
            Severity::Critical | Severity::High => Some(finding.place.file.clone()),
            Severity::Medium | Severity::Low | Severity::Info => None,
        };
        match groups.iter_mut().find(|(severity, of, _)| (*severity, of) == (finding.severity, &file)) {
            Some((_, _, group)) => group.push(finding),
            None => groups.push((finding.severity, file, vec![finding])),
        }
    }
    let told = |(severity, _, group): (Severity, Option<String>, Vec<Finding>)| {
        let apart = match severity {
            Severity::Critical => usize::MAX,
            Severity::High => SERIOUS_APART,
            Severity::Medium => APART,
            Severity::Low | Severity::Info => LEAST_APART,
        };
        if group.len() > apart { vec![as_one(group)] } else { group }
    };
    groups.into_iter().flat_map(told).collect()
}

/// Tells what is seen again and again, in the same words, as one: what must be seen to at once stays apart.
fn told_together(findings: Vec<Finding>) -> Vec<Finding> {
    let mut told: Vec<Finding> = Vec::new();
    let mut known: BTreeMap<(Severity, String), usize> = BTreeMap::new();
    for finding in findings {
        let at = *known.entry((finding.severity, finding.statement.clone())).or_insert(told.len());
        match told.get_mut(at).filter(|known| known.severity != Severity::Critical) {
            Some(known) => known.also.extend(finding.apart().into_iter().map(Also::from)),
            None => told.push(finding),
        }
    }
    told
}

fn as_one(group: Vec<Finding>) -> Finding {
    let mut group = group.into_iter();
    let mut first = group.next().expect("a group is many");
    first.also.extend(group.flat_map(|finding| finding.apart()).map(Also::from));
    first
}

fn place(finding: &Finding) -> (&str, u32) {
    (&finding.place.file, finding.place.line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(severity: Severity, files: &[&str]) -> Vec<Finding> {
        let project = Project::of(files.iter().map(|path| (*path, "x")));
        let rule = rules().next().expect("there are rules");
        let mut look = Look::new(rule);
        for file in project.files() {
            look.found(file, 1, "It is so.").severity = severity;
        }
        gathered(look.findings)
    }

    #[test]
    fn many_hands_find_what_one_finds_in_the_same_order() {
        let key = "package a\nconst key = \"AKIA3QWVEXNTR5PLK7DM\"\n";
        let files: Vec<(String, &str)> =
            (0..40).flat_map(|n| [(format!("a{n}/a.go"), key), (format!("a{n}/a.md"), "[x](gone.md)\n")]).collect();
        let held = |hands: usize| {
            let project = Project::of(files.iter().map(|(path, text)| (path.as_str(), *text)));
            let checks = all(&project, &rules_of(&Field::ALL), hands, &|| true, || {});
            format!("{checks:?}")
        };
        let alone = held(1);
        assert!(alone.contains("secret-in-source") && alone.contains("a0/a.go") && alone.contains("a39/a.md"));
        assert_eq!(held(4), alone);
    }

    #[test]
    fn the_same_words_are_told_once_with_all_places() {
        for severity in [Severity::Low, Severity::High] {
            let [one] = &found(severity, &["a/x", "b/x", "c/x", "d/x"])[..] else { panic!("four are one") };
            assert_eq!(one.told(), "It is so; likewise in 3 more places.");
            assert_eq!(one.apart().iter().map(Finding::at).collect::<Vec<_>>(), ["a/x:1", "b/x:1", "c/x:1", "d/x:1"]);
        }
    }

    #[test]
    fn what_must_be_seen_to_at_once_is_told_place_by_place() {
        assert_eq!(found(Severity::Critical, &["a", "b"]).len(), 2);
    }

    #[test]
    fn other_words_of_the_same_rule_stay_apart_until_they_are_many() {
        let told = |severity: Severity, files: &[&str]| {
            let project = Project::of(files.iter().map(|path| (*path, "x")));
            let mut look = Look::new(rules().next().expect("there are rules"));
            for file in project.files() {
                look.found(file, 1, format!("It is so in {}.", file.path)).severity = severity;
            }
            gathered(look.findings).len()
        };
        assert_eq!((told(Severity::Low, &["a"]), told(Severity::Low, &["a", "b"])), (1, 1));
        assert_eq!((told(Severity::Medium, &["a", "b", "c"]), told(Severity::Medium, &["a", "b", "c", "d"])), (3, 1));
        assert_eq!(told(Severity::High, &["a", "b", "c", "d"]), 4);
    }
}
