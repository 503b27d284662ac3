//! What agents and people write into the team directory.
//!
//! A notification is only a hint to look: looking compares the files with what was seen last, so nothing is lost by an
//! overflow, a rename or a new folder, and own writes (whose size and time are known) read nothing unless others wrote.

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
pub type Stamp = (u64, Option<SystemTime>);

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
    /// News that an append came upon, for the next look.
    waiting: Vec<Entry>,
}

impl Watcher {
    /// Starts watching. Returns what is there now, which is no news for a run that begins, and why there are no
    /// notifications, if there are none.
    ///
    /// `hints` has one place: when it is full, a look is due anyway; when the loop is gone, hints are dropped.
    pub fn start(team: TeamDir, names: Vec<String>, hints: Sender<()>) -> (Watcher, Vec<News>, Option<String>) {
        let folders = [team.communications(), team.reports(), team.handoffs()];
        let own = [team.status().to_owned(), team.log()];
        let (notifier, why) = match notifier(&folders, &own, hints) {
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
        let there = watcher.look();
        (watcher, there, why)
    }

    /// Starts watching what something else drives: its status and its log are news too. Returns what is there now.
    pub fn of_others(team: TeamDir, names: Vec<String>, hints: Sender<()>) -> (Watcher, Vec<News>) {
        // What is made later is found by the look in any case.
        let folders = [team.communications(), team.reports(), team.handoffs()];
        let there: Vec<PathBuf> = folders.into_iter().filter(|folder| folder.is_dir()).collect();
        let notifier = notifier(&there, &[], hints).ok();
        let papers = BTreeMap::new();
        let mut watcher =
            Watcher { team, names, urgent: Page::default(), findings: Page::default(), papers, _notifier: notifier };
        let there = watcher.look();
        (watcher, there)
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
        self.urgent.append(&path, text, &self.names, Severity::High)
    }

    /// See [`Watcher::append_urgent`].
    ///
    /// # Errors
    /// Those of the file system; nothing was appended then.
    pub fn append_finding(&mut self, text: &str) -> io::Result<()> {
        let path = self.team.findings().to_owned();
        self.findings.append(&path, text, &self.names, Severity::Info)
    }
}

impl Page {
    fn look(&mut self, path: &Path, names: &[&str], usual: Severity) -> Vec<Entry> {
        let mut news = std::mem::take(&mut self.waiting);
        let stamp = stamp(path);
        if stamp == self.stamp {
            return news;
        }
        self.stamp = stamp;
        // A file that is gone or cannot be read is looked at again when it changes.
        let text = files::read_text(path, LIMIT).ok().flatten().unwrap_or_default();
        news.extend(self.seen.news(&text, names, usual));
        news
    }

    fn append(&mut self, path: &Path, text: &str, names: &[String], usual: Severity) -> io::Result<()> {
        // What others wrote before it is counted before it.
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        self.waiting = self.look(path, &names, usual);
        files::append(path, text)?;
        self.seen.own(text);
        let length = |stamp: Option<Stamp>| stamp.map_or(0, |(length, _)| length);
        let after = stamp(path);
        // Otherwise someone wrote at the same time, and the next look reads.
        if length(after) == length(self.stamp) + text.len() as u64 {
            self.stamp = after;
        }
        Ok(())
    }
}

/// Returns the entries of a file that is not watched; one that cannot be read has none.
pub fn entries_of(path: &Path, usual: Severity) -> Vec<Entry> {
    let text = files::read_text(path, LIMIT).ok().flatten().unwrap_or_default();
    Seen::default().news(&text, &[], usual)
}

/// Returns size and time of change of a file; `None`: it is not there.
pub fn stamp(path: &Path) -> Option<Stamp> {
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

fn notifier(folders: &[PathBuf], own: &[PathBuf], hints: Sender<()>) -> notify::Result<notify::RecommendedWatcher> {
    let own = own.to_vec();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // What cannot be read of the events may have been anything.
        if event.is_ok_and(|event| !is_hint(&event, &own)) {
            return;
        }
        let _ = hints.try_send(());
    })?;
    for folder in folders {
        watcher.watch(folder, RecursiveMode::NonRecursive)?;
    }
    Ok(watcher)
}

/// Returns whether something may have changed that others wrote; after an overflow anything may.
fn is_hint(event: &notify::Event, own: &[PathBuf]) -> bool {
    let may_change = match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => true,
        EventKind::Access(_) => false,
        _ => true,
    };
    let is_own = |path: &PathBuf| own.contains(path) || hidden(path);
    let only_own = !event.paths.is_empty() && event.paths.iter().all(is_own);
    event.need_rescan() || (may_change && !only_own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_appends_are_no_news_and_hide_nobody_elses() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("findings.md");
        let entry = |line: u32| format!("\n### LOW: too long\n\n- where: `a.rs:{line}`\n");
        let mut page = Page::default();
        let lines = |news: Vec<Entry>| news.iter().filter_map(|entry| entry.line).collect::<Vec<_>>();
        for line in [1, 2] {
            page.append(&path, &entry(line), &[], Severity::Info).expect("it can be written");
        }
        files::append(&path, &entry(3)).expect("it can be written");
        // The third is not looked at before the fourth is appended.
        page.append(&path, &entry(4), &[], Severity::Info).expect("it can be written");
        assert_eq!(lines(page.look(&path, &[], Severity::Info)), [3]);
        files::append(&path, &entry(5)).expect("it can be written");
        assert_eq!(lines(page.look(&path, &[], Severity::Info)), [5]);
    }

    #[test]
    fn own_writes_and_mere_reading_are_no_hints_and_an_overflow_always_is() {
        use notify::event::{CreateKind, DataChange, Flag, ModifyKind};
        let own = [PathBuf::from("/t/status.json")];
        let hint = |kind, path: &str| is_hint(&notify::Event::new(kind).add_path(PathBuf::from(path)), &own);
        let written = EventKind::Access(AccessKind::Close(AccessMode::Write));
        assert!(hint(written, "/t/urgent.md"));
        assert!(hint(EventKind::Create(CreateKind::File), "/t/report.md"));
        assert!(!hint(written, "/t/status.json"));
        assert!(!hint(EventKind::Modify(ModifyKind::Data(DataChange::Any)), "/t/.status.json.77.tmp"));
        assert!(!hint(EventKind::Access(AccessKind::Open(AccessMode::Any)), "/t/urgent.md"));
        let overflow = notify::Event::new(EventKind::Other).set_flag(Flag::Rescan);
        assert!(is_hint(&overflow, &own));
        assert!(is_hint(&overflow.add_path(own[0].clone()), &own));
    }

    #[test]
    fn a_burst_of_ten_thousand_files_is_one_hint_and_one_look() {
        let folder = tempfile::tempdir().expect("a folder");
        let team = TeamDir::new(folder.path(), &crate::plan::TeamFiles::default());
        for folder in [team.communications(), team.reports(), team.handoffs()] {
            std::fs::create_dir_all(folder).expect("it can be made");
        }
        let (hints, mut hinted) = tokio::sync::mpsc::channel(1);
        let (mut watcher, there, why) = Watcher::start(team.clone(), Vec::new(), hints);
        assert_eq!((there, why), (Vec::new(), None));
        for n in 0..10_000 {
            std::fs::write(team.reports().join(format!("{n}.md")), "# done").expect("it can be written");
        }
        assert_eq!(hinted.blocking_recv(), Some(()));
        assert!(hinted.len() <= 1, "hints pile up");
        // The queue of the system holds 16,384 events and these are more: one look all the same finds every file.
        assert_eq!(watcher.look().len(), 10_000);
        assert_eq!(watcher.look(), []);
        watcher.append_urgent("\n### CRITICAL: own\n").expect("it can be written");
        assert_eq!(watcher.look(), [], "its own words are news to it");
    }
}
