//! The document becomes a draft.

use std::collections::HashSet;
use std::ops::Range;
use std::time::Duration;

use crate::plan::draft::{Draft, TeamFiles, ToldNeed};
use crate::plan::mermaid::{self, Drawing};
use crate::plan::outline::{Block, Item, Kind, Words, outline};
use crate::plan::problem::{Code, Problems};
use crate::plan::{name, path, spoken, tools};

use super::section::{self, Section, Topic};
use super::{agents, brief, merge};

/// Reads the Markdown of a plan.
pub(in crate::plan) fn draft(text: &str, problems: &mut Problems<'_>) -> Draft {
    let blocks = outline(text);
    let nothing = Words::default();
    let sections = section::sections(&blocks, &nothing);
    let topics: Vec<Topic> = sections.iter().map(|section| section::topic_of(section.words)).collect();
    let mut graphs = Vec::new();
    drawings(&blocks, &mut graphs, problems);
    let drawn: HashSet<String> =
        graphs.iter().flat_map(Drawing::names).map(|label| name::key(&label)).filter(|key| !key.is_empty()).collect();
    let found = agents::find(&sections, &topics, &drawn, problems);
    let mut draft = Draft { graphs, title: title(&sections, &topics, &found.owned), ..Draft::default() };
    let agents = found.taken.iter().map(|span| span.start).collect();
    let mut rest = Rest { draft: &mut draft, agents, taken: found.taken, sentences: Vec::new() };
    for (at, section) in sections.iter().enumerate().filter(|(at, _)| !found.owned[*at]) {
        rest.hear(section.words);
        rest.section(section, Section::topic_at(&sections, &topics, at));
    }
    let Rest { taken, sentences, .. } = rest;
    draft.brief = brief::brief(text, &sections, &found.owned, &taken);
    draft.agents = merge::merge(found.agents);
    numbers(&mut draft, &sentences, problems);
    hints(&mut draft);
    draft
}

/// Returns the first heading of the first level, or else the first short line, or else the first heading of all.
fn title(sections: &[Section<'_>], topics: &[Topic], owned: &[bool]) -> String {
    let is_ending =
        |at: &usize| matches!(topics[*at], Topic::Deliverables | Topic::Conditions | Topic::Factors | Topic::Needs);
    let free = || (1..sections.len()).filter(|at| !owned[*at] && !is_ending(at)).map(|at| sections[at].words);
    let first_level = sections.iter().zip(owned).find(|(section, owned)| section.level == 1 && !**owned);
    let opening = || match &sections[0].blocks.first()?.kind {
        Kind::Lines(lines) => lines.first().filter(|words| words.text.chars().count() <= 80),
        Kind::Heading { .. } | Kind::List { .. } | Kind::Table { .. } | Kind::Code { .. } => None,
    };
    let title = first_level.map(|(section, _)| section.words).or_else(opening).or_else(|| free().next());
    title.map_or_else(|| "Untitled plan".to_owned(), |words| words.text.trim().to_owned())
}

fn drawings(blocks: &[Block], graphs: &mut Vec<Drawing>, problems: &mut Problems<'_>) {
    for block in blocks {
        match &block.kind {
            Kind::Code { language, text, line, .. } => {
                let may = language == "mermaid" || language.is_empty();
                if may && mermaid::is_flowchart(text) {
                    graphs.push(mermaid::read(text, *line, problems));
                }
            }
            Kind::List { items, .. } => items.iter().for_each(|item| drawings(&item.inner, graphs, problems)),
            Kind::Heading { .. } | Kind::Lines(_) | Kind::Table { .. } => {}
        }
    }
}

/// What is read from the sections that no agent owns.
struct Rest<'a> {
    draft: &'a mut Draft,
    /// Lists and tables of agents, by where they start.
    agents: HashSet<usize>,
    /// Blocks that became something else than prose.
    taken: Vec<Range<usize>>,
    /// Every sentence, with its line.
    sentences: Vec<(String, usize)>,
}

impl Rest<'_> {
    fn hear(&mut self, words: &Words) {
        if !words.text.is_empty() {
            self.sentences.push((words.text.clone(), words.line));
        }
    }

    fn section(&mut self, section: &Section<'_>, topic: Topic) {
        for block in section.blocks {
            if self.agents.contains(&block.span.start) {
                if let Kind::List { caption, .. } = &block.kind {
                    caption.iter().for_each(|words| self.hear(words));
                }
                continue;
            }
            match &block.kind {
                Kind::Heading { .. } => {}
                Kind::Lines(lines) => lines.iter().for_each(|words| self.line(words, topic)),
                Kind::List { caption, items, .. } => {
                    let own = caption.as_ref().map_or(Topic::Unsaid, |words| section::topic(&words.text));
                    let topic = if own == Topic::Unsaid { topic } else { own };
                    caption.iter().for_each(|words| self.hear(words));
                    let entries: Vec<String> =
                        items.iter().map(|item| entry(item, 0)).filter(|t| !t.is_empty()).collect();
                    items.iter().for_each(|item| self.item(item, topic));
                    self.take(topic, entries, block);
                }
                Kind::Table { head, rows } => {
                    head.iter().chain(rows.iter().flatten()).for_each(|cell| self.line(cell, topic));
                    let entries = rows.iter().map(|row| {
                        let cells = row.iter().map(|cell| cell.text.trim()).filter(|cell| !cell.is_empty());
                        cells.collect::<Vec<_>>().join(" - ")
                    });
                    self.take(topic, entries.collect(), block);
                }
                Kind::Code { language, text, .. } => {
                    if mermaid::is_flowchart(text) || language == "mermaid" {
                        self.taken.push(block.span.clone());
                    }
                }
            }
        }
    }

    /// Keeps the entries of a list that is about the end of the run.
    fn take(&mut self, topic: Topic, entries: Vec<String>, block: &Block) {
        let list = match topic {
            Topic::Deliverables => &mut self.draft.deliverables,
            Topic::Conditions => &mut self.draft.conditions,
            Topic::Factors => &mut self.draft.factors,
            Topic::Agents(_) | Topic::Queue | Topic::Communication | Topic::Needs | Topic::Other | Topic::Unsaid => {
                return;
            }
        };
        list.extend(entries);
        self.taken.push(block.span.clone());
    }

    fn item(&mut self, item: &Item, topic: Topic) {
        item.lines.iter().for_each(|words| self.line(words, topic));
        for block in &item.inner {
            match &block.kind {
                Kind::Lines(lines) => lines.iter().for_each(|words| self.line(words, topic)),
                Kind::List { caption, items, .. } => {
                    caption.iter().for_each(|words| self.line(words, topic));
                    items.iter().for_each(|item| self.item(item, topic));
                }
                Kind::Heading { .. } | Kind::Table { .. } | Kind::Code { .. } => {}
            }
        }
    }

    fn line(&mut self, words: &Words, topic: Topic) {
        self.hear(words);
        if matches!(topic, Topic::Communication | Topic::Other | Topic::Unsaid | Topic::Agents(_)) {
            team_file(&mut self.draft.files, &words.text);
        }
        if topic == Topic::Needs {
            self.draft.told_edges.extend(edges(words));
        }
    }
}

/// Returns the text of an entry with what stands below it.
fn entry(item: &Item, depth: usize) -> String {
    let own: Vec<&str> = item.lines.iter().map(|words| words.text.trim()).collect();
    let mut text = own.join(" ");
    let mut below: Vec<String> = Vec::new();
    for block in &item.inner {
        match &block.kind {
            Kind::Lines(lines) => below.extend(lines.iter().map(|words| words.text.trim().to_owned())),
            Kind::List { items, .. } if depth < 3 => below.extend(items.iter().map(|item| entry(item, depth + 1))),
            Kind::List { .. } | Kind::Heading { .. } | Kind::Table { .. } | Kind::Code { .. } => {}
        }
    }
    if !below.is_empty() {
        let joint = if text.ends_with(':') { " " } else { ": " };
        text = if text.is_empty() { below.join("; ") } else { format!("{text}{joint}{}", below.join("; ")) };
    }
    text
}

/// Takes a communication file that a line names, and what the line says it is for.
fn team_file(files: &mut TeamFiles, text: &str) {
    for found in path::mentions(text).into_iter().filter(|found| found.path.contains(".claude-team/")) {
        let Ok(inside) = path::inside_project(&found.path) else { continue };
        let file = inside.rsplit('/').next().unwrap_or("").to_lowercase();
        let said = |words: &[&str]| words.iter().any(|word| file.contains(word));
        if said(&["status"]) && file.ends_with(".json") {
            files.status = inside;
        } else if said(&["finding", "discover"]) && file.ends_with(".md") {
            files.findings = inside;
        } else if said(&["urgent", "critical", "alert"]) && file.ends_with(".md") {
            files.urgent = inside;
        }
    }
}

/// Reads needs told in a sentence: `a → b`, `b depends on a and c`.
fn edges(words: &Words) -> Vec<ToldNeed> {
    let text = words.text.replace("-->", "→").replace("->", "→").replace("=>", "→").replace("==>", "→");
    let names = |text: &str| -> Vec<String> {
        let parts = text.split([',', '&', '+']).flat_map(|part| part.split(" and "));
        let clean = |part: &str| part.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
        parts.map(clean).filter(|part| !part.is_empty()).collect()
    };
    let mut found = Vec::new();
    let mut join = |from: &str, to: &str| {
        for needed in names(from) {
            found.extend(names(to).into_iter().map(|dependant| ToldNeed {
                needed: needed.clone(),
                dependant,
                line: words.line,
            }));
        }
    };
    if text.contains('→') {
        let steps: Vec<&str> = text.split('→').collect();
        steps.windows(2).take(100).for_each(|pair| join(pair[0], pair[1]));
    } else {
        for phrase in [" depends on ", " needs ", " waits for ", " requires ", " runs after ", " after "] {
            if let Some((dependant, needed)) = text.split_once(phrase) {
                join(needed, dependant);
                break;
            }
        }
    }
    found.truncate(1000);
    found
}

/// Reads slots and time box from the sentences of the plan, and from its agents.
fn numbers(draft: &mut Draft, sentences: &[(String, usize)], problems: &mut Problems<'_>) {
    let slots: Vec<((usize, usize), usize)> =
        sentences.iter().filter_map(|(text, line)| Some((spoken::slots(text)?, *line))).collect();
    let plainest = slots.iter().map(|((_, rank), _)| *rank).min();
    let mut first: Option<(usize, usize)> = None;
    for ((count, rank), line) in slots {
        match first {
            None if Some(rank) == plainest => first = Some((count, line)),
            Some((known, at)) if Some(rank) == plainest && known != count => problems.add(
                Code::SlotsTwice,
                line,
                format!("line {at} speaks of {known} slots, this one of {count}; {known} is taken"),
                "name one number, or set `slots` in the front matter",
            ),
            None | Some(_) => {}
        }
    }
    draft.slots = first.map(|(count, _)| count);
    let mut limit: Option<(Duration, usize)> = None;
    for (text, line) in sentences {
        let Some(told) = spoken::time_limit(text) else { continue };
        match limit {
            None => limit = Some((told, *line)),
            Some((known, at)) if known != told => problems.add(
                Code::TimeBoxTwice,
                *line,
                format!(
                    "line {at} sets a time box of {}, this one of {}; the first is taken",
                    spoken::said(known),
                    spoken::said(told)
                ),
                "name one time box for the plan; an agent's own stands below its name",
            ),
            Some(_) => {}
        }
    }
    draft.time_box = limit.map(|(told, _)| told);
    // Where only the agents name a time box and all agree, it is the plan's.
    let mut own = draft.agents.iter().map(|agent| agent.time_box);
    if let (None, Some(Some(one))) = (draft.time_box, own.next())
        && own.all(|other| other == Some(one))
    {
        draft.time_box = Some(one);
    }
}

/// Adds the servers that prose names, by the servers whose tools the plan names anywhere.
fn hints(draft: &mut Draft) {
    let servers: HashSet<&str> =
        draft.agents.iter().flat_map(|agent| &agent.tools).filter_map(|tool| tools::server(tool)).collect();
    let known: Vec<String> = servers.into_iter().map(str::to_lowercase).collect();
    for agent in &mut draft.agents {
        let mut hints = tools::named(&agent.told_tools.join("\n"), &known);
        hints.extend(agent.task_lines().flat_map(|line| tools::hints(line, &known)));
        for hint in hints {
            if !agent.tool_hints.contains(&hint) {
                agent.tool_hints.push(hint);
            }
        }
    }
}
