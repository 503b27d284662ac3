//! Questions of agents to the person: the box stops for them, but not for long.

use std::time::Duration;

use super::brain::{Scheduler, whole_ms};
use super::event::Order;
use super::record::{By, Record};
use super::state::{Attempt, Closed, Question, Stage};
use crate::plan::AgentId;

/// The longest that one question stops the box, and all questions of an attempt together. Under a minute, since some
/// programs give up on the tool that asks after one, and would miss the answer.
const MOST_A_QUESTION: Duration = Duration::from_secs(57);
const MOST_AN_ATTEMPT: Duration = Duration::from_secs(180);

/// What an agent hears when nobody answers.
const NOBODY: &str = "nobody is here, decide and record the assumption";
/// The answer to a permission prompt that nobody answers, by the words of `ctl answer`.
const DENIED: &str = "deny";
/// The kind of question that is answered with `allow`, `always` or `deny`.
const PERMISSION: &str = "permission";

impl Scheduler {
    pub(super) fn asked(&mut self, agent: AgentId, attempt: u32, id: String, kind: String, text: String) {
        let Some((active, it)) = self.attempt(agent, attempt) else { return };
        if it.has_asked(&id) {
            return;
        }
        match active.stage {
            Stage::Starting | Stage::Queued { .. } | Stage::Running | Stage::Asking { .. } | Stage::Paused { .. } => {}
            // There is no time for questions while it writes its notes.
            Stage::WrappingUp { .. } | Stage::Stopping { .. } | Stage::Killing { .. } => {
                let answer = nobody_answers(&kind).to_owned();
                self.order(Order::Answer { agent, attempt, id, answer });
                return;
            }
        }
        let asking_now = match active.stage {
            Stage::Asking { since, .. } => self.now.since(since),
            _ => Duration::ZERO,
        };
        let after = MOST_A_QUESTION.min(MOST_AN_ATTEMPT.saturating_sub(it.asked + asking_now));
        let after = whole_ms(after);
        self.emit(Record::AskOpened {
            id,
            agent: self.name(agent),
            attempt,
            kind,
            text,
            until: self.wall + after,
            after_s: after.as_secs_f64(),
        });
    }

    pub(super) fn answered(&mut self, agent: AgentId, id: &str, answer: String, by: By) {
        let Some((active, it)) = self.active(agent) else { return };
        let attempt = active.attempt;
        if it.questions.iter().any(|open| open.id == id) {
            self.answer(agent, attempt, id.to_owned(), answer, by);
        } else if let Some(missed) = it.missed(id).cloned() {
            self.answer_late(agent, attempt, &missed, answer, by);
        }
    }

    /// The program has its answer and works on: what the person says after all comes as a message.
    fn answer_late(&mut self, agent: AgentId, attempt: u32, missed: &Question, answer: String, by: By) {
        let text = match missed.kind == PERMISSION {
            true => {
                format!("You were refused `{}`. The person says now: {answer}. Try again if you need it.", missed.text)
            }
            false => format!("You asked: {}\nThe person's answer, which came late: {answer}", missed.text),
        };
        self.emit(Record::AskAnswered { id: missed.id.clone(), agent: self.name(agent), answer, by });
        // One that is about to end, or cannot be told anything, is told by the journal alone.
        if self.message(agent, Some(attempt), &text, by).is_err() {
            let why = format!("{} cannot be told the late answer any more", self.name(agent));
            self.emit(Record::RunTroubled { what: why });
        }
    }

    /// Answers what nobody has answered in time.
    pub(super) fn answer_overdue_questions(&mut self, agent: AgentId) {
        let Some((active, it)) = self.active(agent) else { return };
        let attempt = active.attempt;
        let is_overdue = |question: &&Question| question.until <= self.now;
        for question in it.questions.iter().filter(is_overdue).cloned().collect::<Vec<_>>() {
            let answer = nobody_answers(&question.kind).to_owned();
            self.answer(agent, attempt, question.id, answer, By::Quintet);
        }
    }

    fn answer(&mut self, agent: AgentId, attempt: u32, id: String, answer: String, by: By) {
        self.emit(Record::AskAnswered { id: id.clone(), agent: self.name(agent), answer: answer.clone(), by });
        self.order(Order::Answer { agent, attempt, id, answer });
    }
}

impl Attempt {
    /// A question is answered; one that Quintet had answered may be once more, by the person.
    pub(super) fn close(&mut self, id: &str, by: By) {
        let by_person = by != By::Quintet;
        let open = self.questions.extract_if(.., |question| question.id == id);
        self.closed.extend(open.map(|question| Closed { question, by_person }));
        self.closed.iter_mut().filter(|closed| closed.question.id == id).for_each(|it| it.by_person |= by_person);
    }

    /// Nobody can answer any more.
    pub(super) fn close_questions(&mut self) {
        let open = self.questions.drain(..);
        self.closed.extend(open.map(|question| Closed { question, by_person: true }));
    }

    /// Returns whether it has asked this before.
    pub fn has_asked(&self, id: &str) -> bool {
        self.questions.iter().any(|open| open.id == id) || self.closed.iter().any(|it| it.question.id == id)
    }

    /// Returns the question that Quintet has answered, since the person did not, and nobody since.
    pub fn missed(&self, id: &str) -> Option<&Question> {
        self.closed.iter().find(|it| it.question.id == id && !it.by_person).map(|it| &it.question)
    }
}

fn nobody_answers(kind: &str) -> &'static str {
    if kind == PERMISSION { DENIED } else { NOBODY }
}
