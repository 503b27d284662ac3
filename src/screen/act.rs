//! What every action does. The match has no `_`: a new line of the table must be handled here.

use std::time::Duration;

use super::doc::Doc;
use super::intent::{Intent, QuitChoice};
use super::overlay::{Addressee, Entry, Letter, Overlay, Purpose};
use super::pane::Pane;
use super::reading::Scroll;
use super::seats::Aim;
use super::{Focus, Screen, feed, pane};
use crate::plan::AgentId;
use crate::run::{Run, Source};
use crate::scheduler::{Command, Mode, Severity, Stage, Time};
use crate::screen::action::Action;
use crate::screen::page::Target;
use crate::settings::OnQuit;

/// How much longer an attempt gets at a key.
const MORE: Duration = Duration::from_secs(300);
/// A second Ctrl-C within this wraps up and stops, a third one kills.
const TWICE: Duration = Duration::from_secs(2);

impl Screen {
    /// Does what an action means now. `digit`: of the key, if it was one.
    pub(super) fn act(&mut self, run: &Run, now: Time, action: Action, digit: Option<usize>) -> Vec<Intent> {
        match action {
            Action::Answer => self.ask(run, now),
            Action::Pause => {
                self.order(run, now, |aim| Command::Pause { agent: aim.agent, attempt: Some(aim.attempt), hard: false })
            }
            Action::Freeze => {
                self.order(run, now, |aim| Command::Pause { agent: aim.agent, attempt: Some(aim.attempt), hard: true })
            }
            Action::Resume => self.resume(run, now),
            Action::Stop => match self.live_aim(run, now) {
                Some(aim) => self.over(Overlay::Stop(aim)),
                None => Vec::new(),
            },
            Action::Extend => {
                self.order(run, now, |aim| Command::Extend { agent: aim.agent, attempt: Some(aim.attempt), by: MORE })
            }
            Action::HandOver => {
                self.order(run, now, |aim| Command::HandOver { agent: aim.agent, attempt: Some(aim.attempt) })
            }
            Action::Message => match self.live_aim(run, now) {
                Some(aim) if run.is_deaf(aim.agent) => {
                    let state = run.state.agent(aim.agent);
                    let engine = state.attempts.last().map_or("", |attempt| attempt.engine.as_str());
                    self.say(now, format!("{} cannot be told: {engine} takes no messages while it works", state.name))
                }
                Some(aim) => self.over(Overlay::Text(Box::new(Letter::new(Addressee::Attempt(aim))))),
                None => Vec::new(),
            },
            Action::TakeOver => {
                self.live_aim(run, now).map(|aim| Intent::TakeOver(aim.agent, aim.attempt)).into_iter().collect()
            }
            Action::CopySession => self.aim(run).map(|aim| Intent::CopySession(aim.agent)).into_iter().collect(),
            Action::Park => self.order(run, now, |aim| Command::Park { agent: aim.agent, attempt: Some(aim.attempt) }),
            Action::Next => self.order_agent(run, now, |agent| Command::Next { agent }),
            Action::Force | Action::ForceEnded => self.order_agent(run, now, |agent| Command::Force { agent }),
            Action::Skip | Action::SkipEnded => self.order_agent(run, now, |agent| Command::Skip { agent }),
            Action::Retry => self.order_agent(run, now, |agent| Command::Retry { agent, engine: None }),
            Action::RetryOn => match self.aim(run) {
                Some(aim) => self.over(Overlay::Line(Entry::new(Purpose::RetryOn(aim.agent)))),
                None => Vec::new(),
            },
            Action::Release => vec![Intent::Order(Command::Release)],

            Action::Visit => self.visit(run, now),
            Action::EditThere => match self.named_file(run) {
                Some((path, line)) => vec![Intent::Edit { doc: Doc::File { path, line }, line }],
                None => self.say(now, "this entry names no file"),
            },
            Action::Seen => self.selected_entry(run).map(|at| Intent::Seen(vec![at])).into_iter().collect(),
            Action::SeenAll => {
                let unread = |at: &usize| !run.feed.entries[*at].read;
                vec![Intent::Seen((0..run.feed.entries.len()).filter(unread).collect())]
            }
            Action::Severer => {
                if let Some(Pane::Findings { at, least }) = &mut self.pane {
                    *least = next_severity(*least);
                    *at = 0;
                } else {
                    self.open_pane(Pane::Findings { at: 0, least: Severity::High });
                }
                Vec::new()
            }

            Action::Find => self.over(Overlay::Line(Entry::new(Purpose::Find))),
            Action::Filter => self.over(Overlay::Line(Entry::new(Purpose::Filter))),
            Action::NextHit => self.read(|pager| pager.next_hit(true)),
            Action::PreviousHit => self.read(|pager| pager.next_hit(false)),
            Action::Outline => match self.palette_of_headings() {
                Some(palette) => self.over(Overlay::Palette(palette)),
                None => self.say(now, "this document has no headings"),
            },
            Action::NextHeading => self.quietly(|pager| pager.next_heading(true)),
            Action::PreviousHeading => self.quietly(|pager| pager.next_heading(false)),
            Action::NextLink => self.quietly(|pager| pager.next_link(true)),
            Action::PreviousLink => self.quietly(|pager| pager.next_link(false)),
            Action::Follow => self.follow(),
            Action::Wrap => self.quietly(super::Pager::toggle_wrap),
            Action::Raw => self.quietly(super::Pager::toggle_raw),
            Action::Edit => self.edit(),
            Action::Copy => self.copy(now),
            Action::Close => self.back(),

            Action::Open => self.open(run, now),
            Action::Back => self.back(),
            Action::Up => self.go(run, 0, -1),
            Action::Down => self.go(run, 0, 1),
            Action::Left => self.go(run, -1, 0),
            Action::Right => self.go(run, 1, 0),
            Action::PageUp => self.scroll(run, Scroll::Page(-1)),
            Action::PageDown => self.scroll(run, Scroll::Page(1)),
            Action::HalfUp => self.scroll(run, Scroll::HalfPage(-1)),
            Action::HalfDown => self.scroll(run, Scroll::HalfPage(1)),
            Action::Top => self.scroll(run, Scroll::Top),
            Action::Bottom => self.scroll(run, Scroll::Bottom),
            Action::NextFocus => {
                self.next_focus(run, true);
                Vec::new()
            }
            Action::PreviousFocus => {
                self.next_focus(run, false);
                Vec::new()
            }

            Action::Slot => {
                if let Some(seat) = digit.and_then(|digit| digit.checked_sub(1))
                    && seat < self.seats(run).len()
                {
                    self.set_focus(Focus::Seat(seat));
                }
                Vec::new()
            }
            Action::Reports => self.show_pane(Pane::Reports { at: self.shelf_of_aim(run) }),
            Action::Log => self.open_attempt(run, now, |agent, attempt| Doc::Log { agent, attempt }),
            Action::Diff => match self.worktree_aim(run) {
                Ok(agent) => self.open_doc(run, Doc::Diff(agent)),
                Err(why) => self.say(now, why),
            },
            Action::Merge => match self.worktree_aim(run) {
                Ok(agent) => vec![Intent::Merge(agent)],
                Err(why) => self.say(now, why),
            },
            Action::Prompt => self.open_attempt(run, now, |agent, attempt| Doc::Prompt { agent, attempt }),
            Action::Urgent => {
                self.pane = None;
                self.trail.clear();
                self.entry = None;
                self.set_focus(Focus::Feed);
                Vec::new()
            }
            Action::Findings => self.show_pane(Pane::Findings { at: 0, least: Severity::Info }),
            Action::Timeline => {
                let agent = self.aim(run).map_or(AgentId(0), |aim| aim.agent);
                self.show_pane(Pane::Timeline { agent })
            }
            Action::Verdict => self.show_pane(Pane::Verdict { scroll: 0 }),
            Action::Events => self.show_pane(Pane::Events { scroll: 0 }),
            Action::History => {
                self.show_pane(Pane::History { at: 0, runs: None });
                vec![Intent::ListEarlier]
            }
            Action::GraphPart => {
                self.pane = None;
                self.trail.clear();
                self.set_focus(Focus::Graph);
                Vec::new()
            }
            Action::EditPlan => vec![Intent::Edit { doc: Doc::Plan, line: None }],
            Action::PauseAll => {
                let stages = || run.state.active().map(|(_, active)| &active.stage);
                let all_stand = stages().all(|stage| matches!(stage, Stage::Paused { .. }));
                let some = stages().next().is_some();
                vec![Intent::Order(if some && all_stand { Command::ResumeAll } else { Command::PauseAll })]
            }
            Action::MoreSlots => vec![Intent::Order(Command::Slots(run.state.slots + 1))],
            Action::FewerSlots => vec![Intent::Order(Command::Slots(run.state.slots.saturating_sub(1).max(1)))],
            Action::Drain if run.state.mode == Mode::Draining => vec![Intent::Order(Command::Release)],
            Action::Drain => vec![Intent::Order(Command::Drain)],
            Action::StopAll => self.over(Overlay::StopAll),
            Action::FindAny => self.over(Overlay::Palette(self.palette_of_places(run))),

            Action::Palette => self.over(Overlay::Palette(self.palette_of_all(run))),
            Action::Help => self.over(Overlay::Help(0)),
            Action::FreeMouse => {
                self.mouse_is_free = !self.mouse_is_free;
                vec![Intent::Mouse(!self.mouse_is_free)]
            }
            Action::Reload => {
                self.plan_changed = false;
                vec![Intent::Reload]
            }
            Action::Lines => vec![Intent::Lines],
            Action::Detach => vec![Intent::Quit(QuitChoice::Detach)],
            Action::Suspend => vec![Intent::Suspend],
            Action::Redraw => vec![Intent::Redraw],
            Action::Quit => self.quit(run),
            Action::Interrupt => self.interrupt(run, now),
        }
    }

    pub(super) fn over(&mut self, overlay: Overlay) -> Vec<Intent> {
        self.overlay = Some(overlay);
        Vec::new()
    }

    pub(super) fn say(&mut self, now: Time, text: impl Into<String>) -> Vec<Intent> {
        self.tell(now, text);
        Vec::new()
    }

    fn show_pane(&mut self, pane: Pane) -> Vec<Intent> {
        let same = |open: &Pane| std::mem::discriminant(open) == std::mem::discriminant(&pane);
        if !self.pane.as_ref().is_some_and(same) {
            self.open_pane(pane);
        }
        self.set_focus(Focus::Pane);
        Vec::new()
    }

    /// Returns the aimed attempt if it still runs; else says that it has ended.
    pub(super) fn live_aim(&mut self, run: &Run, now: Time) -> Option<Aim> {
        let aim = self.aim(run)?;
        let state = run.state.agent(aim.agent);
        if state.active().is_some_and(|active| active.attempt == aim.attempt) {
            return Some(aim);
        }
        self.tell(now, format!("{} attempt {} has ended; nothing was done", state.name, aim.attempt));
        None
    }

    fn order(&mut self, run: &Run, now: Time, command: impl Fn(Aim) -> Command) -> Vec<Intent> {
        self.live_aim(run, now).map(|aim| Intent::Order(command(aim))).into_iter().collect()
    }

    fn order_agent(&mut self, run: &Run, now: Time, command: impl Fn(AgentId) -> Command) -> Vec<Intent> {
        let Some(aim) = self.aim(run) else { return Vec::new() };
        if run.state.agent(aim.agent).last_attempt() != aim.attempt {
            return self
                .say(now, format!("{} has started meanwhile; nothing was done", run.state.agent(aim.agent).name));
        }
        vec![Intent::Order(command(aim.agent))]
    }

    fn resume(&mut self, run: &Run, now: Time) -> Vec<Intent> {
        let Some(aim) = self.aim(run) else { return Vec::new() };
        if run.state.agent(aim.agent).active().is_none() {
            return self.order_agent(run, now, |agent| Command::Resume { agent, attempt: None });
        }
        self.order(run, now, |aim| Command::Resume { agent: aim.agent, attempt: Some(aim.attempt) })
    }

    fn ask(&mut self, run: &Run, now: Time) -> Vec<Intent> {
        let Some(aim) = self.live_aim(run, now) else { return Vec::new() };
        match run.state.agent(aim.agent).active().map(|active| &active.stage) {
            Some(Stage::Asking { id, text, .. }) => self.over(Overlay::Ask { aim, id: id.clone(), text: text.clone() }),
            _ => Vec::new(),
        }
    }

    fn quit(&mut self, run: &Run) -> Vec<Intent> {
        if run.state.ended.is_some() || run.source != Source::Quintet {
            return vec![Intent::Quit(QuitChoice::Leave)];
        }
        match self.look.on_quit {
            OnQuit::Ask => self.over(Overlay::Quit),
            OnQuit::Detach => vec![Intent::Quit(QuitChoice::Detach)],
            OnQuit::Stop => vec![Intent::Quit(QuitChoice::StopAll)],
        }
    }

    /// Ctrl-C: asks once; again within two seconds wraps up and stops; a third time kills.
    pub(super) fn interrupt(&mut self, run: &Run, now: Time) -> Vec<Intent> {
        self.interrupts.retain(|at| now.since(*at) <= TWICE);
        self.interrupts.push(now);
        match self.interrupts.len() {
            1 => self.quit(run),
            2 => {
                self.overlay = None;
                vec![Intent::Quit(QuitChoice::Interrupted)]
            }
            _ => {
                self.overlay = None;
                vec![Intent::Quit(QuitChoice::KillAll)]
            }
        }
    }

    fn selected_entry(&self, run: &Run) -> Option<usize> {
        match (&self.focus, &self.pane) {
            (Focus::Pane, Some(Pane::Findings { at, least })) => feed::findings(run, *least).get(*at).copied(),
            _ => self.entry(run),
        }
    }

    fn named_file(&self, run: &Run) -> Option<(String, Option<u32>)> {
        let entry = &run.feed.entries[self.selected_entry(run)?];
        entry.file.clone().map(|file| (file, entry.line))
    }

    pub(super) fn visit(&mut self, run: &Run, now: Time) -> Vec<Intent> {
        let seen = self.selected_entry(run).map(|at| Intent::Seen(vec![at]));
        match self.named_file(run) {
            Some((path, line)) => {
                let mut intents = self.open_doc(run, Doc::File { path, line });
                intents.extend(seen);
                intents
            }
            None => {
                self.tell(now, "this entry names no file");
                seen.into_iter().collect()
            }
        }
    }

    fn shelf_of_aim(&self, run: &Run) -> usize {
        let Some(aim) = self.aim(run) else { return 0 };
        let about = |doc: &Doc| match doc {
            Doc::Report(agent) | Doc::Log { agent, .. } | Doc::Notes { agent, .. } => *agent == aim.agent,
            _ => false,
        };
        pane::shelf(run).iter().position(|shelf| about(&shelf.doc)).unwrap_or(0)
    }

    fn open_attempt(&mut self, run: &Run, now: Time, doc: impl Fn(AgentId, u32) -> Doc) -> Vec<Intent> {
        match self.aim(run) {
            Some(_) if run.source == Source::Files => self.say(now, "what it prints and was told is not known here"),
            Some(aim) if aim.attempt > 0 => self.open_doc(run, doc(aim.agent, aim.attempt)),
            Some(_) => self.say(now, "it has not started yet"),
            None => self.say(now, "no agent is selected"),
        }
    }

    fn read(&mut self, key: impl FnOnce(&mut super::Pager) -> Vec<Intent>) -> Vec<Intent> {
        match &mut self.pane {
            Some(Pane::Pager(pager)) => key(pager),
            _ => Vec::new(),
        }
    }

    /// Returns the aimed agent, if it has a worktree of its own.
    fn worktree_aim(&self, run: &Run) -> Result<AgentId, String> {
        let Some(aim) = self.aim(run) else { return Err("no agent is aimed at".to_owned()) };
        if run.worktrees.contains_key(&aim.agent) {
            Ok(aim.agent)
        } else {
            Err(format!("{} works in the project itself, with the others", run.state.agent(aim.agent).name))
        }
    }

    fn quietly(&mut self, key: impl FnOnce(&mut super::Pager)) -> Vec<Intent> {
        self.read(|pager| {
            key(pager);
            Vec::new()
        })
    }

    fn follow(&mut self) -> Vec<Intent> {
        self.read(|pager| {
            if pager.follow {
                pager.follow = false;
                return Vec::new();
            }
            pager.scroll(Scroll::Bottom)
        })
    }

    fn edit(&mut self) -> Vec<Intent> {
        self.read(|pager| match pager.lit() {
            Some(Target::File { path, line }) => {
                vec![Intent::Edit { doc: Doc::File { path: path.clone(), line: *line }, line: *line }]
            }
            Some(Target::Web(_)) | None => vec![Intent::Edit { doc: pager.doc.clone(), line: pager.source_line() }],
        })
    }

    fn copy(&mut self, now: Time) -> Vec<Intent> {
        let Some(Pane::Pager(pager)) = &self.pane else { return Vec::new() };
        let (text, what) = match pager.lit() {
            Some(Target::Web(address)) => (address.clone(), "the address"),
            Some(Target::File { path, line: Some(line) }) => (format!("{path}:{line}"), "the place"),
            Some(Target::File { path, line: None }) => (path.clone(), "the path"),
            None => (pager.text(), "the text"),
        };
        self.tell(now, format!("copied {what}"));
        vec![Intent::Copy(text)]
    }
}

fn next_severity(severity: Severity) -> Severity {
    match severity {
        Severity::Info => Severity::Low,
        Severity::Low => Severity::Medium,
        Severity::Medium => Severity::High,
        Severity::High => Severity::Critical,
        Severity::Critical => Severity::Info,
    }
}
