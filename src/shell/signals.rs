//! Signals that are for Quintet itself.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGHUP: the terminal is gone.
pub const HANG_UP: i32 = 1;
/// SIGINT: Ctrl-C.
pub const INTERRUPT: i32 = 2;
/// SIGQUIT: Ctrl-\.
pub const QUIT: i32 = 3;
/// SIGTERM.
pub const TERMINATE: i32 = 15;

/// Signals that end a run, or a screen.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    quit: Signal,
    hang_up: Signal,
}

impl Signals {
    /// Listens from now on.
    ///
    /// # Errors
    /// The system refuses.
    pub fn listen() -> std::io::Result<Signals> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for the next one; returns its number.
    pub async fn next(&mut self) -> i32 {
        tokio::select! {
            _ = self.terminate.recv() => TERMINATE,
            _ = self.interrupt.recv() => INTERRUPT,
            _ = self.quit.recv() => QUIT,
            _ = self.hang_up.recv() => HANG_UP,
        }
    }
}

/// Returns whether a terminal makes this signal of a key. Who has the terminal at that moment is meant: everybody on it
/// gets it.
pub fn is_typed(number: i32) -> bool {
    matches!(number, INTERRUPT | QUIT)
}
