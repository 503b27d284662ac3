//! How the edges go: rows for the vertices, a lane in the gap for every target that is not straight ahead.

use std::collections::{BTreeMap, BTreeSet};

use super::layers::{Layers, Vertex};
use super::{Node, Shape, Stroke};

/// Rows, columns and the cells of all edges.
pub struct Strokes {
    /// The left edge of every column.
    pub left: Vec<u16>,
    pub width: u16,
    pub height: u16,
    pub cells: Vec<Stroke>,
    rows: Vec<BTreeMap<Vertex, u16>>,
}

/// The edges of one gap that lead to one vertex of its right column.
struct Net {
    to: usize,
    from: Vec<usize>,
    /// Goes straight ahead, without a lane.
    straight: bool,
}

impl Strokes {
    pub fn route(layers: &Layers, width_of: impl Fn(Node) -> u16) -> Strokes {
        let nets: Vec<Vec<Net>> = layers.gaps.iter().map(|gap| nets(gap)).collect();
        // Rows side by side read best; where that would make two edges share a stretch, every other column moves
        // down by a row, and no two neighbours stand on the same one.
        let lined_up = rows(layers, false);
        let (rows, lanes) = match assign_lanes(layers, &lined_up, nets) {
            Ok(lanes) => (lined_up, lanes),
            Err(nets) => {
                let moved = rows(layers, true);
                let lanes = assign_lanes(layers, &moved, nets)
                    .unwrap_or_else(|_| unreachable!("neighbours on different rows put no order on lanes"));
                (moved, lanes)
            }
        };
        let mut strokes = Strokes { left: Vec::new(), width: 0, height: 0, cells: Vec::new(), rows };
        let mut x = 0;
        for (at, column) in layers.columns.iter().enumerate() {
            strokes.left.push(x);
            let widest = column.iter().map(|vertex| match vertex {
                Vertex::Real(node) => width_of(*node),
                Vertex::Through(_) => 0,
            });
            let right = x + widest.max().unwrap_or(0);
            x = match lanes.get(at) {
                Some(gap) => {
                    let count = gap.iter().filter(|(net, _)| !net.straight).count() as u16;
                    // " ─" lanes two cells apart "▶ "
                    right + 4 + count * 2
                }
                None => right,
            };
            strokes.width = x;
            if let Some(gap) = lanes.get(at) {
                strokes.draw_gap(layers, at, gap, right, x, &width_of);
            }
        }
        strokes.height = strokes.rows.iter().flat_map(|column| column.values()).max().map_or(0, |last| last + 1);
        strokes
    }

    pub fn row_of(&self, vertex: &Vertex, layer: usize) -> u16 {
        self.rows[layer][vertex]
    }

    /// Draws the edges of the gap between column `at`, which ends at `right`, and the next, which begins at `next`.
    fn draw_gap(
        &mut self,
        layers: &Layers,
        at: usize,
        gap: &[(Net, u16)],
        right: u16,
        next: u16,
        width_of: &impl Fn(Node) -> u16,
    ) {
        let mut grid: BTreeMap<(u16, u16), Vec<Stroke>> = BTreeMap::new();
        let (left_column, right_column) = (&layers.columns[at], &layers.columns[at + 1]);
        for (net, lane) in gap {
            let to = right_column[net.to];
            let target = to.target();
            let y = self.rows[at + 1][&to];
            let lane_x = right + 2 + lane * 2;
            let ends = match to {
                Vertex::Real(_) => next - 2,
                // A line that passes through goes on under the column, as wide as it is.
                Vertex::Through(_) => next - 1,
            };
            let mut put = |x: u16, y: u16, shape: Shape, from: &[Node]| {
                grid.entry((x, y)).or_default().push(Stroke { x, y, shape, from: from.to_vec(), to: target });
            };
            let all: Vec<Node> = net.from.iter().flat_map(|from| senders(layers, left_column[*from])).collect();
            let flat = Shape { left: true, right: true, ..Shape::default() };
            for from in &net.from {
                let vertex = left_column[*from];
                let mine = senders(layers, vertex);
                let row = self.rows[at][&vertex];
                let begins = match vertex {
                    Vertex::Real(node) => self.left[at] + width_of(node) + 1,
                    Vertex::Through(_) => self.left[at],
                };
                let stop = if net.straight { ends } else { lane_x };
                for x in begins..stop {
                    put(x, row, flat, &mine);
                }
            }
            if !net.straight {
                let mut tops: Vec<u16> = net.from.iter().map(|from| self.rows[at][&left_column[*from]]).collect();
                let joins: BTreeSet<u16> = tops.iter().copied().collect();
                tops.push(y);
                let (low, high) =
                    (*tops.iter().min().expect("the target's row is in it"), *tops.iter().max().expect("the same"));
                for row in low..=high {
                    let shape = Shape {
                        up: row > low,
                        down: row < high,
                        left: joins.contains(&row),
                        right: row == y,
                        head: false,
                    };
                    // Beyond the target the lane carries only what comes from that side.
                    let beyond = |from: &&usize| {
                        let at_row = self.rows[at][&left_column[**from]];
                        if row > y {
                            at_row >= row
                        } else if row < y {
                            at_row <= row
                        } else {
                            true
                        }
                    };
                    let carried: Vec<Node> =
                        net.from.iter().filter(beyond).flat_map(|from| senders(layers, left_column[*from])).collect();
                    put(lane_x, row, shape, &carried);
                }
                for x in lane_x + 1..ends {
                    put(x, y, flat, &all);
                }
            }
            match to {
                Vertex::Real(_) => put(ends, y, Shape { head: true, left: true, ..Shape::default() }, &all),
                Vertex::Through(_) => put(ends, y, flat, &all),
            }
        }
        for (_, strokes) in grid {
            self.cells.push(merge(strokes));
        }
    }
}

/// Returns what is drawn where several edges meet in a cell: a lane runs over a line that is not its own; the lines
/// of one source, or to one target, are one line.
fn merge(mut strokes: Vec<Stroke>) -> Stroke {
    if let Some(lane) = strokes.iter().position(|stroke| stroke.shape.up || stroke.shape.down) {
        let mut stroke = strokes.swap_remove(lane);
        // A source that feeds this lane and goes on to another one.
        let goes_on = strokes.iter().any(|other| {
            other.shape.right && stroke.shape.left && other.from.iter().any(|from| stroke.from.contains(from))
        });
        stroke.shape.right |= goes_on;
        return stroke;
    }
    let mut one = strokes.swap_remove(0);
    for other in strokes {
        for from in other.from {
            if !one.from.contains(&from) {
                one.from.push(from);
            }
        }
        one.shape.head |= other.shape.head;
    }
    one
}

fn senders(layers: &Layers, vertex: Vertex) -> Vec<Node> {
    match vertex {
        Vertex::Real(node) => vec![node],
        Vertex::Through(to) => layers.sources.get(&to).cloned().unwrap_or_default(),
    }
}

fn nets(gap: &[(usize, usize)]) -> Vec<Net> {
    let mut by_target: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (from, to) in gap {
        by_target.entry(*to).or_default().push(*from);
    }
    by_target.into_iter().map(|(to, from)| Net { to, from, straight: false }).collect()
}

/// Returns the row of every vertex. A column stands in the middle of the height, one row a vertex.
fn rows(layers: &Layers, stagger: bool) -> Vec<BTreeMap<Vertex, u16>> {
    let step = if stagger { 2 } else { 1 };
    let tallest = layers.columns.iter().map(Vec::len).max().unwrap_or(0);
    layers
        .columns
        .iter()
        .enumerate()
        .map(|(at, column)| {
            let first = (tallest - column.len()) / 2 * step + if stagger { at % 2 } else { 0 };
            column.iter().enumerate().map(|(place, vertex)| (*vertex, (first + place * step) as u16)).collect()
        })
        .collect()
}

/// For every gap, its nets with their lanes.
type InLanes = Vec<Vec<(Net, u16)>>;

/// Returns every net with its lane, counted from the left; the nets again if rows and lanes do not go together.
///
/// Where a source and the target of another edge stand on one row, the lanes of the source must lie left of the
/// target's, or both would use the stretch between.
fn assign_lanes(
    layers: &Layers,
    rows: &[BTreeMap<Vertex, u16>],
    nets: Vec<Vec<Net>>,
) -> Result<InLanes, Vec<Vec<Net>>> {
    let mut placed = Vec::new();
    let mut orders = Vec::new();
    let mut nets = nets;
    for (gap, nets) in nets.iter_mut().enumerate() {
        let row_of_source = |from: usize| rows[gap][&layers.columns[gap][from]];
        let row_of_target = |to: usize| rows[gap + 1][&layers.columns[gap + 1][to]];
        for net in nets.iter_mut() {
            net.straight = net.from.len() == 1 && row_of_source(net.from[0]) == row_of_target(net.to);
        }
        match lane_order(nets, row_of_source, row_of_target) {
            Some(order) => orders.push(order),
            None => {
                orders.clear();
                break;
            }
        }
    }
    if orders.len() != nets.len() {
        return Err(nets);
    }
    for (nets, order) in nets.into_iter().zip(orders) {
        placed.push(nets.into_iter().zip(order).collect());
    }
    Ok(placed)
}

fn lane_order(
    nets: &[Net],
    row_of_source: impl Fn(usize) -> u16,
    row_of_target: impl Fn(usize) -> u16,
) -> Option<Vec<u16>> {
    // `before[b]` holds every net whose lane must lie left of the lane of `b`.
    let mut before: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); nets.len()];
    for (a, net) in nets.iter().enumerate() {
        for from in &net.from {
            for (b, other) in nets.iter().enumerate() {
                if a == b || row_of_source(*from) != row_of_target(other.to) {
                    continue;
                }
                if net.straight {
                    return None;
                }
                if other.straight && !other.from.contains(from) {
                    return None;
                }
                if !other.straight {
                    before[b].insert(a);
                }
            }
        }
    }
    let mut lanes = vec![0; nets.len()];
    let mut left: BTreeSet<usize> = (0..nets.len()).filter(|net| !nets[*net].straight).collect();
    let mut lane = 0;
    while !left.is_empty() {
        // Of those that may come next, the one that goes farthest up comes first, so that few lanes cross.
        let free = |net: &&usize| before[**net].iter().all(|other| !left.contains(other));
        let next = *left.iter().filter(free).min_by_key(|net| {
            let rise = nets[**net].from.iter().map(|from| i32::from(row_of_source(*from))).min().unwrap_or(0);
            let target = i32::from(row_of_target(nets[**net].to));
            if target < rise { (0, target) } else { (1, -target) }
        })?;
        left.remove(&next);
        lanes[next] = lane;
        lane += 1;
    }
    Some(lanes)
}
