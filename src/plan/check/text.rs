//! The reading as a person reads it, without colour.

use std::fmt::Write;

use unicode_width::UnicodeWidthStr;

use crate::plan::spoken::said;
use crate::plan::{Draft, DraftAgent, Problem, Reading, Severity};

/// Returns what was understood, then the problems.
pub fn text(reading: &Reading) -> String {
    let draft = &reading.draft;
    let mut out = String::new();
    heading(&mut out, reading);
    let mut phase = 0;
    for (at, one) in draft.agents.iter().enumerate() {
        if one.phase != phase {
            phase = one.phase;
            out.push_str(&format!("\nPhase {phase}\n"));
        }
        agent(&mut out, draft, one, at + 1);
    }
    graph(&mut out, draft);
    list(&mut out, "Deliverables", &draft.deliverables);
    list(&mut out, "Complete when", &draft.conditions);
    list(&mut out, "Success factors", &draft.factors);
    files(&mut out, draft);
    let problems = problems(&reading.problems);
    if !problems.is_empty() {
        out.push('\n');
        out.push_str(&problems);
    }
    out
}

/// Returns the problems alone, numbered, each with its line and a hint; nothing when there is none.
pub fn problems(problems: &[Problem]) -> String {
    let mut out = String::new();
    let count = |severity: Severity| problems.iter().filter(|problem| problem.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    if errors + warnings > 0 {
        let parts = [(errors, "error"), (warnings, "warning")].into_iter().filter(|(count, _)| *count > 0);
        let told: Vec<String> = parts.map(|(count, word)| plural(count, word)).collect();
        line(&mut out, format_args!("{}", told.join(", ")));
    }
    for (at, problem) in problems.iter().enumerate() {
        let severity = match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let place = if problem.line > 0 { format!("line {}: ", problem.line) } else { String::new() };
        line(&mut out, format_args!("{:>3}. {severity}: {place}{}", at + 1, problem.message));
        if !problem.excerpt.is_empty() {
            line(&mut out, format_args!("       | {}", problem.excerpt));
        }
        line(&mut out, format_args!("       → {}", problem.hint));
    }
    out
}

fn heading(out: &mut String, reading: &Reading) {
    let draft = &reading.draft;
    if !draft.title.is_empty() {
        line(out, format_args!("{}", draft.title));
    }
    line(
        out,
        format_args!(
            "{} · {} · time box {} · {} brief",
            plural(draft.agents.len(), "agent"),
            plural(draft.slots(), "slot"),
            said(draft.time_box()),
            plural(draft.brief.chars().count(), "character"),
        ),
    );
    if reading.repaired {
        line(
            out,
            format_args!("(the file was UTF-8 read as Windows-1252 and saved again; it was read as it was meant)"),
        );
    }
}

fn agent(out: &mut String, draft: &Draft, agent: &DraftAgent, order: usize) {
    line(out, format_args!("{order:>4}. {}  ({})", agent.name, said(draft.time_box_of(agent))));
    let mut task = agent.task_lines();
    field(out, "task", task.next().unwrap_or("nothing to do"));
    task.for_each(|more| field(out, "", more));
    if !agent.needs.is_empty() {
        field(out, "needs", &names(draft, &agent.needs));
    }
    several(out, "tools", &agent.tools);
    if !agent.tool_hints.is_empty() {
        field(out, "servers", &agent.tool_hints.join(", "));
    }
    let reads: Vec<String> = agent.reads.iter().map(|told| told.text.clone()).collect();
    several(out, "reads", &reads);
    let own = format!(".claude-team/reports/{}.md (the plan names none)", agent.slug);
    field(out, "output", agent.output.as_ref().unwrap_or(&own));
    several(out, "done when", &agent.criteria);
}

fn field(out: &mut String, label: &str, value: &str) {
    line(out, format_args!("      {label:<10} {value}"));
}

fn several(out: &mut String, label: &str, values: &[String]) {
    for (at, value) in values.iter().enumerate() {
        field(out, if at == 0 { label } else { "" }, value);
    }
}

/// Draws who waits for whom: what an agent needs stands to its left.
fn graph(out: &mut String, draft: &Draft) {
    let agents = draft.agents.iter().map(|agent| (agent.name.as_str(), agent.needs.as_slice()));
    let compile = draft.compile.iter().map(|step| (step.label.as_str(), step.needs.as_slice()));
    let waiting: Vec<(&str, &[usize])> = agents.chain(compile).filter(|(_, needs)| !needs.is_empty()).collect();
    if waiting.is_empty() {
        return;
    }
    let name = |place: &usize| draft.agents[*place].name.as_str();
    let width = waiting.iter().flat_map(|(_, needs)| needs.iter().map(|need| name(need).width())).max().unwrap_or(0);
    out.push_str("\nNeeds\n");
    for (waits, needs) in waiting {
        let last = needs.len() - 1;
        for (at, need) in needs.iter().enumerate() {
            let need = name(need);
            let gap = " ".repeat(width - need.width());
            match at {
                0 if last == 0 => line(out, format_args!("  {need}{gap} ───▶ {waits}")),
                0 => line(out, format_args!("  {need}{gap} ─┐")),
                at if at < last => line(out, format_args!("  {need}{gap} ─┤")),
                _ => line(out, format_args!("  {need}{gap} ─┴─▶ {waits}")),
            }
        }
    }
}

fn list(out: &mut String, title: &str, entries: &[String]) {
    if !entries.is_empty() {
        line(out, format_args!("\n{title}"));
        entries.iter().for_each(|entry| line(out, format_args!("  - {entry}")));
    }
}

fn files(out: &mut String, draft: &Draft) {
    out.push_str("\nFiles of the team\n");
    for (label, file) in
        [("status", &draft.files.status), ("findings", &draft.files.findings), ("urgent", &draft.files.urgent)]
    {
        line(out, format_args!("  {label:<10} {file}"));
    }
}

fn names(draft: &Draft, places: &[usize]) -> String {
    places.iter().map(|place| draft.agents[*place].name.as_str()).collect::<Vec<_>>().join(", ")
}

/// Returns `1 agent`, `2 agents`.
pub fn plural(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(out, "{text}").expect("a String takes all text");
}
