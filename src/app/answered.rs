//! An agent said its last word: it is asked for a report that is missing, once; else its input is closed, which ends it.

use super::App;
use super::msg::{Effect, Key};
use crate::engine::{Kind, ReportRule, Tell};
use crate::shim::ShimOrder;

impl App {
    /// Takes the result of an attempt. `has_text`: it has a final answer, which will do as the report.
    pub(super) fn answered(&mut self, key: Key, ok: bool, has_text: bool) {
        let engine = self.engine_of(key.agent);
        let ends_it = match engine.kind {
            Kind::Builtin | Kind::Command => return,
            Kind::Claude | Kind::Codex | Kind::Opencode => ShimOrder::CloseInput,
            // With MCP servers attached some of them never notice that their input is closed.
            Kind::Gemini | Kind::Acp => ShimOrder::Term,
        };
        let report = self.home.team.report(self.run.plan.agent(key.agent)).to_string_lossy().into_owned();
        let wants_report = ok && !has_text && engine.report == ReportRule::Required;
        let asks = wants_report
            && !self.catching_up
            && self.talks.get_mut(&key).is_some_and(|talk| talk.lacks_report(&report));
        if asks && self.tell(key, &Tell::AskReport { report }) {
            return;
        }
        self.effects.push(Effect::Shim { key, order: ends_it });
    }
}
