//! The final report: what is not done first, then what was found, then how the run went.

use std::fmt::Write as _;

use chrono::SecondsFormat;

use super::deliverables::link;
use super::{Deliverable, Merged, Sources};
use crate::plan::AgentId;
use crate::run::pages::{minutes, words};
use crate::scheduler::record::Judged;
use crate::scheduler::{AgentVerdict, Severity};

/// Returns the final report.
pub fn written(
    sources: &Sources,
    findings: &[Merged],
    conditions: &[Judged],
    factors: &[Judged],
    deliverables: &[Deliverable],
    complete: bool,
) -> String {
    let run = sources.run;
    let mut text = String::new();
    let at = sources.wall.to_rfc3339_opts(SecondsFormat::Secs, true);
    let verdict = if complete { "Complete." } else { "Not complete." };
    let _ = writeln!(text, "# {}: final report\n\n**{verdict}** Run `{}`, {at}.\n", run.plan.title, run.id);
    unfinished(&mut text, sources);
    summary_section(&mut text, sources, findings);
    agents(&mut text, sources);
    branches(&mut text, run);
    found(&mut text, findings);
    contradictions(&mut text, findings);
    urgent(&mut text, sources);
    judged(&mut text, "Completion conditions", conditions);
    judged(&mut text, "Critical success factors", factors);
    if !deliverables.is_empty() {
        let _ = writeln!(text, "## Deliverables\n");
        for it in deliverables {
            let _ = writeln!(text, "- [{}]({}) {}", it.title, link(&it.path), it.about);
        }
        text.push('\n');
    }
    slots(&mut text, sources);
    text
}

fn unfinished(text: &mut String, sources: &Sources) {
    let run = sources.run;
    let order = [AgentVerdict::Failed, AgentVerdict::Killed, AgentVerdict::Blocked, AgentVerdict::Partial];
    let mut rows = Vec::new();
    for wanted in order {
        for (id, agent) in run.plan.each().filter(|(id, _)| super::verdict(run, *id) == wanted) {
            let state = run.state.agent(id);
            let word = if state.verdict().is_some() { words(state.word()) } else { "never ran to its end" };
            let why = run.doing(id).map(|why| format!(": {why}")).unwrap_or_default();
            let notes = state.attempts.iter().rev().find_map(|attempt| attempt.notes.as_ref());
            let notes = notes.map(|(path, _)| format!(" ([notes]({}))", link(path))).unwrap_or_default();
            rows.push(format!("- **{}** {word}{why}{notes}", agent.name));
        }
    }
    for (id, agent) in run.plan.each() {
        if let Some(path) = run.report_of(id).filter(|path| !sources.papers.contains_key(path)) {
            rows.push(format!("- **{}** wrote `{path}`, and it is gone", agent.name));
        }
    }
    for (server, why) in &run.without {
        rows.push(format!("- the agents did without the MCP server `{server}`: {why}"));
    }
    if !rows.is_empty() {
        let _ = writeln!(text, "## Not done, partial or missing\n\n{}\n", rows.join("\n"));
    }
}

fn summary_section(text: &mut String, sources: &Sources, findings: &[Merged]) {
    let run = sources.run;
    let done = run.plan.each().filter(|(id, _)| super::verdict(run, *id) == AgentVerdict::Done).count();
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let wall = run.state.started.map(|started| sources.now.since(started)).unwrap_or_default();
    let _ = writeln!(
        text,
        "## Summary\n\n{done} of {} agents are done after {}. They found {} critical, {} high, {} medium and {} lesser things; {} raised as urgent.\n",
        run.plan.agents.len(),
        minutes(wall),
        count(Severity::Critical),
        count(Severity::High),
        count(Severity::Medium),
        count(Severity::Low) + count(Severity::Info),
        run.feed.urgent().count(),
    );
    for (id, agent) in run.plan.each() {
        if let Some(short) = sources.report(id).and_then(|(_, text)| summary(text)) {
            let _ = writeln!(text, "- **{}**: {short}", agent.name);
        }
    }
    text.push('\n');
}

/// Returns the first paragraph of a report, shortened, on one line.
pub fn summary(report: &str) -> Option<String> {
    let paragraphs = report.split("\n\n").map(str::trim);
    let is_prose = |text: &&str| {
        !text.is_empty()
            && !text.starts_with(['#', '>', '|', '-', '*', '`', '<', '!'])
            && text.chars().any(char::is_alphabetic)
    };
    let bold = |text: &&str| text.starts_with("**") && text.len() > 60;
    let first = paragraphs.clone().find(is_prose).or_else(|| paragraphs.clone().find(bold))?;
    Some(crate::team_dir::notes::cut(&first.split_whitespace().collect::<Vec<_>>().join(" "), 420))
}

fn agents(text: &mut String, sources: &Sources) {
    let run = sources.run;
    let _ = writeln!(
        text,
        "## Agents\n\n| agent | engine | attempts | ran | verdict | criteria | required tools | cost | report |"
    );
    let _ = writeln!(text, "|---|---|---|---|---|---|---|---|---|");
    for (id, agent) in run.plan.each() {
        let state = run.state.agent(id);
        let report = sources.report(id).map_or_else(|| "–".to_owned(), |(path, _)| format!("[report]({})", link(path)));
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {report} |",
            agent.name,
            run.engines[id.0],
            state.tries(),
            minutes(state.sums().ran),
            words(state.word()),
            criteria(run, id),
            tools(run, id),
            cost(run, id),
        );
    }
    text.push('\n');
}

/// Work that only a person merges.
fn branches(text: &mut String, run: &crate::run::Run) {
    if run.worktrees.is_empty() {
        return;
    }
    let _ = writeln!(
        text,
        "## Branches\n\nThese agents worked in git worktrees of their own. `quintet diff AGENT` shows what one changed, `quintet merge AGENT` merges it.\n"
    );
    for (id, worktree) in &run.worktrees {
        let _ = writeln!(text, "- **{}**: `{}`", run.plan.agent(*id).name, worktree.branch);
    }
    text.push('\n');
}

fn criteria(run: &crate::run::Run, id: AgentId) -> String {
    let (met, of) = (run.state.agent(id).criteria.len(), run.plan.agent(id).criteria.len());
    if met == 0 { format!("–/{of}") } else { format!("{met}/{of}") }
}

fn tools(run: &crate::run::Run, id: AgentId) -> String {
    let tools = &run.plan.agent(id).tools;
    if tools.is_empty() {
        return "–".to_owned();
    }
    let calls = |tool: &String| run.live[id.0].tools.get(tool).copied().unwrap_or(0);
    let unused: Vec<&str> = tools.iter().filter(|tool| calls(tool) == 0).map(String::as_str).collect();
    let used = tools.len() - unused.len();
    if unused.is_empty() {
        format!("{used}/{}", tools.len())
    } else {
        format!("{used}/{}, unused: {}", tools.len(), unused.join(", "))
    }
}

fn cost(run: &crate::run::Run, id: AgentId) -> String {
    match (run.agent_cost(id), run.agent_tokens(id)) {
        (cost, _) if cost > 0.0 && run.billed.get(id.0) == Some(&false) => format!("${cost:.2}, not billed"),
        (cost, _) if cost > 0.0 => format!("${cost:.2}"),
        (_, 0) => "–".to_owned(),
        (_, tokens) => format!("{tokens} tokens"),
    }
}

fn found(text: &mut String, findings: &[Merged]) {
    let _ = writeln!(text, "## Findings\n");
    if findings.is_empty() {
        let _ = writeln!(text, "None was reported.\n");
    }
    for severity in [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Info] {
        let of: Vec<&Merged> = findings.iter().filter(|finding| finding.severity == severity).collect();
        if of.is_empty() {
            continue;
        }
        let word = crate::team_dir::entries::word(severity).to_lowercase();
        let _ = writeln!(text, "### {word} ({})\n", of.len());
        for finding in of {
            let place = match (finding.place(), &finding.file) {
                (Some(place), Some(file)) => format!(" [`{place}`]({})", link(file)),
                _ => String::new(),
            };
            let rule = finding.rule.as_ref().map(|rule| format!(" `{rule}`")).unwrap_or_default();
            let _ = writeln!(text, "- {}{place} ({}){rule}", finding.text, finding.sources.join(", "));
        }
        text.push('\n');
    }
}

fn contradictions(text: &mut String, findings: &[Merged]) {
    let says_so = |finding: &&Merged| {
        let words = finding.text.to_lowercase();
        ["contradict", "disagree", "conflict"].iter().any(|word| words.contains(word))
    };
    let told: Vec<String> = findings
        .iter()
        .filter(says_so)
        .map(|finding| {
            format!("- {} ({})", finding.text, finding.place().unwrap_or_else(|| finding.sources.join(", ")))
        })
        .collect();
    let disputed = findings
        .iter()
        .filter(|finding| finding.disputed)
        .map(|finding| format!("- {} do not agree how grave this is: {}", finding.sources.join(" and "), finding.text));
    let all: Vec<String> = told.into_iter().chain(disputed).collect();
    let body = if all.is_empty() { "None was seen.".to_owned() } else { all.join("\n") };
    let _ = writeln!(text, "## Contradictions\n\n{body}\n");
}

fn urgent(text: &mut String, sources: &Sources) {
    let mut lines: Vec<String> = sources
        .run
        .feed
        .urgent()
        .map(|entry| {
            let line = entry.line.map(|line| format!(":{line}")).unwrap_or_default();
            let place = entry.file.as_ref().map(|file| format!(" (`{file}{line}`)")).unwrap_or_default();
            format!("- {} {}: {}{place}", entry.at.format("%H:%M"), entry.source, entry.text)
        })
        .collect();
    lines.reverse();
    let body = if lines.is_empty() { "None was raised.".to_owned() } else { lines.join("\n") };
    let _ = writeln!(text, "## Urgent issues\n\n{body}\n");
}

fn judged(text: &mut String, heading: &str, all: &[Judged]) {
    if all.is_empty() {
        return;
    }
    let _ = writeln!(text, "## {heading}\n\n| | holds | rests on |\n|---|---|---|");
    for it in all {
        let holds = match it.holds {
            Some(true) => "true",
            Some(false) => "**false**",
            None => "a person must judge",
        };
        let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ");
        let _ = writeln!(text, "| {} | {holds} | {} |", cell(&it.text), cell(&it.evidence));
    }
    text.push('\n');
}

fn slots(text: &mut String, sources: &Sources) {
    let it = sources.slots;
    let _ = writeln!(
        text,
        "## Slots\n\nAt most {} of {} in use. While anything was ready a slot stood empty for {:.1} ms (median), {:.1} ms (p99).",
        it.max_active, sources.run.state.slots, it.idle_p50_ms, it.idle_p99_ms
    );
}
