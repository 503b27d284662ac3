//! What agents and people write into the team directory.
//!
//! A notification is only a hint to look: looking compares the files with what was seen last, so nothing is lost by an
//! overflow, a rename or a new folder, and own writes (whose size and time are known) read nothing.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use notify::event::{AccessKind, AccessMode, EventKind};
use notify::{RecursiveMode, Watcher as _};
use tokio::sync::mpsc::Sender;

use super::files;
use crate::app::msg::News;
use crate::scheduler::Severity;
use crate::team_dir::TeamDir;
use crate::team_dir::entries::{Entry, Seen};

/// The most that is read of a communication file.
const LIMIT: u64 = 8 * 1024 * 1024;
/// Between two looks: the first is at once.
pub const PAUSE: Duration = Duration::from_millis(50);
/// A look in any case, should a notification be lost.
pub const SAFETY: Duration = Duration::from_secs(5);
/// The same where the system gives no notifications.
pub const POLL: Duration = Duration::from_millis(500);

/// Size and time of change: enough to know that a file is as it was.
type Stamp = (u64, Option<SystemTime>);

/// Knows the team directory as it was last seen.
pub struct Watcher {
    team: TeamDir,
    names: Vec<String>,
    urgent: Page,
    findings: Page,
    /// Reports and handoff notes.
    papers: BTreeMap<PathBuf, Stamp>,
    /// Ends with the last field dropped; `None`: no notifications, so it is looked at every [`POLL`].
    _notifier: Option<notify::RecommendedWatcher>,
}

#[derive(Default)]
struct Page {
    stamp: Option<Stamp>,
    seen: Seen,
}

impl Watcher {
    /// Starts watching; what is there now is not news. Also returns why there are no notifications, if there are none.
    ///
    /// `hints` has one place: when it is full, a look is due anyway; when the loop is gone, hints are dropped.
    pub fn start(team: TeamDir, names: Vec<String>, hints: Sender<()>) -> (Watcher, Option<String>) {
        let folders = [team.communications(), team.reports(), team.handoffs()];
        let own = [team.status().to_owned(), team.log()];
        let (notifier, why) = match notifier(&folders, own, hints) {
            Ok(notifier) => (Some(notifier), None),
            Err(error) => (None, Some(error.to_string())),
        };
        let mut watcher = Watcher {
            team,
            names,
            urgent: Page::default(),
            findings: Page::default(),
            papers: BTreeMap::new(),
            _notifier: notifier,
        };
        watcher.look();
        (watcher, why)
    }

    /// Returns how long to wait for a hint before looking all the same.
    pub fn patience(&self) -> Duration {
        if self._notifier.is_some() { SAFETY } else { POLL }
    }

    /// Looks, and returns what is new.
    pub fn look(&mut self) -> Vec<News> {
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        let urgent = self.urgent.look(self.team.urgent(), &names, Severity::High);
        let findings = self.findings.look(self.team.findings(), &names, Severity::Info);
        let mut news: Vec<News> = urgent.into_iter().map(News::Urgent).collect();
        news.extend(findings.into_iter().map(News::Finding));
        for folder in [self.team.reports(), self.team.handoffs()] {
            for (path, stamp) in list(&folder) {
                if self.papers.insert(path.clone(), stamp) != Some(stamp) {
                    news.push(News::Paper(self.team.relative(&path)));
                }
            }
        }
        news
    }

    /// Appends entries of Quintet's own, without a look following.
    ///
    /// # Errors
    /// Those of the file system; nothing was appended then.
    pub fn append_urgent(&mut self, text: &str) -> io::Result<()> {
        let path = self.team.urgent().to_owned();
        self.urgent.append(&path, text, &self.names)
    }

    /// See [`Watcher::append_urgent`].
    ///
    /// # Errors
    /// Those of the file system; nothing was appended then.
    pub fn append_finding(&mut self, text: &str) -> io::Result<()> {
        let path = self.team.findings().to_owned();
        self.findings.append(&path, text, &self.names)
    }
}

impl Page {
    fn look(&mut self, path: &Path, names: &[&str], usual: Severity) -> Vec<Entry> {
        let stamp = stamp(path);
        if stamp == self.stamp {
            return Vec::new();
        }
        self.stamp = stamp;
        // A file that is gone or cannot be read is looked at again when it changes.
        let text = files::read_text(path, LIMIT).ok().flatten().unwrap_or_default();
        self.seen.news(&text, names, usual)
    }

    fn append(&mut self, path: &Path, text: &str, names: &[String]) -> io::Result<()> {
        let nobody_else_wrote = stamp(path) == self.stamp;
        files::append(path, text)?;
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        // It is known from now on, whoever wrote at the same time.
        self.seen.news(text, &names, Severity::Info);
        if nobody_else_wrote {
            self.stamp = stamp(path);
        }
        Ok(())
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let meta = path.metadata().ok()?;
    Some((meta.len(), meta.modified().ok()))
}

fn list(folder: &Path) -> Vec<(PathBuf, Stamp)> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let is_paper = |path: &Path| path.extension().is_some_and(|it| it == "md") && !hidden(path);
    entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let stamp = is_paper(&path).then(|| stamp(&path))??;
            Some((path, stamp))
        })
        .collect()
}

fn hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

fn notifier(folders: &[PathBuf], own: [PathBuf; 2], hints: Sender<()>) -> notify::Result<notify::RecommendedWatcher> {
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let is_hint = match event {
            Ok(event) => {
                let may_change = match event.kind {
                    EventKind::Access(AccessKind::Close(AccessMode::Write)) => true,
                    EventKind::Access(_) => false,
                    _ => true,
                };
                let only_own =
                    !event.paths.is_empty() && event.paths.iter().all(|path| own.contains(path) || hidden(path));
                may_change && (event.need_rescan() || !only_own)
            }
            // Something was lost: look.
            Err(_) => true,
        };
        if is_hint {
            let _ = hints.try_send(());
        }
    })?;
    for folder in folders {
        watcher.watch(folder, RecursiveMode::NonRecursive)?;
    }
    Ok(watcher)
}
