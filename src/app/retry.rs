//! A retry on another engine: what would stand against it before a run stands against it in one.

use super::msg::Effect;
use super::{App, attempt};
use crate::engine::Server;
use crate::plan::AgentId;
use crate::scheduler::{By, Command, Event, Phase, Severity};
use crate::settings::{AgentSetup, spend, trust};

impl App {
    /// Has an agent tried again by another engine, if the person has agreed to all that it would start, may do and cost.
    pub(super) fn retry_on(&mut self, agent: AgentId, name: &str, command: Command, by: By) {
        if let Err(why) = self.may_play(agent, name) {
            // It is longer than a moment's word on the screen: it stands in the feed too.
            self.trouble(Severity::Medium, format!("{}: {why}", command.words(&self.run.plan)));
            self.refusal = Some(why);
            return;
        }
        let untried = self.untried(agent, name);
        if !untried.is_empty() {
            return self.effects.push(Effect::Try { command, by, servers: untried });
        }
        let state = &self.run.state.agents;
        let before = state.get(agent.0).filter(|it| it.active().is_none()).map(|_| self.engine_of(agent).name.clone());
        if before.is_some() {
            self.play(agent, name);
        }
        self.decide(Event::Person { command, by });
        if let Some(before) = before.filter(|_| self.engine_of(agent).name != name) {
            // It was refused.
            self.play(agent, &before);
        }
    }

    /// The servers that an agent needs for a retry were tried: it does without those that are of no use.
    pub(super) fn tried(&mut self, command: Command, by: By, found: Vec<(String, Option<String>)>) {
        for (name, why) in found {
            if let Some(why) = why {
                self.trouble(Severity::Medium, format!("a retry does without the MCP server {name}: {why}"));
                self.run.without.insert(name.clone(), why.clone());
                self.setup.mcp_missing.insert(name.clone(), why);
            }
            self.setup.mcp_tried.insert(name);
        }
        self.obey(command, by);
    }

    /// Returns the servers of an agent that nobody has tried in this run, where a retry would need them at once.
    fn untried(&self, agent: AgentId, engine: &str) -> Vec<(String, Server)> {
        let needs = self.setup.engines.get(engine).is_some_and(|engine| engine.kind.is_llm());
        let may_start = match self.run.state.agent(agent).phase {
            Phase::Backoff { .. } | Phase::Ended { .. } => true,
            Phase::Waiting | Phase::Ready { .. } | Phase::Parked | Phase::Active(_) => false,
        };
        if !needs || !may_start {
            return Vec::new();
        }
        let all = self.setup.servers_of(self.run.plan.agent(agent)).into_iter();
        let untried = all.filter(|(name, _)| !self.setup.mcp_tried.contains(name));
        untried.map(|(name, server)| (name, server.clone())).collect()
    }

    /// Lets an engine play an agent from its next attempt on.
    pub(super) fn play(&mut self, agent: AgentId, engine: &str) {
        let Some(own) = self.as_played_by(agent, engine) else { return };
        let is_billed = own.account != spend::Account::Login;
        self.setup.agents[agent.0] = own;
        spend::cap_run(&mut self.setup);
        self.scheduler.cap(self.setup.max_cost);
        self.run.max_cost = self.setup.max_cost;
        self.run.billed.get_mut(agent.0).into_iter().for_each(|billed| *billed = is_billed);
        let chain = self.run.plan.chain_lengths()[agent.0];
        self.scheduler.play(agent, attempt::task(&self.run.plan, &self.setup, agent, chain));
    }

    /// The person agrees to what an engine would start, may do and cost as this agent.
    pub(super) fn agree(&mut self, agent: AgentId, engine: &str) {
        let left = self.left_to_agree(agent, engine);
        self.setup.agreed.extend(left);
    }

    /// Returns how an agent is set up when this engine plays it; `None`: there is no such engine, or agent.
    fn as_played_by(&self, agent: AgentId, engine: &str) -> Option<AgentSetup> {
        let (engine, now) = (self.setup.engines.get(engine)?, self.setup.agents.get(agent.0)?);
        let own = self.set_up[agent.0].played_by(engine, &self.setup.keys);
        Some(AgentSetup { time_box: now.time_box, ..own })
    }

    fn left_to_agree(&self, agent: AgentId, engine: &str) -> Vec<String> {
        let own = self.as_played_by(agent, engine);
        own.map(|own| trust::left_to_agree(self.run.plan.agent(agent), &own, &self.setup)).unwrap_or_default()
    }

    fn may_play(&self, agent: AgentId, engine: &str) -> Result<(), String> {
        let Some(own) = self.as_played_by(agent, engine) else {
            return Err(format!("no engine is called `{engine}`"));
        };
        let it = self.run.plan.agent(agent);
        let unkept: Vec<String> = spend::unkept(&it.name, &own, &self.setup).iter().map(ToString::to_string).collect();
        if !unkept.is_empty() {
            return Err(unkept.join("; "));
        }
        let left = self.left_to_agree(agent, engine);
        if left.is_empty() {
            return Ok(());
        }
        Err(format!("agree to it first, with `quintet ctl retry {} {engine} --trust`: {}", it.slug, left.join("; ")))
    }
}
