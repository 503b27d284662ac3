//! An attempt's process ended: what that means, from what its program said and what it left.

use super::App;
use super::msg::{Effect, Key, Left};
use crate::engine::{Judgement, ReportRule};
use crate::scheduler::{End, Event, Outcome};

impl App {
    pub(super) fn judge_end(&mut self, key: Key, end: End, why: Option<String>, left: Left) {
        self.keep_work(key, false);
        let mut talk = self.talks.remove(&key);
        let was_ended = self.run.state.agent(key.agent).attempts.last().is_some_and(|attempt| attempt.finished);
        if let Some(talk) = talk.as_mut().filter(|_| was_ended) {
            talk.judge.goes_by_result();
        }
        let judgement = talk.as_ref().map_or_else(|| unheard(end), |talk| talk.judge.judge(end));
        let mut report = left.report.as_ref().map(|paper| paper.path.clone());
        if report.is_none() && judgement.good {
            report = self.save_answer(key, &judgement);
        }
        if let Some(notes) = left.notes {
            let words = self.secrets.hide(&notes.text).into_owned();
            self.remember_notes(key, words);
        }
        let throttled_until = judgement.quota.as_ref().map(|quota| self.rest_after(key, quota.until));
        if judgement.quota.is_some() {
            self.leave_session(key);
        }
        let progress = report.is_some() || talk.as_ref().is_some_and(super::talk::Talk::made_progress);
        let live = &self.run.live[key.agent.0];
        let outcome = Outcome {
            end,
            good: judgement.good,
            partial: judgement.partial,
            why: why.or(judgement.why).map(|why| self.secrets.hide(&why).into_owned()),
            report,
            report_optional: self.engine_of(key.agent).report == ReportRule::None,
            hopeless: judgement.hopeless,
            throttled_until,
            progress,
            tokens: live.tokens,
            cost_usd: live.cost_usd,
            tools: live.attempt_tools.clone(),
        };
        self.run.live[key.agent.0].close_calls(self.now);
        if let Some(talk) = talk {
            self.ended_talks.insert(key, (talk, left.report));
        }
        self.decide(Event::Exited { agent: key.agent, attempt: key.attempt, outcome });
        self.ended_talks.remove(&key);
    }

    /// Saves a final answer in text as the report, marked so. A report that an earlier attempt of the run has written
    /// stays, and counts: the answer is put below it.
    fn save_answer(&mut self, key: Key, judgement: &Judgement) -> Option<String> {
        let answer = judgement.final_text.as_deref().filter(|text| !text.trim().is_empty())?;
        let agent = self.run.plan.agent(key.agent);
        let earlier = self.run.state.agent(key.agent).attempts.iter().rev();
        if let Some((n, path)) = earlier.filter_map(|it| Some((it.n, it.ended.as_ref()?.report.clone()?))).next() {
            let text = format!(
                "\n\n## Final answer of attempt {}\n\n> Put by Quintet below the report of attempt {n}.\n\n{}\n",
                key.attempt,
                answer.trim()
            );
            self.effects.push(Effect::Append { path: self.run.project.join(&path), text });
            return Some(path);
        }
        let path = agent.report_path();
        let text = format!(
            "# {}\n\n> The agent wrote no report file; this is its final answer, saved by Quintet.\n\n{}\n",
            agent.name,
            answer.trim()
        );
        self.effects.push(Effect::Save { path: self.run.project.join(&path), text });
        Some(path)
    }
}

/// An attempt that was never heard, since nobody knows its engine any more.
fn unheard(end: End) -> Judgement {
    let good = matches!(end, End::Exited { exit: Some(0), .. });
    let why = (!good).then(|| crate::engine::outcome::in_words(end));
    Judgement { good, why, hopeless: end == End::CannotStart, ..Judgement::default() }
}
