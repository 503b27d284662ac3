//! Completion conditions and success factors, judged by what is known: it holds, it does not, or a person must judge.
//! Each judgement says what it rests on.

use std::sync::LazyLock;
use std::time::Duration;

use regex::Regex;

use super::Sources;
use crate::plan::AgentId;
use crate::plan::check::plural;
use crate::run::pages::minutes;
use crate::scheduler::record::Judged;
use crate::scheduler::{AgentVerdict, Severity};

/// What a condition is about, as far as its words tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum About {
    AllAgents,
    Tools,
    Slots,
    Refill,
    TimeBoxes,
    Integration,
    Issues,
    Criteria,
}

/// In this order: the first that matches.
static WORDS: LazyLock<Vec<(Regex, About)>> = LazyLock::new(|| {
    let word = |pattern: &str| Regex::new(&format!("(?i){pattern}")).expect("constant");
    vec![
        (word(r"\b(mcp|tool)s?\b"), About::Tools),
        (word(r"\b(all|every)\b.*\b(agents?|tasks?|assignments?)\b.*\b(complet|finish|done|end)"), About::AllAgents),
        (word(r"\b(time limit|time.?box|\d+.?min(ute)?s?)\b"), About::TimeBoxes),
        (word(r"\bcontinuous|immediate(ly)?\b.*\b(deploy|start|agent)"), About::Refill),
        (word(r"\b(active agents|never fewer|slots?|agents running)\b"), About::Slots),
        (word(r"\bintegrat"), About::Integration),
        (
            word(
                r"\b(critical|urgent|security)?\s*(issues|findings|problems|risks)\b.*\b(identified|documented|listed|found)",
            ),
            About::Issues,
        ),
    ]
});

/// An idle slot longer than this, while something was ready, is a gap that a person would see.
const VISIBLE_GAP_MS: f64 = 1000.0;
/// How much longer than its box and grace an attempt may be measured.
const SLACK: Duration = Duration::from_secs(15);

/// Judges one condition.
pub fn judge(sources: &Sources, text: &str) -> Judged {
    let about = WORDS.iter().find(|(words, _)| words.is_match(text)).map_or(About::Criteria, |(_, about)| *about);
    let (holds, evidence) = match about {
        About::AllAgents => all_agents(sources),
        About::Tools => tools(sources),
        About::Slots => slots(sources),
        About::Refill => refill(sources),
        About::TimeBoxes => time_boxes(sources),
        About::Integration => integration(sources),
        About::Issues => issues(sources),
        About::Criteria => criteria(sources, text),
    };
    Judged { text: text.to_owned(), holds, evidence }
}

type Judgement = (Option<bool>, String);

fn all_agents(sources: &Sources) -> Judgement {
    let run = sources.run;
    let of = |wanted: &[AgentVerdict]| -> Vec<&str> {
        let has = |id: AgentId| wanted.contains(&super::verdict(run, id));
        run.plan.each().filter(|(id, _)| has(*id)).map(|(_, agent)| agent.name.as_str()).collect()
    };
    let done = of(&[AgentVerdict::Done, AgentVerdict::Skipped]);
    let all = run.plan.agents.len();
    let mut evidence = format!("{} of {all} agents are done", done.len());
    for (verdict, word) in [
        (AgentVerdict::Partial, "partial"),
        (AgentVerdict::Failed, "failed"),
        (AgentVerdict::Killed, "killed"),
        (AgentVerdict::Blocked, "blocked"),
    ] {
        let names = of(&[verdict]);
        if !names.is_empty() {
            evidence.push_str(&format!("; {word}: {}", names.join(", ")));
        }
    }
    (Some(done.len() == all), evidence)
}

fn tools(sources: &Sources) -> Judgement {
    let run = sources.run;
    let named = |id: AgentId| run.plan.agent(id).tools.len();
    let called = |id: AgentId| {
        run.plan
            .agent(id)
            .tools
            .iter()
            .filter(|tool| run.live[id.0].tools.get(*tool).is_some_and(|calls| *calls > 0))
            .count()
    };
    let with_tools: Vec<AgentId> = run.plan.each().map(|(id, _)| id).filter(|id| named(*id) > 0).collect();
    if with_tools.is_empty() {
        return (None, "the plan names no MCP tools".to_owned());
    }
    let (all, used): (usize, usize) =
        with_tools.iter().fold((0, 0), |(all, used), id| (all + named(*id), used + called(*id)));
    let missing = with_tools.iter().filter(|id| called(**id) < named(**id)).map(|id| run.plan.agent(*id).name.as_str());
    let mut evidence = format!("{used} of {all} required tools were called");
    let missing: Vec<&str> = missing.collect();
    if !missing.is_empty() {
        evidence.push_str(&format!("; not all by {}", missing.join(", ")));
    }
    if with_tools.iter().all(|id| run.engines[id.0] == "builtin") {
        evidence.push_str("; the built-in analysts have no MCP tools");
    }
    (Some(used == all), evidence)
}

fn slots(sources: &Sources) -> Judgement {
    let use_ = sources.slots;
    let slots = sources.run.state.slots;
    let possible = slots.min(sources.run.plan.agents.len());
    let evidence = format!(
        "at most {} of {slots} slots in use; while anything was ready a slot stood empty {:.0} ms (median), {:.0} ms (p99)",
        use_.max_active, use_.idle_p50_ms, use_.idle_p99_ms
    );
    (Some(use_.max_active >= possible && use_.idle_p99_ms < VISIBLE_GAP_MS), evidence)
}

fn refill(sources: &Sources) -> Judgement {
    let use_ = sources.slots;
    let evidence = format!(
        "a freed slot was refilled after {:.0} ms (median), {:.0} ms (p99)",
        use_.idle_p50_ms, use_.idle_p99_ms
    );
    (Some(use_.idle_p99_ms < VISIBLE_GAP_MS), evidence)
}

fn time_boxes(sources: &Sources) -> Judgement {
    let run = sources.run;
    let mut longest = (Duration::ZERO, "");
    let (mut attempts, mut handed_over) = (0, 0);
    let mut over = Vec::new();
    for (id, agent) in run.plan.each() {
        let sums = run.state.agent(id).sums();
        attempts += sums.attempts;
        handed_over += sums.out_of_time;
        if sums.longest > longest.0 {
            longest = (sums.longest, &agent.name);
        }
        if sums.longest > agent.time_box.max(run.plan.time_box) + SLACK {
            over.push(agent.name.as_str());
        }
    }
    let mut evidence = format!(
        "{attempts} attempts, the longest ran {} ({}), {handed_over} ended by a limit or an order",
        minutes(longest.0),
        longest.1
    );
    if over.is_empty() {
        return (Some(true), evidence);
    }
    evidence.push_str(&format!("; longer than the plan's box (set or extended by the person): {}", over.join(", ")));
    (None, evidence)
}

fn integration(sources: &Sources) -> Judgement {
    let run = sources.run;
    let is_it = |name: &str, task: &str| name.contains("integrat") || task.to_lowercase().contains("integrat");
    let by_name = run.plan.each().find(|(_, agent)| is_it(&agent.name, ""));
    let Some((id, agent)) = by_name.or_else(|| run.plan.each().find(|(_, agent)| is_it("", &agent.task))) else {
        let count = super::merged(run).len();
        return (None, format!("no agent of the plan integrates; {count} findings are merged in this report"));
    };
    let report = agent.report_path();
    match super::verdict(run, id) {
        AgentVerdict::Done => (Some(true), format!("{} is done: `{report}`", agent.name)),
        AgentVerdict::Partial => (None, format!("{} is partial: read `{report}` and its notes", agent.name)),
        AgentVerdict::Skipped => (None, format!("{} was skipped by the person", agent.name)),
        verdict @ (AgentVerdict::Failed | AgentVerdict::Killed | AgentVerdict::Blocked) => {
            (Some(false), format!("{} is {}", agent.name, format!("{verdict:?}").to_lowercase()))
        }
    }
}

fn issues(sources: &Sources) -> Judgement {
    let run = sources.run;
    let urgent = run.feed.urgent().count();
    let grave = super::merged(run).iter().filter(|finding| finding.severity >= Severity::High).count();
    let evidence = format!(
        "{} in `{}`, {} in this report",
        plural(urgent, "urgent issue"),
        run.plan.files.urgent,
        plural(grave, "high or critical finding")
    );
    if urgent + grave > 0 {
        (Some(true), evidence)
    } else {
        (None, format!("{evidence}: whether there are none, a person must judge"))
    }
}

/// The criteria of agents that share words with the condition, by the agents' own account.
fn criteria(sources: &Sources, text: &str) -> Judgement {
    let run = sources.run;
    let wanted = stems(text);
    let mut met = Vec::new();
    let mut open = Vec::new();
    for (id, agent) in run.plan.each() {
        for (index, criterion) in agent.criteria.iter().enumerate() {
            if stems(criterion).intersection(&wanted).next().is_none() {
                continue;
            }
            match run.state.agent(id).criteria.get(&(index + 1)) {
                Some(evidence) => met.push(format!("{}: {criterion} ({evidence})", agent.name)),
                None => open.push(format!("{}: {criterion}", agent.name)),
            }
        }
    }
    let mut evidence = Vec::new();
    if !met.is_empty() {
        evidence.push(format!("by the agents' own account met: {}", met.join("; ")));
    }
    if !open.is_empty() {
        evidence.push(format!("not said to be met: {}", open.join("; ")));
    }
    if evidence.is_empty() {
        let advising = sources.papers.values().filter(|text| advises(text)).count();
        evidence.push(format!("{advising} of {} reports and notes say what to do", sources.papers.len()));
    }
    (None, format!("{}; a person must judge", evidence.join("; ")))
}

fn advises(text: &str) -> bool {
    let text = text.to_lowercase();
    ["what to do", "recommend", "to do:", "next steps", "should"].iter().any(|words| text.contains(words))
}

/// Returns the beginnings of the words that carry meaning.
pub fn stems(text: &str) -> std::collections::BTreeSet<String> {
    const EMPTY: [&str; 22] = [
        "agents",
        "agent",
        "their",
        "have",
        "with",
        "from",
        "that",
        "this",
        "been",
        "validate",
        "validated",
        "assess",
        "identify",
        "identified",
        "documented",
        "provided",
        "clear",
        "complete",
        "completed",
        "analysis",
        "review",
        "team",
    ];
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().count() > 3)
        .map(str::to_lowercase)
        .filter(|word| !EMPTY.contains(&word.as_str()))
        .map(|word| word.chars().take(6).collect())
        .collect()
}
