//! Finds the agents of a document: headings first, then lists and tables of what is left.

use std::collections::HashSet;
use std::ops::Range;

use crate::plan::draft::{DraftAgent, Shape};
use crate::plan::field::{self, Field};
use crate::plan::name::Naming;
use crate::plan::outline::{Block, Kind};
use crate::plan::problem::{Code, Problems};
use crate::plan::spoken;

use super::body;
use super::lists::{self, Place};
use super::section::{Section, Topic};

/// The agents as they were met, and which parts of the document they are made of.
#[derive(Default)]
pub(super) struct Found {
    /// In the order of the document; one agent may stand here more than once.
    pub agents: Vec<DraftAgent>,
    /// For every section: whether an agent owns it.
    pub owned: Vec<bool>,
    /// Lists and tables, by the bytes of the text.
    pub taken: Vec<Range<usize>>,
}

/// Finds every agent. `drawn` are the keys of the names in the graphs.
pub(super) fn find(
    sections: &[Section<'_>],
    topics: &[Topic],
    drawn: &HashSet<String>,
    problems: &mut Problems<'_>,
) -> Found {
    let headed = headed(sections, topics, drawn);
    let mut found = Found { owned: vec![false; sections.len()], ..Found::default() };
    let sure = gather(sections, topics, &headed, lists::Trust::Sure { drawn }, problems, &mut found);
    if !sure {
        // Nothing says that any list is a list of agents: then one that looks like it is.
        let mut again = Found { owned: vec![false; sections.len()], ..Found::default() };
        gather(sections, topics, &headed, lists::Trust::Looks, problems, &mut again);
        return again;
    }
    found
}

/// Gathers agents in the order of the document; returns whether there is any.
fn gather(
    sections: &[Section<'_>],
    topics: &[Topic],
    headed: &[bool],
    trust: lists::Trust<'_>,
    problems: &mut Problems<'_>,
    found: &mut Found,
) -> bool {
    let mut deepest_phase: Option<u32> = None;
    // The queue that the walk is in, and the last phase before it: all of one queue come after that.
    let mut queue = (0, None);
    let mut at = 0;
    while at < sections.len() {
        let section = &sections[at];
        let phase = Section::phase_at(sections, topics, at);
        if let Some((Topic::Queue, section)) = phase
            && queue.0 != section
        {
            queue = (section, deepest_phase);
        }
        let (phase, before) = match phase {
            Some((Topic::Queue, _)) => (Some(Topic::Queue), queue.1),
            other => (other.map(|(topic, _)| topic), deepest_phase),
        };
        if headed[at] {
            let mut agent = from_heading(section);
            let next = (at + 1..section.end).find(|next| headed[*next]).unwrap_or(section.end);
            body::read(&mut agent, section.blocks);
            for inner in &sections[at + 1..next] {
                body::read_section(&mut agent, inner.words, inner.blocks);
            }
            set_phase(&mut agent, phase, before);
            deepest_phase = deepest_phase.max(Some(agent.phase));
            found.owned[at..next].fill(true);
            found.agents.push(agent);
            at = next;
            continue;
        }
        let place = Place { topic: Section::topic_at(sections, topics, at), phase };
        let read = lists::agents(section.blocks, place, trust);
        for line in read.unclear {
            problems.add(
                Code::UnclearAgent,
                line,
                "this entry of a list of agents does not read like an agent",
                "write it as `name: what it does`, or move it out of the list",
            );
        }
        found.taken.extend(read.taken);
        for (mut agent, phase) in read.agents {
            set_phase(&mut agent, phase, before);
            deepest_phase = deepest_phase.max(Some(agent.phase));
            found.agents.push(agent);
        }
        at += 1;
    }
    !found.agents.is_empty()
}

/// Sets the phase from where the agent stands, unless it names its own. A queue comes after what stands before it.
fn set_phase(agent: &mut DraftAgent, phase: Option<Topic>, before: Option<u32>) {
    if agent.told_phase {
        return;
    }
    match phase {
        Some(Topic::Agents(Some(phase))) => (agent.phase, agent.told_phase) = (phase, true),
        Some(Topic::Queue) => agent.phase = before.map_or(1, |before| before.max(1) + 1),
        Some(_) | None => agent.phase = 0,
    }
}

fn from_heading(section: &Section<'_>) -> DraftAgent {
    let naming = Naming::of(section.words).expect("a heading that names an agent");
    let mut agent = named(&naming, section.words.line, Shape::Heading);
    agent.time_box = spoken::without_limit(&section.words.text).1;
    agent
}

/// Returns an agent of this name, with its mission as the first line of its task.
pub(super) fn named(naming: &Naming, line: usize, shape: Shape) -> DraftAgent {
    DraftAgent {
        name: naming.name.clone(),
        line,
        task: naming.mission.iter().cloned().collect(),
        number: naming.number.filter(|_| naming.says_agent),
        shape,
        ..DraftAgent::default()
    }
}

/// Returns for every section whether its heading is an agent.
fn headed(sections: &[Section<'_>], topics: &[Topic], drawn: &HashSet<String>) -> Vec<bool> {
    let mut headed = vec![false; sections.len()];
    // "Agent 6: …" is one whatever it is about, also below "Agent 3: …"; nothing else below an agent is another.
    let mut free = vec![true; sections.len()];
    let mut below_agent = 0;
    for at in 0..sections.len() {
        headed[at] = Naming::of(sections[at].words).is_some_and(|naming| naming.says_agent);
        free[at] = at >= below_agent;
        if headed[at] {
            below_agent = below_agent.max(sections[at].end);
        }
    }
    // From the innermost outwards: a heading with agents below it is none itself.
    let mut holds_agent = headed.clone();
    for at in (1..sections.len()).rev() {
        let may_be = free[at] && !headed[at] && !holds_agent[at];
        if may_be {
            headed[at] = names_agent(sections, topics, drawn, at);
            holds_agent[at] = headed[at];
        }
        if let Some(parent) = sections[at].parent {
            holds_agent[parent] |= holds_agent[at];
        }
    }
    headed
}

fn names_agent(sections: &[Section<'_>], topics: &[Topic], drawn: &HashSet<String>, at: usize) -> bool {
    let section = &sections[at];
    let Some(naming) = Naming::of(section.words) else { return false };
    if !naming.is_name_like() || field::label(section.words).is_some() {
        return false;
    }
    let evidence = is_described(sections, at);
    let numbered = naming.number.is_some();
    let slug_like = naming.is_slug_like();
    let own = topics[at];
    let above = section.parent.map_or(Topic::Unsaid, |parent| Section::topic_at(sections, topics, parent));
    let in_drawing = drawn.contains(&crate::plan::name::key(&naming.name));
    let title = at == 1 && section.level == 1 && !slug_like;
    match own {
        _ if title => false,
        _ if in_drawing => true,
        Topic::Agents(Some(_)) | Topic::Queue => false,
        Topic::Unsaid => {
            let affirmed = matches!(above, Topic::Agents(_) | Topic::Queue);
            let denied = matches!(
                above,
                Topic::Deliverables | Topic::Conditions | Topic::Factors | Topic::Communication | Topic::Needs
            );
            evidence
                || (!denied && slug_like && (affirmed || numbered || naming.is_somebody()))
                || (affirmed && (naming.is_somebody() || numbered))
        }
        Topic::Agents(None) => evidence || (naming.is_somebody() && matches!(above, Topic::Agents(_))),
        Topic::Deliverables
        | Topic::Conditions
        | Topic::Factors
        | Topic::Communication
        | Topic::Needs
        | Topic::Other => evidence && naming.is_somebody(),
    }
}

/// Returns whether a section has the fields of an agent: a task, or two others.
fn is_described(sections: &[Section<'_>], at: usize) -> bool {
    let section = &sections[at];
    let mut fields: Vec<Field> = Vec::new();
    for block in section.blocks {
        labels(block, &mut fields);
    }
    for inner in sections[at..section.end].iter().skip(1) {
        fields.extend(field::label(inner.words).map(|(field, _)| field).or_else(|| field::field_of(&inner.words.text)));
    }
    fields.sort_by_key(|field| *field as u8);
    fields.dedup();
    fields.contains(&Field::Task) || fields.len() >= 2
}

fn labels(block: &Block, fields: &mut Vec<Field>) {
    let mut add = |words| fields.extend(field::label(words).map(|(field, _)| field));
    match &block.kind {
        Kind::Heading { .. } => {}
        Kind::Lines(lines) => lines.iter().for_each(add),
        Kind::List { caption, items, .. } => {
            caption.iter().for_each(&mut add);
            items.iter().filter_map(|item| item.lines.first()).for_each(add);
        }
        Kind::Table { rows, .. } => {
            let firsts = rows.iter().filter_map(|row| row.first());
            fields.extend(firsts.filter_map(|cell| field::field_of(&cell.text)));
        }
        Kind::Code { caption, .. } => caption.iter().for_each(add),
    }
}
