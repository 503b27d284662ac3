//! An attempt at a place beyond this machine: submitted once, looked at by its files, and judged gone only when its
//! place says so and its exit does not come.
//!
//! The folder is on a shared disk, whose other end may be some seconds behind. So what is not there yet is waited for
//! before it counts as missing, and an attempt that is given up is told to end by its own `ctl`: if it lives after all,
//! its shim reads that within half a second.

use std::fs;
use std::io::Write;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::task::{Deserted, LOOK, Stage, Task};
use super::{Fact, prepare};
use crate::place::{Handle, Seen, Submitted};
use crate::shell::files::{self, Rights};
use crate::shell::places::{Post, Watched};
use crate::shim::folder::append_private;
use crate::shim::{Reason, ShimOrder, Spec};

/// What a place calls over has so long to show its exit here: a disk far away is looked at again after some seconds.
const SETTLE: Duration = Duration::from_secs(5);
/// What was taken out of a queue may have begun at the last moment: then its traces come.
const WITHDRAWN: Duration = Duration::from_secs(1);
/// A tree that was killed is gone in two seconds; then the place is asked to help.
const KILL_WORKS_WITHIN: Duration = Duration::from_secs(6);
/// Submissions whose answer is lost.
const TRIES: usize = 3;
/// What is shown of the place's own log.
const LAST_WORDS: usize = 400;

/// What is known on the way.
#[derive(Default)]
struct Course {
    /// The reason that was told last.
    queued: Option<String>,
    /// The place calls it over, since then.
    over_since: Option<Instant>,
    /// It was told to end since it is given up.
    is_fenced: bool,
    /// It was told to end while it was queued.
    withdrawn_at: Option<Instant>,
    killed_at: Option<Instant>,
}

impl Task {
    /// Follows an attempt at a place from wherever it stands.
    pub(super) async fn go_afar(&mut self, post: Post) -> Result<Stage, Deserted> {
        let spec = match self.folder.read_spec() {
            Ok(spec) => spec,
            Err(_) if self.folder.exit().exists() => return Ok(Stage::Look),
            Err(error) => return Ok(Stage::Lost(Some(error.to_string()))),
        };
        let known = self.read_handle();
        let has_begun = self.folder.pid().exists();
        self.is_ours = !has_begun;
        let was_submitted = known.is_some() || has_begun;
        let mut watched = post.take_up(&spec.run, self.folder.path(), known).await;
        let is_certain = has_begun || watched.handle.job.is_some();
        if is_certain || (was_submitted && self.is_found(&mut watched).await?) {
            return self.watch(post, watched).await;
        }
        match self.submit(&post, &mut watched, &spec).await? {
            Ok(()) => self.watch(post, watched).await,
            Err(why) => Ok(Stage::CannotStart(why)),
        }
    }

    /// Submits it; the inner error is why the place does not take it.
    async fn submit(
        &mut self,
        post: &Post,
        watched: &mut Watched,
        spec: &Spec,
    ) -> Result<Result<(), String>, Deserted> {
        let limit_s = spec.limit_s + spec.grace_s;
        let mut why = String::new();
        for _ in 0..TRIES {
            if self.is_to_end() {
                return Ok(Err("it was told to end before it was submitted".to_owned()));
            }
            // Before: so that it is looked for before it is ever submitted again.
            if let Err(error) = self.keep_handle(&watched.handle) {
                return Ok(Err(format!("the attempt's folder cannot be written: {error}")));
            }
            match post.submit(self.folder.path(), &spec.cwd, limit_s, &watched.handle).await {
                Submitted::Taken { job } => {
                    watched.handle.job = job;
                    // Without it, it is found by its name.
                    let _ = self.keep_handle(&watched.handle);
                    post.submitted(&watched.handle).await;
                    if watched.handle.job.is_some() {
                        self.tell_queued(&mut None, format!("submitted to {}", post.name())).await?;
                    }
                    return Ok(Ok(()));
                }
                Submitted::Refused { why } if !self.folder.pid().exists() => {
                    self.withdraw();
                    return Ok(Err(format!("{} does not take it: {why}", post.name())));
                }
                Submitted::Refused { why: no_answer } | Submitted::Unknown { why: no_answer } => {
                    self.tell_queued(&mut None, format!("{} does not answer: {no_answer}", post.name())).await?;
                    post.submitted(&watched.handle).await;
                    if self.is_found(watched).await? {
                        return Ok(Ok(()));
                    }
                    why = no_answer;
                }
            }
        }
        self.withdraw();
        Ok(Err(format!("{} did not take it in {TRIES} tries: {why}", post.name())))
    }

    /// Waits until the place says whether it has it. Its traces in the folder say it too.
    async fn is_found(&mut self, watched: &mut Watched) -> Result<bool, Deserted> {
        loop {
            let seen = watched.seen.borrow_and_update().clone();
            match seen {
                Some(Seen::Absent) => return Ok(self.folder.pid().exists()),
                Some(Seen::Queued { .. } | Seen::Running { .. } | Seen::Over { .. }) => return Ok(true),
                None | Some(Seen::Silent { .. }) if self.folder.pid().exists() => return Ok(true),
                None | Some(Seen::Silent { .. }) => {}
            }
            tokio::select! {
                _ = watched.seen.changed() => {}
                () = sleep(LOOK) => {}
                () = self.ends.facts.closed() => return Err(Deserted),
            }
        }
    }

    /// Looks at files and place until it has ended.
    async fn watch(&mut self, post: Post, mut watched: Watched) -> Result<Stage, Deserted> {
        let mut course = Course::default();
        loop {
            // A disk far away answers from memory until the folder itself is opened.
            drop(fs::read_dir(self.folder.path()));
            if let Ok(exit) = self.folder.read_exit() {
                let is_given_up = course.is_fenced && exit.reason == Reason::Killed;
                if !is_given_up {
                    return Ok(Stage::Ended(exit));
                }
            }
            let has_begun = self.folder.pid().exists();
            if let Some(agent) = self.folder.read_pid().ok().and_then(|pid| pid.agent) {
                self.tell_running(agent.pid).await?;
            }
            self.take_in_all().await?;
            let seen = watched.seen.borrow_and_update().clone();
            if let Some(stage) = self.judge(&mut course, &post, &watched.handle, seen, has_begun).await? {
                return Ok(stage);
            }
            tokio::select! {
                _ = watched.seen.changed() => {}
                // An order is read by its shim itself; here it says that something may have to be withdrawn.
                Some(_) = self.ends.asks.recv() => {}
                () = sleep(LOOK) => {}
                () = self.ends.facts.closed() => return Err(Deserted),
            }
        }
    }

    /// Does what follows from what the place says and from what was ordered.
    async fn judge(
        &mut self,
        course: &mut Course,
        post: &Post,
        handle: &Handle,
        seen: Option<Seen>,
        has_begun: bool,
    ) -> Result<Option<Stage>, Deserted> {
        if !has_begun && self.is_to_end() {
            let at = match course.withdrawn_at {
                Some(at) => at,
                None => {
                    self.withdraw();
                    post.end(handle).await;
                    *course.withdrawn_at.insert(Instant::now())
                }
            };
            let is_out = at.elapsed() > WITHDRAWN && !self.folder.pid().exists();
            return Ok(is_out.then(|| Stage::Lost(Some("it was taken out of the queue".to_owned()))));
        }
        if has_begun && self.is_ordered(|order| order == ShimOrder::Kill) {
            let at = *course.killed_at.get_or_insert_with(Instant::now);
            if at.elapsed() > KILL_WORKS_WITHIN {
                // Once in so long, until it is gone.
                course.killed_at = Some(Instant::now());
                post.end(handle).await;
            }
        }
        let (why, by_place) = match seen {
            None => return Ok(None),
            Some(Seen::Queued { why }) => {
                if !has_begun {
                    self.tell_queued(&mut course.queued, why).await?;
                }
                return Ok(None);
            }
            Some(Seen::Silent { why }) => {
                if !has_begun {
                    self.tell_queued(&mut course.queued, format!("{} does not answer: {why}", post.name())).await?;
                }
                return Ok(None);
            }
            Some(Seen::Running { on }) => {
                course.over_since = None;
                if !has_begun && !on.is_empty() {
                    self.tell_queued(&mut course.queued, format!("begins on {on}")).await?;
                }
                return Ok(None);
            }
            Some(Seen::Over { why, by_place }) => (why, by_place),
            Some(Seen::Absent) => (format!("{} no longer knows it", post.name()), true),
        };
        if has_begun && !course.is_fenced {
            course.is_fenced = true;
            self.fence();
        }
        let since = *course.over_since.get_or_insert_with(Instant::now);
        if since.elapsed() < SETTLE {
            return Ok(None);
        }
        if has_begun {
            let (post, handle) = (post.clone(), handle.clone());
            // Whatever is left there; the next attempt does not wait for a host that may be gone.
            tokio::spawn(async move { post.end(&handle).await });
            return Ok(Some(Stage::Lost(Some(why))));
        }
        self.withdraw();
        if by_place {
            return Ok(Some(Stage::Lost(Some(why))));
        }
        let said = fs::read_to_string(self.folder.path().join("place.log")).unwrap_or_default();
        let said = said.trim();
        let from = said.char_indices().rev().map(|(at, _)| at).take(LAST_WORDS).last().unwrap_or(0);
        let said = if said.is_empty() {
            "nothing was written: is the disk shared, and is quintet there by the same path?"
        } else {
            &said[from..]
        };
        Ok(Some(Stage::CannotStart(format!("{why}, and it never began: {said}"))))
    }

    async fn tell_queued(&mut self, known: &mut Option<String>, why: String) -> Result<(), Deserted> {
        if known.as_ref() == Some(&why) {
            return Ok(());
        }
        *known = Some(why.clone());
        self.tell(Fact::Queued { key: self.key, why }).await
    }

    /// Whoever begins this attempt from now on refuses.
    fn withdraw(&self) {
        let spec = self.folder.spec();
        // Gone already is as good.
        let _ = fs::rename(&spec, spec.with_extension("withdrawn"));
        let _ = fs::remove_file(self.folder.env());
    }

    /// Tells what may still live to end, by the disk.
    fn fence(&self) {
        let line = ShimOrder::Kill.line(prepare::last_order(&self.folder) + 1);
        // A disk that cannot be written to reaches nobody.
        let _ = append_private(&self.folder.ctl()).and_then(|mut ctl| ctl.write_all(line.as_bytes()));
    }

    fn is_to_end(&self) -> bool {
        self.is_ordered(|order| matches!(order, ShimOrder::Term | ShimOrder::Kill))
    }

    fn is_ordered(&self, is_it: impl Fn(ShimOrder) -> bool) -> bool {
        let orders = fs::read_to_string(self.folder.ctl()).unwrap_or_default();
        orders.lines().filter_map(|line| ShimOrder::parse(line).ok().flatten()).any(|(_, order)| is_it(order))
    }

    fn read_handle(&self) -> Option<Handle> {
        serde_json::from_slice(&fs::read(self.folder.path().join("handle")).ok()?).ok()
    }

    fn keep_handle(&self, handle: &Handle) -> std::io::Result<()> {
        let text = serde_json::to_string(handle).map_err(std::io::Error::other)?;
        files::replace(&self.folder.path().join("handle"), &text, Rights::Private)
    }
}
