//! What an agent is told, from templates in `assets/prompts/`: at its start, and while it works.
//!
//! A template's `{{name}}` is replaced by a value; from `{{#name}}` to `{{/name}}` only stays when the value is not empty.

use std::time::Duration;

use super::Tell;
use crate::plan::Permissions;

/// How many findings of the team an agent is told; the newest count.
const FINDINGS: usize = 60;

/// How a report may be handed in beside writing its file.
const OR_BY_TOOL: &str = ", or hand in its whole text with the tool `submit_report`";

/// What the prompt of an attempt is made of. Paths as the agent shall use them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PromptParts {
    /// Of the plan.
    pub title: String,
    pub agent: String,
    pub attempt: u32,
    /// Prose of the plan that every agent gets.
    pub brief: String,
    pub task: String,
    pub criteria: Vec<String>,
    /// Files the plan wants read.
    pub reads: Vec<String>,
    /// MCP tools that must be used.
    pub tools: Vec<String>,
    /// MCP servers named in prose.
    pub tool_hints: Vec<String>,
    /// Named by the plan, but not there in this run.
    pub missing_servers: Vec<String>,
    pub limit: Duration,
    pub grace: Duration,
    pub permissions: Permissions,
    /// Of its own worktree; empty: it shares the project.
    pub branch: String,
    /// It can call the tools of Quintet's own MCP server.
    pub has_tools: bool,
    pub team_dir: String,
    pub report: String,
    pub handoff: String,
    pub findings_file: String,
    pub urgent_file: String,
    /// What its needs left.
    pub needs: Vec<Need>,
    /// Oldest first, one line each.
    pub urgent: Vec<String>,
    pub findings: Vec<String>,
    /// The other agents: name and state in a word.
    pub team: Vec<(String, String)>,
    /// The predecessor's handoff notes.
    pub previous: Option<String>,
}

/// What one need left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    pub agent: String,
    pub verdict: String,
    pub report: Option<String>,
    pub handoff: Option<String>,
    /// The branch that its work is on, if it had a worktree of its own.
    pub branch: Option<String>,
}

/// Returns the prompt that an attempt starts with.
pub fn prompt(parts: &PromptParts) -> String {
    let files = [
        ("findings_file", parts.findings_file.clone()),
        ("urgent_file", parts.urgent_file.clone()),
        ("team_dir", parts.team_dir.clone()),
        ("handoff", parts.handoff.clone()),
        ("branch", parts.branch.clone()),
        ("grace", in_words(parts.grace)),
    ];
    let (sharing, time) = if parts.has_tools {
        (include_str!("../../assets/prompts/sharing-by-tool.md"), include_str!("../../assets/prompts/time-by-tool.md"))
    } else {
        (include_str!("../../assets/prompts/sharing-by-file.md"), include_str!("../../assets/prompts/time-by-file.md"))
    };
    let rights = match parts.permissions {
        Permissions::ReadOnly => include_str!("../../assets/prompts/read-only.md"),
        Permissions::Edit | Permissions::Full if !parts.branch.is_empty() => {
            include_str!("../../assets/prompts/worktree.md")
        }
        Permissions::Edit => include_str!("../../assets/prompts/edit.md"),
        Permissions::Full => include_str!("../../assets/prompts/full.md"),
    };
    let is_there = |tool: &str| {
        let server = tool.strip_prefix("mcp__").and_then(|rest| rest.split("__").next());
        server.is_none_or(|server| parts.missing_servers.iter().all(|missing| missing != server))
    };
    let title = if parts.title.is_empty() { String::new() } else { format!(" ({})", parts.title) };
    let newest = &parts.findings[parts.findings.len().saturating_sub(FINDINGS)..];
    let values = [
        ("agent", parts.agent.clone()),
        ("title", title),
        ("attempt", parts.attempt.to_string()),
        ("task", parts.task.trim().to_owned()),
        ("criteria", numbered(&parts.criteria)),
        ("reads", listed(parts.reads.iter().map(|file| format!("`{file}`")))),
        ("limit", in_words(parts.limit)),
        ("time", fill(time, &files)),
        ("rights", fill(rights, &files)),
        ("tools", listed(parts.tools.iter().filter(|tool| is_there(tool)).map(|tool| format!("`{tool}`")))),
        ("hints", parts.tool_hints.join(", ")),
        ("missing", parts.missing_servers.join(", ")),
        ("report", parts.report.clone()),
        ("or_by_tool", if parts.has_tools { OR_BY_TOOL.to_owned() } else { String::new() }),
        ("sharing", fill(sharing, &files)),
        ("needs", listed(parts.needs.iter().map(need))),
        ("urgent", listed(parts.urgent.iter().cloned())),
        ("findings", listed(newest.iter().cloned())),
        ("team", listed(parts.team.iter().map(|(name, state)| format!("`{name}`: {state}")))),
        ("brief", parts.brief.trim().to_owned()),
        ("previous", parts.previous.as_deref().unwrap_or_default().trim().to_owned()),
    ];
    fill(include_str!("../../assets/prompts/agent.md"), &values) + "\n"
}

/// Returns a message of the person, as an agent gets it.
pub fn message(text: &str) -> String {
    fill(include_str!("../../assets/prompts/message.md"), &[("text", text.to_owned())])
}

/// Returns the word on time that comes before the end of the box.
pub fn warning(left_s: u64) -> String {
    let left = in_words(Duration::from_secs(left_s));
    fill(include_str!("../../assets/prompts/warning.md"), &[("left", left)])
}

/// Returns the demand for handoff notes and the partial report, and nothing else.
pub fn wrap_up(left_s: u64, notes: &str, report: &str) -> String {
    let left = in_words(Duration::from_secs(left_s));
    let values = [("left", left), ("notes", notes.to_owned()), ("report", report.to_owned())];
    fill(include_str!("../../assets/prompts/wrap-up.md"), &values)
}

/// Returns the demand for the report that is missing.
pub fn ask_report(report: &str) -> String {
    fill(include_str!("../../assets/prompts/ask-report.md"), &[("report", report.to_owned())])
}

/// Returns the word that ends a pause.
pub fn go_on() -> String {
    fill(include_str!("../../assets/prompts/continue.md"), &[])
}

/// Returns the word that ends a wait for a quota.
pub fn go_on_after_quota() -> String {
    fill(include_str!("../../assets/prompts/continue-after-quota.md"), &[])
}

/// Returns the word that ends the time in which a person worked in the agent's session.
pub fn go_on_after_person() -> String {
    fill(include_str!("../../assets/prompts/continue-after-person.md"), &[])
}

/// Returns what to say for a program that takes one prompt a turn: its turn is ended for it, so a word on time and an
/// interrupt alone are not worth it.
pub fn worth_a_turn(what: &Tell) -> Option<String> {
    match what {
        Tell::Message { text } => Some(message(text)),
        Tell::WrapUp { left_s, notes, report } => Some(wrap_up(*left_s, notes, report)),
        Tell::AskReport { report } => Some(ask_report(report)),
        Tell::Continue => Some(go_on()),
        Tell::Warning { .. } | Tell::Interrupt | Tell::Answer { .. } => None,
    }
}

fn need(need: &Need) -> String {
    let mut words = format!("`{}` is {}", need.agent, need.verdict);
    match &need.report {
        Some(report) => words.push_str(&format!("; its report: `{report}`")),
        None => words.push_str("; it left no report"),
    }
    if let Some(branch) = &need.branch {
        words.push_str(&format!("; its changes are on the branch `{branch}`, not in this folder"));
    }
    if let Some(handoff) = &need.handoff {
        words.push_str(&format!("; its handoff notes: `{handoff}`"));
    }
    words
}

fn listed(items: impl Iterator<Item = String>) -> String {
    items.map(|item| format!("- {}", item.trim())).collect::<Vec<_>>().join("\n")
}

fn numbered(items: &[String]) -> String {
    let lines = items.iter().enumerate().map(|(index, item)| format!("{}. {}", index + 1, item.trim()));
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns a duration as one says it: `15 minutes`, `1 minute 30 seconds`.
fn in_words(duration: Duration) -> String {
    let counted = |n: u64, one: &str| if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") };
    let seconds = duration.as_secs();
    match (seconds / 60, seconds % 60) {
        (0, seconds) => counted(seconds, "second"),
        (minutes, 0) => counted(minutes, "minute"),
        (minutes, seconds) => format!("{} {}", counted(minutes, "minute"), counted(seconds, "second")),
    }
}

/// Fills a template. Values are put in as they are: a brace in a task is no placeholder.
fn fill(template: &str, values: &[(&str, String)]) -> String {
    let value_of = |name: &str| values.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
    let mut lines: Vec<String> = Vec::new();
    let mut skipping: Option<&str> = None;
    for line in template.trim_end().lines() {
        let mark = line.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
        if let Some(name) = mark.and_then(|mark| mark.strip_prefix('#')) {
            let is_empty = value_of(name).is_none_or(str::is_empty);
            skipping = skipping.or(is_empty.then_some(name));
        } else if let Some(name) = mark.and_then(|mark| mark.strip_prefix('/')) {
            skipping = skipping.filter(|skipped| *skipped != name);
        } else if skipping.is_none() {
            lines.push(fill_line(line, value_of));
        }
    }
    lines.join("\n")
}

fn fill_line<'a>(line: &str, value_of: impl Fn(&str) -> Option<&'a str>) -> String {
    let mut filled = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, tail) = after.split_once("}}").expect("a template closes its braces");
        filled.push_str(before);
        filled.push_str(value_of(name).unwrap_or_default());
        rest = tail;
    }
    filled + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts() -> PromptParts {
        PromptParts {
            agent: "security-auditor".into(),
            attempt: 1,
            task: "Find {{weak}} keys".into(),
            limit: Duration::from_secs(900),
            grace: Duration::from_secs(10),
            team_dir: ".claude-team".into(),
            report: ".claude-team/reports/security.md".into(),
            handoff: ".claude-team/handoffs/security-auditor-1.md".into(),
            findings_file: ".claude-team/communications/cross-agent-findings.md".into(),
            urgent_file: ".claude-team/communications/urgent-issues.md".into(),
            ..PromptParts::default()
        }
    }

    #[test]
    fn a_short_task_makes_a_short_prompt_without_empty_headings() {
        insta::assert_snapshot!(prompt(&parts()));
    }

    #[test]
    fn a_successor_with_tools_is_told_everything() {
        insta::assert_snapshot!(prompt(&PromptParts {
            title: "Pipeline".into(),
            attempt: 2,
            brief: "Budget: $4,300 a month.".into(),
            criteria: vec!["Keys listed".into(), "Fixes named".into()],
            reads: vec!["security-baseline-2025.md".into()],
            tools: vec!["mcp__tavily__tavily_search".into(), "mcp__github__search_code".into()],
            tool_hints: vec!["brave".into()],
            missing_servers: vec!["tavily".into()],
            has_tools: true,
            permissions: Permissions::Edit,
            needs: vec![Need {
                agent: "architecture-analyst".into(),
                verdict: "partial".into(),
                report: Some(".claude-team/reports/architecture.md".into()),
                handoff: Some(".claude-team/handoffs/architecture-analyst-1.md".into()),
                branch: None,
            }],
            urgent: vec!["critical: a key in main.go:3".into()],
            findings: (0..70).map(|n| format!("finding {n}")).skip(8).collect(),
            team: vec![("testing-engineer".into(), "running".into())],
            previous: Some("## Open\nthe rest".into()),
            ..parts()
        }));
    }

    #[test]
    fn what_is_said_on_the_way_names_the_time_and_the_files() {
        assert!(warning(180).starts_with("Time check: 3 minutes left"));
        let wrap_up = wrap_up(90, "/t/notes.md", "/t/report.md");
        assert!(wrap_up.contains("1 minute 30 seconds left") && wrap_up.contains("`/t/notes.md`"));
        assert!(wrap_up.contains("`/t/report.md`") && ask_report("/t/report.md").contains("`/t/report.md`"));
        assert!(message("look at main.go").contains("look at main.go") && go_on().contains("Continue your task"));
    }
}
