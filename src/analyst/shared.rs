//! What analysts of one run share: the first to come reads the project and holds every rule against it, the others take
//! over what it saw and read nothing.
//!
//! One file in the run's folder, valid for one state of the project: names, lengths, places and times of its files, and
//! the content of those that were written so lately that their times cannot tell. Whoever holds the lock works; when it
//! ends early, the next one does.
//!
//! Ten analysts, five at a time, on 20,305 files (17,148 of Go, 197 MB): 12 s, 427 MB in the one that reads, 20 MB in each
//! of the others; on 248 files 0.2 s (`xargs -P5` over `quintet __analyst` in one run's folder; release, two processors,
//! at rest, files in the cache).

use std::env;
use std::fs::{self, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::pace::Stop;
use super::project::{Fresh, Listing, Project, content, listing::Stamp};
use super::rules::{Rule, rules};
use super::survey::Survey;
use super::work::{self, Checked};
use super::{Field, Finding, hands};

/// How often whoever waits looks whether there is something to take over, or the lock is free.
const LOOK: Duration = Duration::from_millis(20);
/// After how many looks it says that it waits.
const PATIENCE: u32 = 50;
/// From so many files on it is told how far the checks are: with fewer they are made before one could read it.
const LARGE: usize = 2_000;
/// In how many steps it is told.
const STEPS: usize = 10;

/// The file, as it is written.
#[derive(Debug, Serialize, Deserialize)]
struct Shared {
    v: u32,
    /// Of the listing and of the rules.
    state: u64,
    fresh: Vec<Fresh>,
    survey: Survey,
    checks: Vec<Check>,
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

/// What was seen of a project.
#[derive(Debug, Default)]
pub struct Seen {
    /// Not all of them when the order to stop came before.
    pub checks: Vec<Checked>,
    pub survey: Survey,
}

/// Returns the checks of at least these fields: another analyst's, or own ones, then shared with those who come later.
pub fn seen(root: &Path, own: &[Field], stop: &Stop, say: &mut dyn FnMut(&str)) -> Seen {
    match folder() {
        Some(folder) => in_folder(&folder, root, own, stop, say),
        None => alone(root, own, stop, say),
    }
}

/// Returns the folder of the run, if this is one.
fn folder() -> Option<PathBuf> {
    let folder = PathBuf::from(env::var_os("QUINTET_TEAM_DIR")?).join("runs").join(env::var_os("QUINTET_RUN")?);
    folder.is_dir().then_some(folder)
}

fn alone(root: &Path, own: &[Field], stop: &Stop, say: &mut dyn FnMut(&str)) -> Seen {
    let project = Project::read(root, &|| !stop.is_asked());
    let checks = hold(&project, &work::rules_of(own), stop, say);
    Seen { checks, survey: Survey::of(&project) }
}

/// Waits for the lock, which the kernel gives back when its holder ends, however it ends, or for what its holder leaves.
fn in_folder(folder: &Path, root: &Path, own: &[Field], stop: &Stop, say: &mut dyn FnMut(&str)) -> Seen {
    let path = folder.join("analysts.json");
    let lock = OpenOptions::new().create(true).truncate(false).write(true).open(folder.join("analysts.lock"));
    let Ok(mut lock) = lock else { return alone(root, own, stop, say) };
    let mut looks = 0;
    let mut looked_into = None;
    while !stop.is_asked() {
        let left = Stamp::of(&path);
        if left.is_some() && left != looked_into {
            if let Some(seen) = known(&path, root, &list(root, stop)) {
                return seen;
            }
            looked_into = left;
        }
        match lock.try_lock() {
            Ok(()) => return as_first(&path, &mut lock, root, own, stop, say),
            Err(fs::TryLockError::WouldBlock) => thread::sleep(LOOK),
            Err(fs::TryLockError::Error(_)) => return alone(root, own, stop, say),
        }
        looks += 1;
        if looks == PATIENCE {
            say("another analyst reads the project: what it sees is taken over");
        }
    }
    Seen::default()
}

/// With the lock: takes over what was left meanwhile, or reads the project for all.
fn as_first(
    path: &Path,
    lock: &mut fs::File,
    root: &Path,
    own: &[Field],
    stop: &Stop,
    say: &mut dyn FnMut(&str),
) -> Seen {
    let moment = moment(lock);
    let listing = list(root, stop);
    let state = state(&listing);
    if let Some(seen) = known(path, root, &listing) {
        return seen;
    }
    let project = Project::listed(root, &listing, moment, &|| !stop.is_asked());
    drop(listing);
    let others: Vec<Field> = Field::ALL.into_iter().filter(|field| !own.contains(field)).collect();
    let chosen: Vec<&Rule> = work::rules_of(own).into_iter().chain(work::rules_of(&others)).collect();
    let checks = hold(&project, &chosen, stop, say);
    let seen = Seen { checks, survey: Survey::of(&project) };
    if !stop.is_asked() {
        // Without the file the others work for themselves: slower, not wrong.
        let _ = write(path, state, project.fresh(), &seen);
    }
    seen
}

/// Holds these rules, saying on a large project how far it is.
fn hold(project: &Project, chosen: &[&'static Rule], stop: &Stop, say: &mut dyn FnMut(&str)) -> Vec<Checked> {
    let is_large = project.files().len() >= LARGE;
    if is_large && !stop.is_asked() {
        say(&format!("taking {} files apart", project.files().len()));
    }
    let step = chosen.len().div_ceil(STEPS).max(1);
    let mut made = 0;
    work::all(project, chosen, hands::many(), &|| !stop.is_asked(), || {
        made += 1;
        if is_large && made % step == 0 {
            say(&format!("{made} of {} checks are made", chosen.len()));
        }
    })
}

fn list(root: &Path, stop: &Stop) -> Listing {
    Listing::of(root, &|| !stop.is_asked())
}

/// Returns the time of the file system, in seconds since 1970; the earliest of all when it is not known.
fn moment(lock: &mut fs::File) -> i64 {
    let written = lock.write_all(b"\n").and_then(|()| lock.metadata());
    written.map_or(i64::MIN, |metadata| metadata.ctime())
}

fn state(listing: &Listing) -> u64 {
    let mut hasher = DefaultHasher::new();
    env!("CARGO_PKG_VERSION").hash(&mut hasher);
    rules().for_each(|rule| rule.id.hash(&mut hasher));
    listing.state().hash(&mut hasher);
    hasher.finish()
}

/// Returns what another analyst left, if the project is still the one that it read.
fn known(path: &Path, root: &Path, listing: &Listing) -> Option<Seen> {
    let shared: Shared = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    let is_same = |fresh: &Fresh| fs::read(root.join(&fresh.path)).is_ok_and(|bytes| content(&bytes) == fresh.content);
    if shared.v != 2 || shared.state != state(listing) || !shared.fresh.iter().all(is_same) {
        return None;
    }
    let again = |check: Check| {
        let rule = rules().find(|rule| rule.id == check.rule)?;
        let Check { looked_at, findings, more, allowed, broke, .. } = check;
        Some(Checked { rule, looked_at, findings, more, allowed, broke })
    };
    let checks: Option<Vec<Checked>> = shared.checks.into_iter().map(again).collect();
    Some(Seen { checks: checks?, survey: shared.survey.with_files(listing) })
}

fn write(path: &Path, state: u64, fresh: &[Fresh], seen: &Seen) -> std::io::Result<()> {
    let written = |check: &Checked| Check {
        rule: check.rule.id.to_owned(),
        looked_at: check.looked_at,
        findings: check.findings.clone(),
        more: check.more,
        allowed: check.allowed.clone(),
        broke: check.broke,
    };
    let checks = seen.checks.iter().map(written).collect();
    let shared = Shared { v: 2, state, fresh: fresh.to_vec(), survey: seen.survey.clone(), checks };
    let half = path.with_extension("json.tmp");
    fs::write(&half, serde_json::to_vec(&shared)?)?;
    fs::rename(&half, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "package a\nconst key = \"AKIA3QWVEXNTR5PLK7DM\"\n";

    /// A project of two files, and a folder of a run beside it.
    fn world() -> (tempfile::TempDir, PathBuf, PathBuf) {
        let world = tempfile::tempdir().expect("a folder for the test");
        let (run, root) = (world.path().join("run"), world.path().join("project"));
        fs::create_dir_all(&run).and_then(|()| fs::create_dir_all(&root)).expect("folders can be made");
        fs::write(root.join("a.go"), KEY).expect("it can be written");
        fs::write(root.join("a.bin"), [0; 9]).expect("it can be written");
        (world, run, root)
    }

    fn first(run: &Path, root: &Path) -> Seen {
        in_folder(run, root, &[Field::Security], &Stop::default(), &mut |_| {})
    }

    fn listing(root: &Path) -> Listing {
        list(root, &Stop::default())
    }

    #[test]
    fn what_one_has_seen_another_takes_over_with_all_that_is_told_of_the_project() {
        let (_world, run, root) = world();
        let seen = first(&run, &root);
        let again = known(&run.join("analysts.json"), &root, &listing(&root)).expect("nothing has changed");
        assert_eq!(format!("{:?}", again.checks), format!("{:?}", seen.checks));
        assert!(format!("{:?}", seen.checks).contains("secret-in-source"));
        assert_eq!(again.survey, seen.survey);
        assert_eq!((seen.survey.files.as_slice(), seen.survey.skipped.len()), (&["a.go".to_owned()][..], 1));
    }

    #[test]
    fn a_file_that_was_changed_or_added_or_is_gone_makes_it_another_project() {
        for change in ["write", "add", "remove", "replace"] {
            let (_world, run, root) = world();
            first(&run, &root);
            let file = root.join("a.go");
            let other = KEY.replace("AKIA", "akia");
            let changed = match change {
                "write" => fs::write(&file, other),
                "add" => fs::write(root.join("b.go"), "package a\n"),
                "remove" => fs::remove_file(&file),
                _ => fs::write(root.join("b"), other).and_then(|()| fs::rename(root.join("b"), &file)),
            };
            changed.expect("it can be changed");
            assert!(known(&run.join("analysts.json"), &root, &listing(&root)).is_none(), "{change}");
        }
    }

    #[test]
    fn a_file_just_written_is_known_by_what_it_holds() {
        let (_world, run, root) = world();
        let listing = listing(&root);
        let project = Project::listed(&root, &listing, i64::MIN, &|| true);
        let paths: Vec<&str> = project.fresh().iter().map(|fresh| fresh.path.as_str()).collect();
        assert_eq!(paths, ["a.bin", "a.go"]);
        let path = run.join("analysts.json");
        write(&path, state(&listing), project.fresh(), &Seen::default()).expect("it can be written");
        assert!(known(&path, &root, &listing).is_some());
        let mut fresh = project.fresh().to_vec();
        fresh[1].content += 1;
        write(&path, state(&listing), &fresh, &Seen::default()).expect("it can be written");
        assert!(known(&path, &root, &listing).is_none());
        // One that was written long before it was listed needs no second look.
        assert!(Project::listed(&root, &listing, i64::MAX, &|| true).fresh().is_empty());
    }

    #[test]
    fn whoever_is_stopped_shares_nothing() {
        let (_world, run, root) = world();
        let stop = Stop::default();
        stop.ask();
        assert!(in_folder(&run, &root, &[Field::Security], &stop, &mut |_| {}).checks.is_empty());
        assert!(!run.join("analysts.json").exists());
    }
}
