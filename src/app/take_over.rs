//! A person works in an agent's own session for a while, and gives it back.

use super::App;
use super::msg::{Effect, Key};
use crate::engine::{self, Briefing, Launch, prompt, take_over};
use crate::plan::AgentId;
use crate::scheduler::{By, Command};

impl App {
    /// Returns how to open an agent's own session in a terminal.
    ///
    /// # Errors
    /// In words, why it cannot be opened here.
    pub fn open_session(&self, agent: AgentId) -> Result<Launch, String> {
        let (name, engine) = (&self.run.plan.agent(agent).name, self.engine_of(agent));
        let own = &self.setup.agents[agent.0];
        if own.place != "local" {
            return Err(format!("{name} works at {}: its session cannot be opened here", own.place));
        }
        let Some(session) = &self.run.live[agent.0].session else {
            return Err(format!("the session of {name} is not known here"));
        };
        let Some(command) = take_over::command(engine, session) else {
            return Err(format!("{} has no sessions that a person can open", engine.name));
        };
        let mut words = command.into_iter();
        let mut env = engine.env.clone();
        env.extend(own.env.clone());
        env.insert("PWD".to_owned(), self.workspace(agent).to_string_lossy().into_owned());
        Ok(Launch {
            program: words.next().unwrap_or_default(),
            args: words.collect(),
            env,
            env_clear: engine.env_clear,
            ..Launch::default()
        })
    }

    /// The person has left the session of an attempt: its agent goes on in it, by a process that knows what was said.
    pub(super) fn given_back(&mut self, key: Key) {
        self.given_back = Some(key);
        self.obey(Command::Resume { agent: key.agent, attempt: Some(key.attempt) }, By::Screen);
        self.given_back = None;
    }

    /// Ends the process of an attempt that a person took over, and lets the next one continue the session.
    pub(super) fn go_on_after_person(&mut self, key: Key) {
        let left = self.run.state.agent(key.agent).active().map(|active| active.clock.left(self.now));
        let briefing = self.briefing(key, left.unwrap_or_default(), None, true);
        let briefing = Briefing { go_on: prompt::go_on_after_person(), ..briefing };
        let engine = self.engine_of(key.agent).clone();
        let Ok(launch) = engine::launch(&engine, &briefing, &self.home.own_program) else { return };
        if engine::has_protocol(&engine)
            && let Some(talk) = self.talks.get_mut(&key)
        {
            // Its protocol begins anew with every process.
            talk.session = engine::session(&engine, &briefing, &self.home.own_program);
        }
        self.relaunch(key, launch);
        self.works_on(key);
    }

    /// Ends the process of an attempt, then starts the next one, in a folder of its own.
    pub(super) fn relaunch(&mut self, key: Key, launch: Launch) {
        let Some(talk) = self.talks.get_mut(&key) else { return };
        talk.relaunches += 1;
        // The attempt's own folder is the first process's.
        let name = format!("again-{}", talk.relaunches);
        let folder = self.folder(key).join(name);
        let left = self.run.state.agent(key.agent).active().map(|active| active.clock.left(self.now));
        let briefing = self.briefing(key, left.unwrap_or_default(), None, true);
        let start = self.start_of(key, &briefing, launch, folder);
        self.effects.push(Effect::Relaunch(Box::new(start)));
    }
}
