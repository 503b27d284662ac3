//! What analysts share on large projects: the first to come holds every rule against the project, the others take over
//! what it saw.
//!
//! One file in the run's folder, valid for one state of the project's text. Whoever holds the lock works; when it ends
//! early, the next one does. Small projects are read faster than they are shared.

use std::env;
use std::fs::{self, File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::pace::Stop;
use super::project::Project;
use super::rules::rules;
use super::work::{self, Checked};
use super::{Field, Finding};

/// Projects with fewer files are not worth it.
const LARGE: usize = 2_000;
/// How often whoever waits looks whether the lock is free.
const LOOK: Duration = Duration::from_millis(100);

/// The file, as it is written.
#[derive(Debug, Serialize, Deserialize)]
struct Shared {
    v: u32,
    /// Of the project's text and of the rules.
    state: u64,
    checks: Vec<Check>,
    /// Files that were not what their names say.
    #[serde(default)]
    broken: Vec<String>,
}

/// What was seen for all analysts.
#[derive(Debug, Default)]
pub struct Seen {
    pub checks: Vec<Checked>,
    /// Paths of files that were not what their names say.
    pub broken: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Check {
    rule: String,
    looked_at: usize,
    findings: Vec<Finding>,
    more: usize,
    allowed: Vec<(Finding, String)>,
    broke: bool,
}

/// Returns the checks of all fields, own or another analyst's; `None` where nothing is shared: then each works alone.
pub fn seen(project: &Project, own: &[Field], stop: &Stop) -> Option<Seen> {
    let folder = folder().filter(|_| project.files().len() >= LARGE)?;
    let state = state(project);
    let lock = lock(&folder.join("analysts.lock"), stop)?;
    let path = folder.join("analysts.json");
    let known = read(&path, state);
    let seen = known.or_else(|| {
        let checks = all(project, own, stop)?;
        let seen = Seen { checks, broken: project.broken().map(str::to_owned).collect() };
        // Without the file the others work alone: slower, not wrong.
        let _ = write(&path, state, &seen);
        Some(seen)
    });
    drop(lock);
    seen
}

/// Returns the folder of the run, if this is one.
fn folder() -> Option<PathBuf> {
    let folder = PathBuf::from(env::var_os("QUINTET_TEAM_DIR")?).join("runs").join(env::var_os("QUINTET_RUN")?);
    folder.is_dir().then_some(folder)
}

/// Waits for the lock; the kernel gives it back when its holder ends, however it ends.
fn lock(path: &Path, stop: &Stop) -> Option<File> {
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(path).ok()?;
    while !stop.is_asked() {
        match file.try_lock() {
            Ok(()) => return Some(file),
            Err(fs::TryLockError::WouldBlock) => thread::sleep(LOOK),
            Err(fs::TryLockError::Error(_)) => return None,
        }
    }
    None
}

/// Holds all rules, those of the own fields first; `None` when it was stopped.
fn all(project: &Project, own: &[Field], stop: &Stop) -> Option<Vec<Checked>> {
    let others: Vec<Field> = Field::ALL.into_iter().filter(|field| !own.contains(field)).collect();
    let chosen = work::rules_of(own).into_iter().chain(work::rules_of(&others));
    chosen.map(|rule| (!stop.is_asked()).then(|| work::hold(rule, project))).collect()
}

fn state(project: &Project) -> u64 {
    let mut hasher = DefaultHasher::new();
    env!("CARGO_PKG_VERSION").hash(&mut hasher);
    rules().for_each(|rule| rule.id.hash(&mut hasher));
    for file in project.files() {
        file.path.hash(&mut hasher);
        file.text.hash(&mut hasher);
    }
    hasher.finish()
}

fn read(path: &Path, state: u64) -> Option<Seen> {
    let shared: Shared = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    if shared.v != 1 || shared.state != state {
        return None;
    }
    let again = |check: Check| {
        let rule = rules().find(|rule| rule.id == check.rule)?;
        let Check { looked_at, findings, more, allowed, broke, .. } = check;
        Some(Checked { rule, looked_at, findings, more, allowed, broke })
    };
    let checks: Option<Vec<Checked>> = shared.checks.into_iter().map(again).collect();
    Some(Seen { checks: checks?, broken: shared.broken })
}

fn write(path: &Path, state: u64, seen: &Seen) -> std::io::Result<()> {
    let written = |check: &Checked| Check {
        rule: check.rule.id.to_owned(),
        looked_at: check.looked_at,
        findings: check.findings.clone(),
        more: check.more,
        allowed: check.allowed.clone(),
        broke: check.broke,
    };
    let checks = seen.checks.iter().map(written).collect();
    let shared = Shared { v: 1, state, checks, broken: seen.broken.clone() };
    let half = path.with_extension("json.tmp");
    fs::write(&half, serde_json::to_vec(&shared)?)?;
    fs::rename(&half, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_for_the_same_text_only() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let path = folder.path().join("analysts.json");
        let project = Project::of([("a.go", "package a\nconst key = \"AKIA3QWVEXNTR5PLK7DM\"\n")]);
        let checks = all(&project, &[Field::Security], &Stop::default()).expect("nobody stops it");
        let seen = Seen { checks, broken: vec!["a.tf".to_owned()] };
        write(&path, state(&project), &seen).expect("it can be written");
        let again = read(&path, state(&project)).expect("it is the same text");
        let findings = |checks: &[Checked]| checks.iter().flat_map(|check| check.findings.clone()).collect::<Vec<_>>();
        assert_eq!(findings(&again.checks), findings(&seen.checks));
        assert_eq!(again.broken, seen.broken);
        assert!(findings(&again.checks).iter().any(|finding| finding.rule == "secret-in-source"));
        let other = Project::of([("a.go", "package a\n")]);
        assert!(read(&path, state(&other)).is_none());
    }

    #[test]
    fn whoever_is_stopped_shares_nothing() {
        let stop = Stop::default();
        stop.ask();
        assert!(all(&Project::of([("a.go", "package a")]), &[Field::Testing], &stop).is_none());
    }
}
