//! How the screen is to look, as chosen: theme, colours, symbols. What a colour means is here, which one it is in
//! `ui/theme.rs`.

use chrono::{FixedOffset, Offset, Utc};

use crate::run::Tone;
use crate::scheduler::{Severity, Word};
use crate::settings::OnQuit;

/// What the person (or the terminal) chose.
#[derive(Debug, Clone)]
pub struct Look {
    pub theme: Shade,
    pub colours: Colours,
    /// Only characters of ASCII in symbols and frames.
    pub ascii: bool,
    /// Off: clocks move in steps of ten seconds, until the last minute.
    pub motion: bool,
    /// Hints for the first run are shown.
    pub hints: bool,
    /// Own colours by meaning, `#rrggbb`, over those of the theme.
    pub own: Vec<(Meaning, Rgb)>,
    pub notify: Notify,
    /// What the quit key does.
    pub on_quit: OnQuit,
    /// Clicks and the wheel are ours; else the terminal selects with them.
    pub mouse: bool,
    /// Of the person's clock.
    pub offset: FixedOffset,
}

/// A palette that reads well on a dark or a light ground, or without colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shade {
    Dark,
    Light,
    Mono,
}

/// How many colours the terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colours {
    True,
    Ansi256,
    Ansi16,
}

/// A colour of a palette.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

/// What calls the person when the terminal is not looked at. All off unless chosen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Notify {
    /// The bell.
    pub bell: bool,
    /// A notification of the desktop (OSC 9 and 777).
    pub desktop: bool,
}

impl Default for Look {
    fn default() -> Look {
        Look {
            theme: Shade::Dark,
            colours: Colours::True,
            ascii: false,
            motion: true,
            hints: false,
            own: Vec::new(),
            notify: Notify::default(),
            on_quit: OnQuit::default(),
            mouse: true,
            offset: Utc.fix(),
        }
    }
}

macro_rules! meanings {
    ($($meaning:ident $name:literal $help:literal)*) => {
        /// What a piece of the screen means; a theme gives each a style.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Meaning {
            $(#[doc = $help] $meaning,)*
        }

        impl Meaning {
            /// Every meaning.
            pub const ALL: &[Meaning] = &[$(Meaning::$meaning),*];

            /// Returns its name in a settings file.
            pub fn name(self) -> &'static str {
                match self { $(Meaning::$meaning => $name,)* }
            }

            /// Returns what it stands for, in a few words.
            pub fn help(self) -> &'static str {
                match self { $(Meaning::$meaning => $help,)* }
            }
        }
    };
}

meanings! {
    Text "text" "Ordinary text."
    Dim "dim" "What matters less: labels, ages, units."
    Strong "strong" "Names and headings of the screen."
    Frame "frame" "Frames at rest."
    Focus "focus" "The frame and name that have the focus."
    Needs "needs" "What needs the person."
    Key "key" "Keys in the footer."
    Running "running" "An attempt that works."
    Calm "calm" "The countdown, with time enough."
    Warm "warm" "The countdown after its warning; wrapping up."
    Hot "hot" "The last minute, the grace, stopping."
    Still "still" "A stopped clock; paused."
    Rest "rest" "The part of a bar that has drained."
    Waiting "waiting" "Waiting and ready."
    Good "good" "Done."
    Half "half" "Partial; handed over."
    Bad "bad" "Failed, killed, blocked; a critical issue."
    High "high" "A severe issue."
    Heading "heading" "A heading of a document."
    Emphasis "emphasis" "Emphasised text of a document."
    Code "code" "Code in a document."
    Keyword "keyword" "A keyword in code."
    Literal "literal" "A string or number in code."
    Comment "comment" "A comment in code; a quotation."
    Link "link" "A link."
    Hit "hit" "A hit of the search."
    ThisHit "this-hit" "The hit at which the search stands."
    Selected "selected" "The selected line."
    Edge "edge" "An edge of the graph."
    LitEdge "lit-edge" "An edge of the selected agent."
    Critical "critical-path" "The chain of agents that will likely end last."
}

impl Meaning {
    /// Returns the meaning of a state.
    pub fn of(word: Word) -> Meaning {
        match word {
            Word::Waiting | Word::Ready | Word::Queued => Meaning::Waiting,
            Word::Starting | Word::Running => Meaning::Running,
            Word::Asking => Meaning::Needs,
            Word::Paused => Meaning::Still,
            Word::WrappingUp => Meaning::Warm,
            Word::Stopping | Word::Killing => Meaning::Hot,
            Word::Done => Meaning::Good,
            Word::Partial => Meaning::Half,
            Word::Failed | Word::Killed | Word::Blocked => Meaning::Bad,
            Word::Skipped => Meaning::Dim,
        }
    }

    /// Returns the meaning of something that happened.
    pub fn of_tone(tone: Tone) -> Meaning {
        match tone {
            Tone::Run => Meaning::Strong,
            Tone::Work => Meaning::Running,
            Tone::Late => Meaning::Warm,
            Tone::End => Meaning::Hot,
            Tone::Still => Meaning::Still,
            Tone::Good => Meaning::Good,
            Tone::Half => Meaning::Half,
            Tone::Bad => Meaning::Bad,
            Tone::Asks => Meaning::Needs,
            Tone::Found(severity) => Meaning::of_severity(severity),
            Tone::Plain => Meaning::Text,
        }
    }

    /// Returns the meaning of a severity.
    pub fn of_severity(severity: Severity) -> Meaning {
        match severity {
            Severity::Critical => Meaning::Bad,
            Severity::High => Meaning::High,
            Severity::Medium => Meaning::Warm,
            Severity::Low => Meaning::Text,
            Severity::Info => Meaning::Dim,
        }
    }
}

/// Returns the state as a person reads it.
pub fn word(word: Word) -> &'static str {
    match word {
        Word::WrappingUp => "wrapping up",
        other => other.as_str(),
    }
}

/// Returns the word of a severity.
pub fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::High => "high",
        Severity::Medium => "medium",
        Severity::Low => "low",
        Severity::Info => "info",
    }
}

/// The characters that stand for things: Unicode, or plain ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Symbols {
    pub ascii: bool,
}

impl Symbols {
    /// Returns the symbol of a state, one cell wide.
    pub fn state(self, word: Word) -> &'static str {
        let (unicode, ascii) = match word {
            Word::Waiting => ("◌", "."),
            Word::Ready => ("○", "o"),
            Word::Starting => ("…", "~"),
            Word::Queued => ("◷", "q"),
            Word::Running => ("●", "*"),
            Word::Asking => ("◆", "!"),
            Word::Paused => ("‖", "="),
            Word::WrappingUp => ("◔", "w"),
            Word::Stopping => ("■", "s"),
            Word::Killing => ("▪", "k"),
            Word::Done => ("✓", "v"),
            Word::Partial => ("◐", "%"),
            Word::Failed => ("✗", "X"),
            Word::Killed => ("☓", "K"),
            Word::Skipped => ("↷", "-"),
            Word::Blocked => ("⊘", "#"),
        };
        self.pick(unicode, ascii)
    }

    /// Returns the first unless only ASCII may be used.
    pub fn pick(self, unicode: &'static str, ascii: &'static str) -> &'static str {
        if self.ascii { ascii } else { unicode }
    }

    pub fn ellipsis(self) -> &'static str {
        self.pick("…", "~")
    }

    pub fn urgent(self) -> &'static str {
        self.pick("▲", "!!")
    }

    pub fn handed_over(self) -> &'static str {
        self.pick("⇄", ">")
    }

    /// What is not known.
    pub fn unknown(self) -> &'static str {
        self.pick("–", "-")
    }

    pub fn enter(self) -> &'static str {
        self.pick("↵", "enter")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: [Word; 16] = [
        Word::Waiting,
        Word::Ready,
        Word::Starting,
        Word::Queued,
        Word::Running,
        Word::Asking,
        Word::Paused,
        Word::WrappingUp,
        Word::Stopping,
        Word::Killing,
        Word::Done,
        Word::Partial,
        Word::Failed,
        Word::Killed,
        Word::Skipped,
        Word::Blocked,
    ];

    #[test]
    fn every_state_has_a_symbol_of_its_own_one_cell_wide_in_both_sets() {
        for ascii in [false, true] {
            let symbols = Symbols { ascii };
            let mut seen: Vec<&str> = WORDS.iter().map(|word| symbols.state(*word)).collect();
            assert!(seen.iter().all(|symbol| crate::screen::words::width(symbol) == 1));
            assert!(!ascii || seen.iter().all(|symbol| symbol.is_ascii()));
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen.len(), WORDS.len());
        }
    }
}
