//! What the scheduler orders becomes effects.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use super::App;
use super::briefing::needs_json;
use super::msg::{Effect, Key, Left, Start};
use super::talk::Talk;
use super::workspace::Waiting;
use crate::engine::{self, Briefing, Judge, Launch, Tell, Told, servers};
use crate::plan::AgentId;
use crate::scheduler::{AttemptVerdict, By, Command, End, Event, NotesAuthor, Order, Record, Severity, Stage};
use crate::settings::OnCrash;
use crate::shim::ShimOrder;
use crate::team_dir::entries::{self, Entry};
use crate::team_dir::notes::{self, Facts};

/// The source of urgent entries that Quintet itself makes.
const OWN_NAME: &str = "quintet";
/// How many of an agent's last messages its notes hold at most.
const LAST_MESSAGES: usize = 30;

impl App {
    pub(super) fn carry_out(&mut self, order: Order) {
        match order {
            Order::Record(record) => self.take(record),
            Order::Start { agent, attempt, limit, after, resumes } => {
                self.start_or_prepare(Key { agent, attempt }, Waiting { limit, after, resumes });
            }
            Order::Warn { agent, attempt, left } => {
                self.tell(Key { agent, attempt }, &Tell::Warning { left_s: left.as_secs() });
            }
            Order::WrapUp { agent, attempt, left } => self.wrap_up(Key { agent, attempt }, left),
            Order::Freeze { agent, attempt, hard: true } => self.shim(agent, attempt, ShimOrder::Stop),
            Order::Freeze { agent, attempt, hard: false } => {
                if !self.tell(Key { agent, attempt }, &Tell::Interrupt) {
                    // It has no turn that could be interrupted: the journal tells what is done instead.
                    let name = self.run.plan.agent(agent).name.clone();
                    self.note(Record::AttemptPaused { agent: name, attempt, by: By::Quintet, frozen: true });
                    self.shim(agent, attempt, ShimOrder::Stop);
                }
            }
            Order::Thaw { agent, attempt, hard } => {
                let key = Key { agent, attempt };
                self.shim(agent, attempt, ShimOrder::Cont);
                if self.given_back == Some(key) {
                    self.go_on_after_person(key);
                } else if !hard {
                    self.tell(key, &Tell::Continue);
                }
                self.move_deadline(agent, attempt);
            }
            Order::Term { agent, attempt } => self.end_process(Key { agent, attempt }, ShimOrder::Term),
            Order::Kill { agent, attempt } => self.end_process(Key { agent, attempt }, ShimOrder::Kill),
            Order::Limit { agent, attempt, limit } => {
                self.shim(agent, attempt, ShimOrder::Limit(limit));
                self.move_deadline(agent, attempt);
            }
            Order::Message { agent, attempt, text } => {
                if !self.tell(Key { agent, attempt }, &Tell::Message { text }) {
                    let why = self.why_deaf(Key { agent, attempt });
                    self.trouble(Severity::Medium, why.clone());
                    self.refusal = Some(why);
                }
            }
            Order::Answer { agent, attempt, id, answer } => {
                self.hand_on(Key { agent, attempt }, id, answer);
            }
            Order::WriteNotes { agent, attempt, why } => self.write_notes(Key { agent, attempt }, why),
            Order::Verify { agent, attempt } => {
                let command = self.setup.agents[agent.0].verify.clone().unwrap_or_default();
                let at = self.workspace(agent).to_owned();
                self.effects.push(Effect::Verify { key: Key { agent, attempt }, command, at });
            }
            Order::Compile => self.effects.push(Effect::ReadPapers(self.papers())),
            Order::Refused { command, why } => self.refuse(&command, &why),
        }
    }

    /// A record: journal first, then everything that folds it.
    fn take(&mut self, record: Record) {
        self.run.take(self.now, self.wall, &record);
        self.status_is_old = true;
        if let Record::UrgentAdded { severity, text, source, file, line } = &record
            && source == OWN_NAME
        {
            let source = Some(source.clone());
            let entry = Entry { severity: *severity, source, text: text.clone(), file: file.clone(), line: *line };
            self.effects.push(Effect::AppendUrgent(entries::written(&entry, self.wall)));
        }
        let hook = self.hook(&record);
        let is_end = matches!(record, Record::RunEnded { .. });
        let event = hook.as_ref().and_then(|_| serde_json::to_string(&record).ok()).unwrap_or_default();
        self.effects.push(Effect::Journal(record));
        if let Some(command) = hook {
            self.effects.push(Effect::Hook { command, event });
        }
        if is_end {
            self.effects.push(Effect::Ended);
        }
    }

    fn hook(&self, record: &Record) -> Option<String> {
        let hooks = &self.setup.hooks;
        match record {
            Record::AskOpened { .. } => hooks.asking.clone(),
            Record::UrgentAdded { .. } => hooks.urgent.clone(),
            Record::RunHeld { .. } => hooks.held.clone(),
            Record::RunEnded { .. } => hooks.ended.clone(),
            _ => None,
        }
    }

    pub(super) fn start(&mut self, key: Key, Waiting { limit, after, resumes }: Waiting) {
        let briefing = self.briefing(key, limit, after, resumes);
        let engine = self.engine_of(key.agent).clone();
        let launch = match engine::launch(&engine, &briefing, &self.program_at(key.agent)) {
            Ok(launch) => launch,
            Err(error) => {
                return self.judge_end(key, End::CannotStart, Some(error.to_string()), Left::default());
            }
        };
        self.converse(key, limit, after, resumes);
        let start = self.start_of(key, &briefing, launch, briefing.folder.clone());
        self.effects.push(Effect::Start(Box::new(start)));
    }

    /// Returns what the shell must do to start a process for this attempt.
    pub(super) fn start_of(&self, key: Key, briefing: &Briefing, launch: Launch, folder: PathBuf) -> Start {
        let own = [&engine::servers::own(briefing, &self.program_at(key.agent))];
        let servers: serde_json::Map<String, Value> =
            briefing.servers.iter().chain(own).map(|server| (server.name.clone(), server.standard())).collect();
        let files = vec![
            (briefing.prompt_file.clone(), briefing.prompt.clone()),
            (briefing.needs_file.clone(), needs_json(&self.needs(key.agent))),
            (briefing.deadline_file.clone(), format!("{}\n", briefing.deadline)),
            (briefing.mcp_config.clone(), serde_json::json!({ "mcpServers": servers }).to_string()),
        ];
        Start {
            key,
            agent: briefing.agent.clone(),
            folder,
            launch,
            at: briefing.project.clone(),
            files,
            report: briefing.report.clone(),
            handoff: briefing.handoff.clone(),
            limit_s: briefing.limit.as_secs_f64(),
            grace_s: self.setup.grace.as_secs_f64(),
            place: self.setup.agents[key.agent.0].place.clone(),
            every_line: engine::reads_every_line(self.engine_of(key.agent)),
            keep: self.setup.on_crash == OnCrash::Keep,
        }
    }

    /// Returns Quintet itself, as it is called where the agent runs.
    fn program_at(&self, agent: AgentId) -> PathBuf {
        let place = self.setup.places.get(&self.setup.agents[agent.0].place);
        place.and_then(|place| place.program.as_ref()).map_or_else(|| self.home.own_program.clone(), PathBuf::from)
    }

    /// Begins to listen to an attempt; also to one that is adopted.
    pub fn converse(&mut self, key: Key, limit: Duration, after: Option<u32>, resumes: bool) {
        let briefing = self.briefing(key, limit, after, resumes);
        let engine = self.engine_of(key.agent);
        let session = engine::session(engine, &briefing, &self.program_at(key.agent));
        let talk = Talk::new(session, Judge::new(engine));
        self.talks.insert(key, talk);
    }

    fn wrap_up(&mut self, key: Key, left: Duration) {
        let agent = self.run.plan.agent(key.agent);
        let notes = self.home.team.handoff(&agent.slug, key.attempt);
        let tell = Tell::WrapUp {
            left_s: left.as_secs(),
            notes: notes.to_string_lossy().into_owned(),
            report: self.home.team.report(agent).to_string_lossy().into_owned(),
        };
        if !self.tell(key, &tell)
            && let Some(talk) = self.talks.get_mut(&key)
        {
            talk.owes_wrap_up = true;
        }
    }

    /// Its session is there: it is asked for the notes for which it could not be asked before.
    pub(super) fn wrap_up_if_owed(&mut self, key: Key) {
        if self.talks.get_mut(&key).is_some_and(|talk| std::mem::take(&mut talk.owes_wrap_up))
            && let Some(active) = self.run.state.agent(key.agent).active()
            && matches!(active.stage, Stage::WrappingUp { .. })
        {
            self.wrap_up(key, active.clock.left(self.now));
        }
    }

    /// Tells an agent something, in the way of its engine. Returns whether it could be told.
    pub(super) fn tell(&mut self, key: Key, what: &Tell) -> bool {
        let Some(talk) = self.talks.get_mut(&key) else { return false };
        let told = match talk.session.tell(what) {
            // The input of one that has given its result is closed.
            Told::Write(_) if talk.finished => Told::Cannot,
            told => told,
        };
        match told {
            Told::Write(bytes) => self.effects.push(Effect::Write { key, bytes }),
            Told::Relaunch(launch) => self.relaunch(key, *launch),
            Told::Cannot => return false,
        }
        self.works_on(key);
        true
    }

    /// Returns why an agent could not be told something.
    fn why_deaf(&self, key: Key) -> String {
        let name = &self.run.state.agent(key.agent).name;
        match self.talks.get(&key) {
            Some(talk) if talk.finished => format!("{name} was not told: it has given its result and is ending"),
            Some(_) => format!(
                "{name} was not told: {} has no session yet in which it could be",
                self.engine_of(key.agent).name
            ),
            None => format!("{name} was not told: it does not run"),
        }
    }

    /// Answers a permission prompt of the program, or a question that the attempt's MCP server waits with.
    pub(super) fn hand_on(&mut self, key: Key, id: String, answer: String) {
        let line = serde_json::json!({ "id": id, "answer": answer }).to_string() + "\n";
        let told = self.tell(key, &Tell::Answer { id: id.clone(), answer: answer.clone() });
        let is_llm = self.engine_of(key.agent).kind.is_llm();
        // The program's prompt is not heard again yet; its MCP server's question is in a file of its own.
        let waits = |talk: &&mut Talk| is_llm && talk.is_behind() && !id.starts_with(servers::ASKS);
        if let (false, Some(talk)) = (told, self.talks.get_mut(&key).filter(waits)) {
            talk.again.answers.push((id, answer));
        } else if !told {
            let path = self.folder(key).join("answers.jsonl");
            self.effects.push(Effect::Answer { path, line });
        }
        self.keep_permissions(key);
    }

    /// Notes what the person has allowed for good: it is for the agent's later attempts too, and for another Quintet.
    fn keep_permissions(&mut self, key: Key) {
        let known = &self.run.state.agent(key.agent).always;
        let kept = self.talks.get(&key).map(|talk| talk.session.kept()).unwrap_or_default();
        let agent = self.run.plan.agent(key.agent).name.clone();
        for rule in kept.difference(known).cloned().collect::<Vec<_>>() {
            self.note(Record::PermissionKept { agent: agent.clone(), rule });
        }
    }

    pub(super) fn shim(&mut self, agent: AgentId, attempt: u32, order: ShimOrder) {
        self.effects.push(Effect::Shim { key: Key { agent, attempt }, order });
    }

    /// Writes the deadline anew where the agent looks: a pause or an extension moved it.
    fn move_deadline(&mut self, agent: AgentId, attempt: u32) {
        let Some(active) = self.run.state.agent(agent).active() else { return };
        let unix_s = self.unix_deadline(active.clock.left(self.now));
        let folder = format!("{}-{attempt}", self.run.plan.agent(agent).slug);
        let path = self.home.run.attempt(&folder).join("deadline");
        self.effects.push(Effect::Deadline { path, unix_s });
    }

    fn refuse(&mut self, command: &Command, why: &str) {
        self.refusal = Some(why.to_owned());
        self.run.feed.notice(self.wall, Severity::Low, format!("{}: {why}", command.words(&self.run.plan)));
    }

    /// Makes the handoff notes of an attempt that ended unfinished: facts, and its own words if it left any.
    fn write_notes(&mut self, key: Key, why: String) {
        let own_words = self.notes.get(&key).cloned();
        let author = if own_words.is_some() { NotesAuthor::Agent } else { NotesAuthor::Quintet };
        let text = notes::written(&self.facts(key, why, own_words));
        let slug = &self.run.plan.agent(key.agent).slug;
        let path = self.home.team.handoff(slug, key.attempt);
        let relative = self.home.team.relative(&path);
        self.remember_notes(key, text.clone());
        self.effects.push(Effect::Save { path, text });
        self.decide(Event::NotesWritten { agent: key.agent, attempt: key.attempt, path: relative, author });
    }

    fn facts(&self, key: Key, why: String, own_words: Option<String>) -> Facts {
        let agent = self.run.plan.agent(key.agent);
        let state = self.run.state.agent(key.agent);
        let live = &self.run.live[key.agent.0];
        let ended = self.ended_talks.get(&key);
        let criteria = agent.criteria.iter().enumerate().map(|(index, text)| (text, state.criteria.get(&(index + 1))));
        let (met, open): (Vec<_>, Vec<_>) = criteria.partition(|(_, evidence)| evidence.is_some());
        let printed: Vec<String> =
            live.tail.iter().filter(|line| !line.trim_start().starts_with('{')).cloned().collect();
        let deeds: Vec<String> = live.deeds.iter().map(|deed| deed.text.clone()).collect();
        // What a language model did is told by its records; beside them its program only mutters.
        let (first, second) = if self.engine_of(key.agent).kind.is_llm() { (deeds, printed) } else { (printed, deeds) };
        let mut last = if first.is_empty() { second } else { first };
        last.drain(..last.len().saturating_sub(LAST_MESSAGES));
        Facts {
            agent: agent.name.clone(),
            attempt: key.attempt,
            task: agent.task.clone(),
            why,
            met: met.into_iter().filter_map(|(text, evidence)| Some((text.clone(), evidence?.clone()))).collect(),
            open: open.into_iter().map(|(text, _)| text.clone()).collect(),
            files: ended.map(|(talk, _)| talk.files.iter().cloned().collect()).unwrap_or_default(),
            tools: live.attempt_tools.iter().map(|(name, calls)| (name.clone(), *calls)).collect(),
            last,
            findings: ended.map(|(talk, _)| talk.findings.clone()).unwrap_or_default(),
            partial_report: ended
                .and_then(|(_, report)| report.as_ref().map(|paper| self.secrets.hide(&paper.text).into_owned())),
            own_words,
        }
    }

    /// Returns the reports and notes that exist by the records: what the compile step reads.
    fn papers(&self) -> Vec<String> {
        let reports = self.run.plan.each().filter_map(|(id, _)| self.run.report_of(id).map(str::to_owned));
        let attempts = self.run.state.agents.iter().flat_map(|agent| &agent.attempts);
        let unfinished = attempts
            .filter(|attempt| attempt.ended.as_ref().is_some_and(|ended| ended.verdict != AttemptVerdict::Done));
        let notes = unfinished.filter_map(|attempt| attempt.notes.as_ref().map(|(path, _)| path.clone()));
        reports.chain(notes).collect()
    }
}
