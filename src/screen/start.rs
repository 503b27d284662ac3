//! The start page: what is here, and what can be done with it. Nothing starts before Enter.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::words;
use crate::run::{Earlier, Outcome};

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Here {
    /// The folder, as a person would write it.
    pub folder: String,
    /// A Quintet works here.
    pub is_at_work: bool,
    /// The newest run in the team directory.
    pub newest: Option<Earlier>,
    pub plans: Vec<Found>,
    /// The team directory has its default plan.
    pub has_plan: bool,
    /// A status file is here, and no run of Quintet.
    pub is_of_others: bool,
    /// Runs of this user in other folders, the newest first.
    pub elsewhere: Vec<Elsewhere>,
}

/// A plan that can run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// As it would be typed.
    pub path: String,
    pub title: String,
    pub agents: usize,
}

/// A run in another folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    pub run: String,
    pub project: String,
    pub standing: Standing,
}

/// How a run elsewhere stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    AtWork,
    Over(Outcome),
}

/// One thing that can be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartOffer {
    pub key: char,
    pub text: String,
    pub detail: String,
    /// What would be typed after `quintet`.
    pub command: Vec<String>,
    /// It begins work, or writes: Enter is wanted.
    pub starts: bool,
}

/// The page.
#[derive(Debug, Clone, PartialEq)]
pub struct Start {
    pub folder: String,
    pub offers: Vec<StartOffer>,
    pub at: usize,
}

/// What came of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chosen {
    Nothing,
    Do(Vec<String>),
    Leave,
}

/// Keys of runs elsewhere.
const ELSEWHERE: [char; 5] = ['A', 'B', 'C', 'D', 'E'];

impl Start {
    /// Returns the page for what was found: what is likeliest wanted first.
    pub fn of(here: &Here) -> Start {
        let mut offers = Vec::new();
        let mut offer = |key: char, text: &str, detail: String, command: &[&str], starts: bool| {
            let command = command.iter().map(|word| (*word).to_owned()).collect();
            offers.push(StartOffer { key, text: text.to_owned(), detail, command, starts });
        };
        let newest = here.newest.as_ref();
        if here.is_at_work {
            let detail = newest.map_or_else(String::new, |run| format!("{} of {} done", run.done, run.agents));
            offer('a', "Attach to the run that is at work here", detail, &["attach"], false);
        } else if let Some(run) = newest.filter(|run| run.outcome == Outcome::Unfinished) {
            let text = "Carry on the unfinished run";
            offer('c', text, short(run), &["run", &run.plan, "--carry-on"], true);
        }
        // One Quintet works in a folder.
        let plans = here.plans.iter().filter(|_| !here.is_at_work);
        for (plan, key) in plans.zip('1'..='9') {
            let detail = format!("{}, {}", plan.title, words::plural(plan.agents, "agent"));
            offer(key, &format!("Run {}", plan.path), detail, &["run", &plan.path], true);
        }
        if let Some(run) = newest.filter(|_| !here.is_at_work) {
            offer('l', "Look at the last run", short(run), &["history", &run.id], false);
        }
        if here.is_of_others {
            let detail = "something else drives it".to_owned();
            offer('w', "Watch the team directory here", detail, &["watch"], false);
        }
        for (run, key) in here.elsewhere.iter().zip(ELSEWHERE) {
            let project = ["--project", run.project.as_str()];
            let (text, command, starts) = match run.standing {
                Standing::AtWork => ("Attach to a run at work elsewhere", vec!["attach"], false),
                Standing::Over(_) => ("Look at a run elsewhere", vec!["history", run.run.as_str()], false),
            };
            let how = match run.standing {
                Standing::AtWork => "at work",
                Standing::Over(outcome) => outcome.as_str(),
            };
            offer(key, text, format!("{how}, {}", run.project), &[command, project.to_vec()].concat(), starts);
        }
        let demo = "ten built-in analysts on a sample project, about a minute".to_owned();
        offer('d', "Watch a demonstration", demo, &["demo"], true);
        if !here.has_plan {
            let detail = "a small working plan to begin with".to_owned();
            offer('i', "Write a plan here", detail, &["init"], true);
        }
        offer('g', "How to have an agent write a plan", String::new(), &["init", "--guide"], false);
        offer('?', "All commands", String::new(), &["--help"], false);
        Start { folder: here.folder.clone(), offers, at: 0 }
    }

    /// Takes a key: a letter selects, or does at once what starts nothing; Enter does what is selected.
    pub fn key(&mut self, event: KeyEvent) -> Chosen {
        if event.kind == KeyEventKind::Release {
            return Chosen::Nothing;
        }
        let control = event.modifiers.contains(KeyModifiers::CONTROL);
        let last = self.offers.len().saturating_sub(1);
        match event.code {
            KeyCode::Char('c' | 'd') if control => return Chosen::Leave,
            KeyCode::Char('q') | KeyCode::Esc => return Chosen::Leave,
            KeyCode::Enter => return self.offers.get(self.at).map_or(Chosen::Nothing, StartOffer::chosen),
            KeyCode::Down | KeyCode::Char('j') | KeyCode::Tab => self.at = (self.at + 1).min(last),
            KeyCode::Up | KeyCode::Char('k') | KeyCode::BackTab => self.at = self.at.saturating_sub(1),
            KeyCode::Home => self.at = 0,
            KeyCode::End => self.at = last,
            KeyCode::Char(key) if !control => {
                if let Some(at) = self.offers.iter().position(|offer| offer.key == key) {
                    self.at = at;
                    if !self.offers[at].starts {
                        return self.offers[at].chosen();
                    }
                }
            }
            _ => {}
        }
        Chosen::Nothing
    }
}

impl StartOffer {
    fn chosen(&self) -> Chosen {
        Chosen::Do(self.command.clone())
    }
}

fn short(run: &Earlier) -> String {
    format!("{}, {} of {} done", run.outcome.as_str(), run.done, run.agents)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(start: &mut Start, code: KeyCode) -> Chosen {
        start.key(KeyEvent::new(code, KeyModifiers::NONE))
    }

    #[test]
    fn what_begins_work_waits_for_enter_and_the_rest_does_not() {
        let plan = Found { path: "plan.md".to_owned(), title: "A plan".to_owned(), agents: 10 };
        let mut start = Start::of(&Here { plans: vec![plan], ..Here::default() });
        assert_eq!(press(&mut start, KeyCode::Char('d')), Chosen::Nothing);
        assert_eq!(press(&mut start, KeyCode::Enter), Chosen::Do(vec!["demo".to_owned()]));
        assert_eq!(press(&mut start, KeyCode::Char('1')), Chosen::Nothing);
        assert_eq!(press(&mut start, KeyCode::Enter), Chosen::Do(vec!["run".to_owned(), "plan.md".to_owned()]));
        assert_eq!(press(&mut start, KeyCode::Char('?')), Chosen::Do(vec!["--help".to_owned()]));
        assert_eq!(press(&mut start, KeyCode::Char('q')), Chosen::Leave);
    }

    #[test]
    fn a_run_at_work_comes_first_and_is_not_carried_on_twice() {
        let newest = Earlier {
            id: "r".to_owned(),
            began: chrono::DateTime::UNIX_EPOCH,
            took: std::time::Duration::ZERO,
            outcome: Outcome::Unfinished,
            plan: "plan.md".to_owned(),
            done: 3,
            agents: 10,
        };
        let here = Here { newest: Some(newest), ..Here::default() };
        assert_eq!(Start::of(&here).offers[0].command, ["run", "plan.md", "--carry-on"]);
        let start = Start::of(&Here { is_at_work: true, ..here });
        assert_eq!(start.offers[0].command, ["attach"]);
        assert!(!start.offers.iter().any(|offer| offer.command[0] == "run"));
    }
}
