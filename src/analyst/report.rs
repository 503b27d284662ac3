//! The report, in a fixed shape: verdict, findings by severity, what was checked in order, what could not be judged, the
//! plan's criteria.

use super::colleagues::{self, Colleague};

use super::criteria::Answer;
use super::errand::Need;
use super::finding::{Finding, word};
use super::rules::Rule;
use super::survey::Survey;
use super::work::Checked;

/// All that a report tells.
pub struct Account<'a> {
    pub agent: &'a str,
    pub task: &'a str,
    pub survey: &'a Survey,
    /// In the order in which they were made.
    pub checked: &'a [Checked],
    /// Rules that the time did not suffice for.
    pub open: &'a [&'static Rule],
    /// Each criterion of the plan with what became of it.
    pub criteria: &'a [(String, Answer)],
    /// It carried on from a predecessor's notes.
    pub carried_on: bool,
    pub colleagues: &'a [Colleague],
    /// The agents whose work this one builds on.
    pub needs: &'a [Need],
    /// It puts the findings of all agents together.
    pub gathers: bool,
}

/// Returns the report as Markdown.
pub fn write(account: &Account<'_>) -> String {
    let mut out = format!("# {}\n\n> {}\n\n{}\n\n", account.agent, one_line(account.task), verdict(account));
    findings(account, &mut out);
    others(account, &mut out);
    checked(account, &mut out);
    not_judged(account, &mut out);
    criteria(account, &mut out);
    out
}

/// Returns the report of an agent whose task no rule fits.
pub fn write_none(agent: &str, task: &str) -> String {
    format!(
        "# {agent}\n\nThe built-in analysts have no rule for this task, so nothing was judged. The task was: {task}. Give it to \
         an agent of another engine, or to a person.\n\n## What could not be judged\n\nThe whole task.\n"
    )
}

/// Returns all findings, worst first, then in the order of the checks.
pub fn by_severity(checked: &[Checked]) -> Vec<&Finding> {
    let mut all: Vec<&Finding> = checked.iter().flat_map(|check| &check.findings).collect();
    all.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    all
}

fn verdict(account: &Account<'_>) -> String {
    let all = by_severity(account.checked);
    let files = account.survey.files.len();
    let judged = account.checked.iter().filter(|check| check.looked_at > 0).count();
    let scope = if account.open.is_empty() {
        format!("{} held against {}.", count(judged, "check was", "checks were"), count(files, "file", "files"))
    } else {
        let of = account.checked.len() + account.open.len();
        format!("The time was up after {} of {of} checks on {}.", account.checked.len(), count(files, "file", "files"))
    };
    let outcome = match &all[..] {
        [] => "They found nothing to object to.".to_owned(),
        [worst, ..] => format!("They found {}; first of all: {}", tally(&all), lowered(&worst.told())),
    };
    let next = match (&all[..], account.open) {
        ([worst, ..], []) => format!("Begin with `{}`: {}", worst.at(), lowered(&worst.remedy)),
        ([], []) => "What lies beyond these checks is named below.".to_owned(),
        (_, open) => format!("{} left to a successor.", count(open.len(), "check is", "checks are")),
    };
    format!("{scope} {outcome} {next}")
}

/// Returns "1 critical, 2 high".
fn tally(all: &[&Finding]) -> String {
    let mut parts: Vec<(&str, usize)> = Vec::new();
    for finding in all {
        let name = word(finding.severity);
        match parts.last_mut().filter(|(last, _)| *last == name) {
            Some((_, many)) => *many += 1,
            None => parts.push((name, 1)),
        }
    }
    parts.iter().map(|(name, many)| format!("{many} {name}")).collect::<Vec<_>>().join(", ")
}

fn findings(account: &Account<'_>, out: &mut String) {
    out.push_str("## Findings\n\n");
    let all = by_severity(account.checked);
    if all.is_empty() {
        out.push_str("None.\n\n");
    }
    for (index, finding) in all.iter().enumerate() {
        let Finding { rule, severity, place, why, remedy, .. } = finding;
        out.push_str(&format!("### {}. {} ({})\n\n", index + 1, headline(&finding.told()), word(*severity)));
        out.push_str(&format!("`{}`, rule `{rule}`\n\n", finding.at()));
        let fence = fence(&place.text);
        out.push_str(&format!("{fence}\n{}\n{fence}\n\n", place.text));
        also(finding, out);
        out.push_str(&format!("Why it matters: {why}\n\nWhat to do: {remedy}\n\n"));
    }
}

/// How many further places of a finding are listed.
const PLACES: usize = 12;

fn also(finding: &Finding, out: &mut String) {
    if finding.also.is_empty() {
        return;
    }
    let places: Vec<String> = finding.also.iter().take(PLACES).map(|also| format!("`{}`", also.place.at())).collect();
    let rest = finding.also.len() - places.len();
    let more = if rest > 0 { format!(" and {rest} more (all are in the SARIF file)") } else { String::new() };
    out.push_str(&format!("Also at {}{more}.\n\n", places.join(", ")));
}

/// How many findings of others are listed.
const OTHERS: usize = 12;

fn others(account: &Account<'_>, out: &mut String) {
    if account.gathers && !account.colleagues.is_empty() {
        gathered(account, out);
    } else if !account.needs.is_empty() {
        built_on(account, out);
    }
}

/// Tells what the agents found together: each thing once, across all fields, and where they met.
fn gathered(account: &Account<'_>, out: &mut String) {
    let own = by_severity(account.checked);
    let all = colleagues::together((account.agent, &own), account.colleagues);
    let names: Vec<String> = account.colleagues.iter().map(|colleague| format!("`{}`", colleague.agent)).collect();
    out.push_str("## All findings together\n\n");
    out.push_str(&format!("Read as well: the findings of {}.\n\n", names.join(", ")));
    for (finding, agents) in all.iter().take(OTHERS) {
        let (severity, told) = (word(finding.severity), finding.told());
        out.push_str(&format!("- {severity}, `{}`: {told} ({})\n", finding.at(), agents.join(", ")));
    }
    if all.len() > OTHERS {
        out.push_str(&format!("- and {} of less weight\n", all.len() - OTHERS));
    }
    let meetings = colleagues::meetings(&all);
    if !meetings.is_empty() {
        out.push_str("\nWhere findings of several fields meet, one change settles them:\n\n");
    }
    for meeting in meetings {
        let rules: Vec<String> =
            meeting.iter().map(|finding| format!("`{}` ({})", finding.rule, finding.field.name())).collect();
        out.push_str(&format!("- `{}`: {}\n", meeting[0].at(), rules.join(", ")));
    }
    out.push('\n');
}

/// Tells what the agents found on which this one builds.
fn built_on(account: &Account<'_>, out: &mut String) {
    out.push_str("## What this builds on\n\n");
    for need in account.needs {
        out.push_str(&format!(
            "- `{}` is {}",
            need.agent,
            if need.verdict.is_empty() { "over" } else { &need.verdict }
        ));
        let found = account.colleagues.iter().find(|colleague| colleague.agent == need.agent);
        match found.map(|colleague| colleague.findings.as_slice()) {
            None => out.push_str("; it left a report for people, and no findings that a program could read\n"),
            Some([]) => out.push_str("; it found nothing to object to\n"),
            Some(findings) => {
                out.push_str(&format!("; it left {}:\n", count(findings.len(), "finding", "findings")));
                let mut worst: Vec<&Finding> = findings.iter().collect();
                worst.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
                for finding in worst.iter().take(OTHERS) {
                    out.push_str(&format!("  - {}, `{}`: {}\n", word(finding.severity), finding.at(), finding.told()));
                }
            }
        }
    }
    out.push('\n');
}

fn checked(account: &Account<'_>, out: &mut String) {
    out.push_str("## What was checked\n\n");
    if account.carried_on {
        out.push_str("This attempt carried on from the notes of the one before; both are in this list.\n\n");
    }
    for check in account.checked.iter().filter(|check| check.looked_at > 0) {
        let result = match check.findings.iter().map(Finding::places).sum() {
            0 => "in order".to_owned(),
            many => count(many, "finding", "findings"),
        };
        let more = if check.more > 0 { format!(", and {} more of the same", check.more) } else { String::new() };
        out.push_str(&format!(
            "- {}: {result}{more} ({}: {})\n",
            check.rule.title, check.rule.looks_at, check.looked_at
        ));
        for (finding, why) in &check.allowed {
            out.push_str(&format!(
                "  - allowed at `{}` {why}
",
                finding.at()
            ));
        }
    }
    out.push('\n');
}

fn not_judged(account: &Account<'_>, out: &mut String) {
    out.push_str("## What could not be judged\n\n");
    for rule in account.open {
        out.push_str(&format!("- {}: the time was up\n", rule.title));
    }
    for check in account.checked {
        if check.broke {
            out.push_str(&format!("- {}: the check itself broke\n", check.rule.title));
        } else if let Some(why) = account.survey.not_judged.get(check.rule.id) {
            out.push_str(&format!(
                "- {}: {why}
",
                check.rule.title
            ));
        } else if check.looked_at == 0 {
            // There may be some that the rule passes over.
            out.push_str(&format!("- {}: there are no {} that it judges\n", check.rule.title, check.rule.looks_at));
        }
    }
    for (why, paths) in skipped(account) {
        let shown = paths.iter().take(5).map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ");
        let more = if paths.len() > 5 { format!(" and {} more", paths.len() - 5) } else { String::new() };
        out.push_str(&format!("- Not read, {why}: {shown}{more}\n"));
    }
    out.push_str("- Whatever only shows when the program runs, and whatever lies outside of this folder\n\n");
}

fn skipped<'a>(account: &Account<'a>) -> Vec<(&'static str, Vec<&'a str>)> {
    let mut groups: Vec<(&'static str, Vec<&'a str>)> = Vec::new();
    for skip in &account.survey.skipped {
        let words = skip.why.words();
        match groups.iter_mut().find(|(why, _)| *why == words) {
            Some((_, paths)) => paths.push(&skip.path),
            None => groups.push((words, vec![&skip.path])),
        }
    }
    let broken: Vec<&str> = account.survey.broken.iter().map(String::as_str).collect();
    if !broken.is_empty() {
        groups.push(("not what its name says (a template, or broken)", broken));
    }
    groups
}

fn criteria(account: &Account<'_>, out: &mut String) {
    if account.criteria.is_empty() {
        return;
    }
    out.push_str("## Criteria of the plan\n\n");
    for (index, (criterion, answer)) in account.criteria.iter().enumerate() {
        let (mark, words) = match answer {
            Answer::Met { evidence } => ("x", evidence.as_str()),
            Answer::Open(why) => (" ", *why),
        };
        out.push_str(&format!("- [{mark}] {}. {criterion}: {words}\n", index + 1));
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn count(many: usize, one: &str, several: &str) -> String {
    if many == 1 { format!("1 {one}") } else { format!("{many} {several}") }
}

fn headline(statement: &str) -> &str {
    statement.trim_end_matches('.')
}

fn lowered(sentence: &str) -> String {
    let mut chars = sentence.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => String::new(),
    }
}

/// Returns a fence that is longer than any in the text.
fn fence(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}
