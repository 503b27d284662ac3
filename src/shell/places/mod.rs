//! Places beyond this machine: one task a place, which asks for the list of all its attempts at once.
//!
//! ```text
//!   an attempt's task ──take up, submitted──▶ the place's task ──squeue, or ssh HOST …: one call for all──▶ the place
//!          ▲                                         │
//!          └────────────── what is seen ◀────────────┘
//! ```
//!
//! Submissions and ends are calls of the attempts' own tasks, a few at a time.

/// Running a command of a place.
mod call;
/// Is the disk shared?
pub mod look;
/// The task of one place.
mod roll;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc, oneshot, watch};

pub use call::call;

use crate::place::{Answer, Handle, Job, Place, Seen, Submitted};

/// Calls at once for the attempts of a place; the list is not among them. An sshd refuses more than ten newcomers.
const CALLS: usize = 4;
/// What may wait for the task of a place.
const ASKS: usize = 64;

/// The places of a run.
#[derive(Clone, Default)]
pub struct Places(BTreeMap<String, Post>);

/// Where a place is asked.
#[derive(Clone)]
pub struct Post {
    place: Arc<Place>,
    own_program: Arc<str>,
    calls: Arc<Semaphore>,
    /// Full: the attempt's task waits. Gone: never, the place's task ends after all posts.
    asks: mpsc::Sender<Ask>,
}

/// What an attempt's task wants of the task of its place.
enum Ask {
    TakeUp {
        run: String,
        folder: PathBuf,
        /// It was submitted before, or may have been.
        known: Option<Handle>,
        reply: oneshot::Sender<Watched>,
    },
    /// From now on the place must know it.
    Submitted(Handle),
}

/// An attempt that is followed at its place, for as long as this is kept.
pub struct Watched {
    pub handle: Handle,
    /// `None` until the place was asked after the attempt was taken up or submitted.
    pub seen: watch::Receiver<Option<Seen>>,
}

impl Places {
    /// Begins to serve these places. In a runtime of tokio only.
    pub fn new(places: &BTreeMap<String, Place>, own_program: &Path) -> Places {
        let own_program: Arc<str> = own_program.to_string_lossy().into();
        let post = |place: &Place| {
            let (asks, asked) = mpsc::channel(ASKS);
            let place = Arc::new(place.clone());
            tokio::spawn(roll::Roll::new(place.clone(), own_program.clone(), asked).serve());
            Post { place, own_program: own_program.clone(), calls: Arc::new(Semaphore::new(CALLS)), asks }
        };
        Places(places.iter().map(|(name, place)| (name.clone(), post(place))).collect())
    }

    /// Returns where a place is asked; `None`: this machine, or a place that the settings no longer name.
    pub fn post(&self, place: &str) -> Option<Post> {
        self.0.get(place).cloned()
    }
}

impl Post {
    /// Returns the place's name.
    pub fn name(&self) -> &str {
        &self.place.name
    }

    /// Begins to follow an attempt; without a known handle it gets one, and its host.
    pub async fn take_up(&self, run: &str, folder: &Path, known: Option<Handle>) -> Watched {
        let (reply, answer) = oneshot::channel();
        let ask = Ask::TakeUp { run: run.to_owned(), folder: folder.to_owned(), known, reply };
        let sent = self.asks.send(ask).await;
        assert!(sent.is_ok(), "the task of a place outlives its posts");
        answer.await.expect("the task of a place answers")
    }

    /// Says that an attempt was submitted: a list that does not name it from now on means that it is gone.
    pub async fn submitted(&self, handle: &Handle) {
        let sent = self.asks.send(Ask::Submitted(handle.clone())).await;
        assert!(sent.is_ok(), "the task of a place outlives its posts");
    }

    /// Submits an attempt.
    pub async fn submit(&self, folder: &Path, cwd: &Path, limit_s: f64, handle: &Handle) -> Submitted {
        let job = Job { folder, cwd, limit_s, own_program: &self.own_program };
        let submit = self.place.submit(&job, handle);
        self.place.submitted(&self.call(&submit).await)
    }

    /// Ends what is left of an attempt at the place.
    pub async fn end(&self, handle: &Handle) {
        let end = self.place.end(handle, &self.own_program);
        // What it says is not needed: the list tells whether it helped.
        self.call(&end).await;
    }

    async fn call(&self, what: &crate::place::Call) -> Answer {
        let _turn = self.calls.acquire().await.expect("nobody closes it");
        call(what).await
    }
}
