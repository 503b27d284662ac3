//! The palette: every action that applies now, every agent, every document, found by a few letters.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use tui_input::Input;

use super::doc::Doc;
use super::{Screen, pane};
use crate::plan::AgentId;
use crate::run::{Run, Source};
use crate::scheduler::Phase;
use crate::screen::action::Action;

/// An open palette.
#[derive(Debug, Clone)]
pub struct Palette {
    pub input: Input,
    pub at: usize,
    all: Vec<Offer>,
    /// Places in `all`, the best first.
    found: Vec<usize>,
}

/// One thing it offers.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    pub text: String,
    /// Its key, or what it is.
    pub hint: String,
    pub choice: Choice,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Choice {
    Act(Action),
    Agent(AgentId),
    /// A parked agent goes on.
    Resume(AgentId),
    Read(Doc),
    /// A line of the open document.
    Heading(usize),
}

impl Palette {
    fn new(all: Vec<Offer>) -> Palette {
        let found = (0..all.len()).collect();
        Palette { input: Input::default(), at: 0, all, found }
    }

    /// Returns what fits the letters so far, the best first.
    pub fn offers(&self) -> impl ExactSizeIterator<Item = &Offer> {
        self.found.iter().map(|at| &self.all[*at])
    }

    /// Returns what is selected.
    pub fn chosen(&self) -> Option<&Choice> {
        self.found.get(self.at).map(|at| &self.all[*at].choice)
    }

    /// Moves the selection.
    pub fn step(&mut self, by: isize) {
        let last = self.found.len().saturating_sub(1);
        self.at = self.at.saturating_add_signed(by).min(last);
    }

    /// Takes in that the letters changed.
    pub fn typed(&mut self) {
        let pattern = Pattern::parse(self.input.value(), CaseMatching::Ignore, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut letters = Vec::new();
        let mut scored: Vec<(u32, usize)> = self
            .all
            .iter()
            .enumerate()
            .filter_map(|(at, offer)| {
                let text = Utf32Str::new(&offer.text, &mut letters);
                pattern.score(text, &mut matcher).map(|score| (score, at))
            })
            .collect();
        scored.sort_by_key(|(score, at)| (std::cmp::Reverse(*score), self.all[*at].text.len(), *at));
        self.found = scored.into_iter().map(|(_, at)| at).collect();
        self.at = 0;
    }
}

impl Screen {
    /// Returns a palette of all that can be done now.
    pub(super) fn palette_of_all(&self, run: &Run) -> Palette {
        let stack = self.stack(run);
        let of_aim = self.aim(run).map(|aim| run.plan.agent(aim.agent).name.clone());
        let mut offers: Vec<Offer> = Action::ALL
            .iter()
            .filter(|action| stack.contains(&action.spec().context) && is_offered(**action))
            .filter(|action| self.offers(run, **action))
            .map(|action| {
                let spec = action.spec();
                let about_agent = !matches!(spec.context, ctx if is_general(ctx));
                let text = match (&of_aim, about_agent) {
                    (Some(name), true) => format!("{} · {name}", spec.help),
                    _ => spec.help.to_owned(),
                };
                let hint = self.keys.shown(*action).unwrap_or_default();
                Offer { text, hint, choice: Choice::Act(*action) }
            })
            .collect();
        offers.extend(parked(run));
        offers.extend(self.places(run));
        Palette::new(offers)
    }

    /// Returns a palette of agents and documents.
    pub(super) fn palette_of_places(&self, run: &Run) -> Palette {
        Palette::new(self.places(run))
    }

    /// Returns a palette of the headings of the open document.
    pub(super) fn palette_of_headings(&self) -> Option<Palette> {
        let Some(pane::Pane::Pager(pager)) = &self.pane else { return None };
        let offers = pager.page.headings.iter().map(|heading| Offer {
            text: format!("{}{}", "  ".repeat(usize::from(heading.level) - 1), heading.text),
            hint: String::new(),
            choice: Choice::Heading(heading.line),
        });
        let offers: Vec<Offer> = offers.collect();
        (!offers.is_empty()).then(|| Palette::new(offers))
    }

    fn places(&self, run: &Run) -> Vec<Offer> {
        let agents = run.plan.each().map(|(id, agent)| Offer {
            text: agent.name.clone(),
            hint: crate::screen::look::word(run.state.agent(id).word()).to_owned(),
            choice: Choice::Agent(id),
        });
        let documents = pane::shelf(run).into_iter().map(|shelf| Offer {
            text: shelf.name,
            hint: "read".to_owned(),
            choice: Choice::Read(shelf.doc),
        });
        agents.chain(documents).collect()
    }
}

/// Agents that were taken out of their slots are nowhere on the screen but in the queue: they are found by name.
fn parked(run: &Run) -> impl Iterator<Item = Offer> {
    let is_parked = |id: &AgentId| run.source == Source::Quintet && run.state.agent(*id).phase == Phase::Parked;
    run.plan.each().map(|(id, _)| id).filter(is_parked).map(|id| Offer {
        text: format!("Resume {}, which is parked", run.plan.agent(id).name),
        hint: "parked".to_owned(),
        choice: Choice::Resume(id),
    })
}

fn is_general(context: crate::screen::action::Context) -> bool {
    use crate::screen::action::Context::*;
    match context {
        Team | Everywhere | Held | Feed | Pager => true,
        Asking | Running | Paused | Active | Waiting | Ended => false,
    }
}

/// Moving about is done with keys, not by name.
fn is_offered(action: Action) -> bool {
    use Action::*;
    !matches!(
        action,
        Up | Down
            | Left
            | Right
            | PageUp
            | PageDown
            | HalfUp
            | HalfDown
            | Top
            | Bottom
            | NextFocus
            | PreviousFocus
            | Slot
            | Open
            | Back
            | Palette
            | Interrupt
    )
}
