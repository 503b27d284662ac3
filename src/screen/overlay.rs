//! What lies over the screen and has the keys: questions, the palette, the help, an input line.

use tui_input::Input;

use super::palette::Palette;
use super::seats::Aim;
use crate::plan::AgentId;

/// What lies over the screen.
#[derive(Debug, Clone)]
pub enum Overlay {
    /// Scrolled by so many lines.
    Help(u16),
    Palette(Palette),
    /// Stop this attempt: wrap up, or kill?
    Stop(Aim),
    /// Stop everything: wrap up, or kill?
    StopAll,
    /// Quit: detach, wrap up, kill?
    Quit,
    /// A question of an agent: allow, always, deny, or a text.
    Ask {
        aim: Aim,
        id: String,
        text: String,
    },
    /// A line to type.
    Line(Entry),
    /// Lines to type.
    Text(Box<Letter>),
}

/// A line that is being typed.
#[derive(Debug, Clone)]
pub struct Entry {
    pub purpose: Purpose,
    pub input: Input,
}

/// What a typed line is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// Search in the open document.
    Find,
    /// Show only the lines of the open document that have it.
    Filter,
    /// Retry this agent on the engine of that name.
    RetryOn(AgentId),
}

/// Lines that are being typed for an agent.
#[derive(Debug, Clone)]
pub struct Letter {
    pub to: Addressee,
    pub area: ratatui_textarea::TextArea<'static>,
}

/// Who gets what is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Addressee {
    /// A message to an attempt.
    Attempt(Aim),
    /// An answer in words to its question.
    Question { aim: Aim, id: String },
}

impl Entry {
    pub fn new(purpose: Purpose) -> Entry {
        Entry { purpose, input: Input::default() }
    }
}

impl Letter {
    pub fn new(to: Addressee) -> Letter {
        let mut area = ratatui_textarea::TextArea::default();
        area.set_cursor_line_style(ratatui::style::Style::default());
        area.set_wrap_mode(ratatui_textarea::WrapMode::Word);
        Letter { to, area }
    }
}

impl Addressee {
    /// Returns the attempt it goes to.
    pub fn aim(&self) -> Aim {
        match self {
            Addressee::Attempt(aim) | Addressee::Question { aim, .. } => *aim,
        }
    }
}
