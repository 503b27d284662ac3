//! Where everything stands, as a pure function of the size of the terminal and of what there is to show.

use ratatui::layout::Rect;

/// Under this nothing can be shown but a notice.
pub const LEAST: (u16, u16) = (40, 12);

/// What there is to show, as far as places depend on it.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Places for attempts; 0 when the run has ended.
    pub seats: usize,
    /// The seat that must be seen where not all can.
    pub seat: usize,
    /// Something is open beside the attempts: zoom, pager, list.
    pub pane: bool,
    /// A line that the whole run has to say: held, draining, plan changed.
    pub banner: bool,
    /// The cells the graph would like.
    pub graph: (u16, u16),
}

/// How much room there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Less than can be used.
    Tiny,
    /// A line an agent, and one part below.
    Compact,
    /// Two lines an agent, and one part below.
    Narrow,
    /// Panels side by side.
    Grid,
}

/// The places. Parts that are not there have no place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    pub class: Class,
    pub header: Rect,
    pub banner: Option<Rect>,
    pub footer: Rect,
    /// Seat and place, for those that can be seen.
    pub seats: Vec<(usize, Rect)>,
    /// Seats are lines, not panels.
    pub strips: bool,
    /// How many seats are above and below those shown.
    pub hidden: (usize, usize),
    /// Where it is told how many are not shown.
    pub more: Option<Rect>,
    pub queue: Option<Rect>,
    pub graph: Option<Rect>,
    pub feed: Option<Rect>,
    /// Names of the parts that share the room below; the part itself is `lower`.
    pub tabs: Option<Rect>,
    pub lower: Option<Rect>,
    pub pane: Option<Rect>,
}

impl Layout {
    /// Returns the places for a terminal of this size.
    pub fn of(area: Rect, wanted: Wanted) -> Layout {
        let class = class(area);
        let mut layout = Layout {
            class,
            header: Rect::default(),
            banner: None,
            footer: Rect::default(),
            seats: Vec::new(),
            strips: class != Class::Grid || wanted.pane,
            hidden: (0, 0),
            more: None,
            queue: None,
            graph: None,
            feed: None,
            tabs: None,
            lower: None,
            pane: None,
        };
        if class == Class::Tiny {
            return layout;
        }
        let (header, rest) = top(area, 1);
        let (rest, footer) = bottom(rest, 1);
        (layout.header, layout.footer) = (header, footer);
        let mut body = rest;
        if wanted.banner {
            let (banner, rest) = top(body, 1);
            (layout.banner, body) = (Some(banner), rest);
        }
        match (class, wanted.pane) {
            (Class::Grid, false) => layout.grid(body, wanted),
            (Class::Grid, true) => layout.beside(body, wanted),
            (Class::Narrow | Class::Compact | Class::Tiny, pane) => layout.stacked(body, wanted, pane),
        }
        layout
    }

    /// Panels, the queue as one more of them; graph and feed below.
    fn grid(&mut self, body: Rect, wanted: Wanted) {
        let below = (wanted.graph.1 + 2).clamp(body.height * 28 / 100, body.height * 44 / 100).max(8);
        let (above, below) = bottom(body, below);
        let cells = wanted.seats + 1;
        match columns(above, cells) {
            Some(columns) => {
                let rows = cells.div_ceil(columns);
                let mut places = Vec::new();
                for (at, row) in split_rows(above, rows).into_iter().enumerate() {
                    let here = if at + 1 == rows { cells - at * columns } else { columns };
                    places.extend(split_columns(row, here));
                }
                self.queue = places.pop();
                self.seats = places.into_iter().enumerate().collect();
            }
            None => {
                self.strips = true;
                let (left, right) = left(above, above.width * 6 / 10);
                self.strip_seats(left, wanted, 2);
                self.queue = Some(right);
            }
        }
        let graph = (wanted.graph.0 + 4).clamp(below.width * 35 / 100, below.width * 62 / 100);
        let (graph, feed) = left(below, graph);
        (self.graph, self.feed) = (Some(graph), Some(feed));
    }

    /// A pane in the right two thirds; attempts as strips on the left, queue and feed under them.
    fn beside(&mut self, body: Rect, wanted: Wanted) {
        let (side, pane) = left(body, (body.width / 3).clamp(40, 64));
        self.pane = Some(pane);
        let strips = (wanted.seats as u16 * 2).min(side.height * 6 / 10);
        let (seats, rest) = top(side, strips);
        self.strip_seats(seats, wanted, 2);
        if wanted.seats == 0 {
            let (queue, feed) = bottom(rest, rest.height * 35 / 100);
            (self.queue, self.feed) = (Some(queue), Some(feed));
        } else {
            let (queue, feed) = bottom(rest, rest.height / 2);
            (self.queue, self.feed) = (Some(queue), Some(feed));
        }
    }

    /// Strips above, one part below.
    fn stacked(&mut self, body: Rect, wanted: Wanted, pane: bool) {
        let least_below = if pane { body.height * 6 / 10 } else { 9.min(body.height * 4 / 10) };
        let room = body.height.saturating_sub(least_below + 1);
        let lines = if !pane && self.class == Class::Narrow && wanted.seats as u16 * 2 <= room { 2 } else { 1 };
        let strips = (wanted.seats as u16 * lines).min(room);
        let (seats, rest) = top(body, strips);
        self.strip_seats(seats, wanted, lines);
        if pane {
            self.pane = Some(rest);
        } else {
            let (tabs, lower) = top(rest, 1);
            (self.tabs, self.lower) = (Some(tabs), Some(lower));
        }
    }

    fn strip_seats(&mut self, area: Rect, wanted: Wanted, lines: u16) {
        let mut fit = usize::from(area.height / lines).min(wanted.seats);
        if fit < wanted.seats && area.height > lines {
            // The last line tells how many are not shown.
            let (rest, more) = bottom(area, 1);
            fit = usize::from(rest.height / lines).min(wanted.seats);
            self.more = Some(more);
        }
        let first = wanted.seat.saturating_sub(fit / 2).min(wanted.seats - fit);
        self.hidden = (first, wanted.seats - fit - first);
        self.seats = (0..fit)
            .map(|at| {
                let y = area.y + at as u16 * lines;
                (first + at, Rect { x: area.x, y, width: area.width, height: lines })
            })
            .collect();
    }
}

/// Returns the first line of a list that is shown so that the selected one is in sight.
pub fn first_shown(selected: usize, shown: usize, all: usize) -> usize {
    selected.saturating_sub(shown / 2).min(all.saturating_sub(shown))
}

fn class(area: Rect) -> Class {
    match (area.width, area.height) {
        (width, height) if width < LEAST.0 || height < LEAST.1 => Class::Tiny,
        (width, height) if width >= 114 && height >= 34 => Class::Grid,
        (width, height) if width >= 64 && height >= 20 => Class::Narrow,
        _ => Class::Compact,
    }
}

/// Returns how many columns of panels look best, or `None` if there are too many to be panels.
fn columns(area: Rect, cells: usize) -> Option<usize> {
    (1..=cells)
        .filter(|columns| {
            let rows = cells.div_ceil(*columns);
            area.width as usize / columns >= 36 && area.height as usize / rows >= 7
        })
        .min_by_key(|columns| {
            let rows = cells.div_ceil(*columns);
            let width = area.width as usize / columns;
            let height = area.height as usize / rows;
            // About 56 cells wide, over three times as wide as high, and no hole in the last row.
            width.abs_diff(56) + (height * 3).saturating_sub(width) + (columns * rows - cells) * 12
        })
}

fn top(area: Rect, height: u16) -> (Rect, Rect) {
    let height = height.min(area.height);
    (Rect { height, ..area }, Rect { y: area.y + height, height: area.height - height, ..area })
}

fn bottom(area: Rect, height: u16) -> (Rect, Rect) {
    let height = height.min(area.height);
    top(area, area.height - height)
}

fn left(area: Rect, width: u16) -> (Rect, Rect) {
    let width = width.min(area.width);
    (Rect { width, ..area }, Rect { x: area.x + width, width: area.width - width, ..area })
}

fn split_rows(area: Rect, rows: usize) -> Vec<Rect> {
    let at = |n: usize| area.y + (usize::from(area.height) * n / rows) as u16;
    (0..rows).map(|n| Rect { y: at(n), height: at(n + 1) - at(n), ..area }).collect()
}

fn split_columns(area: Rect, columns: usize) -> Vec<Rect> {
    let at = |n: usize| area.x + (usize::from(area.width) * n / columns) as u16;
    (0..columns).map(|n| Rect { x: at(n), width: at(n + 1) - at(n), ..area }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(layout: &Layout) -> Vec<Rect> {
        let mut all: Vec<Rect> = layout.seats.iter().map(|(_, place)| *place).collect();
        all.extend([layout.header, layout.footer]);
        all.extend(
            [
                layout.banner,
                layout.more,
                layout.queue,
                layout.graph,
                layout.feed,
                layout.tabs,
                layout.lower,
                layout.pane,
            ]
            .into_iter()
            .flatten(),
        );
        all.retain(|place| !place.is_empty());
        all
    }

    proptest! {
        #[test]
        fn nothing_overlaps_and_nothing_leaves_the_screen(
            width in 0u16..500, height in 0u16..160, seats in 0usize..30, seat in 0usize..30,
            pane: bool, banner: bool, graph in (0u16..300, 0u16..200),
        ) {
            let area = Rect { x: 0, y: 0, width, height };
            let seat = seat.min(seats.saturating_sub(1));
            let layout = Layout::of(area, Wanted { seats, seat, pane, banner, graph });
            let places = all(&layout);
            for (at, place) in places.iter().enumerate() {
                prop_assert_eq!(place.intersection(area), *place);
                for other in &places[at + 1..] {
                    prop_assert!(!place.intersects(*other), "{:?} and {:?} in {:?}", place, other, layout);
                }
            }
            if layout.class != Class::Tiny && seats > 0 {
                prop_assert!(layout.seats.iter().any(|(shown, _)| *shown == seat));
            }
        }
    }
}
