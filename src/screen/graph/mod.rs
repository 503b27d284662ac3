//! The dependency graph, laid out in cells: agents in columns by what they need, edges in lanes between the columns.
//!
//! Edges into the same agent share one lane and merge; edges of different targets never share a stretch, so what
//! looks joined is joined. Where a lane only crosses a line it runs over it (`│`), where it takes it in it joins
//! (`├ ┤ ┼`). `layers` decides who stands where, `lanes` how the edges go.

mod lanes;
mod layers;

use crate::plan::{AgentId, Plan};
use lanes::Strokes;
use layers::{Layers, Vertex};

/// A node: an agent, or the compile step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node {
    Agent(AgentId),
    Compile,
}

/// Where everything of the graph stands. Cells count from its own upper left corner.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    pub width: u16,
    pub height: u16,
    pub nodes: Vec<Placed>,
    pub strokes: Vec<Stroke>,
    /// Agents that no edge touches, where none does at all: a list is better than a graph then.
    pub has_edges: bool,
}

/// A node and where its label stands: two cells of symbol, then the name.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    pub node: Node,
    pub x: u16,
    pub y: u16,
    pub width: u16,
    pub label: String,
    /// 0-based column.
    pub layer: usize,
}

/// One cell of an edge: which sides it leads to, and between which nodes it runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Stroke {
    pub x: u16,
    pub y: u16,
    pub shape: Shape,
    pub from: Vec<Node>,
    pub to: Node,
}

/// The sides to which a cell of an edge leads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shape {
    pub up: bool,
    pub down: bool,
    pub left: bool,
    pub right: bool,
    /// The head of an arrow, pointing right.
    pub head: bool,
}

impl Graph {
    /// Returns the graph of a plan with names of at most `widest` cells.
    pub fn of(plan: &Plan, widest: usize) -> Graph {
        let layers = Layers::of(plan);
        let strokes = Strokes::route(&layers, |node| label_width(plan, node, widest));
        let nodes = layers
            .columns
            .iter()
            .enumerate()
            .flat_map(|(layer, column)| column.iter().map(move |vertex| (layer, vertex)))
            .filter_map(|(layer, vertex)| match vertex {
                Vertex::Real(node) => Some((layer, *node)),
                Vertex::Through(_) => None,
            })
            .map(|(layer, node)| Placed {
                node,
                x: strokes.left[layer],
                y: strokes.row_of(&Vertex::Real(node), layer),
                width: label_width(plan, node, widest),
                label: label(plan, node, widest),
                layer,
            })
            .collect();
        Graph {
            width: strokes.width,
            height: strokes.height,
            nodes,
            has_edges: !strokes.cells.is_empty(),
            strokes: strokes.cells,
        }
    }

    /// Returns the graph with names as long as fit a width, though never under ten cells.
    pub fn fitting(plan: &Plan, width: u16) -> Graph {
        let longest = plan.agents.iter().map(|agent| super::words::width(&agent.name)).max().unwrap_or(0).max(12);
        let full = Graph::of(plan, longest);
        if full.width <= width {
            return full;
        }
        let columns = full.nodes.iter().map(|node| node.layer + 1).max().unwrap_or(1);
        let over = usize::from(full.width - width).div_ceil(columns);
        Graph::of(plan, longest.saturating_sub(over).max(10))
    }

    /// Returns the node at a cell.
    pub fn at(&self, x: u16, y: u16) -> Option<Node> {
        self.nodes.iter().find(|node| node.y == y && (node.x..node.x + node.width).contains(&x)).map(|node| node.node)
    }

    /// Returns where a node stands.
    pub fn place(&self, node: Node) -> Option<&Placed> {
        self.nodes.iter().find(|placed| placed.node == node)
    }

    /// Returns the nearest node in a direction of the screen.
    pub fn beside(&self, node: Node, dx: i32, dy: i32) -> Option<Node> {
        let here = self.place(node)?;
        let distance = |other: &&Placed| {
            let along = if dx != 0 {
                (other.layer as i32 - here.layer as i32) * dx
            } else {
                (i32::from(other.y) - i32::from(here.y)) * dy
            };
            let across = if dx != 0 {
                (i32::from(other.y) - i32::from(here.y)).abs()
            } else {
                (other.layer as i32 - here.layer as i32).abs() * 1000
            };
            along * 100 + across
        };
        let ahead = |other: &&Placed| {
            if dx != 0 {
                (other.layer as i32 - here.layer as i32) * dx > 0
            } else {
                (i32::from(other.y) - i32::from(here.y)) * dy > 0
            }
        };
        self.nodes.iter().filter(ahead).min_by_key(distance).map(|placed| placed.node)
    }
}

fn name(plan: &Plan, node: Node) -> &str {
    match node {
        Node::Agent(id) => &plan.agent(id).name,
        Node::Compile => plan.compile.as_ref().map_or("final report", |compile| &compile.label),
    }
}

fn label(plan: &Plan, node: Node, widest: usize) -> String {
    super::words::fit(&super::words::clean(name(plan, node)), widest, "…")
}

fn label_width(plan: &Plan, node: Node, widest: usize) -> u16 {
    super::words::width(&label(plan, node, widest)) as u16 + 2
}

impl Shape {
    /// Returns the character that draws it.
    pub fn glyph(self, ascii: bool) -> &'static str {
        let pick = |unicode, plain| if ascii { plain } else { unicode };
        if self.head {
            return pick("▶", ">");
        }
        match (self.up, self.down, self.left, self.right) {
            (false, false, _, _) => pick("─", "-"),
            (_, _, false, false) => pick("│", "|"),
            (true, true, true, true) => pick("┼", "+"),
            (true, true, true, false) => pick("┤", "+"),
            (true, true, false, true) => pick("├", "+"),
            (true, false, true, true) => pick("┴", "+"),
            (false, true, true, true) => pick("┬", "+"),
            (true, false, true, false) => pick("╯", "+"),
            (true, false, false, true) => pick("╰", "+"),
            (false, true, true, false) => pick("╮", "+"),
            (false, true, false, true) => pick("╭", "+"),
        }
    }
}

impl Shape {
    /// Returns the character that draws it where the critical path goes.
    pub fn heavy(self, ascii: bool) -> &'static str {
        let pick = |unicode, plain| if ascii { plain } else { unicode };
        if self.head {
            return pick("▶", ">");
        }
        match (self.up, self.down, self.left, self.right) {
            (false, false, _, _) => pick("━", "="),
            (_, _, false, false) => pick("┃", "#"),
            (true, true, true, true) => pick("╋", "#"),
            (true, true, true, false) => pick("┫", "#"),
            (true, true, false, true) => pick("┣", "#"),
            (true, false, true, true) => pick("┻", "#"),
            (false, true, true, true) => pick("┳", "#"),
            (true, false, true, false) => pick("┛", "#"),
            (true, false, false, true) => pick("┗", "#"),
            (false, true, true, false) => pick("┓", "#"),
            (false, true, false, true) => pick("┏", "#"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::plan::{Agent, Compile, Overrides, Said, TeamFiles};

    /// Reads `a>b` pairs into a plan; `!` is the compile step.
    fn plan(agents: &[&str], edges: &[&str]) -> Plan {
        let find = |name: &str| AgentId(agents.iter().position(|agent| *agent == name).expect("a known name"));
        let pairs: Vec<(&str, &str)> = edges.iter().map(|edge| edge.split_once('>').expect("a>b")).collect();
        let needs_of = |name: &str| pairs.iter().filter(|(_, to)| *to == name).map(|(from, _)| find(from)).collect();
        let agents = agents
            .iter()
            .map(|name| Agent {
                name: (*name).to_owned(),
                slug: (*name).to_owned(),
                phase: 1,
                task: String::new(),
                needs: needs_of(name),
                time_box: Duration::from_secs(900),
                tools: Vec::new(),
                tool_hints: Vec::new(),
                output: None,
                criteria: Vec::new(),
                reads: Vec::new(),
                overrides: Overrides::default(),
                line: 1,
            })
            .collect();
        let ends: Vec<AgentId> = needs_of("!");
        Plan {
            title: String::new(),
            slots: 5,
            time_box: Duration::from_secs(900),
            agents,
            compile: (!ends.is_empty()).then(|| Compile { label: "Final Report".to_owned(), needs: ends }),
            files: TeamFiles { status: String::new(), findings: String::new(), urgent: String::new() },
            deliverables: Vec::new(),
            conditions: Vec::new(),
            factors: Vec::new(),
            brief: String::new(),
            overrides: Overrides::default(),
            said: Said::default(),
        }
    }

    fn drawn(graph: &Graph) -> String {
        let mut rows = vec![vec![' '; usize::from(graph.width)]; usize::from(graph.height)];
        for stroke in &graph.strokes {
            rows[usize::from(stroke.y)][usize::from(stroke.x)] =
                stroke.shape.glyph(false).chars().next().expect("one character");
        }
        for node in &graph.nodes {
            for (at, c) in format!("* {}", node.label).chars().enumerate() {
                rows[usize::from(node.y)][usize::from(node.x) + at] = c;
            }
        }
        rows.iter().map(|row| row.iter().collect::<String>().trim_end().to_owned() + "\n").collect()
    }

    #[test]
    fn pairs_stand_side_by_side_and_merge_into_the_last_step() {
        let plan = plan(&["a1", "b1", "c1", "a2", "b2", "c2"], &["a1>a2", "b1>b2", "c1>c2", "a2>!", "b2>!", "c2>!"]);
        assert_eq!(
            drawn(&Graph::of(&plan, 20)),
            "\
* a1 ─▶ * a2 ─╮
* b1 ─▶ * b2 ─┼─▶ * Final Report
* c1 ─▶ * c2 ─╯
"
        );
    }

    #[test]
    fn edges_of_different_targets_never_share_a_stretch() {
        let plan = plan(&["a", "b", "c", "d", "e"], &["a>e", "b>d", "b>e", "c>d", "e>!"]);
        let graph = Graph::of(&plan, 20);
        for one in &graph.strokes {
            let here = graph.strokes.iter().filter(|other| (other.x, other.y) == (one.x, one.y));
            assert_eq!(here.count(), 1);
        }
        insta::assert_snapshot!(drawn(&graph));
    }

    #[test]
    fn a_long_edge_passes_between_the_agents_of_the_columns_it_crosses() {
        let plan = plan(&["a", "b", "c", "d"], &["a>b", "b>c", "a>c", "d>c"]);
        insta::assert_snapshot!(drawn(&Graph::of(&plan, 20)));
    }

    #[test]
    fn two_edges_that_cross_stay_apart() {
        let plan = plan(&["a", "b", "c", "d", "x"], &["a>d", "b>c", "a>x", "b>x"]);
        insta::assert_snapshot!(drawn(&Graph::of(&plan, 20)));
    }

    #[test]
    fn names_shrink_before_a_graph_grows_out_of_its_room() {
        let plan =
            plan(&["architecture-analyst", "integration-analyst"], &["architecture-analyst>integration-analyst"]);
        assert_eq!(drawn(&Graph::fitting(&plan, 36)), "* architecture… ─▶ * integration-a…\n");
        assert_eq!(Graph::fitting(&plan, 80).width, 47);
    }
}
