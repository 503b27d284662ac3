//! Orders over the control socket: a verb and its arguments become an order of the person.

use super::App;
use crate::plan::{AgentId, Plan};
use crate::scheduler::{By, Command, Event};
use crate::settings::Span;
use crate::team_dir::control::Request;

/// The verb that takes in the plan as it is on disk: the shell reads it, and the app is told.
pub const RELOAD: &str = "reload";

/// Every verb, with what it takes, for messages.
pub const VERBS: [(&str, &str); 22] = [
    ("pause", "AGENT"),
    ("resume", "AGENT"),
    ("freeze", "AGENT"),
    ("park", "AGENT"),
    ("hand-over", "AGENT"),
    ("stop", "AGENT"),
    ("kill", "AGENT"),
    ("extend", "AGENT SPAN"),
    ("retry", "AGENT [ENGINE]"),
    ("skip", "AGENT"),
    ("force", "AGENT"),
    ("next", "AGENT"),
    ("message", "AGENT TEXT"),
    ("answer", "[AGENT:]ID allow|always|deny|TEXT"),
    ("slots", "N"),
    ("pause-all", ""),
    ("resume-all", ""),
    ("stop-all", ""),
    ("drain", ""),
    ("release", ""),
    (RELOAD, ""),
    ("quit", ""),
];

impl App {
    /// Carries out an order of a client.
    ///
    /// # Errors
    /// In words: an unknown verb or agent, a missing argument, or why the order makes no sense now.
    pub(super) fn order(&mut self, request: &Request) -> Result<(), String> {
        let (verb, agent, id, attempt, arg, trust) = match request {
            Request::Order { verb, agent, id, attempt, arg, trust } => (verb, agent, id, attempt, arg, *trust),
            Request::Person { command, agents } => {
                self.knows_the_same(command, agents)?;
                return self.obey_by(command.clone(), By::Screen);
            }
            Request::Status | Request::Follow => return Ok(()),
        };
        if verb == "answer" {
            return self.answer(agent.as_deref(), id.as_deref(), arg.as_deref());
        }
        let command = self.command(verb, agent.as_deref(), *attempt, arg.as_deref())?;
        if let (Some(agent), Some(attempt)) = (whom(&command), *attempt) {
            self.is_newest(agent, attempt)?;
        }
        if let (Command::Retry { agent, engine: Some(engine) }, true) = (&command, trust) {
            self.agree(*agent, engine);
        }
        self.obey_by(command, By::Ctl)
    }

    /// Refuses an order for another attempt than the newest.
    fn is_newest(&self, agent: AgentId, attempt: u32) -> Result<(), String> {
        let name = &self.run.plan.agent(agent).name;
        match self.run.state.agent(agent).last_attempt() {
            newest if newest == attempt => Ok(()),
            0 => Err(format!("{name} has no attempt yet")),
            newest if attempt < newest => {
                Err(format!("attempt {attempt} of {name} is over; attempt {newest} is the newest"))
            }
            newest => Err(format!("{name} has no attempt {attempt}; attempt {newest} is the newest")),
        }
    }

    /// Refuses an order of a screen whose plan has other agents: its ids would mean others here.
    fn knows_the_same(&self, command: &Command, agents: &[String]) -> Result<(), String> {
        let Some(agent) = whom(command) else { return Ok(()) };
        let same = self.run.plan.agents.iter().map(|agent| &agent.name).eq(agents);
        if same && agent.0 < agents.len() {
            return Ok(());
        }
        Err("the plan on this screen is another than that of the run; attach again".to_owned())
    }

    fn obey_by(&mut self, command: Command, by: By) -> Result<(), String> {
        self.refusal = None;
        self.obey(command, by);
        self.refusal.take().map_or(Ok(()), Err)
    }

    fn command(
        &self,
        verb: &str,
        agent: Option<&str>,
        attempt: Option<u32>,
        arg: Option<&str>,
    ) -> Result<Command, String> {
        let agent = || -> Result<AgentId, String> {
            let name = agent.ok_or_else(|| format!("`{verb}` needs an agent"))?;
            self.run.plan.find(name).ok_or_else(|| {
                let known: Vec<&str> = self.run.plan.agents.iter().map(|agent| agent.name.as_str()).collect();
                format!("no agent is called `{name}`; there are {}", known.join(", "))
            })
        };
        let arg = |what: &str| arg.ok_or_else(|| format!("`{verb}` needs {what}"));
        Ok(match verb {
            "pause" => Command::Pause { agent: agent()?, attempt, hard: false },
            "freeze" => Command::Pause { agent: agent()?, attempt, hard: true },
            "resume" => Command::Resume { agent: agent()?, attempt },
            "park" => Command::Park { agent: agent()?, attempt },
            "hand-over" => Command::HandOver { agent: agent()?, attempt },
            "stop" => Command::Stop { agent: agent()?, attempt },
            "kill" => Command::Kill { agent: agent()?, attempt },
            "extend" => {
                let by: Span = arg("how long, for example 5m")?.parse()?;
                Command::Extend { agent: agent()?, attempt, by: by.0 }
            }
            "retry" => {
                let engine = arg("").ok().map(str::to_owned);
                if let Some(name) = engine.as_ref().filter(|name| !self.setup.engines.contains_key(*name)) {
                    return Err(format!("no engine is called `{name}`"));
                }
                Command::Retry { agent: agent()?, engine }
            }
            "skip" => Command::Skip { agent: agent()? },
            "force" => Command::Force { agent: agent()? },
            "next" => Command::Next { agent: agent()? },
            "message" => Command::Message { agent: agent()?, attempt, text: arg("a text")?.to_owned() },
            "slots" => {
                let slots = arg("a number")?.parse().map_err(|_| "`slots` needs a number".to_owned())?;
                Command::Slots(slots)
            }
            "pause-all" => Command::PauseAll,
            "resume-all" => Command::ResumeAll,
            "stop-all" | "quit" => Command::StopAll,
            "drain" => Command::Drain,
            "release" => Command::Release,
            _ => {
                let verbs: Vec<&str> = VERBS.iter().map(|(verb, _)| *verb).collect();
                return Err(format!("no verb is called `{verb}`; there are {}", verbs.join(", ")));
            }
        })
    }

    /// Answers a question. `agent` and `id` name it; without `id` the first is `ID` or `AGENT:ID`.
    fn answer(&mut self, agent: Option<&str>, id: Option<&str>, answer: Option<&str>) -> Result<(), String> {
        let said = agent.ok_or("`answer` needs the id of a question")?;
        let answer = answer.ok_or("`answer` needs allow, always, deny or a text")?;
        let (agent, id) = match id {
            Some(id) => self.question_of(said, id).ok_or_else(|| format!("{said} has no open question `{id}`"))?,
            None => self.question(said)?,
        };
        self.decide(Event::Answered { agent, id: id.to_owned(), answer: answer.to_owned(), by: By::Ctl });
        Ok(())
    }

    /// Returns the open question that `ID` or `AGENT:ID` means. Ids are told apart within an agent only.
    fn question<'a>(&self, said: &'a str) -> Result<(AgentId, &'a str), String> {
        let pairs = said.match_indices(':').map(|(at, _)| (&said[..at], &said[at + 1..]));
        if let Some(found) = pairs.into_iter().find_map(|(agent, id)| self.question_of(agent, id)) {
            return Ok(found);
        }
        let asking: Vec<AgentId> =
            self.run.plan.each().map(|(agent, _)| agent).filter(|agent| self.asks(*agent, said)).collect();
        match asking.as_slice() {
            [] => Err(format!("no open question has the id `{said}`")),
            [agent] => Ok((*agent, said)),
            several => {
                let name = |agent: &AgentId| self.run.plan.agent(*agent).name.clone();
                let names: Vec<String> = several.iter().map(name).collect();
                Err(format!(
                    "several agents ask a question `{said}`: {}; say whose, for example `{}:{said}`",
                    names.join(", "),
                    names[0]
                ))
            }
        }
    }

    fn question_of<'a>(&self, agent: &str, id: &'a str) -> Option<(AgentId, &'a str)> {
        let agent = self.run.plan.find(agent)?;
        self.asks(agent, id).then_some((agent, id))
    }

    fn asks(&self, agent: AgentId, id: &str) -> bool {
        let newest = self.run.state.agent(agent).attempts.last();
        newest.is_some_and(|attempt| attempt.questions.iter().any(|open| open.id == id) || attempt.missed(id).is_some())
    }
}

/// Returns whom a command is about; `None`: the run.
fn whom(command: &Command) -> Option<AgentId> {
    match command {
        Command::Pause { agent, .. }
        | Command::Resume { agent, .. }
        | Command::Park { agent, .. }
        | Command::HandOver { agent, .. }
        | Command::Stop { agent, .. }
        | Command::Kill { agent, .. }
        | Command::Extend { agent, .. }
        | Command::Retry { agent, .. }
        | Command::Skip { agent }
        | Command::Force { agent }
        | Command::Next { agent }
        | Command::Message { agent, .. } => Some(*agent),
        Command::PauseAll
        | Command::ResumeAll
        | Command::StopAll
        | Command::KillAll
        | Command::Slots(_)
        | Command::Drain
        | Command::Release => None,
    }
}

impl Request {
    /// Returns what an attached screen with this plan sends for this; `None`: it stays with the screen.
    pub fn of(msg: super::msg::Msg, plan: &Plan) -> Option<Request> {
        use super::msg::Msg;
        let person = |command| {
            let agents = plan.agents.iter().map(|agent| agent.name.clone()).collect();
            Some(Request::Person { command, agents })
        };
        match msg {
            Msg::Person { command, .. } => person(command),
            Msg::Answer { agent, id, answer, .. } => Some(Request::Order {
                verb: "answer".to_owned(),
                agent: Some(plan.agent(agent).name.clone()),
                id: Some(id),
                attempt: None,
                arg: Some(answer),
                trust: false,
            }),
            Msg::Reload { .. } => Some(Request::Order {
                verb: RELOAD.to_owned(),
                agent: None,
                id: None,
                attempt: None,
                arg: None,
                trust: false,
            }),
            Msg::Stop { kill, .. } => person(if kill { Command::KillAll } else { Command::StopAll }),
            Msg::Begin
            | Msg::Tick
            | Msg::Queued { .. }
            | Msg::Started { .. }
            | Msg::Adopted { .. }
            | Msg::Output { .. }
            | Msg::Exited { .. }
            | Msg::Verified { .. }
            | Msg::Prepared { .. }
            | Msg::Tried { .. }
            | Msg::Kept { .. }
            | Msg::News(_)
            | Msg::Papers(_)
            | Msg::GivenBack { .. }
            | Msg::Trouble { .. } => None,
        }
    }
}
