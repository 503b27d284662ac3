//! Headings make sections; the words of a heading say what the section is about.

use std::sync::LazyLock;

use regex::Regex;

use crate::plan::name::Naming;
use crate::plan::outline::{Block, Kind, Words};

/// A heading and what stands below it, up to the next heading of its level or above.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Section<'a> {
    /// 0 for the document itself.
    pub level: u8,
    pub words: &'a Words,
    /// Blocks before the first heading below.
    pub blocks: &'a [Block],
    /// `None` for the document itself.
    pub parent: Option<usize>,
    /// The first section after this one that is not below it.
    pub end: usize,
    /// Bytes of the text: from the heading to the next heading of any level.
    pub start: usize,
}

/// What a section is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Topic {
    /// Agents, maybe of one phase.
    Agents(Option<u32>),
    /// Agents that come after those before.
    Queue,
    Deliverables,
    Conditions,
    Factors,
    Communication,
    Needs,
    /// Something else for certain: its lists are no agents.
    Other,
    Unsaid,
}

/// Returns the document as sections in order; the first is the document itself.
pub(super) fn sections<'a>(blocks: &'a [Block], nothing: &'a Words) -> Vec<Section<'a>> {
    let is_heading = |block: &Block| matches!(block.kind, Kind::Heading { .. });
    let until = |from: usize| blocks[from..].iter().position(is_heading).map_or(blocks.len(), |at| from + at);
    let mut all =
        vec![Section { level: 0, words: nothing, blocks: &blocks[..until(0)], parent: None, end: 0, start: 0 }];
    let mut open = vec![0];
    for (at, block) in blocks.iter().enumerate() {
        let Kind::Heading { level, words } = &block.kind else { continue };
        while let Some(last) = open.last().filter(|last| all[**last].level >= *level).copied() {
            all[last].end = all.len();
            open.pop();
        }
        let parent = open.last().copied();
        open.push(all.len());
        let direct = &blocks[at + 1..until(at + 1)];
        all.push(Section { level: *level, words, blocks: direct, parent, end: 0, start: block.span.start });
    }
    for last in open {
        all[last].end = all.len();
    }
    all
}

static PHASE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:phase|wave|stage|round|batch|tier)[\s#:_-]*(\d{1,3}|one|two|three|four|five|six|i{1,3}|iv|v)\b",
    )
    .expect("a valid pattern")
});

static ORDINAL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(first|initial|opening|1st|second|2nd|follow-?up|third|3rd|fourth|4th|final|last)\s+(?:phase|wave|stage|round|batch|agents?|deployments?)\b")
        .expect("a valid pattern")
});

/// Returns the number of the phase that a text names.
pub(in crate::plan) fn phase(text: &str) -> Option<u32> {
    if let Some(found) = PHASE.captures(text) {
        let word = found[1].to_lowercase();
        let words = ["", "one", "two", "three", "four", "five", "six"];
        let roman = ["", "i", "ii", "iii", "iv", "v"];
        let place = |list: &[&str]| list.iter().position(|known| *known == word);
        return word.parse().ok().or_else(|| u32::try_from(place(&words).or_else(|| place(&roman))?).ok());
    }
    match ORDINAL.captures(text)?[1].to_lowercase().as_str() {
        "first" | "initial" | "opening" | "1st" => Some(1),
        "second" | "2nd" | "follow-up" | "followup" => Some(2),
        "third" | "3rd" => Some(3),
        "fourth" | "4th" => Some(4),
        _ => None,
    }
}

/// Returns what a heading or a caption is about.
pub(super) fn topic(text: &str) -> Topic {
    let lower = text.to_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| lower.contains(part));
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).collect();
    let says = |known: &[&str]| words.iter().any(|word| known.contains(word));
    if has(&["deliverable"]) {
        Topic::Deliverables
    } else if has(&["success factor", "critical factor", "key factor"]) {
        Topic::Factors
    } else if has(&[
        "complete when",
        "completed when",
        "completion",
        "done when",
        "finished when",
        "over when",
        "definition of done",
        "exit criteria",
        "success criteria",
        "acceptance criteria",
        "success condition",
        "ends when",
        "end condition",
    ]) {
        Topic::Conditions
    } else if has(&["dependenc", "depends on", "waits for", "execution order", "order of execution", "run order"])
        || lower.trim() == "needs"
    {
        Topic::Needs
    } else if has(&["communicat", "coordination", "shared file", "channel", "team files", "status file"]) {
        Topic::Communication
    } else if has(&["protocol", "handoff", "hand-off", "hand off", "template", "example"]) || says(&["rule", "rules"]) {
        Topic::Other
    } else if let Some(phase) = phase(text) {
        Topic::Agents(Some(phase))
    } else if says(&["queue", "queued", "backlog", "standby", "reserve"])
        || has(&["next up", "up next", "follow-up", "on deck"])
    {
        Topic::Queue
    } else if says(&[
        "status",
        "tracking",
        "lifecycle",
        "instruction",
        "instructions",
        "configuration",
        "requirement",
        "requirements",
        "guideline",
        "guidelines",
        "principle",
        "principles",
        "faq",
        "expectations",
        "behaviour",
        "behavior",
    ]) {
        Topic::Other
    } else if says(&[
        "agent",
        "agents",
        "subagents",
        "team",
        "roster",
        "crew",
        "specialist",
        "specialists",
        "worker",
        "workers",
        "roles",
        "assignments",
        "deployments",
        "squad",
        "cast",
    ]) {
        Topic::Agents(None)
    } else if says(&[
        "background",
        "overview",
        "context",
        "timeline",
        "budget",
        "risk",
        "risks",
        "escalation",
        "metrics",
        "reference",
        "references",
        "glossary",
        "setup",
        "prerequisites",
        "constraints",
        "notes",
        "layout",
        "structure",
        "architecture",
        "tools",
        "faq",
        "goals",
        "goal",
        "objectives",
        "scope",
        "assumptions",
        "milestones",
        "checklist",
        "monitoring",
    ]) {
        Topic::Other
    } else {
        Topic::Unsaid
    }
}

/// Returns what a heading is about, unless it is rather the name of somebody: `dependency-analyst` is no dependency.
pub(super) fn topic_of(words: &Words) -> Topic {
    let somebody = phase(&words.text).is_none()
        && Naming::of(words).is_some_and(|naming| naming.is_slug_like() && naming.is_somebody());
    if somebody { Topic::Unsaid } else { topic(&words.text) }
}

impl Section<'_> {
    /// Returns what the section at `at` is about, or else what the nearest one above it is about.
    pub(super) fn topic_at(all: &[Section<'_>], topics: &[Topic], at: usize) -> Topic {
        let mut next = Some(at);
        while let Some(at) = next {
            if topics[at] != Topic::Unsaid {
                return topics[at];
            }
            next = all[at].parent;
        }
        Topic::Unsaid
    }

    /// Returns the phase that the section at `at` or the nearest one above it names, and which one that is.
    pub(super) fn phase_at(all: &[Section<'_>], topics: &[Topic], at: usize) -> Option<(Topic, usize)> {
        let mut next = Some(at);
        while let Some(at) = next {
            if matches!(topics[at], Topic::Agents(Some(_)) | Topic::Queue) {
                return Some((topics[at], at));
            }
            next = all[at].parent;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_say_what_their_sections_are_about() {
        for (text, about) in [
            ("Wave 1: Parallel System Analysis", Topic::Agents(Some(1))),
            ("PHASE 2 Deployments (Ready to deploy immediately):", Topic::Agents(Some(2))),
            ("NEVER WAIT - ALWAYS 5 ACTIVE AGENTS", Topic::Agents(None)),
            ("Agent Handoff Protocol:", Topic::Other),
            ("Agent Dependencies:", Topic::Needs),
            ("Final Deliverables for Dev Team:", Topic::Deliverables),
            ("Orchestration Complete When:", Topic::Conditions),
            ("🎯 CRITICAL SUCCESS FACTORS", Topic::Factors),
            ("Real-Time Coordination:", Topic::Communication),
            ("Deployment queue", Topic::Queue),
            ("Project Analysis Overview", Topic::Other),
            ("Second wave", Topic::Agents(Some(2))),
            ("Stage II", Topic::Agents(Some(2))),
            ("Security", Topic::Unsaid),
        ] {
            assert_eq!(topic(text), about, "{text}");
        }
    }
}
