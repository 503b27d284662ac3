//! Where the events go: standard output as JSON or as lines for people, and attached screens.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use tokio::sync::mpsc::Sender;

use crate::scheduler::Record;
use crate::team_dir::Envelope;

/// How events are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Print {
    /// A screen shows them instead.
    Nothing,
    /// `--headless`: a line of text per event.
    Lines,
    /// `--json`: a JSON object per line.
    Json,
}

/// How many lines may wait for a slow reader. When it is full, activities are left out and the others wait; when the
/// reader is gone, nothing more is printed and the run goes on.
const WAITING: usize = 10_000;

/// Everybody who is told.
pub struct Sinks {
    print: Print,
    out: Option<SyncSender<String>>,
    printer: Option<std::thread::JoinHandle<()>>,
    /// Attached screens and waiting clients. One that does not keep up is left; it sees that, and can come again.
    followers: Vec<Sender<String>>,
}

impl Sinks {
    /// Starts the thread that prints, if there is something to print.
    ///
    /// # Errors
    /// No thread can be started.
    pub fn new(print: Print) -> io::Result<Sinks> {
        if print == Print::Nothing {
            return Ok(Sinks { print, out: None, printer: None, followers: Vec::new() });
        }
        let (out, lines) = sync_channel(WAITING);
        let printer = std::thread::Builder::new().name("printer".to_owned()).spawn(move || print_all(&lines))?;
        Ok(Sinks { print, out: Some(out), printer: Some(printer), followers: Vec::new() })
    }

    /// Tells everybody.
    pub fn publish(&mut self, envelope: &Envelope) {
        if !self.followers.is_empty() {
            let line = envelope.line();
            self.followers.retain(|follower| follower.try_send(line.clone()).is_ok());
        }
        let Some(out) = &self.out else { return };
        let line = match self.print {
            Print::Nothing => None,
            Print::Json => Some(envelope.line()),
            // Nothing that a terminal obeys leaves an agent's text.
            Print::Lines => crate::run::lines::line(envelope).map(|line| crate::screen::words::clean(&line)),
        };
        let Some(line) = line else { return };
        let sent = match out.try_send(line) {
            Ok(()) => true,
            Err(TrySendError::Full(_)) if matches!(envelope.record, Record::AttemptActivity { .. }) => true,
            Err(TrySendError::Full(line)) => out.send(line).is_ok(),
            Err(TrySendError::Disconnected(_)) => false,
        };
        if !sent {
            self.out = None;
        }
    }

    /// Tells this client every event from now on.
    pub fn follow(&mut self, follower: Sender<String>) {
        self.followers.push(follower);
    }

    /// Waits until everything is printed.
    pub fn finish(&mut self) {
        self.out = None;
        if let Some(printer) = self.printer.take() {
            let _ = printer.join();
        }
    }
}

/// Prints lines until nobody sends or nobody reads any more.
fn print_all(lines: &Receiver<String>) {
    let mut out = io::stdout().lock();
    while let Ok(line) = lines.recv() {
        if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
            return;
        }
    }
}
