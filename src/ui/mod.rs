//! State becomes cells. A [`Run`] and a [`Screen`] go in, nothing is changed, nothing is worked out that is not
//! about cells: numbers and words come from `app`, colours by meaning from [`theme`].

mod feed;
mod footer;
mod graph;
mod header;
mod lists;
mod overlay;
mod pager;
pub mod paint;
mod panel;
pub mod picture;
mod queue;
mod start;
pub mod theme;
mod timeline;
mod zoom;

use chrono::{DateTime, Utc};
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::run::Run;
use crate::scheduler::Time;
use crate::screen::layout::{Class, LEAST, Layout};
use crate::screen::look::{Look, Meaning};
use crate::screen::words;
use crate::screen::{CriticalPath, Focus, Pane, Screen, Start, feed as entries};
use paint::{Brush, piece};
use panel::Panel;
use theme::Theme;

/// Draws everything.
pub fn draw(frame: &mut Frame<'_>, run: &Run, screen: &Screen, now: Time, wall: DateTime<Utc>) {
    let area = frame.area();
    let cursor = draw_in(frame.buffer_mut(), area, run, screen, now, wall);
    if let Some((x, y)) = cursor {
        frame.set_cursor_position(Position { x, y });
    }
}

/// Draws the start page.
pub fn draw_start(frame: &mut Frame<'_>, look: &Look, start: &Start) {
    let area = frame.area();
    let theme = Theme::of(look);
    let mut brush = Brush::new(frame.buffer_mut(), &theme, look);
    start::draw(&mut brush, area, look, start);
    if look.ascii {
        paint::make_plain(frame.buffer_mut());
    }
}

/// Draws everything in an area; returns where the cursor stands, if something is typed.
pub fn draw_in(
    buffer: &mut Buffer,
    area: Rect,
    run: &Run,
    screen: &Screen,
    now: Time,
    wall: DateTime<Utc>,
) -> Option<(u16, u16)> {
    let theme = Theme::of(&screen.look);
    let mut brush = Brush::new(buffer, &theme, &screen.look);
    let layout = screen.layout_in(run, area);
    if layout.class == Class::Tiny {
        let text = format!("quintet needs {}x{}", LEAST.0, LEAST.1);
        brush.pieces(area.x, area.y, area.width, &[piece(text, Meaning::Warm)]);
        return None;
    }
    header::draw(&mut brush, layout.header, run, now, wall.with_timezone(&screen.look.offset));
    if let (Some(place), Some(text)) = (layout.banner, screen.banner(run)) {
        brush.pieces(place.x + 1, place.y, place.width.saturating_sub(2), &[piece(text, Meaning::Warm)]);
    }
    draw_seats(&mut brush, &layout, run, screen, now);
    draw_parts(&mut brush, &layout, run, screen, now);
    if let (Some(place), Some(pane)) = (layout.pane, &screen.pane) {
        draw_pane(&mut brush, place, pane, run, screen, now);
    }
    footer::draw(&mut brush, layout.footer, run, screen, now);
    let cursor = overlay::draw(&mut brush, area, run, screen);
    if screen.look.ascii {
        paint::make_plain(buffer);
    }
    cursor
}

fn draw_seats(brush: &mut Brush<'_>, layout: &Layout, run: &Run, screen: &Screen, now: Time) {
    let seats = screen.seats(run);
    for (at, place) in &layout.seats {
        let Some(seat) = seats.get(*at) else { continue };
        let panel = Panel { run, seat, number: at + 1, focused: screen.focus == Focus::Seat(*at), now };
        if layout.strips { panel.draw_strip(brush, *place) } else { panel.draw(brush, *place) }
    }
    if let Some(place) = layout.more {
        let (above, below) = layout.hidden;
        let part = |n: usize, where_to: &str| if n > 0 { format!("{n} more {where_to}  ") } else { String::new() };
        let text = format!("  {}{}", part(above, "above"), part(below, "below"));
        brush.pieces(place.x, place.y, place.width, &[piece(text, Meaning::Dim)]);
    }
}

/// Queue, graph and feed, each in its place, or the one that is chosen in the shared one.
fn draw_parts(brush: &mut Brush<'_>, layout: &Layout, run: &Run, screen: &Screen, now: Time) {
    if let Some(place) = layout.queue {
        let focused = screen.focus == Focus::Queue;
        let title = if run.state.ended.is_some() { "finished" } else { "next and finished" };
        let inside = lists::framed(brush, place, title, focused, &[]);
        queue::draw(brush, inside, run, screen.queued(run), focused, now);
    }
    if let Some(place) = layout.graph {
        let focused = screen.focus == Focus::Graph;
        let inside = lists::framed(brush, place, "graph", focused, &[]);
        draw_graph(brush, inside, run, screen, focused, now);
        let path = CriticalPath::of(run, now);
        if !path.nodes.is_empty() {
            let right = [
                piece(brush.symbols.pick("━ ", "= "), Meaning::Critical),
                piece(format!("critical path, at most {}", words::rough(path.left)), Meaning::Dim),
            ];
            brush.on_edge(place, place.y, &[], &right);
        }
        if focused {
            let caption = words::clean(&graph::caption(run, screen.node));
            brush.on_edge(place, place.bottom() - 1, &[piece(caption, Meaning::Dim)], &[]);
        }
    }
    if let Some(place) = layout.feed {
        let focused = screen.focus == Focus::Feed;
        let inside = lists::framed(brush, place, &feed_title(run), focused, &[]);
        draw_feed(brush, inside, run, screen, focused);
    }
    if let (Some(tabs), Some(place)) = (layout.tabs, layout.lower) {
        draw_tabs(brush, tabs, run, screen);
        let inside = Rect { x: place.x + 1, width: place.width.saturating_sub(2), ..place };
        match screen.in_sight() {
            Focus::Graph => draw_graph(brush, inside, run, screen, true, now),
            Focus::Feed => draw_feed(brush, inside, run, screen, screen.focus == Focus::Feed),
            Focus::Queue => queue::draw(brush, inside, run, screen.queued(run), true, now),
            Focus::Seat(seat) => draw_output(brush, inside, run, screen, seat, now),
            Focus::Pane => {}
        }
    }
}

fn draw_graph(brush: &mut Brush<'_>, inside: Rect, run: &Run, screen: &Screen, focused: bool, now: Time) {
    let path = CriticalPath::of(run, now);
    let graph = screen.graph();
    let selected = focused.then_some(screen.node);
    if inside.width < 44 || !graph.has_edges {
        graph::draw_list(brush, inside, run, graph, &path, selected);
    } else {
        graph::draw(brush, inside, run, graph, &path, (screen.graph_scroll(inside), selected));
    }
}

fn draw_feed(brush: &mut Brush<'_>, inside: Rect, run: &Run, screen: &Screen, focused: bool) {
    let selected = screen.entry(run).filter(|_| focused);
    feed::draw(brush, inside, run, &entries::urgent(run), selected, screen.look.offset);
}

fn feed_title(run: &Run) -> String {
    match (entries::unseen(run), entries::urgent(run).len()) {
        (0, 0) => "urgent".to_owned(),
        (0, all) => format!("urgent ({all})"),
        (new, _) => format!("urgent ({new} new)"),
    }
}

/// What the agent of a seat did, where there is no room for panels.
fn draw_output(brush: &mut Brush<'_>, place: Rect, run: &Run, screen: &Screen, seat: usize, now: Time) {
    let seats = screen.seats(run);
    let Some(aim) = seats.get(seat).and_then(|seat| seat.aim) else {
        brush.pieces(place.x, place.y, place.width, &[piece("nobody is in this slot", Meaning::Dim)]);
        return;
    };
    let deeds = &run.live[aim.agent.0].deeds;
    if deeds.is_empty() {
        brush.pieces(place.x, place.y, place.width, &[piece("has said nothing yet", Meaning::Dim)]);
    }
    for (row, deed) in deeds.iter().rev().take(usize::from(place.height)).enumerate() {
        let (left, right) = panel::deed_pieces(brush, deed, now, row == 0);
        brush.line(place, place.y + row as u16, &left, &right);
    }
}

fn draw_tabs(brush: &mut Brush<'_>, place: Rect, run: &Run, screen: &Screen) {
    let line = brush.symbols.pick("─", "-");
    let style = brush.theme.style(Meaning::Frame);
    brush.text(place.x, place.y, place.width, &line.repeat(usize::from(place.width)), style);
    for tab in screen.tabs(run) {
        let shown = screen.in_sight();
        let chosen = tab.focus == shown || matches!((tab.focus, shown), (Focus::Seat(_), Focus::Seat(_)));
        let meaning = if chosen { Meaning::Focus } else { Meaning::Dim };
        let x = place.x + tab.x;
        brush.pieces(x, place.y, place.right().saturating_sub(x), &[piece(tab.name, meaning)]);
    }
}

fn draw_pane(brush: &mut Brush<'_>, place: Rect, pane: &Pane, run: &Run, screen: &Screen, now: Time) {
    let focused = screen.focus == Focus::Pane;
    match pane {
        Pane::Zoom { agent, scroll } => zoom::draw(brush, place, run, *agent, *scroll, focused, now),
        Pane::Pager(document) => pager::draw(brush, place, document, focused),
        Pane::Reports { at } => lists::reports(brush, place, run, *at, focused),
        Pane::Findings { at, least } => {
            lists::findings(brush, place, run, (*at, *least), focused, screen.look.offset);
        }
        Pane::History { at, runs } => lists::history(brush, place, runs.as_deref(), *at, focused, screen.look.offset),
        Pane::Timeline { agent } => timeline::draw(brush, place, run, *agent, focused, now),
        Pane::Verdict { scroll } => lists::verdict(brush, place, run, *scroll, focused, now),
        Pane::Events { scroll } => lists::events(brush, place, run, *scroll, focused),
    }
}
