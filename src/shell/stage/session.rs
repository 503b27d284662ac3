//! A person in an agent's own session: the terminal is lent to the agent's program.

use std::io;
use std::path::Path;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::time::Instant;

use super::{Lent, Stage};
use crate::app::App;
use crate::app::msg::{Key, Msg};
use crate::engine::{Launch, take_over};
use crate::plan::AgentId;
use crate::scheduler::{By, Command as Order, Stage as Life};
use crate::shell::attempts::environment::inherited;
use crate::shell::clock;

/// How long a turn may take to stop before the person's program reads what was said in it.
const SETTLES: Duration = Duration::from_secs(1);

/// What a person wants of an agent's own session.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wish {
    /// To work in it.
    Open(Key),
    /// The command that opens it.
    Copy(AgentId),
}

/// A session that is about to be opened.
pub(super) struct Opening {
    pub key: Key,
    pub launch: Launch,
    pub at: Instant,
}

impl Stage {
    /// Does what the person wants of agents' own sessions, where the agents are known; returns what the app must be told.
    pub fn meet(&mut self, app: &App) -> Vec<Msg> {
        let told = match self.wish.take() {
            Some(Wish::Open(key)) => self.take_over(app, key),
            Some(Wish::Copy(agent)) => {
                self.copy_session(app, agent);
                Vec::new()
            }
            None => Vec::new(),
        };
        self.open_session(app);
        told
    }

    /// Pauses an attempt and opens its session a moment later; returns what the app must be told.
    fn take_over(&mut self, app: &App, key: Key) -> Vec<Msg> {
        let launch = match app.open_session(key.agent) {
            Ok(launch) => launch,
            Err(why) => {
                self.screen.tell(clock::now(), why);
                return Vec::new();
            }
        };
        self.screen.tell(clock::now(), "its session opens; leave it, and the agent goes on".to_owned());
        self.opening = Some(Opening { key, launch, at: Instant::now() + SETTLES });
        let stage = app.run.state.agent(key.agent).active().map(|active| &active.stage);
        if matches!(stage, Some(Life::Paused { .. })) {
            return Vec::new();
        }
        let command = Order::Pause { agent: key.agent, attempt: Some(key.attempt), hard: false };
        vec![Msg::Person { command, by: By::Screen }]
    }

    /// Copies the command that opens an agent's session.
    fn copy_session(&mut self, app: &App, agent: AgentId) {
        match app.open_session(agent) {
            Ok(launch) => {
                let words: Vec<String> = std::iter::once(launch.program).chain(launch.args).collect();
                let typed = take_over::typed(&words);
                self.terminal.copy(&typed);
                self.screen.tell(clock::now(), format!("copied {typed}"));
            }
            Err(why) => self.screen.tell(clock::now(), why),
        }
    }

    /// Lends the terminal to the program of a session that is due, unless its attempt has ended meanwhile.
    fn open_session(&mut self, app: &App) {
        let Some(Opening { key, launch, .. }) = self.opening.take_if(|opening| opening.at <= Instant::now()) else {
            return;
        };
        if app.active_key(key.agent) != Some(key) {
            return;
        }
        self.terminal.pause();
        match start(&launch, app.workspace(key.agent)) {
            Ok(child) => self.lent = Some(Lent::Session { child: Box::new(child), key }),
            Err(error) => {
                let back = self.terminal.resume();
                self.taken(&app.run, back);
                self.screen.tell(clock::now(), format!("{}: {error}; the attempt is paused", launch.program));
            }
        }
    }
}

fn start(launch: &Launch, folder: &Path) -> io::Result<Child> {
    let mut command = Command::new(&launch.program);
    command.args(&launch.args).current_dir(folder).env_clear().envs(inherited(launch.env_clear)).envs(&launch.env);
    command.spawn()
}
