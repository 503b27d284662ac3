//! The dependency graph with the states of its agents.

use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::paint::{Brush, piece};
use crate::run::Run;
use crate::scheduler::Word;
use crate::screen::CriticalPath;
use crate::screen::graph::{Graph, Node};
use crate::screen::layout::first_shown;
use crate::screen::look::{Meaning, word};
use crate::screen::words;

/// Draws the graph in a place, scrolled by so many cells. The edges of the selected node are lit.
///
/// The critical path is drawn in heavy lines, and the names on it underlined, so that it is there without colours too.
pub fn draw(
    brush: &mut Brush<'_>,
    place: Rect,
    run: &Run,
    graph: &Graph,
    path: &CriticalPath,
    (scroll, selected): ((u16, u16), Option<Node>),
) {
    let visible = |x: u16, y: u16| -> Option<(u16, u16)> {
        let (x, y) = (x.checked_sub(scroll.0)?, y.checked_sub(scroll.1)?);
        (x < place.width && y < place.height).then(|| (place.x + x, place.y + y))
    };
    let ascii = brush.symbols.ascii;
    for lit in [false, true] {
        for stroke in &graph.strokes {
            let touches = selected.is_some_and(|node| stroke.to == node || stroke.from.contains(&node));
            if touches != lit {
                continue;
            }
            if let Some((x, y)) = visible(stroke.x, stroke.y) {
                let critical = path.goes(&stroke.from, stroke.to);
                let meaning = match (lit, critical) {
                    (true, _) => Meaning::LitEdge,
                    (false, true) => Meaning::Critical,
                    (false, false) => Meaning::Edge,
                };
                let glyph = if critical { stroke.shape.heavy(ascii) } else { stroke.shape.glyph(ascii) };
                brush.buffer.set_string(x, y, glyph, brush.theme.style(meaning));
            }
        }
    }
    for placed in &graph.nodes {
        let Some((x, y)) = visible(placed.x, placed.y) else { continue };
        let (state, _) = state_of(run, placed.node);
        let is_selected = selected == Some(placed.node);
        let name = match (is_selected, state) {
            (true, _) => Meaning::Focus,
            (false, Word::Waiting | Word::Ready | Word::Skipped) => Meaning::Dim,
            (false, _) => Meaning::Text,
        };
        let mut label = piece(placed.label.clone(), name);
        if path.has(placed.node) {
            label.style = Style::default().add_modifier(Modifier::UNDERLINED);
        }
        let pieces = [piece(format!("{} ", brush.symbols.state(state)), Meaning::of(state)), label];
        brush.pieces(x, y, place.right() - x, &pieces);
        if is_selected {
            let width = placed.width.min(place.right() - x);
            brush.tint(Rect { x, y, width, height: 1 }, Meaning::Selected);
        }
    }
}

/// Draws the nodes one under the other, where there is no room for a graph.
pub fn draw_list(
    brush: &mut Brush<'_>,
    place: Rect,
    run: &Run,
    graph: &Graph,
    path: &CriticalPath,
    selected: Option<Node>,
) {
    let at = selected.and_then(|node| graph.nodes.iter().position(|placed| placed.node == node)).unwrap_or(0);
    let first = first_shown(at, usize::from(place.height), graph.nodes.len());
    for (row, placed) in graph.nodes.iter().skip(first).take(usize::from(place.height)).enumerate() {
        let y = place.y + row as u16;
        let (state, name) = state_of(run, placed.node);
        let indent = "  ".repeat(placed.layer.min(4));
        let left = [
            piece(format!("{indent}{} ", brush.symbols.state(state)), Meaning::of(state)),
            piece(words::clean(name), Meaning::Text),
        ];
        let mut right = vec![piece(word(state), Meaning::Dim)];
        if path.has(placed.node) {
            right.insert(0, piece(brush.symbols.pick("━ ", "= "), Meaning::Critical));
        }
        brush.line(Rect { y, height: 1, ..place }, y, &left, &right);
        if selected == Some(placed.node) {
            brush.tint(Rect { y, height: 1, ..place }, Meaning::Selected);
        }
    }
}

/// Returns in words what a node needs and what needs it.
pub fn caption(run: &Run, node: Node) -> String {
    let names = |ids: &[crate::plan::AgentId]| -> String {
        ids.iter().map(|id| run.plan.agent(*id).name.as_str()).collect::<Vec<_>>().join(", ")
    };
    let compile = run.plan.compile.as_ref();
    match node {
        Node::Compile => compile.map_or_else(String::new, |compile| format!("needs {}", names(&compile.needs))),
        Node::Agent(id) => {
            let needs = match run.plan.agent(id).needs.as_slice() {
                [] => "needs nothing".to_owned(),
                needs => format!("needs {}", names(needs)),
            };
            let mut after: Vec<String> =
                run.plan.dependants(id).iter().map(|id| run.plan.agent(*id).name.clone()).collect();
            after.extend(compile.filter(|compile| compile.needs.contains(&id)).map(|compile| compile.label.clone()));
            if after.is_empty() { needs } else { format!("{needs} · needed by {}", after.join(", ")) }
        }
    }
}

fn state_of(run: &Run, node: Node) -> (Word, &str) {
    match node {
        Node::Agent(id) => (run.state.agent(id).word(), run.plan.agent(id).name.as_str()),
        Node::Compile => {
            let state = if run.end.is_some() { Word::Done } else { Word::Waiting };
            (state, run.plan.compile.as_ref().map_or("final report", |compile| compile.label.as_str()))
        }
    }
}
