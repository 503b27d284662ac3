//! Orders over the control socket: a verb and its arguments become an order of the person.

use super::App;
use crate::plan::AgentId;
use crate::scheduler::{By, Command, Event};
use crate::settings::Span;
use crate::team_dir::control::Request;

/// Every verb, with what it takes, for messages.
pub const VERBS: [(&str, &str); 21] = [
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
    ("answer", "ID allow|always|deny|TEXT"),
    ("slots", "N"),
    ("pause-all", ""),
    ("resume-all", ""),
    ("stop-all", ""),
    ("drain", ""),
    ("release", ""),
    ("quit", ""),
];

impl App {
    /// Carries out an order of a client.
    ///
    /// # Errors
    /// In words: an unknown verb or agent, a missing argument, or why the order makes no sense now.
    pub(super) fn order(&mut self, request: &Request) -> Result<(), String> {
        let (verb, agent, attempt, arg) = match request {
            Request::Order { verb, agent, attempt, arg } => (verb, agent, attempt, arg),
            Request::Person { command } => return self.obey_by(command.clone(), By::Screen),
            Request::Status | Request::Follow => return Ok(()),
        };
        if verb == "answer" {
            return self.answer(agent.as_deref(), arg.as_deref());
        }
        let command = self.command(verb, agent.as_deref(), *attempt, arg.as_deref())?;
        self.obey_by(command, By::Ctl)
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

    /// Answers a question by its id.
    fn answer(&mut self, id: Option<&str>, answer: Option<&str>) -> Result<(), String> {
        let id = id.ok_or("`answer` needs the id of a question")?;
        let answer = answer.ok_or("`answer` needs allow, always, deny or a text")?;
        let asks = |agent: &crate::scheduler::AgentState| {
            let question = |attempt: &crate::scheduler::Attempt| attempt.questions.iter().any(|open| open.id == id);
            agent.attempts.last().is_some_and(question)
        };
        let agent = self.run.state.agents.iter().position(asks).map(AgentId);
        let Some(agent) = agent else { return Err(format!("no open question has the id `{id}`")) };
        self.decide(Event::Answered { agent, id: id.to_owned(), answer: answer.to_owned(), by: By::Ctl });
        Ok(())
    }
}

impl Request {
    /// Returns what an attached screen sends for this; `None`: it stays with the screen.
    pub fn of(msg: super::msg::Msg) -> Option<Request> {
        use super::msg::Msg;
        match msg {
            Msg::Person { command, .. } => Some(Request::Person { command }),
            Msg::Answer { id, answer, .. } => {
                Some(Request::Order { verb: "answer".to_owned(), agent: Some(id), attempt: None, arg: Some(answer) })
            }
            Msg::Stop { kill, .. } => {
                Some(Request::Person { command: if kill { Command::KillAll } else { Command::StopAll } })
            }
            Msg::Begin
            | Msg::Tick
            | Msg::Started { .. }
            | Msg::Adopted { .. }
            | Msg::Output { .. }
            | Msg::Exited { .. }
            | Msg::Verified { .. }
            | Msg::News(_)
            | Msg::Papers(_)
            | Msg::Reload { .. }
            | Msg::Trouble { .. } => None,
        }
    }
}
