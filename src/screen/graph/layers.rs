//! Who stands in which column, and in which order from top to bottom.

use std::collections::{BTreeMap, BTreeSet};

use super::Node;
use crate::plan::{AgentId, Plan};

/// The columns of the graph, left to right, and the edges between neighbouring columns.
#[derive(Debug, Clone)]
pub struct Layers {
    pub columns: Vec<Vec<Vertex>>,
    /// For every gap between two columns: from (place in the left column) to (place in the right one).
    pub gaps: Vec<Vec<(usize, usize)>>,
    /// For every target, the nodes whose edges lead to it.
    pub sources: BTreeMap<Node, Vec<Node>>,
}

/// Something that takes a row in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Vertex {
    Real(Node),
    /// The edges into this node pass through on their way.
    Through(Node),
}

impl Vertex {
    /// Returns the node that edges into this vertex lead to.
    pub fn target(self) -> Node {
        match self {
            Vertex::Real(node) | Vertex::Through(node) => node,
        }
    }
}

impl Layers {
    pub fn of(plan: &Plan) -> Layers {
        let edges = edges(plan);
        let layer = layer_of_each(plan);
        let mut sources: BTreeMap<Node, Vec<Node>> = BTreeMap::new();
        for (from, to) in &edges {
            sources.entry(*to).or_default().push(*from);
        }
        let mut columns = vec![Vec::new(); layer.values().max().map_or(0, |last| last + 1)];
        for (node, layer) in &layer {
            columns[*layer].push(Vertex::Real(*node));
        }
        for (to, from) in &sources {
            let first = from.iter().map(|node| layer[node]).min().unwrap_or(0);
            for column in &mut columns[first + 1..layer[to]] {
                column.push(Vertex::Through(*to));
            }
        }
        let links = links_between(&columns, &edges, &layer);
        order(&mut columns, &links);
        let gaps = links.iter().enumerate().map(|(gap, links)| places(&columns, gap, links)).collect();
        Layers { columns, gaps, sources }
    }
}

/// Returns for every gap which vertex of its left column is joined to which of its right one.
fn links_between(
    columns: &[Vec<Vertex>],
    edges: &[(Node, Node)],
    layer: &BTreeMap<Node, usize>,
) -> Vec<BTreeSet<(Vertex, Vertex)>> {
    let mut links = vec![BTreeSet::new(); columns.len().saturating_sub(1)];
    for (from, to) in edges {
        let (first, last) = (layer[from], layer[to]);
        for (gap, links) in links.iter_mut().enumerate().take(last).skip(first) {
            let left = if gap == layer[from] { Vertex::Real(*from) } else { Vertex::Through(*to) };
            let right = if gap + 1 == layer[to] { Vertex::Real(*to) } else { Vertex::Through(*to) };
            links.insert((left, right));
        }
    }
    links
}

/// Puts every vertex near the middle of its neighbours, column by column, there and back: few crossings are left.
fn order(columns: &mut [Vec<Vertex>], links: &[BTreeSet<(Vertex, Vertex)>]) {
    let last = columns.len().saturating_sub(1);
    for _ in 0..4 {
        for at in 1..=last {
            let (before, rest) = columns.split_at_mut(at);
            weigh(&mut rest[0], &before[at - 1], links[at - 1].iter().map(|(left, right)| (*right, *left)));
        }
        for at in (0..last).rev() {
            let (before, rest) = columns.split_at_mut(at + 1);
            weigh(&mut before[at], &rest[0], links[at].iter().copied());
        }
    }
    // Dependants line up behind what they need in the end.
    for at in 1..=last {
        let (before, rest) = columns.split_at_mut(at);
        weigh(&mut rest[0], &before[at - 1], links[at - 1].iter().map(|(left, right)| (*right, *left)));
    }
}

fn weigh(column: &mut [Vertex], beside: &[Vertex], links: impl Iterator<Item = (Vertex, Vertex)>) {
    let place: BTreeMap<Vertex, usize> = beside.iter().enumerate().map(|(place, vertex)| (*vertex, place)).collect();
    let mut near: BTreeMap<Vertex, Vec<usize>> = BTreeMap::new();
    for (mine, other) in links {
        near.entry(mine).or_default().push(place[&other]);
    }
    let weights: BTreeMap<Vertex, f64> = column
        .iter()
        .enumerate()
        .map(|(at, vertex)| {
            let middle = near.get(vertex).map(|near| near.iter().sum::<usize>() as f64 / near.len() as f64);
            (*vertex, middle.unwrap_or(at as f64))
        })
        .collect();
    column.sort_by(|a, b| weights[a].total_cmp(&weights[b]));
}

fn places(columns: &[Vec<Vertex>], gap: usize, links: &BTreeSet<(Vertex, Vertex)>) -> Vec<(usize, usize)> {
    let place = |column: &[Vertex], vertex: Vertex| {
        column.iter().position(|other| *other == vertex).expect("both ends of a link stand in their columns")
    };
    links.iter().map(|(left, right)| (place(&columns[gap], *left), place(&columns[gap + 1], *right))).collect()
}

/// Returns every edge of the plan, those of the compile step included.
fn edges(plan: &Plan) -> Vec<(Node, Node)> {
    let mut edges: Vec<(Node, Node)> =
        plan.edges().into_iter().map(|(from, to)| (Node::Agent(from), Node::Agent(to))).collect();
    if let Some(compile) = &plan.compile {
        edges.extend(compile.needs.iter().map(|need| (Node::Agent(*need), Node::Compile)));
    }
    edges.sort();
    edges.dedup();
    edges
}

/// Returns the column of every node: after all it needs, and not before the agents of earlier phases began.
fn layer_of_each(plan: &Plan) -> BTreeMap<Node, usize> {
    fn depth(plan: &Plan, id: AgentId, least: &[usize], known: &mut Vec<Option<usize>>) -> usize {
        if let Some(depth) = known[id.0] {
            return depth;
        }
        let needs = plan.agent(id).needs.iter().map(|need| depth(plan, *need, least, known) + 1).max().unwrap_or(0);
        let found = needs.max(least[id.0]);
        known[id.0] = Some(found);
        found
    }
    let mut phases: Vec<u32> = plan.agents.iter().map(|agent| agent.phase).collect();
    phases.sort_unstable();
    phases.dedup();
    let least: Vec<usize> = plan.agents.iter().map(|agent| phases.binary_search(&agent.phase).unwrap_or(0)).collect();
    let mut known = vec![None; plan.agents.len()];
    let mut layers: BTreeMap<Node, usize> =
        plan.each().map(|(id, _)| (Node::Agent(id), depth(plan, id, &least, &mut known))).collect();
    if plan.compile.is_some() {
        let last = layers.values().max().map_or(0, |last| last + 1);
        layers.insert(Node::Compile, last);
    }
    layers
}
