//! Lists and tables that may be lists of agents.

use std::collections::HashSet;
use std::ops::Range;

use crate::plan::draft::{DraftAgent, Shape};
use crate::plan::field::{self, Field};
use crate::plan::name::{Naming, key};
use crate::plan::outline::{Block, Item, Kind, Words};
use crate::plan::spoken;

use super::agents::named;
use super::body;
use super::section::{self, Topic};

/// How much must speak for a list before it is one of agents.
#[derive(Debug, Clone, Copy)]
pub(super) enum Trust<'a> {
    /// Its heading, its caption or the graph says so, or every name is somebody's.
    Sure { drawn: &'a HashSet<String> },
    /// It looks like one.
    Looks,
}

/// Where a list stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub topic: Topic,
    /// The nearest heading above that names a phase, or a queue.
    pub phase: Option<Topic>,
}

/// What was found.
#[derive(Default)]
pub(super) struct Listed {
    pub agents: Vec<(DraftAgent, Option<Topic>)>,
    pub taken: Vec<Range<usize>>,
    /// Lines of entries among agents that do not read like one.
    pub unclear: Vec<usize>,
}

/// Returns the agents in the lists and tables among these blocks.
pub(super) fn agents(blocks: &[Block], place: Place, trust: Trust<'_>) -> Listed {
    let mut listed = Listed::default();
    for block in blocks {
        let before = listed.agents.len();
        match &block.kind {
            Kind::List { caption, items, .. } => {
                let place = captioned(place, caption.as_ref());
                list(items, place, trust, &mut listed);
            }
            Kind::Table { head, rows } => table(head, rows, place, &mut listed),
            Kind::Heading { .. } | Kind::Lines(_) | Kind::Code { .. } => {}
        }
        if listed.agents.len() > before {
            listed.taken.push(block.span.clone());
        }
    }
    listed
}

fn captioned(place: Place, caption: Option<&Words>) -> Place {
    let topic = caption.map_or(Topic::Unsaid, |words| section::topic(&words.text));
    match topic {
        Topic::Unsaid => place,
        Topic::Agents(Some(_)) | Topic::Queue => Place { topic, phase: Some(topic) },
        Topic::Agents(None) => Place { topic, ..place },
        Topic::Deliverables
        | Topic::Conditions
        | Topic::Factors
        | Topic::Communication
        | Topic::Needs
        | Topic::Other => Place { topic, phase: None },
    }
}

fn list(items: &[Item], place: Place, trust: Trust<'_>, listed: &mut Listed) {
    // A list of phases holds the lists of their agents.
    let phases = items.iter().filter(|item| !item.inner.is_empty() && section::phase(item.first()).is_some()).count();
    if phases * 2 > items.len() {
        for item in items {
            let phase = section::phase(item.first()).map(|phase| Topic::Agents(Some(phase)));
            let place = Place { topic: phase.unwrap_or(place.topic), phase: phase.or(place.phase) };
            let inner = agents(&item.inner, place, trust);
            listed.agents.extend(inner.agents);
            listed.unclear.extend(inner.unclear);
        }
        return;
    }
    let mut read: Vec<(&Item, Option<Naming>)> = items.iter().map(|item| (item, naming(item))).collect();
    words_among_names(&mut read, place.topic);
    let names = read.iter().filter(|(_, naming)| naming.is_some()).count();
    if names == 0 || !is_of_agents(&read, names, place.topic, trust) {
        return;
    }
    for (item, naming) in read {
        let line = item.lines.first().map_or(0, |words| words.line);
        match naming {
            Some(naming) => listed.agents.push((entry(item, &naming, line), place.phase)),
            None => listed.unclear.push(line),
        }
    }
}

/// Reads `docs: is it still true?` as an agent too, where most entries name one and all others are such words.
fn words_among_names(read: &mut [(&Item, Option<Naming>)], topic: Topic) {
    let among_agents = matches!(topic, Topic::Agents(_) | Topic::Queue);
    let unnamed = read.iter().filter(|(_, naming)| naming.is_none()).count();
    if !among_agents || unnamed == 0 || unnamed * 2 > read.len() {
        return;
    }
    let word =
        |item: &Item| Naming::of(item.lines.first()?).filter(|naming| naming.is_word() && naming.mission.is_some());
    let words: Vec<Option<Naming>> = read.iter().map(|(item, naming)| naming.clone().or_else(|| word(item))).collect();
    if words.iter().all(Option::is_some) {
        read.iter_mut().zip(words).for_each(|((_, naming), word)| *naming = word);
    }
}

/// Reads the first line of an entry as a name, if it can be one.
fn naming(item: &Item) -> Option<Naming> {
    let words = item.lines.first()?;
    if field::label(words).is_some() {
        return None;
    }
    let naming = Naming::of(words)?;
    let stands_out = naming.parted || words.bold > 0 || !item.inner.is_empty() || naming.is_slug_like();
    (naming.is_name_like() && (stands_out || naming.says_agent)).then_some(naming)
}

fn is_of_agents(read: &[(&Item, Option<Naming>)], names: usize, topic: Topic, trust: Trust<'_>) -> bool {
    let all = read.len();
    let namings = || read.iter().filter_map(|(_, naming)| naming.as_ref());
    let slugs = namings().filter(|naming| naming.is_slug_like()).count();
    let somebodies = namings().filter(|naming| naming.is_somebody()).count();
    let says = namings().filter(|naming| naming.says_agent).count();
    let missions = read.iter().filter(|(item, naming)| {
        naming.as_ref().is_some_and(|naming| naming.mission.is_some()) || !item.inner.is_empty()
    });
    let missions = missions.count();
    match topic {
        Topic::Deliverables | Topic::Conditions | Topic::Factors | Topic::Communication | Topic::Needs => false,
        Topic::Other => says * 2 > all,
        Topic::Agents(_) | Topic::Queue => {
            names * 2 > all && (slugs * 2 > all || somebodies * 2 >= all || says * 2 > all || missions == all)
        }
        Topic::Unsaid => match trust {
            Trust::Sure { drawn } => {
                let known = namings().filter(|naming| drawn.contains(&key(&naming.name))).count();
                says * 2 > all || known * 2 > all || (slugs == all && somebodies * 2 > all)
            }
            Trust::Looks => names == all && missions == all && (slugs * 2 > all || somebodies * 2 > all),
        },
    }
}

fn entry(item: &Item, naming: &Naming, line: usize) -> DraftAgent {
    let mut agent = named(naming, line, Shape::Entry);
    let first = &item.lines[0];
    let mission = agent.task.pop();
    if let Some(mission) = mission {
        // The mission may be a labelled field itself: `name — Task: look`.
        let words = Words { text: mission, line, ..Words::default() };
        body::read_line(&mut agent, &words);
    }
    agent.time_box = agent.time_box.or(spoken::without_limit(&first.text).1);
    for words in &item.lines[1..] {
        body::read_line(&mut agent, words);
    }
    body::read(&mut agent, &item.inner);
    if agent.task_lines().next().is_none() && agent.told_output.is_none() && item.inner.is_empty() {
        agent.shape = Shape::Mention;
    }
    agent
}

/// What a column of a table of agents holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Name,
    Field(Field),
    Other,
}

fn table(head: &[Words], rows: &[Vec<Words>], place: Place, listed: &mut Listed) {
    let denied = match place.topic {
        Topic::Deliverables | Topic::Conditions | Topic::Factors | Topic::Communication | Topic::Other => true,
        Topic::Needs | Topic::Agents(_) | Topic::Queue | Topic::Unsaid => false,
    };
    let columns = columns(head, matches!(place.topic, Topic::Agents(_) | Topic::Queue));
    let Some(name_at) = columns.iter().position(|column| *column == Column::Name) else { return };
    let holds = |fields: &[Field]| {
        columns.iter().any(|column| matches!(column, Column::Field(field) if fields.contains(field)))
    };
    let defines = holds(&[Field::Task, Field::How, Field::Output, Field::Criteria, Field::Tools]);
    let says_when = holds(&[Field::Phase, Field::Needs, Field::TimeBox]);
    if !defines && (denied || !says_when) {
        return;
    }
    for row in rows {
        let Some(naming) = row.get(name_at).and_then(Naming::of).filter(Naming::is_name_like) else {
            listed.unclear.extend(row.iter().map(|cell| cell.line).filter(|line| *line > 0).max());
            continue;
        };
        let line = row[name_at].line;
        let mut agent = named(&naming, line, if defines { Shape::Row } else { Shape::Mention });
        for (cell, column) in row.iter().zip(&columns) {
            match column {
                Column::Field(field) => body::read_field(&mut agent, *field, &cell.text, line),
                Column::Name | Column::Other => {}
            }
        }
        listed.agents.push((agent, place.phase));
    }
}

fn columns(head: &[Words], among_agents: bool) -> Vec<Column> {
    let says = |words: &Words, known: &[&str]| {
        let lower = words.text.to_lowercase();
        lower.split(|c: char| !c.is_alphanumeric()).any(|word| known.contains(&word))
    };
    let name_at = head.iter().position(|words| says(words, &["agent", "agents", "subagent"])).or_else(|| {
        head.iter().position(|words| among_agents && says(words, &["name", "role", "who", "specialist", "worker"]))
    });
    let column = |(at, words): (usize, &Words)| match field::field_of(&words.text) {
        _ if name_at == Some(at) => Column::Name,
        Some(field) => Column::Field(field),
        None => Column::Other,
    };
    head.iter().enumerate().map(column).collect()
}
