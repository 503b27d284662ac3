//! Needs become a graph: names resolve to agents, the one last node that is no agent is the compile step, and nobody
//! waits for himself, however long the way around.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::LazyLock;

use petgraph::algo::kosaraju_scc;
use petgraph::graphmap::DiGraphMap;
use regex::Regex;

use super::draft::{Draft, DraftCompile};
use super::name::Naming;
use super::names::Names;
use super::outline::Words;
use super::problem::{Code, Problems};

/// A need that was found: who is needed, who needs it, and the line that says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Need {
    needed: usize,
    dependant: usize,
    line: usize,
}

/// Resolves every need of the draft.
pub(super) fn join(draft: &mut Draft, problems: &mut Problems<'_>) {
    let names = Names::of(&draft.agents);
    let mut needs = Vec::new();
    told_by_agents(draft, &names, &mut needs, problems);
    told_in_sentences(draft, &names, &mut needs, problems);
    told_in_tasks(draft, &names, &mut needs);
    drawn(draft, &names, &mut needs, problems);
    let mut lines: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for need in needs {
        lines.entry((need.dependant, need.needed)).or_insert(need.line);
    }
    for (dependant, needed) in lines.keys() {
        draft.agents[*dependant].needs.push(*needed);
    }
    cycles(draft, &lines, problems);
}

fn told_by_agents(draft: &mut Draft, names: &Names, needs: &mut Vec<Need>, problems: &mut Problems<'_>) {
    for dependant in 0..draft.agents.len() {
        for told in std::mem::take(&mut draft.agents[dependant].told_needs) {
            let found = names.several(&told.text, dependant, &draft.agents);
            needs.extend(found.iter().map(|needed| Need { needed: *needed, dependant, line: told.line }));
            let sentence = told.text.split_whitespace().count() > 3;
            if !found.is_empty() {
                continue;
            }
            match names.near(&told.text) {
                None if sentence => draft.agents[dependant].how.push(format!("Needs: {}", told.text)),
                near => unknown(&told.text, told.line, near, names, problems),
            }
        }
    }
}

/// Finds the needs that a task speaks of: "after lint-fixer". Only whole names count, the rest is prose.
fn told_in_tasks(draft: &Draft, names: &Names, needs: &mut Vec<Need>) {
    static NEEDED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)\b(?:after|needs|requires|depends on|waits for|blocked by)\s+(?:the\s+)?[`*]*([a-z0-9]+(?:[-_][a-z0-9]+)+)")
            .expect("a valid pattern")
    });
    static BRACKETED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)\((?:after|needs|requires|depends on|waits for|blocked by):?\s+([^()]{1,400})\)")
            .expect("a valid pattern")
    });
    for (dependant, agent) in draft.agents.iter().enumerate() {
        for found in agent.task_lines().flat_map(|line| BRACKETED.captures_iter(line)) {
            let listed = found.get(1).expect("the group always takes part").as_str();
            let parts = listed.split([',', '&', '+']).flat_map(|part| part.split(" and "));
            let all: Option<Vec<usize>> = parts.map(|part| names.find(part)).collect();
            let others = all.into_iter().flatten().filter(|needed| *needed != dependant);
            needs.extend(others.map(|needed| Need { needed, dependant, line: agent.line }));
        }
        for found in agent.task_lines().flat_map(|line| NEEDED.captures_iter(line)) {
            if let Some(needed) = names.find(&found[1]).filter(|needed| *needed != dependant) {
                needs.push(Need { needed, dependant, line: agent.line });
            }
        }
    }
}

fn told_in_sentences(draft: &Draft, names: &Names, needs: &mut Vec<Need>, problems: &mut Problems<'_>) {
    for told in &draft.told_edges {
        match (names.find(&told.needed), names.find(&told.dependant)) {
            (Some(needed), Some(dependant)) => needs.push(Need { needed, dependant, line: told.line }),
            (needed, dependant) => {
                // A sentence about something else names no agent at all, nor nearly one.
                for (name, found) in [(&told.needed, needed), (&told.dependant, dependant)] {
                    let other_is_known = needed.is_some() || dependant.is_some();
                    if let Some(near) = names.near(name).filter(|_| found.is_none() && other_is_known) {
                        unknown(name, told.line, Some(near), names, problems);
                    }
                }
            }
        }
    }
}

/// Reads the drawings: arrows between agents are needs, arrows into the one other last node are the compile step's.
fn drawn(draft: &mut Draft, names: &Names, needs: &mut Vec<Need>, problems: &mut Problems<'_>) {
    let mut last: Vec<(String, usize, Vec<usize>)> = Vec::new();
    let mut labels: HashMap<String, usize> = HashMap::new();
    for drawing in &draft.graphs {
        let who: Vec<Option<usize>> = drawing.nodes.iter().map(|node| agent_of(&node.label, names)).collect();
        let leads_on: HashSet<usize> = drawing.edges.iter().map(|edge| edge.from).collect();
        let mut into: HashMap<usize, Vec<usize>> = HashMap::new();
        for edge in &drawing.edges {
            match (who[edge.from], who[edge.to]) {
                (Some(needed), Some(dependant)) => needs.push(Need { needed, dependant, line: edge.line }),
                (Some(needed), None) => into.entry(edge.to).or_default().push(needed),
                (None, _) => {
                    into.entry(edge.to).or_default();
                }
            }
        }
        for (at, node) in drawing.nodes.iter().enumerate().filter(|(at, _)| who[*at].is_none()) {
            let label = node.label.replace('\n', " ");
            if leads_on.contains(&at) {
                unknown(&label, node.line, names.near(&label), names, problems);
            } else if let Some(mut needed) = into.remove(&at) {
                if let Some(near) = names.near(&label) {
                    unknown(&label, node.line, Some(near), names, problems);
                } else {
                    needed.sort_unstable();
                    needed.dedup();
                    match labels.entry(label) {
                        Entry::Occupied(place) => last[*place.get()].2.extend(needed),
                        Entry::Vacant(place) => {
                            last.push((place.key().clone(), node.line, needed));
                            place.insert(last.len() - 1);
                        }
                    }
                }
            }
        }
    }
    if last.len() > 1 {
        let reports = last.iter().position(|(label, ..)| sounds_last(label)).unwrap_or(0);
        let step = last.swap_remove(reports);
        for (label, line, _) in last {
            unknown(&label, line, None, names, problems);
        }
        last = vec![step];
    }
    draft.compile = last.pop().map(|(label, _, needs)| DraftCompile { label, needs });
}

/// Returns the agent that a label means: whole, or by its first line.
fn agent_of(label: &str, names: &Names) -> Option<usize> {
    let whole = label.replace('\n', " ");
    let first = label.lines().next().unwrap_or("");
    names.find(&whole).or_else(|| names.find(first)).or_else(|| {
        let naming = Naming::of(&Words { text: first.to_owned(), ..Words::default() })?;
        names.find(&naming.name)
    })
}

fn sounds_last(label: &str) -> bool {
    let label = label.to_lowercase();
    const WORDS: [&str; 10] =
        ["report", "final", "compile", "summary", "synthes", "consolidat", "result", "deliver", "done", "complete"];
    WORDS.iter().any(|word| label.contains(word))
}

fn unknown(name: &str, line: usize, near: Option<&str>, names: &Names, problems: &mut Problems<'_>) {
    let hint = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("name one of the agents: {}", names.some()),
    };
    problems.add(Code::UnknownNeed, line, format!("`{name}` is no agent of this plan"), hint);
}

/// Names every ring of agents that wait for each other, with the way around.
fn cycles(draft: &Draft, lines: &BTreeMap<(usize, usize), usize>, problems: &mut Problems<'_>) {
    let mut graph: DiGraphMap<usize, ()> = DiGraphMap::new();
    for (dependant, needed) in lines.keys() {
        graph.add_edge(*needed, *dependant, ());
    }
    for mut ring in kosaraju_scc(&graph) {
        ring.sort_unstable();
        let alone = ring.len() == 1;
        if alone && !graph.contains_edge(ring[0], ring[0]) {
            continue;
        }
        let way = way_around(&graph, &ring);
        let line_of = |pair: &[usize]| lines.get(&(pair[1], pair[0])).copied().unwrap_or(0);
        let mut at: Vec<usize> = way.windows(2).map(line_of).collect();
        at.sort_unstable();
        at.dedup();
        let name = |place: &usize| draft.agents[*place].name.as_str();
        let said: Vec<String> = at.iter().map(usize::to_string).collect();
        let message = if alone {
            format!("`{}` waits for itself", name(&ring[0]))
        } else {
            let names: Vec<&str> = way.iter().map(name).collect();
            format!("these agents wait for each other: {} (lines {})", names.join(" → "), said.join(", "))
        };
        let line = at.last().copied().unwrap_or(0);
        problems.add(Code::Cycle, line, message, "take away one of these needs, so that one of them can start");
    }
}

/// Returns the shortest way from the first of a ring back to it, the first one at both ends.
fn way_around(graph: &DiGraphMap<usize, ()>, ring: &[usize]) -> Vec<usize> {
    let inside: HashSet<usize> = ring.iter().copied().collect();
    let first = ring[0];
    let mut came_from: HashMap<usize, usize> = HashMap::new();
    let mut queue = VecDeque::from([first]);
    while let Some(at) = queue.pop_front() {
        let mut next: Vec<usize> = graph.neighbors(at).filter(|next| inside.contains(next)).collect();
        next.sort_unstable();
        for next in next {
            if next == first {
                let mut way = vec![first, at];
                while let Some(before) = came_from.get(way.last().expect("a way has steps")) {
                    way.push(*before);
                }
                if at == first {
                    way.truncate(2);
                }
                way.reverse();
                return way;
            }
            if let Entry::Vacant(place) = came_from.entry(next) {
                place.insert(at);
                queue.push_back(next);
            }
        }
    }
    ring.to_vec()
}
