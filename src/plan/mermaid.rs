//! The graph of a plan: the part of mermaid's flowcharts that people write, read strictly.
//!
//! Arrows of every kind say "comes before". What is only looks (styles, classes, clicks, directions) is passed over;
//! a line that is none of this is a problem with its line, never a guess.

mod link;
mod node;
mod statement;

use std::collections::{HashMap, HashSet};

use super::problem::{Code, Problems};

/// More arrows than any plan draws; `A & B --> C & D` multiplies.
const MOST_EDGES: usize = 100_000;
/// Frames within frames.
const DEEPEST: usize = 32;

/// A graph as drawn.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Drawing {
    pub nodes: Vec<Node>,
    /// Places in `nodes`: from, to, and the line of the arrow.
    pub edges: Vec<Edge>,
}

/// A node: its label where it has one, else its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    pub label: String,
    pub line: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Edge {
    pub from: usize,
    pub to: usize,
    pub line: usize,
}

impl Drawing {
    /// Returns the names that nodes may mean: the label, and its first line.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        self.nodes.iter().flat_map(|node| {
            let first = node.label.lines().next().unwrap_or("").to_owned();
            [node.label.replace('\n', " "), first]
        })
    }
}

/// Returns whether a block of code is a flowchart.
pub(super) fn is_flowchart(text: &str) -> bool {
    let first = content(text).map(|(_, line)| line).find(|line| !line.is_empty() && !line.starts_with("%%"));
    first.is_some_and(|line| {
        let word = line.split(|c: char| c.is_whitespace() || c == ';').next().unwrap_or("");
        matches!(word, "graph" | "flowchart" | "flowchart-elk")
    })
}

/// Returns the lines of a chart, trimmed, with their numbers from 0; a header of settings is passed over.
fn content(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let start = lines.iter().position(|line| !line.is_empty()).unwrap_or(0);
    let header_end = match lines.get(start) {
        Some(&"---") => lines.iter().skip(start + 1).position(|line| *line == "---").map_or(0, |at| start + at + 2),
        Some(_) | None => 0,
    };
    lines.into_iter().enumerate().skip(header_end)
}

/// Reads a flowchart whose first line is line `first` of the plan.
pub(super) fn read(text: &str, first: usize, problems: &mut Problems<'_>) -> Drawing {
    let mut sheet = Sheet::default();
    let mut headed = false;
    for (at, line) in content(text) {
        let number = first + at;
        for part in statement::split(line) {
            if !std::mem::replace(&mut headed, true) {
                continue;
            }
            if let Err(wrong) = sheet.take(part, number) {
                problems.add(Code::BadGraph, number, wrong.to_string(), wrong.hint());
            }
        }
    }
    sheet.finish(first, problems)
}

/// Why a line of a graph cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Wrong {
    #[error("the graph has a node without a name before `{0}`")]
    NoNode(String),
    #[error("the graph has an arrow that leads nowhere")]
    NoTarget,
    #[error("the label of node `{0}` is not closed")]
    Unclosed(String),
    #[error("the graph has no arrow that reads `{0}`")]
    NoArrow(String),
    #[error("the frames of the graph are nested too deeply")]
    TooDeep,
    #[error("an `end` closes no `subgraph`")]
    NoFrame,
}

impl Wrong {
    fn hint(&self) -> &'static str {
        match self {
            Wrong::NoNode(_) => "write each arrow as `A[name] --> B[name]`",
            Wrong::NoTarget => "write the node that the arrow leads to",
            Wrong::Unclosed(_) => "close the bracket, and put a label with brackets in it into quotes: `A[\"name\"]`",
            Wrong::NoArrow(_) => "write the arrow as `-->`, with a label as `-->|label|`",
            Wrong::TooDeep => "draw the graph with fewer frames within frames",
            Wrong::NoFrame => "take the `end` away, or open the frame with `subgraph name`",
        }
    }
}

/// A graph being read.
#[derive(Default)]
struct Sheet {
    drawing: Drawing,
    places: HashMap<String, usize>,
    ids: Vec<String>,
    frames: HashMap<String, Vec<usize>>,
    open: Vec<(String, usize)>,
    crowded: bool,
}

impl Sheet {
    fn take(&mut self, text: &str, line: usize) -> Result<(), Wrong> {
        match statement::read(text)? {
            statement::Statement::Looks => {}
            statement::Statement::Frame(id) => {
                if self.open.len() == DEEPEST {
                    return Err(Wrong::TooDeep);
                }
                self.frames.entry(id.clone()).or_default();
                self.open.push((id, line));
            }
            statement::Statement::End => {
                self.open.pop().ok_or(Wrong::NoFrame)?;
            }
            statement::Statement::Chain(groups) => {
                let mut before: Vec<usize> = Vec::new();
                let mut both = false;
                for group in groups {
                    let here: Vec<usize> = group.nodes.into_iter().map(|node| self.node(node, line)).collect();
                    for from in &before {
                        for to in &here {
                            self.edge(*from, *to, line);
                            if both {
                                self.edge(*to, *from, line);
                            }
                        }
                    }
                    both = group.next_both;
                    before = here;
                }
            }
        }
        Ok(())
    }

    fn node(&mut self, node: node::Written, line: usize) -> usize {
        let place = *self.places.entry(node.id.clone()).or_insert_with(|| {
            self.drawing.nodes.push(Node { label: node.id.clone(), line });
            self.ids.push(node.id);
            self.drawing.nodes.len() - 1
        });
        if let Some(label) = node.label {
            self.drawing.nodes[place] = Node { label, line };
        }
        for (frame, _) in &self.open {
            self.frames.entry(frame.clone()).or_default().push(place);
        }
        place
    }

    fn edge(&mut self, from: usize, to: usize, line: usize) {
        if self.drawing.edges.len() < MOST_EDGES {
            self.drawing.edges.push(Edge { from, to, line });
        } else {
            self.crowded = true;
        }
    }

    /// An arrow from or to a frame is one from or to everything in it.
    fn finish(mut self, first: usize, problems: &mut Problems<'_>) -> Drawing {
        let is_frame: Vec<bool> = self.ids.iter().map(|id| self.frames.contains_key(id)).collect();
        if is_frame.contains(&true) {
            let members = |place: usize| -> Vec<usize> {
                match self.frames.get(&self.ids[place]).filter(|_| is_frame[place]) {
                    Some(inside) => {
                        let once: HashSet<usize> = inside.iter().copied().filter(|inside| !is_frame[*inside]).collect();
                        once.into_iter().collect()
                    }
                    None => vec![place],
                }
            };
            let mut edges: Vec<Edge> = Vec::new();
            for edge in &self.drawing.edges {
                let (from, to) = (members(edge.from), members(edge.to));
                if edges.len() + from.len() * to.len() > MOST_EDGES {
                    self.crowded = true;
                    break;
                }
                edges.extend(from.iter().flat_map(|from| to.iter().map(|to| Edge { from: *from, to: *to, ..*edge })));
            }
            self.drawing.edges = edges;
        }
        if self.crowded {
            problems.add(
                Code::BadGraph,
                first,
                format!("the graph has more than {MOST_EDGES} arrows"),
                "draw the needs that matter; a need of a need is waited for anyway",
            );
        }
        let mut seen = HashSet::new();
        self.drawing.edges.retain(|edge| seen.insert((edge.from, edge.to)));
        self.drawing
    }
}
