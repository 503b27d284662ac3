//! Output becomes activities, activities become records and what the panels show.

use std::path::{Component, Path};

use super::App;
use super::answered::is_work;
use super::msg::{Effect, Key};
use crate::engine::{Activity, Stream, prompt};
use crate::scheduler::{Event, Record, Severity};
use crate::team_dir::entries::{self, Entry};
use crate::team_dir::notes::cut;

/// The longest line of output that is kept for the screen, in bytes.
const SHOWN: usize = 4096;

impl App {
    /// Takes in lines of an attempt's output.
    pub(super) fn hear(&mut self, key: Key, stream: Stream, lines: Vec<Vec<u8>>, skipped: u64) {
        self.run.live[key.agent.0].skipped += skipped;
        self.run.live[key.agent.0].last_sign = Some(self.now);
        for line in lines {
            let Some(talk) = self.talks.get_mut(&key) else { continue };
            // The program's own words are heard, since it is answered by them: a call with a secret in it is that call.
            // What is said of them leaves Quintet, and is hidden.
            let mut heard = talk.session.line(stream, &line);
            let secrets = &self.secrets;
            let hide = |text: String| secrets.hide(&text).into_owned();
            heard.activities = heard.activities.into_iter().map(|activity| activity.hidden(hide)).collect();
            let line = hide(String::from_utf8_lossy(&line).into_owned());
            if stream != Stream::Said {
                let is_record = line.starts_with('{') && !heard.activities.is_empty();
                let live = &mut self.run.live[key.agent.0];
                match is_record {
                    // A record of a program is shown by what it says.
                    true => {
                        heard.activities.iter().filter_map(Activity::said).for_each(|text| live.printed(cut_line(text)))
                    }
                    false => live.printed(cut_line(&line)),
                }
            }
            if self.catching_up && talk.sent.cancels() > 0 {
                // The turn was cancelled by an earlier Quintet, which had its reasons.
                heard.activities.retain(|activity| !is_cancelled(activity));
            }
            talk.judge.hear(stream, line.as_bytes(), &heard.activities);
            let reply = if self.catching_up { talk.sent.missing(&heard.reply) } else { heard.reply };
            if !reply.is_empty() {
                self.effects.push(Effect::Write { key, bytes: reply });
            }
            // What its MCP server says is heard later than its output, in which it may have ended already.
            if stream == Stream::Out && heard.activities.iter().any(is_work) {
                if let Some(talk) = self.talks.get_mut(&key) {
                    talk.again.result = None;
                }
                self.works_on(key);
            }
            for activity in heard.activities {
                self.take_in(key, activity);
            }
        }
    }

    /// All that an earlier Quintet had heard was heard again: what was put off is decided.
    pub(super) fn caught_up(&mut self, key: Key) {
        let report = self.home.team.report(self.run.plan.agent(key.agent)).to_string_lossy().into_owned();
        let Some(talk) = self.talks.get_mut(&key) else { return };
        let again = std::mem::take(&mut talk.again);
        talk.again.offset = talk.known;
        let is_asked = talk.sent.says(&prompt::ask_report(&report));
        // It works on what it was told after its last result.
        let is_owed = talk.sent.turns() > again.results || is_asked && again.results < 2;
        if is_asked {
            talk.lacks_report(&report);
        }
        if let Some((ok, has_text)) = again.result.filter(|_| !is_owed) {
            self.answered(key, ok, has_text);
        }
        for (id, answer) in again.answers {
            self.hand_on(key, id, answer);
        }
    }

    fn take_in(&mut self, key: Key, activity: Activity) {
        self.run.saw(self.now, key.agent, &activity);
        self.publish(key, &activity);
        let agent = self.run.plan.agent(key.agent).name.clone();
        match activity {
            Activity::Criterion { n, evidence } => {
                let known = self.run.state.agent(key.agent).criteria.get(&n) == Some(&evidence);
                let exists = (1..=self.run.plan.agent(key.agent).criteria.len()).contains(&n);
                if let Some(talk) = self.talks.get_mut(&key) {
                    talk.criteria += 1;
                }
                if exists && !known {
                    self.note(Record::CriterionMet { agent, attempt: key.attempt, n, evidence });
                }
            }
            Activity::Finding { severity, text, file, line, rule } => {
                self.told(key, &text, file.as_deref(), line);
                if !self.run.feed.knows(&text, file.as_deref(), line) {
                    let entry = entry(severity, &agent, &text, file.clone(), line);
                    self.effects.push(Effect::AppendFinding(entries::written(&entry, self.wall)));
                    self.note(Record::FindingAdded { agent, severity, text, file, line, rule });
                }
            }
            Activity::Urgent { severity, text, file, line } => {
                self.told(key, &text, file.as_deref(), line);
                if !self.run.feed.knows_urgent(&text, file.as_deref(), line) {
                    let entry = entry(severity, &agent, &text, file.clone(), line);
                    self.effects.push(Effect::AppendUrgent(entries::written(&entry, self.wall)));
                    self.note(Record::UrgentAdded { severity, text, source: agent, file, line });
                }
            }
            Activity::Usage { .. } => self.count_spend(key),
            Activity::Asked { id, .. } if self.was_answered(key, &id) => {
                if let Some(talk) = self.talks.get_mut(&key) {
                    talk.session.forget(&id);
                }
            }
            Activity::Asked { id, kind, text } => {
                self.decide(Event::Asked { agent: key.agent, attempt: key.attempt, id, kind, text });
            }
            Activity::Changed { file } => {
                if let Some(talk) = self.talks.get_mut(&key) {
                    talk.files.insert(file);
                }
            }
            Activity::Report { path } => {
                // A path that leads outside names no report.
                let inside = Path::new(&path).strip_prefix(&self.run.project).unwrap_or(Path::new(&path));
                let is_plain = inside.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
                let path = inside.to_string_lossy().into_owned();
                if let Some(talk) = self.talks.get_mut(&key).filter(|_| is_plain) {
                    talk.report = Some(path);
                }
            }
            Activity::Trouble { what } => self.trouble(Severity::Medium, format!("{agent}: {what}")),
            Activity::Text { .. }
            | Activity::ToolStarted { .. }
            | Activity::ToolEnded { .. }
            | Activity::Denied { .. }
            | Activity::Retrying { .. }
            | Activity::Quota { .. } => {}
            Activity::Session { .. } if self.catching_up => {}
            Activity::Session { .. } => self.wrap_up_if_owed(key),
            Activity::Result { ok, text, .. } if self.catching_up => {
                if let Some(talk) = self.talks.get_mut(&key) {
                    talk.again.results += 1;
                    talk.again.result = Some((ok, text.is_some()));
                }
            }
            Activity::Result { ok, text, .. } => self.answered(key, ok, text.is_some()),
        }
    }

    /// Returns whether an earlier Quintet has answered this question, which is heard again.
    fn was_answered(&self, key: Key, id: &str) -> bool {
        self.catching_up && self.talks.get(&key).is_some_and(|talk| talk.sent.answers(id))
    }

    /// Remembers a finding for the notes of this attempt.
    fn told(&mut self, key: Key, text: &str, file: Option<&str>, line: Option<u32>) {
        let place = file.map(|file| format!(" ({file}{})", line.map(|line| format!(":{line}")).unwrap_or_default()));
        if let Some(talk) = self.talks.get_mut(&key) {
            talk.findings.push(format!("{text}{}", place.unwrap_or_default()));
        }
    }

    fn count_spend(&mut self, key: Key) {
        let setup = &self.setup.agents[key.agent.0];
        let (cost_usd, tokens) = (self.run.agent_cost(key.agent), self.run.agent_tokens(key.agent));
        let over_own_cap =
            setup.max_cost.is_some_and(|cap| cost_usd >= cap) || setup.max_tokens.is_some_and(|cap| tokens >= cap);
        let (run_cost_usd, run_tokens) = (self.capped_cost(), self.run.tokens());
        let agent = key.agent;
        self.decide(Event::Spent { agent, run_cost_usd, run_tokens, over_own_cap });
    }

    fn publish(&mut self, key: Key, activity: &Activity) {
        let (kind, text, tool) = match activity {
            Activity::Text { text } => ("text", text, None),
            Activity::ToolStarted { name, summary, .. } => ("tool", summary, Some(name.clone())),
            Activity::Denied { what } => ("denied", what, None),
            Activity::Retrying { why } => ("retrying", why, None),
            Activity::Changed { file } => ("changed", file, None),
            Activity::ToolEnded { .. }
            | Activity::Criterion { .. }
            | Activity::Finding { .. }
            | Activity::Urgent { .. }
            | Activity::Usage { .. }
            | Activity::Session { .. }
            | Activity::Asked { .. }
            | Activity::Quota { .. }
            | Activity::Report { .. }
            | Activity::Trouble { .. }
            | Activity::Result { .. } => return,
        };
        let now = self.now;
        if self.talks.get_mut(&key).is_some_and(|talk| talk.may_publish(now)) {
            let agent = self.run.plan.agent(key.agent).name.clone();
            let (kind, text) = (kind.to_owned(), cut(text, 400));
            self.effects.push(Effect::Publish(Record::AttemptActivity {
                agent,
                attempt: key.attempt,
                kind,
                text,
                tool,
            }));
        }
    }
}

fn is_cancelled(activity: &Activity) -> bool {
    matches!(activity, Activity::Result { ok: false, why: Some(why), .. } if why.contains("cancelled"))
}

fn entry(severity: Severity, agent: &str, text: &str, file: Option<String>, line: Option<u32>) -> Entry {
    Entry { severity, source: Some(agent.to_owned()), text: text.replace('\n', " "), file, line }
}

/// Cuts a line for the screen; spaces at its start stay.
fn cut_line(line: &str) -> String {
    let line = line.trim_end_matches(['\n', '\r']);
    match line.char_indices().find(|(at, _)| *at >= SHOWN) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}
