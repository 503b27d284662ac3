//! Proves on this machine, with real processes, that limits hold.
//!
//! Each proof is a small headless run of this very program in a temporary folder, with agents that behave as badly as
//! agents can ([`fake`]). What they write down is compared with what is promised.
//!
//! ```text
//!   proofs ──▶ project: quintet run ──▶ fake agents ──▶ ledger
//!      ▲                    └─ events ─┐                  │
//!      └──── Seen ◀────────────────────┴──────────────────┘
//!             └──▶ judge ──▶ Verdict, a line of the table
//! ```

pub mod fake;
mod project;
mod proofs;
mod seen;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::shell::{clock, files};
use proofs::Proof;
pub use seen::{Seen, Verdict};

/// What came of all proofs.
#[derive(Debug, Clone, PartialEq)]
pub struct Tested {
    pub verdicts: Vec<Verdict>,
    pub took: Duration,
    /// How many wanted each processor meanwhile, at least 1: so much more time was allowed.
    pub busy: f64,
    /// Where the runs are, if they are worth a look.
    pub kept: Option<PathBuf>,
}

/// How the selftest ended.
pub enum Ended {
    Tested(Tested),
    /// By the person; everything is ended and removed.
    Signal(i32),
}

/// Carries the proofs out.
///
/// # Errors
/// No temporary folder or signal handler can be had.
pub fn run() -> io::Result<Ended> {
    let began = Instant::now();
    let folder = std::env::temp_dir().join(format!("quintet-selftest-{}", clock::run_id()));
    files::private_folder(&folder)?;
    let enough = Arc::new(AtomicBool::new(false));
    let signals = listen(&enough)?;
    let before = busy();
    let mut seen = side_by_side(proofs::QUIET, &folder, &enough);
    seen.extend(side_by_side(proofs::BUSY, &folder, &enough));
    if enough.load(Ordering::Relaxed) {
        std::fs::remove_dir_all(&folder)?;
        return Ok(Ended::Signal(came(&signals)));
    }
    let busy = before.max(busy());
    let verdicts: Vec<Verdict> = seen.iter().flat_map(|seen| seen.judge(busy)).collect();
    let holds = verdicts.iter().all(|verdict| verdict.holds);
    if holds {
        std::fs::remove_dir_all(&folder)?;
    }
    Ok(Ended::Tested(Tested { verdicts, took: began.elapsed(), busy, kept: (!holds).then_some(folder) }))
}

impl Tested {
    pub fn holds(&self) -> bool {
        self.verdicts.iter().all(|verdict| verdict.holds)
    }
}

/// The signals that end the proofs, and whether they came.
type Signals = Vec<(i32, Arc<AtomicBool>)>;

fn listen(enough: &Arc<AtomicBool>) -> io::Result<Signals> {
    let heard = |signal| {
        let came = Arc::new(AtomicBool::new(false));
        signal_hook::flag::register(signal, Arc::clone(&came))?;
        signal_hook::flag::register(signal, Arc::clone(enough))?;
        Ok((signal, came))
    };
    [SIGINT, SIGTERM, SIGHUP].into_iter().map(heard).collect()
}

fn came(signals: &Signals) -> i32 {
    signals.iter().find(|(_, came)| came.load(Ordering::Relaxed)).map_or(SIGINT, |(signal, _)| *signal)
}

fn side_by_side(proofs: &[Proof], folder: &Path, enough: &AtomicBool) -> Vec<Seen> {
    std::thread::scope(|scope| {
        let running: Vec<_> =
            proofs.iter().map(|(name, proof)| (*name, scope.spawn(move || proof(folder, enough)))).collect();
        let seen = running.into_iter().map(|(name, running)| match running.join() {
            Ok(Ok(seen)) => seen,
            Ok(Err(broken)) => Seen::Broken { proof: name, why: broken.to_string() },
            Err(_) => Seen::Broken { proof: name, why: "it panicked".to_owned() },
        });
        seen.collect()
    })
}

/// How many want each processor, at least one; one where nobody tells.
fn busy() -> f64 {
    let averages = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: f64 = averages.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or(1.0);
    (load / std::thread::available_parallelism().map_or(1.0, |cpus| cpus.get() as f64)).max(1.0)
}
