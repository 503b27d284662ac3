//! Which criteria of the plan the checks answer.
//!
//! Only a criterion that asks for an inquiry ("validate …", "identify …") can be answered by having looked, and only when
//! a rule on its subject had something to look at. Everything else is left open.

use super::rules::Rule;
use super::work::Checked;

/// Beginnings of words that ask for an inquiry, not for a state of the project.
const INQUIRIES: &[&str] =
    &["validat", "identif", "assess", "evaluat", "review", "analy", "check", "verif", "audit", "find", "list", "map"];

/// What became of one criterion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Met {
        evidence: String,
    },
    /// With the reason.
    Open(&'static str),
}

/// Returns what the checks made so far say to a criterion; `open` are the rules still to come.
pub fn answer(criterion: &str, checked: &[Checked], open: &[&Rule]) -> Answer {
    if !asks_for_an_inquiry(criterion) {
        return Answer::Open("it asks for a state of the project that no check can show");
    }
    if open.iter().any(|rule| is_about(rule, criterion)) {
        return Answer::Open("not all of its checks are made");
    }
    let made: Vec<&Checked> = checked.iter().filter(|checked| is_about(checked.rule, criterion)).collect();
    if made.is_empty() {
        return Answer::Open("no rule is about it");
    }
    let judged: Vec<&&Checked> = made.iter().filter(|checked| checked.looked_at > 0).collect();
    if judged.is_empty() {
        return Answer::Open("the project holds nothing that its checks could look at");
    }
    let looked_at: Vec<String> =
        judged.iter().map(|checked| format!("{}: {}", checked.rule.looks_at, checked.looked_at)).collect();
    let findings: Vec<String> =
        judged.iter().flat_map(|checked| checked.findings.iter().map(|finding| finding.at())).collect();
    let result = match &findings[..] {
        [] => "nothing wrong was seen".to_owned(),
        [one] => format!("1 finding at {one}"),
        [first, ..] => format!("{} findings, the first at {first}", findings.len()),
    };
    Answer::Met { evidence: format!("looked at {}; {result}", looked_at.join(", ")) }
}

fn words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    lower.split(|c: char| !c.is_alphanumeric() && c != '$').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn asks_for_an_inquiry(criterion: &str) -> bool {
    words(criterion).iter().any(|word| INQUIRIES.iter().any(|stem| word.starts_with(stem)))
}

fn is_about(rule: &Rule, criterion: &str) -> bool {
    words(criterion).iter().any(|word| rule.topics.iter().any(|topic| word.starts_with(topic)))
}
