//! A person in an agent's own session: the terminal is lent to the agent's program.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::time::Instant;

use super::{Lent, Stage};
use crate::app::App;
use crate::app::msg::{Key, Msg};
use crate::engine::{Launch, take_over};
use crate::plan::AgentId;
use crate::run::Run;
use crate::scheduler::{By, Command as Order, Stage as Life};
use crate::shell::attempts::environment::inherited;
use crate::shell::clock;

/// How long a turn may take to stop before the person's program reads what was said in it.
const SETTLES: Duration = Duration::from_secs(1);

/// What the person wants of agents' sessions.
#[derive(Default)]
pub(super) struct Sessions {
    /// For [`Stage::grant`].
    pub wish: Option<Wish>,
    opening: Option<Opening>,
}

/// Something that the app must be asked for.
pub(super) enum Wish {
    TakeOver(Key),
    Copy(AgentId),
}

/// A session that is about to be opened.
struct Opening {
    key: Key,
    launch: Launch,
    folder: PathBuf,
    at: Instant,
}

impl Sessions {
    /// Returns when a session is to be opened.
    pub fn due(&self) -> Option<Instant> {
        self.opening.as_ref().map(|opening| opening.at)
    }
}

impl Stage {
    /// Grants what the person wants of an agent's session, if anything; returns what the app must be told.
    pub fn grant(&mut self, app: &App) -> Vec<Msg> {
        match self.sessions.wish.take() {
            Some(Wish::TakeOver(key)) => self.take_over(app, key),
            Some(Wish::Copy(agent)) => {
                self.copy_session(app, agent);
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    /// The same on an attached screen. It takes no session over: only the Quintet that runs the plan lets the agent go on
    /// in it afterwards.
    pub fn grant_attached(&mut self, app: &App) -> Vec<Msg> {
        if let Some(Wish::TakeOver(_)) = self.sessions.wish {
            self.sessions.wish = None;
            self.screen
                .tell(clock::now(), "not on an attached screen: only the one that runs the plan takes a session over");
        }
        self.grant(app)
    }

    /// Pauses an attempt and opens its session a moment later.
    fn take_over(&mut self, app: &App, key: Key) -> Vec<Msg> {
        let launch = match app.open_session(key.agent) {
            Ok(launch) => launch,
            Err(why) => {
                self.screen.tell(clock::now(), why);
                return Vec::new();
            }
        };
        self.screen.tell(clock::now(), "its session opens; leave it, and the agent goes on");
        let folder = app.workspace(key.agent).to_owned();
        self.sessions.opening = Some(Opening { key, launch, folder, at: Instant::now() + SETTLES });
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
    pub(super) fn open_session(&mut self, run: &Run) {
        let due = self.sessions.opening.take_if(|opening| opening.at <= Instant::now());
        let Some(Opening { key, launch, folder, .. }) = due.filter(|_| self.lent.is_none()) else { return };
        if run.state.agent(key.agent).active().map(|active| active.attempt) != Some(key.attempt) {
            return;
        }
        self.terminal.pause();
        match start(&launch, &folder) {
            Ok(child) => self.lent = Some(Lent::Session { child: Box::new(child), key }),
            Err(error) => {
                let back = self.terminal.resume();
                self.taken(run, back);
                self.screen.tell(clock::now(), format!("{}: {error}; the attempt is paused", launch.program));
            }
        }
    }

    /// The person has left a session: its agent goes on.
    pub(super) fn session_left(&mut self, mut child: Child, key: Key) -> Vec<Msg> {
        if let Ok(Some(status)) = child.try_wait()
            && !status.success()
        {
            self.screen.tell(clock::now(), format!("its session was left with {status}; the agent goes on"));
        }
        vec![Msg::GivenBack { key }]
    }
}

fn start(launch: &Launch, folder: &Path) -> io::Result<Child> {
    let mut command = Command::new(&launch.program);
    command.args(&launch.args).current_dir(folder).env_clear().envs(inherited(launch.env_clear)).envs(&launch.env);
    command.spawn()
}
