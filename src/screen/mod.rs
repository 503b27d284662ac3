//! What the person looks at: what has the focus, what is open, what is being asked. No drawing, no clock, no files.
//!
//! A key, a click or a new fact goes in; what the person wants of the world comes out as [`Intent`]s. `ui` draws a
//! [`Run`] and a [`Screen`] and changes neither.
//!
//! [`action`] is everything a person can do; [`glance`], [`graph`], [`page`] say what is shown of an agent, the order and
//! a text, in words and meanings; [`look`] and [`taste`] how the person wants it.
//!
//! A key acts on the attempt that was on the screen when it was pressed: [`Screen::drawn`] notes what that was.

mod act;
pub mod action;
mod critical;
mod doc;
pub mod feed;
mod focus;
pub mod glance;
pub mod graph;
mod intent;
pub mod keys;
pub mod layout;
pub mod look;
mod mouse;
mod overlay;
pub mod page;
mod pager;
mod palette;
pub mod pane;
mod questions;
mod reading;
pub mod roster;
mod seats;
mod start;
mod steer;
pub mod tally;
pub mod taste;
pub mod words;

use std::time::Duration;

use crossterm::event::{KeyEvent, KeyEventKind};
use ratatui::layout::Rect;

use crate::plan::AgentId;
use crate::run::{Earlier, Run, Source};
use crate::scheduler::{Mode, Record, Severity, Time};
use glance::{Countdown, Mood};
use graph::{Graph, Node};
use keys::{Key, KeyMap};
use layout::{Class, Layout, Wanted};
use look::Look;

pub use critical::CriticalPath;
pub use doc::{Doc, Document, STRETCH, WHOLE};
pub use focus::{Focus, contexts_of};
pub use intent::{Intent, QuitChoice};
pub use overlay::{Addressee, Entry, Letter, Overlay, Purpose};
pub use pager::{Content, Find, Pager};
pub use palette::{Choice, Offer, Palette};
pub use pane::Pane;
pub use seats::{Aim, Seat, Was};
pub use start::{Chosen, Elsewhere, Found, Here, Standing, Start, StartOffer};

/// How long a message at the bottom stays.
const FLASH: Duration = Duration::from_secs(6);
/// Whoever pressed a key this short ago is doing something: the screen does not jump.
const BUSY: Duration = Duration::from_secs(3);

/// What the person looks at.
#[derive(Debug, Clone)]
pub struct Screen {
    pub look: Look,
    pub keys: KeyMap,
    pub focus: Focus,
    pub pane: Option<Pane>,
    pub overlay: Option<Overlay>,
    /// The selected node of the graph.
    pub node: Node,
    /// A message at the bottom, and until when.
    pub flash: Option<(String, Time)>,
    /// The terminal has the mouse, for selecting.
    pub mouse_is_free: bool,
    /// The plan on disk is another one now.
    pub plan_changed: bool,
    /// First-run hints that are still to be shown.
    pub hints: bool,
    size: (u16, u16),
    seats: seats::Seats,
    last_seat: Option<usize>,
    /// Shown in the shared part although a seat has the keys: an urgent issue that came.
    peek: Option<Focus>,
    queued: Option<AgentId>,
    entry: Option<usize>,
    /// The graph as it fits, and the cells that it would like.
    graph: Graph,
    graph_wants: (u16, u16),
    /// What was open before, for the way back.
    trail: Vec<Pane>,
    /// What was on the screen when it was last drawn.
    shown: Vec<Option<Aim>>,
    shown_attempts: Vec<u32>,
    interrupts: Vec<Time>,
    last_key: Option<Time>,
    last_click: Option<(u16, u16, Time)>,
}

impl Screen {
    /// Returns the main screen of a run, on a terminal of this size.
    pub fn new(look: Look, keys: KeyMap, run: &Run, size: (u16, u16)) -> Screen {
        let hints = look.hints;
        let mut screen = Screen {
            mouse_is_free: !look.mouse,
            look,
            keys,
            focus: Focus::Seat(0),
            pane: None,
            overlay: None,
            node: Node::Agent(AgentId(0)),
            flash: None,
            plan_changed: false,
            hints,
            size,
            seats: seats::Seats::default(),
            last_seat: None,
            peek: None,
            queued: None,
            entry: None,
            graph: Graph::default(),
            graph_wants: (0, 0),
            trail: Vec::new(),
            shown: Vec::new(),
            shown_attempts: Vec::new(),
            interrupts: Vec::new(),
            last_key: None,
            last_click: None,
        };
        screen.planned(run);
        if run.state.ended.is_some() {
            screen.pane = Some(Pane::Verdict { scroll: 0 });
        }
        screen.settle_focus(run);
        screen
    }

    /// Takes a key.
    pub fn key(&mut self, run: &Run, now: Time, event: KeyEvent) -> Vec<Intent> {
        if event.kind == KeyEventKind::Release {
            return Vec::new();
        }
        self.hints = false;
        self.last_key = Some(now);
        self.settle_focus(run);
        let key = Key::of(event);
        let intents = if self.overlay.is_some() {
            self.key_over(run, now, key, event)
        } else {
            match self.keys.action(&self.stack(run), key) {
                Some(action) if action.steers() && run.source != Source::Quintet => self.say(now, nobody_steers(run)),
                Some(action) => self.act(run, now, action, key.digit()),
                None => Vec::new(),
            }
        };
        self.settle(run);
        intents
    }

    /// Takes pasted text: it goes where text is typed, and nowhere else.
    pub fn paste(&mut self, run: &Run, now: Time, text: &str) -> Vec<Intent> {
        self.last_key = Some(now);
        self.paste_over(text);
        self.settle(run);
        Vec::new()
    }

    /// Takes in that the terminal has another size.
    pub fn resize(&mut self, run: &Run, width: u16, height: u16) {
        self.size = (width, height);
        self.settle(run);
    }

    /// Takes in that the plan is there, or another one.
    pub fn planned(&mut self, run: &Run) {
        let natural = Graph::fitting(&run.plan, u16::MAX);
        self.graph_wants = (natural.width, natural.height);
        self.graph = natural;
        self.settle(run);
    }

    /// Takes what was asked for with [`Intent::Open`] or [`Intent::Read`]; `Err`: why it cannot be read.
    pub fn opened(&mut self, run: &Run, doc: &Doc, content: Result<Document, String>) -> Vec<Intent> {
        let Some(Pane::Pager(pager)) = &mut self.pane else { return Vec::new() };
        if pager.doc != *doc {
            return Vec::new();
        }
        let intents = pager.opened(content);
        self.settle(run);
        intents
    }

    /// Takes the earlier runs that were asked for with [`Intent::ListEarlier`], the newest first.
    pub fn found_earlier(&mut self, found: Vec<Earlier>) {
        if let Some(Pane::History { runs, .. }) = &mut self.pane {
            *runs = Some(found);
        }
    }

    /// Returns the width and height of the terminal.
    pub fn size(&self) -> (u16, u16) {
        self.size
    }

    /// Returns the open document and the offset at which more of it is wanted as it grows, while its end is shown.
    ///
    /// Whoever sees that the file grew reads from there and hands it to [`opened`](Screen::opened).
    pub fn follows(&self) -> Option<(&Doc, u64)> {
        match &self.pane {
            Some(Pane::Pager(pager)) if pager.content == Content::Here && pager.follow && pager.doc.grows() => {
                Some((&pager.doc, pager.end()))
            }
            _ => None,
        }
    }

    /// Takes in a record that `run` has taken.
    pub fn changed(&mut self, run: &Run, now: Time, record: &Record) -> Vec<Intent> {
        self.seats.changed(run, now, record);
        self.jump_to(run, now, record);
        // Whoever wanted it.
        self.plan_changed &= !matches!(record, Record::PlanReloaded { .. });
        let intents = self.call(run, record);
        self.settle(run);
        intents
    }

    /// Takes in that the screen was drawn: keys are aimed at what it showed.
    pub fn drawn(&mut self, run: &Run) {
        self.shown.clear();
        self.shown.extend(self.seats.now(run).into_iter().map(|seat| seat.aim));
        self.shown_attempts.clear();
        self.shown_attempts.extend(run.state.agents.iter().map(|agent| agent.last_attempt()));
    }

    /// Shows a message at the bottom for a few seconds.
    pub fn tell(&mut self, now: Time, text: impl Into<String>) {
        self.flash = Some((text.into(), now + FLASH));
    }

    /// Returns when the picture changes by itself; `None` when nothing on it moves.
    ///
    /// All clocks on the screen change together, once a second.
    pub fn next_change(&self, run: &Run, now: Time) -> Option<Time> {
        let flash = self.flash.as_ref().map(|(_, until)| *until).filter(|until| *until > now);
        let seat = self.seats.next_change(now);
        let ticks = run.state.started.filter(|_| run.state.ended.is_none());
        let step = if self.look.motion || is_last_minute(run, now) { 1000 } else { 10_000 };
        let second = ticks.map(|started| {
            let gone = now.since(started).as_millis() as u64;
            started + Duration::from_millis((gone / step + 1) * step)
        });
        flash.into_iter().chain(seat).chain(second).min()
    }

    /// Returns the places of everything on the person's terminal.
    pub fn layout(&self, run: &Run) -> Layout {
        self.layout_in(run, Rect { x: 0, y: 0, width: self.size.0, height: self.size.1 })
    }

    /// Returns the places of everything in an area.
    pub fn layout_in(&self, run: &Run, area: Rect) -> Layout {
        let seats = self.seats.now(run).len();
        let seat = match self.focus {
            Focus::Seat(seat) => seat,
            _ => self.last_seat.unwrap_or(0),
        };
        Layout::of(
            area,
            Wanted {
                seats,
                seat: seat.min(seats.saturating_sub(1)),
                pane: self.pane.is_some(),
                banner: self.banner(run).is_some(),
                graph: self.graph_wants,
            },
        )
    }

    /// Returns the places for attempts, with who sits there.
    pub fn seats(&self, run: &Run) -> Vec<Seat> {
        self.seats.now(run)
    }

    /// Returns the graph as it fits its place.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Returns what the whole run has to say, if anything.
    pub fn banner(&self, run: &Run) -> Option<String> {
        let key = |action| self.keys.shown(action).unwrap_or_default();
        let quit = key(action::Action::Quit);
        match run.source {
            Source::Quintet => {}
            Source::Files => {
                return Some(format!("watched: something else drives this team, nothing is steered · {quit} leaves"));
            }
            Source::Journal => return Some(format!("earlier run {} · {quit} goes back", run.id)),
        }
        match &run.state.mode {
            Mode::Held { why } => {
                let resume = key(action::Action::Release);
                Some(format!("held · {resume} resumes the run · {}", words::clean(why)))
            }
            Mode::Draining => {
                let undo = key(action::Action::Drain);
                Some(format!("draining: nothing more starts · {undo} lets agents start again"))
            }
            Mode::Stopping { kill: false } => Some("stopping: everything is wrapped up with notes".to_owned()),
            Mode::Stopping { kill: true } => Some("stopping: everything is being killed".to_owned()),
            Mode::Running if self.plan_changed => {
                let reload = key(action::Action::Reload);
                Some(format!("the plan on disk has changed · {reload} takes it in"))
            }
            Mode::Running if self.hints => {
                let (closer, help) = (key(action::Action::Open), key(action::Action::Help));
                let all = key(action::Action::Palette);
                Some(format!(
                    "tab and arrows move · {closer} looks closer · {all} does anything · {help} shows all keys"
                ))
            }
            Mode::Running | Mode::Ended => None,
        }
    }

    /// Returns whether the person is in the middle of something.
    fn is_busy(&self, now: Time) -> bool {
        self.overlay.is_some() || self.focus == Focus::Pane || self.last_key.is_some_and(|last| now.since(last) < BUSY)
    }

    /// Goes to what needs the person, unless they are in the middle of something.
    fn jump_to(&mut self, run: &Run, now: Time, record: &Record) {
        match record {
            Record::AskOpened { agent, .. } if !self.is_busy(now) => {
                let asks = run.state.find(agent);
                let seats = self.seats.now(run);
                if let Some(seat) = seats.iter().position(|seat| seat.aim.map(|aim| aim.agent) == asks) {
                    self.set_focus(Focus::Seat(seat));
                }
            }
            Record::UrgentAdded { .. } if !self.is_busy(now) => {
                self.entry = None;
                // Where the feed is in sight anyway, the focus stays.
                if self.layout(run).class != Class::Grid && self.pane.is_none() {
                    // It is brought into sight, and the keys stay where they are.
                    self.peek = Some(Focus::Feed);
                }
            }
            Record::RunEnded { .. } => {
                if self.overlay.is_none() && !matches!(self.pane, Some(Pane::Pager(_))) {
                    self.open_pane(Pane::Verdict { scroll: 0 });
                } else {
                    self.tell(now, "the run has ended");
                }
            }
            _ => {}
        }
    }

    /// Calls a person who looks elsewhere.
    fn call(&self, run: &Run, record: &Record) -> Vec<Intent> {
        let wanted = self.look.notify.bell || self.look.notify.desktop;
        let Some(text) = called(record).filter(|_| wanted) else { return Vec::new() };
        let title = format!("quintet {}", words::clean(&run.plan.title));
        vec![Intent::Notify { title, text: words::fit(&words::clean(&text), 200, "…") }]
    }

    /// Puts everything where it belongs after something changed.
    fn settle(&mut self, run: &Run) {
        self.settle_focus(run);
        let layout = self.layout(run);
        if let (Some(Pane::Pager(pager)), Some(place)) = (&mut self.pane, layout.pane) {
            // Frame on both sides, and a cell of air; the last column is the scroll bar's.
            pager.resize(usize::from(place.width.saturating_sub(4)), usize::from(place.height.saturating_sub(2)));
        }
        if let Some(place) = layout.graph.or(layout.lower) {
            let room = place.width.saturating_sub(4);
            if room != self.graph.width && (self.graph_wants.0 > room || self.graph.width < self.graph_wants.0) {
                self.graph = Graph::fitting(&run.plan, room);
            }
        }
    }

    /// Opens something beside the attempts; what was open is kept for the way back.
    fn open_pane(&mut self, pane: Pane) {
        if let Some(old) = self.pane.replace(pane) {
            self.trail.push(old);
            if self.trail.len() > 20 {
                self.trail.remove(0);
            }
        }
        self.set_focus(Focus::Pane);
    }

    /// Opens a document beside the attempts.
    fn open_doc(&mut self, run: &Run, doc: Doc) -> Vec<Intent> {
        let title = pane::title(run, &doc);
        self.open_pane(Pane::Pager(Box::new(Pager::opening(doc.clone(), title, self.look.ascii))));
        vec![Intent::Open(doc)]
    }
}

/// Returns what a person must hear of who looks elsewhere; `None`: it can wait.
pub fn called(record: &Record) -> Option<String> {
    match record {
        Record::AskOpened { agent, text, .. } => Some(format!("{agent} asks: {text}")),
        Record::UrgentAdded { severity, text, source, .. } if *severity >= Severity::High => {
            Some(format!("{source}: {text}"))
        }
        Record::RunHeld { why } => Some(format!("held: {why}")),
        Record::RunEnded { complete: true, .. } => Some("the run is complete".to_owned()),
        Record::RunEnded { complete: false, .. } => Some("the run has ended, not complete".to_owned()),
        _ => None,
    }
}

/// Returns why nothing can be steered here.
fn nobody_steers(run: &Run) -> &'static str {
    match run.source {
        Source::Quintet => "",
        Source::Files => "something else drives this team: it can be looked at, not steered",
        Source::Journal => "this run is over: it can be read, not steered",
    }
}

/// Whether a countdown is so near its end that every second counts.
fn is_last_minute(run: &Run, now: Time) -> bool {
    run.state.active().any(|(_, active)| matches!(Countdown::of(active, now).mood, Mood::Hot | Mood::Grace))
}
