//! How fast an analyst works, and how it is told to stop.
//!
//! Unasked it is as fast as it can. For a demonstration `QUINTET_PACE` gives it a number of seconds to fill, so that a
//! person can watch; the order to stop ends any wait at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// Whether the time is up. Cheap to ask, often.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Returns whether to stop now.
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Asks for the end.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Spreads the work over the time it shall take.
pub struct Pace {
    stop: Stop,
    /// Gets one word when the order to stop arrives; a closed channel means that none ever will.
    woken: Receiver<()>,
    began: Instant,
    whole: Duration,
}

impl Pace {
    /// Returns a pace that fills `whole`, and listens for SIGTERM and SIGINT from now on.
    pub fn begin(whole: Duration) -> std::io::Result<Pace> {
        let stop = Stop::default();
        let (wake, woken) = channel();
        let mut signals = Signals::new([SIGTERM, SIGINT])?;
        let asked = stop.clone();
        // Owns the signals, lives as long as the process, and sends at most a word a signal.
        thread::Builder::new().name("signals".to_owned()).spawn(move || {
            for _ in signals.forever() {
                asked.ask();
                // The receiver is gone only when the work is over.
                let _ = wake.send(());
            }
        })?;
        Ok(Pace { stop, woken, began: Instant::now(), whole })
    }

    /// Returns the order to stop, to be asked for between two things.
    pub fn stop(&self) -> &Stop {
        &self.stop
    }

    /// Leaves `part` of the time for what is to come: the rest was a predecessor's.
    pub fn only(&mut self, part: f64) {
        self.whole = self.whole.mul_f64(part.clamp(0.0, 1.0));
    }

    /// Waits until `done` of `all` parts of the time are over, or the order to stop arrives. Returns whether to go on.
    pub fn reach(&self, done: usize, all: usize) -> bool {
        let part = self.whole.mul_f64(done as f64 / all.max(1) as f64);
        let left = part.saturating_sub(self.began.elapsed());
        if !left.is_zero() && !self.stop.is_asked() {
            match self.woken.recv_timeout(left) {
                Ok(()) | Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
        }
        !self.stop.is_asked()
    }
}
