//! An agent said its last word: it is asked for a report that is missing, once; else its input is closed, which ends it.

use super::App;
use super::msg::{Effect, Key};
use crate::engine::{Activity, Kind, ReportRule, Tell};
use crate::scheduler::Event;
use crate::shim::ShimOrder;

impl App {
    /// Takes the result of an attempt. `has_text`: it has a final answer, which will do as the report.
    pub(super) fn answered(&mut self, key: Key, ok: bool, has_text: bool) {
        let engine = self.engine_of(key.agent);
        let ends_it = match engine.kind {
            // They end by themselves.
            Kind::Builtin | Kind::Command => None,
            Kind::Claude | Kind::Codex | Kind::Opencode => Some(ShimOrder::CloseInput),
            // With MCP servers attached some of them never notice that their input is closed.
            Kind::Gemini | Kind::Acp => Some(ShimOrder::Term),
        };
        let report = self.home.team.report(self.run.plan.agent(key.agent)).to_string_lossy().into_owned();
        let wants_report = ends_it.is_some() && ok && !has_text && engine.report == ReportRule::Required;
        let asks = wants_report
            && !self.catching_up
            && self.talks.get_mut(&key).is_some_and(|talk| talk.lacks_report(&report));
        if asks && self.tell(key, &Tell::AskReport { report }) {
            return;
        }
        self.effects.extend(ends_it.map(|order| Effect::Shim { key, order }));
        if let Some(talk) = self.talks.get_mut(&key) {
            talk.finished = true;
        }
        self.decide(Event::Finished { agent: key.agent, attempt: key.attempt });
    }

    /// It goes on after its result, or is told to: its process need not end yet.
    pub(super) fn works_on(&mut self, key: Key) {
        if self.talks.get_mut(&key).is_some_and(|talk| std::mem::take(&mut talk.finished)) {
            self.decide(Event::WorksOn { agent: key.agent, attempt: key.attempt });
        }
    }
}

/// Returns whether a program does something, beside telling of what was done.
pub(super) fn is_work(activity: &Activity) -> bool {
    match activity {
        Activity::Text { .. }
        | Activity::ToolStarted { .. }
        | Activity::ToolEnded { .. }
        | Activity::Retrying { .. }
        | Activity::Asked { .. } => true,
        Activity::Criterion { .. }
        | Activity::Finding { .. }
        | Activity::Urgent { .. }
        | Activity::Usage { .. }
        | Activity::Session { .. }
        | Activity::Denied { .. }
        | Activity::Trouble { .. }
        | Activity::Changed { .. }
        | Activity::Quota { .. }
        | Activity::Report { .. }
        | Activity::Result { .. } => false,
    }
}
