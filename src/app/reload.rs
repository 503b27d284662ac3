//! A plan that was changed on disk during a run: what differs is said, and only agents that have not started change.

use super::App;
use crate::plan::{Agent, AgentId, Plan};
use crate::scheduler::Record;
use crate::settings::{Origin, trust};

impl App {
    /// Takes in the plan as it is on disk now. `hash`: of its text.
    pub(super) fn reload(&mut self, plan: &Plan, hash: String) {
        let mut changed = Vec::new();
        self.kept_as_it_was.clear();
        self.refusal = None;
        for (id, before) in self.run.plan.clone().each() {
            match plan.agents.iter().find(|agent| agent.name == before.name) {
                None => self.remark(format!("{} is no longer in the plan; it stays in this run", before.name)),
                Some(after) => changed.extend(self.take_over(id, before, after, plan)),
            }
        }
        let known = |name: &str| self.run.plan.find(name).is_some();
        let new: Vec<&str> = plan.agents.iter().map(|agent| agent.name.as_str()).filter(|name| !known(name)).collect();
        if !new.is_empty() {
            self.remark(format!("new agents wait for the next run: {}", new.join(", ")));
        }
        self.run.plan.brief = plan.brief.clone();
        self.run.plan.conditions = plan.conditions.clone();
        self.run.plan.factors = plan.factors.clone();
        self.run.plan.deliverables = plan.deliverables.clone();
        let kept = std::mem::take(&mut self.kept_as_it_was);
        self.note(Record::PlanReloaded { plan_hash: hash, changed, kept });
    }

    /// Changes one agent, unless it has started; returns its name if it changed.
    fn take_over(&mut self, id: AgentId, before: &Agent, after: &Agent, plan: &Plan) -> Option<String> {
        // Where it stands in the text, and who it waits for, is not taken over.
        let same = Agent {
            needs: before.needs.clone(),
            line: before.line,
            phase: before.phase,
            overrides: before.overrides.clone(),
            ..after.clone()
        };
        let names = |agent: &Agent, plan: &Plan| -> Vec<String> {
            agent.needs.iter().map(|need| plan.agent(*need).name.clone()).collect()
        };
        if names(before, &self.run.plan) != names(after, plan) {
            self.remark(format!("other needs of {} wait for the next run", before.name));
        }
        if before.overrides != after.overrides {
            self.remark(format!("other rights, engine or limits of {} wait for the next run", before.name));
        }
        if same == *before {
            return None;
        }
        if !self.run.state.agent(id).attempts.is_empty() {
            self.remark(format!("{} has started and goes on as it was", before.name));
            return None;
        }
        let own = &self.setup.agents[id.0];
        let known = trust::left_to_agree(before, own, &self.setup);
        let mut left = trust::left_to_agree(&same, own, &self.setup);
        left.retain(|line| !known.contains(line));
        if !left.is_empty() {
            let left = left.join("; ");
            let why = format!("{} stays as it was, since nobody has agreed to this yet: {left}", before.name);
            let so_far = self.refusal.take().map(|so_far| so_far + "; ").unwrap_or_default();
            self.refusal = Some(so_far + &why);
            self.remark(why);
            return None;
        }
        let slug = before.slug.clone();
        self.run.plan.agents[id.0] = Agent { slug, ..same };
        let own = &mut self.setup.agents[id.0];
        if matches!(own.time_box_from, Origin::Plan | Origin::Default) {
            own.time_box = after.time_box;
        }
        let engine = own.engine.name.clone();
        self.play(id, &engine);
        Some(before.name.clone())
    }

    /// Returns what was not taken in since nobody has agreed to it.
    pub fn refused(&mut self) -> Option<String> {
        self.refusal.take()
    }

    fn remark(&mut self, what: String) {
        self.kept_as_it_was.push(what);
    }
}
