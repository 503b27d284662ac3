//! The mouse: a click gives the focus and selects, a double click looks closer, the wheel scrolls what is under it.

use std::time::Duration;

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::intent::Intent;
use super::pane::{self, Pane};
use super::reading::Scroll;
use super::{Focus, Overlay, Screen, feed};
use crate::plan::AgentId;
use crate::run::Run;
use crate::scheduler::Time;
use crate::screen::layout::{Layout, first_shown};
use crate::screen::roster::Roster;

/// Two clicks on one cell within this are a double click.
const DOUBLE: Duration = Duration::from_millis(400);
/// Lines a notch of the wheel scrolls.
const NOTCH: isize = 3;

/// The name of a part that shares its room with others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tab {
    /// From the left edge of the line.
    pub x: u16,
    pub focus: Focus,
    pub name: String,
}

impl Screen {
    /// Takes what the mouse did.
    pub fn mouse(&mut self, run: &Run, now: Time, event: MouseEvent) -> Vec<Intent> {
        self.last_key = Some(now);
        self.settle_focus(run);
        let at = Position { x: event.column, y: event.row };
        let intents = match event.kind {
            MouseEventKind::Down(MouseButton::Left) => self.click(run, now, at),
            MouseEventKind::ScrollUp => self.wheel(run, at, -NOTCH),
            MouseEventKind::ScrollDown => self.wheel(run, at, NOTCH),
            _ => Vec::new(),
        };
        self.settle(run);
        intents
    }

    fn click(&mut self, run: &Run, now: Time, at: Position) -> Vec<Intent> {
        if self.overlay.is_some() {
            // Questions are answered with keys; a click beside the help closes it.
            if matches!(self.overlay, Some(Overlay::Help(_))) {
                self.overlay = None;
            }
            return Vec::new();
        }
        let double =
            self.last_click.take().is_some_and(|(x, y, when)| (x, y) == (at.x, at.y) && now.since(when) < DOUBLE);
        let layout = self.layout(run);
        if let Some(tab) = layout.tabs.filter(|tabs| tabs.contains(at)).and_then(|tabs| {
            let x = at.x - tabs.x;
            self.tabs(run).into_iter().find(|tab| (tab.x..tab.x + tab.name.len() as u16).contains(&x))
        }) {
            self.set_focus(tab.focus);
            return Vec::new();
        }
        let Some((focus, place)) = self.under(&layout, at) else { return Vec::new() };
        self.set_focus(focus);
        self.select(run, focus, place, at);
        if double {
            return self.open(run, now);
        }
        self.last_click = Some((at.x, at.y, now));
        Vec::new()
    }

    fn wheel(&mut self, run: &Run, at: Position, lines: isize) -> Vec<Intent> {
        if let Some(Overlay::Help(scroll)) = &mut self.overlay {
            *scroll = scroll.saturating_add_signed(lines as i16).min(super::keys::HELP_LINES);
            return Vec::new();
        }
        if self.overlay.is_some() {
            return Vec::new();
        }
        let layout = self.layout(run);
        let Some((focus, _)) = self.under(&layout, at) else { return Vec::new() };
        if let Focus::Seat(_) = focus {
            return Vec::new();
        }
        // Scrolling does not take the focus away.
        let kept = self.focus;
        self.focus = focus;
        let intents = match focus {
            Focus::Queue | Focus::Feed => self.scroll(run, Scroll::Lines(lines.signum())),
            Focus::Seat(_) | Focus::Graph | Focus::Pane => self.scroll(run, Scroll::Lines(lines)),
        };
        self.focus = kept;
        intents
    }

    /// Returns the part of the screen at a cell, and its place.
    fn under(&self, layout: &Layout, at: Position) -> Option<(Focus, Rect)> {
        let shared = match self.in_sight() {
            Focus::Seat(_) | Focus::Pane => None,
            Focus::Queue | Focus::Graph | Focus::Feed => Some(self.focus),
        };
        let parts = layout.seats.iter().map(|(seat, place)| (Focus::Seat(*seat), *place));
        parts
            .chain(layout.queue.map(|place| (Focus::Queue, place)))
            .chain(layout.graph.map(|place| (Focus::Graph, place)))
            .chain(layout.feed.map(|place| (Focus::Feed, place)))
            .chain(layout.pane.map(|place| (Focus::Pane, place)))
            .chain(layout.lower.zip(shared).map(|(place, focus)| (focus, place)))
            .find(|(_, place)| place.contains(at))
    }

    /// Selects what was clicked at within a part.
    fn select(&mut self, run: &Run, focus: Focus, place: Rect, at: Position) {
        let framed = Rect {
            x: place.x + 2.min(place.width),
            y: place.y + 1.min(place.height),
            width: place.width.saturating_sub(4),
            height: place.height.saturating_sub(2),
        };
        let row = usize::from(at.y.saturating_sub(framed.y));
        match focus {
            Focus::Graph => {
                let (left, top) = self.graph_scroll(framed);
                let (x, y) = (at.x.saturating_sub(framed.x) + left, at.y.saturating_sub(framed.y) + top);
                if let Some(node) = self.graph.at(x, y) {
                    self.node = node;
                }
            }
            Focus::Queue => {
                let all: Vec<_> = Roster::of(run).all().collect();
                let selected = self.queued(run).and_then(|agent| all.iter().position(|other| *other == agent));
                let first = first_shown(selected.unwrap_or(0), usize::from(framed.height), all.len());
                self.queued = all.get(first + row).copied().or(self.queued);
            }
            Focus::Pane => self.select_in_pane(run, framed, row),
            Focus::Seat(_) | Focus::Feed => {}
        }
    }

    fn select_in_pane(&mut self, run: &Run, framed: Rect, row: usize) {
        let height = usize::from(framed.height);
        match &mut self.pane {
            Some(Pane::Reports { at }) => {
                let all = pane::shelf(run).len();
                *at = (first_shown(*at, height, all) + row).min(all.saturating_sub(1));
            }
            // A line for the axis above, one for what is selected below.
            Some(Pane::Timeline { agent }) if row > 0 && row + 1 < height => {
                let all = run.plan.agents.len();
                *agent = AgentId((first_shown(agent.0, height - 2, all) + row - 1).min(all.saturating_sub(1)));
            }
            Some(Pane::Pager(pager)) => {
                let line = pager.rows.get(pager.top + row).map(|row| row.line);
                pager.link = pager.page.links.iter().position(|link| Some(link.line) == line).or(pager.link);
            }
            Some(
                Pane::Timeline { .. }
                | Pane::Zoom { .. }
                | Pane::Findings { .. }
                | Pane::Verdict { .. }
                | Pane::Events { .. }
                | Pane::History { .. },
            )
            | None => {}
        }
    }

    /// Returns the names of the parts that share the room below, and where they stand on their line.
    pub fn tabs(&self, run: &Run) -> Vec<Tab> {
        let urgent = match feed::unseen(run) {
            0 => " urgent ".to_owned(),
            unseen => format!(" urgent {unseen} "),
        };
        let seat = Focus::Seat(self.last_seat.unwrap_or(0));
        let names = [
            (" output ".to_owned(), seat),
            (" graph ".to_owned(), Focus::Graph),
            (urgent, Focus::Feed),
            (" queue ".to_owned(), Focus::Queue),
        ];
        let mut x = 1;
        let place = |(name, focus): (String, Focus)| {
            let tab = Tab { x, focus, name };
            x += tab.name.len() as u16 + 1;
            tab
        };
        names.into_iter().map(place).collect()
    }

    /// Returns how far the graph is scrolled in a place: the selected node is always in sight.
    pub fn graph_scroll(&self, room: Rect) -> (u16, u16) {
        let Some(node) = self.graph.place(self.node) else { return (0, 0) };
        let along = |at: u16, length: u16, room: u16, whole: u16| {
            if whole <= room { 0 } else { (at + length / 2).saturating_sub(room / 2).min(whole - room) }
        };
        (along(node.x, node.width, room.width, self.graph.width), along(node.y, 1, room.height, self.graph.height))
    }
}
