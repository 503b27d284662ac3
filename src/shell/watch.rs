//! `quintet watch`: a team directory that something else drives. Its files are looked at whenever they change; nothing is
//! written.

use std::future::pending;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::{Instant, sleep_until};

use super::signals::Signals;
use super::stage::{Leaving, Stage, until};
use super::watcher::{PAUSE, Stamp, Watcher, stamp};
use super::{clock, files, open};
use crate::app::Home;
use crate::app::msg::News;
use crate::plan::Plan;
use crate::run::{Run, Source};
use crate::scheduler::{Record, Severity};
use crate::team_dir::entries::Entry;
use crate::team_dir::{RunDir, Sighting, TeamDir};

/// The most that is read of a status file.
const LIMIT: u64 = 8 * 1024 * 1024;
/// A status file that makes no sense for so long is no half-written one.
const HALF_WRITTEN: Duration = Duration::from_secs(2);

/// A team that something else drives.
pub struct Watched {
    pub run: Run,
    pub home: Home,
    watcher: Watcher,
    /// The status file as it was last read.
    status: Option<Stamp>,
    /// Since when it makes no sense; `told`: the person knows.
    senseless: Option<Instant>,
    told: bool,
    /// Something changed; there is one place for it, and when it is taken a look is due anyway.
    hints: Receiver<()>,
    looked: Instant,
}

impl Watched {
    /// Begins to watch; what is there now is in the run.
    pub fn open(project: PathBuf, plan: Plan, plan_path: PathBuf) -> Watched {
        let team = TeamDir::new(&project, &plan.files);
        let (to_hints, hints): (Sender<()>, _) = mpsc::channel(1);
        let names = plan.agents.iter().map(|agent| agent.name.clone()).collect();
        let (watcher, there) = Watcher::of_others(team.clone(), names, to_hints);
        let mut run = Run::new("", plan, plan_path, project);
        run.source = Source::Files;
        let none = RunDir(team.runs().join("none"));
        let home = Home { team, run: none, later: Vec::new(), own_program: open::own_program() };
        let looked = Instant::now();
        let mut watched = Watched { run, home, watcher, status: None, senseless: None, told: false, hints, looked };
        watched.look_at_status();
        if watched.status.is_none() {
            let path = watched.home.team.relative(watched.home.team.status());
            let text = format!("there is no {path}: what the agents do is not known");
            watched.run.feed.notice(clock::wall(), Severity::Medium, text);
        }
        for news in there {
            watched.take(news);
        }
        watched
    }

    /// Waits until something may have changed.
    async fn wait(&mut self) {
        let safety = self.looked + self.watcher.patience();
        tokio::select! {
            hint = self.hints.recv() => match hint {
                // Several changes come together.
                Some(()) => sleep_until((self.looked + PAUSE).max(Instant::now())).await,
                None => pending().await,
            },
            () = sleep_until(safety) => {}
        }
    }

    /// Looks at everything; returns what is new, which the run has taken.
    pub fn look(&mut self) -> Vec<Record> {
        self.looked = Instant::now();
        let mut records = self.look_at_status();
        for news in self.watcher.look() {
            records.extend(self.take(news));
        }
        records
    }

    fn look_at_status(&mut self) -> Vec<Record> {
        let path = self.home.team.status().to_owned();
        let now = stamp(&path);
        if now == self.status && self.senseless.is_none() {
            return Vec::new();
        }
        let Ok(Some(text)) = files::read_text(&path, LIMIT) else { return Vec::new() };
        self.status = now;
        match Sighting::read(&text) {
            Ok(sighting) => {
                (self.senseless, self.told) = (None, false);
                self.run.join(&self.run.strangers(&sighting));
                let written = now.and_then(|(_, at)| at).map(DateTime::<Utc>::from);
                let wall = clock::wall();
                self.run.sighted(clock::now(), wall, written.unwrap_or(wall), &sighting)
            }
            Err(why) => {
                let since = *self.senseless.get_or_insert_with(Instant::now);
                if !self.told && since.elapsed() >= HALF_WRITTEN {
                    self.told = true;
                    let text = format!("{} is not understood: {why}", self.home.team.relative(&path));
                    self.run.feed.notice(clock::wall(), Severity::Medium, text);
                }
                Vec::new()
            }
        }
    }

    fn take(&mut self, news: News) -> Option<Record> {
        let source = |entry: &Entry| entry.source.clone().unwrap_or_else(|| "somebody".to_owned());
        let record = match news {
            News::Urgent(entry) => Record::UrgentAdded {
                source: source(&entry),
                severity: entry.severity,
                text: entry.text,
                file: entry.file,
                line: entry.line,
            },
            News::Finding(entry) => Record::FindingAdded {
                agent: source(&entry),
                severity: entry.severity,
                text: entry.text,
                file: entry.file,
                line: entry.line,
                rule: None,
            },
            News::Paper(path) => {
                self.run.wrote(clock::wall(), path);
                return None;
            }
        };
        self.run.take(clock::now(), clock::wall(), &record);
        Some(record)
    }
}

/// Shows the team until the person leaves, by a key or a signal.
///
/// # Errors
/// The system lets nobody listen to signals.
pub async fn show(mut watched: Watched, mut stage: Stage) -> io::Result<()> {
    let mut signals = Signals::listen()?;
    while stage.leaving.is_none() {
        let due = until(stage.deadline(&watched.run));
        tokio::select! {
            biased;
            number = signals.next() => stage.signal(number),
            // Nothing here can be ordered, so nothing comes of what the person does but what is shown.
            waited = stage.next() => drop(stage.take(&mut watched.run, &watched.home, waited)),
            () = watched.wait() => {
                let agents = watched.run.plan.agents.len();
                let records = watched.look();
                if agents != watched.run.plan.agents.len() {
                    stage.screen.planned(&watched.run);
                }
                drop(stage.changed(&mut watched.run, &watched.home, &records));
            }
            () = due => {}
        }
        if stage.refresh(&mut watched.run, &watched.home).is_err() {
            stage.leaving = Some(Leaving::Detach);
        }
    }
    stage.close();
    Ok(())
}

/// Shows a run of which nothing changes any more, until the person leaves, by a key or a signal.
///
/// # Errors
/// The system lets nobody listen to signals.
pub async fn read(mut run: Run, home: Home, mut stage: Stage) -> io::Result<()> {
    let mut signals = Signals::listen()?;
    while stage.leaving.is_none() {
        let due = until(stage.deadline(&run));
        tokio::select! {
            biased;
            number = signals.next() => stage.signal(number),
            waited = stage.next() => drop(stage.take(&mut run, &home, waited)),
            () = due => {}
        }
        if stage.refresh(&mut run, &home).is_err() {
            stage.leaving = Some(Leaving::Detach);
        }
    }
    stage.close();
    Ok(())
}

/// Hands on what happens, a line each, until `say` returns that nobody reads.
pub async fn tell(mut watched: Watched, mut say: impl FnMut(&str) -> bool) {
    let mut told = 0;
    loop {
        let (events, new) = (&watched.run.events, watched.run.event_count - told);
        for happening in events.iter().skip(events.len().saturating_sub(new)) {
            if !say(&crate::screen::words::clean(&happening.line())) {
                return;
            }
        }
        told = watched.run.event_count;
        watched.wait().await;
        watched.look();
    }
}
