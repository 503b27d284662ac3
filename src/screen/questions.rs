//! Keys while something lies over the screen.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use tui_input::backend::crossterm::EventHandler;

use super::intent::{Intent, QuitChoice};
use super::overlay::{Addressee, Entry, Letter, Overlay, Purpose};
use super::palette::{Choice, Palette};
use super::pane::Pane;
use super::seats::Aim;
use super::{Focus, Screen};
use crate::plan::AgentId;
use crate::run::Run;
use crate::scheduler::{Command, Stage, Time};
use crate::screen::action::{Action, Context};
use crate::screen::keys::Key;

impl Screen {
    /// Takes a key while something lies over the screen.
    pub(super) fn key_over(&mut self, run: &Run, now: Time, key: Key, event: KeyEvent) -> Vec<Intent> {
        match self.keys.action(&[Context::Everywhere], key) {
            Some(Action::Interrupt) => return self.interrupt(run, now),
            Some(Action::Suspend) => return vec![Intent::Suspend],
            Some(Action::Redraw) => return vec![Intent::Redraw],
            _ => {}
        }
        let Some(overlay) = self.overlay.take() else { return Vec::new() };
        if event.code == KeyCode::Esc {
            return Vec::new();
        }
        match overlay {
            Overlay::Help(scroll) => self.key_in_help(scroll, event.code),
            Overlay::Palette(palette) => self.key_in_palette(run, now, palette, event),
            Overlay::Stop(aim) => self.key_in_stop(run, now, aim, event.code),
            Overlay::StopAll => match event.code {
                KeyCode::Enter => vec![Intent::Order(Command::StopAll)],
                KeyCode::Char('x') => vec![Intent::Order(Command::KillAll)],
                _ => self.over(Overlay::StopAll),
            },
            Overlay::Quit => match event.code {
                KeyCode::Enter | KeyCode::Char('d') => vec![Intent::Quit(QuitChoice::Detach)],
                KeyCode::Char('w') => vec![Intent::Quit(QuitChoice::StopAll)],
                KeyCode::Char('x') => vec![Intent::Quit(QuitChoice::KillAll)],
                _ => self.over(Overlay::Quit),
            },
            Overlay::Ask { aim, id, text } => self.key_in_ask(run, now, (aim, id, text), event.code),
            Overlay::Line(entry) => self.key_in_line(entry, event),
            Overlay::Text(letter) => self.key_in_text(run, now, letter, event),
        }
    }

    /// Puts pasted text where text is typed.
    pub(super) fn paste_over(&mut self, text: &str) {
        match &mut self.overlay {
            Some(Overlay::Text(letter)) => {
                let text: String = text.replace("\r\n", "\n").replace('\r', "\n");
                letter.area.insert_str(text.chars().filter(|c| *c == '\n' || !c.is_control()).collect::<String>());
            }
            Some(Overlay::Line(entry)) => type_in(&mut entry.input, text),
            Some(Overlay::Palette(palette)) => {
                type_in(&mut palette.input, text);
                palette.typed();
            }
            Some(Overlay::Help(_) | Overlay::Stop(_) | Overlay::StopAll | Overlay::Quit | Overlay::Ask { .. })
            | None => {}
        }
    }

    fn key_in_help(&mut self, scroll: u16, code: KeyCode) -> Vec<Intent> {
        let scroll = match code {
            KeyCode::Down | KeyCode::Char('j') => scroll.saturating_add(1),
            KeyCode::Up | KeyCode::Char('k') => scroll.saturating_sub(1),
            KeyCode::PageDown | KeyCode::Char(' ') => scroll.saturating_add(10),
            KeyCode::PageUp | KeyCode::Char('b') => scroll.saturating_sub(10),
            KeyCode::Home | KeyCode::Char('g') => 0,
            KeyCode::End | KeyCode::Char('G') => u16::MAX,
            _ => return Vec::new(),
        };
        self.over(Overlay::Help(scroll.min(super::keys::HELP_LINES)))
    }

    fn key_in_stop(&mut self, run: &Run, now: Time, aim: Aim, code: KeyCode) -> Vec<Intent> {
        let Aim { agent, attempt } = aim;
        let command = match code {
            KeyCode::Enter => Command::Stop { agent, attempt: Some(attempt) },
            KeyCode::Char('x') => Command::Kill { agent, attempt: Some(attempt) },
            _ => return self.over(Overlay::Stop(aim)),
        };
        if self.still_there(run, now, aim) { vec![Intent::Order(command)] } else { Vec::new() }
    }

    fn key_in_ask(&mut self, run: &Run, now: Time, ask: (Aim, String, String), code: KeyCode) -> Vec<Intent> {
        let (aim, id, text) = ask;
        let answer = match code {
            KeyCode::Char('y') => "allow",
            KeyCode::Char('A') => "always",
            KeyCode::Char('n') => "deny",
            KeyCode::Char('t') | KeyCode::Enter => {
                return self.over(Overlay::Text(Box::new(Letter::new(Addressee::Question { aim, id }))));
            }
            _ => return self.over(Overlay::Ask { aim, id, text }),
        };
        self.answer(run, now, aim, id, answer.to_owned())
    }

    fn answer(&mut self, run: &Run, now: Time, aim: Aim, id: String, answer: String) -> Vec<Intent> {
        let agent = run.state.agent(aim.agent);
        let is_open = agent
            .active()
            .is_some_and(|active| matches!(&active.stage, Stage::Asking { id: asked, .. } if *asked == id));
        // Quintet answered while the person thought: the agent gets theirs as a message.
        let is_missed =
            || agent.active().is_some() && agent.attempts.last().is_some_and(|newest| newest.missed(&id).is_some());
        if !is_open && !is_missed() {
            return self.say(now, "the question is no longer open");
        }
        vec![Intent::Answer { agent: aim.agent, id, answer }]
    }

    fn key_in_line(&mut self, mut entry: Entry, event: KeyEvent) -> Vec<Intent> {
        if event.code != KeyCode::Enter {
            entry.input.handle_event(&Event::Key(event));
            return self.over(Overlay::Line(entry));
        }
        let text = entry.input.value().to_owned();
        match (entry.purpose, &mut self.pane) {
            (Purpose::Find, Some(Pane::Pager(pager))) => pager.search(&text),
            (Purpose::Filter, Some(Pane::Pager(pager))) => {
                pager.set_filter(&text);
                Vec::new()
            }
            (Purpose::RetryOn(agent), _) if !text.trim().is_empty() => {
                vec![Intent::Order(Command::Retry { agent, engine: Some(text.trim().to_owned()) })]
            }
            (Purpose::Find | Purpose::Filter | Purpose::RetryOn(_), _) => Vec::new(),
        }
    }

    fn key_in_text(&mut self, run: &Run, now: Time, mut letter: Box<Letter>, event: KeyEvent) -> Vec<Intent> {
        let newline = event.modifiers.intersects(KeyModifiers::ALT | KeyModifiers::SHIFT | KeyModifiers::CONTROL);
        match event.code {
            KeyCode::Enter if newline => letter.area.insert_newline(),
            KeyCode::Char('j') if event.modifiers.contains(KeyModifiers::CONTROL) => letter.area.insert_newline(),
            KeyCode::Enter => return self.send(run, now, &letter),
            _ => {
                letter.area.input(event);
            }
        }
        self.over(Overlay::Text(letter))
    }

    fn send(&mut self, run: &Run, now: Time, letter: &Letter) -> Vec<Intent> {
        let text = letter.area.lines().join("\n").trim().to_owned();
        if text.is_empty() {
            return Vec::new();
        }
        match &letter.to {
            Addressee::Attempt(aim) if self.still_there(run, now, *aim) => {
                vec![Intent::Order(Command::Message { agent: aim.agent, attempt: Some(aim.attempt), text })]
            }
            Addressee::Attempt(_) => Vec::new(),
            Addressee::Question { aim, id } => self.answer(run, now, *aim, id.clone(), text),
        }
    }

    fn still_there(&mut self, run: &Run, now: Time, aim: Aim) -> bool {
        let state = run.state.agent(aim.agent);
        let there = state.active().is_some_and(|active| active.attempt == aim.attempt);
        if !there {
            self.tell(now, format!("{} attempt {} has ended; nothing was done", state.name, aim.attempt));
        }
        there
    }

    fn key_in_palette(&mut self, run: &Run, now: Time, mut palette: Palette, event: KeyEvent) -> Vec<Intent> {
        let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
        match event.code {
            KeyCode::Enter => {
                return match palette.chosen().cloned() {
                    Some(choice) => self.choose(run, now, choice),
                    None => Vec::new(),
                };
            }
            KeyCode::Down => palette.step(1),
            KeyCode::Up => palette.step(-1),
            KeyCode::Char('n') if ctrl => palette.step(1),
            KeyCode::Char('p') if ctrl => palette.step(-1),
            KeyCode::PageDown => palette.step(10),
            KeyCode::PageUp => palette.step(-10),
            _ => {
                let before = palette.input.value().to_owned();
                palette.input.handle_event(&Event::Key(event));
                if palette.input.value() != before {
                    palette.typed();
                }
            }
        }
        self.over(Overlay::Palette(palette))
    }

    fn choose(&mut self, run: &Run, now: Time, choice: Choice) -> Vec<Intent> {
        match choice {
            Choice::Act(action) => self.act(run, now, action, None),
            Choice::Agent(agent) => self.go_to(run, agent),
            Choice::Resume(agent) => vec![Intent::Order(Command::Resume { agent, attempt: None })],
            Choice::Read(doc) => self.open_doc(run, doc),
            Choice::Heading(line) => {
                if let Some(Pane::Pager(pager)) = &mut self.pane {
                    pager.jump(line);
                }
                Vec::new()
            }
        }
    }

    /// Goes to an agent wherever it is.
    fn go_to(&mut self, run: &Run, agent: AgentId) -> Vec<Intent> {
        let seats = self.seats(run);
        match seats.iter().position(|seat| seat.aim.is_some_and(|aim| aim.agent == agent)) {
            Some(seat) => self.set_focus(Focus::Seat(seat)),
            None => {
                self.queued = Some(agent);
                self.set_focus(Focus::Queue);
            }
        }
        if self.pane.is_some() {
            self.open_pane(Pane::Zoom { agent, scroll: 0 });
        }
        Vec::new()
    }
}

fn type_in(input: &mut tui_input::Input, text: &str) {
    for c in text.chars().filter(|c| !c.is_control()) {
        input.handle(tui_input::InputRequest::InsertChar(c));
    }
}
