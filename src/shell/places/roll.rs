//! The task of one place: it calls the roll, for all attempts of a host in one call.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::{Ask, Watched, call};
use crate::place::{Handle, Kind, Listing, Place, Seen};

/// Between two calls while something waits or has just begun. A controller serves many; this is what its manual bears.
const EAGER: Duration = Duration::from_secs(2);
/// And while all of it runs: the end is seen in the folder.
const CALM: Duration = Duration::from_secs(10);

/// The attempts of one place.
pub struct Roll {
    place: Arc<Place>,
    own_program: Arc<str>,
    asked: mpsc::Receiver<Ask>,
    entries: Vec<Entry>,
    /// By host; a cluster has one that has no name.
    hosts: BTreeMap<Option<String>, Host>,
    calls: JoinSet<(Option<String>, Instant, Result<Listing, String>)>,
}

/// One attempt.
struct Entry {
    handle: Handle,
    /// A list that was asked for after this must name it. `None`: it is not submitted yet.
    since: Option<Instant>,
    seen: watch::Sender<Option<Seen>>,
}

/// One host, as far as it was asked.
struct Host {
    asked_at: Option<Instant>,
    due: Instant,
    is_asked: bool,
    silent_since: Option<Instant>,
}

impl Roll {
    pub fn new(place: Arc<Place>, own_program: Arc<str>, asked: mpsc::Receiver<Ask>) -> Roll {
        Roll { place, own_program, asked, entries: Vec::new(), hosts: BTreeMap::new(), calls: JoinSet::new() }
    }

    /// Serves until nobody can ask any more.
    pub async fn serve(mut self) {
        loop {
            self.entries.retain(|entry| !entry.seen.is_closed());
            let due = self.begin_due();
            tokio::select! {
                biased;
                ask = self.asked.recv() => match ask {
                    Some(ask) => self.take(ask),
                    None => return,
                },
                Some(answer) = self.calls.join_next() => {
                    // A call that panicked is a bug; it is asked again all the same.
                    if let Ok((host, began, listed)) = answer {
                        self.hear(host, began, listed);
                    }
                }
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
            }
        }
    }

    fn take(&mut self, ask: Ask) {
        match ask {
            Ask::TakeUp { run, folder, known, reply } => {
                let is_known = known.is_some();
                let handle = known.unwrap_or_else(|| self.place.handle(&run, &folder, &self.busy()));
                let (seen, watched) = watch::channel(None);
                let since = is_known.then(Instant::now);
                if reply.send(Watched { handle: handle.clone(), seen: watched }).is_ok() {
                    self.entries.push(Entry { handle: handle.clone(), since, seen });
                }
                if is_known {
                    self.hurry(&handle.host);
                }
            }
            Ask::Submitted(handle) => {
                if let Some(entry) = self.entries.iter_mut().rev().find(|entry| entry.handle.name == handle.name) {
                    entry.since = Some(Instant::now());
                    // What was seen before it was submitted says nothing any more.
                    entry.seen.send_replace(None);
                    entry.handle = handle.clone();
                }
                self.hurry(&handle.host);
            }
        }
    }

    fn busy(&self) -> BTreeMap<String, usize> {
        let mut busy = BTreeMap::new();
        for host in self.entries.iter().filter_map(|entry| entry.handle.host.clone()) {
            *busy.entry(host).or_default() += 1;
        }
        busy
    }

    /// Asks a host as soon as it may be asked again.
    fn hurry(&mut self, host: &Option<String>) {
        let now = Instant::now();
        let it = self.hosts.entry(host.clone()).or_insert(Host {
            asked_at: None,
            due: now,
            is_asked: false,
            silent_since: None,
        });
        let soonest = it.asked_at.map_or(now, |at| at + EAGER);
        it.due = it.due.min(soonest.max(now));
    }

    /// Begins the calls that are due; returns when the next one is.
    fn begin_due(&mut self) -> Option<Instant> {
        let now = Instant::now();
        let mut next: Option<Instant> = None;
        for (host, it) in self.hosts.iter_mut().filter(|(_, it)| !it.is_asked) {
            let of_host = |entry: &&Entry| entry.handle.host == *host && entry.since.is_some();
            let handles: Vec<Handle> = self.entries.iter().filter(of_host).map(|entry| entry.handle.clone()).collect();
            if handles.is_empty() {
                continue;
            }
            if it.due > now {
                next = Some(next.map_or(it.due, |next| next.min(it.due)));
                continue;
            }
            it.is_asked = true;
            it.asked_at = Some(now);
            let user = rustix::process::getuid().as_raw();
            let (place, host) = (self.place.clone(), host.clone());
            let list = place.list(&handles, user, &self.own_program);
            self.calls.spawn(async move {
                let listed = place.listed(&call(&list).await);
                (host, now, listed)
            });
        }
        next
    }

    fn hear(&mut self, host: Option<String>, began: Instant, listed: Result<Listing, String>) {
        let Some(it) = self.hosts.get_mut(&host) else { return };
        let now = Instant::now();
        it.is_asked = false;
        it.silent_since = if listed.is_ok() { None } else { Some(it.silent_since.unwrap_or(began)) };
        let silent_for = it.silent_since.map(|since| now - since);
        // A silent controller loses nothing; a silent host may be gone.
        let is_gone = self.place.kind == Kind::Ssh && silent_for.is_some_and(|silent| silent > self.place.patience);
        let mut all_run = true;
        for entry in self.entries.iter().filter(|entry| entry.handle.host == host) {
            if entry.since.is_none_or(|since| since > began) {
                all_run = false;
                continue;
            }
            let seen = match &listed {
                Ok(listing) => listing.of(&entry.handle).cloned().unwrap_or(Seen::Absent),
                Err(why) if is_gone => {
                    let seconds = silent_for.unwrap_or_default().as_secs();
                    let host = host.as_deref().unwrap_or(&self.place.name);
                    Seen::Over { why: format!("{host} has not answered for {seconds} s: {why}"), by_place: true }
                }
                Err(why) => Seen::Silent { why: why.clone() },
            };
            all_run &= matches!(seen, Seen::Running { .. });
            entry.seen.send_if_modified(|known| {
                let is_new = known.as_ref() != Some(&seen);
                *known = Some(seen);
                is_new
            });
        }
        it.due = began + if all_run { CALM } else { EAGER };
    }
}
