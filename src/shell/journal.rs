//! The journal of a run: one fact a line, appended before the effect that it announces.
//!
//! A plain write survives a crash of this process; a sync follows off the loop. A torn last line is cut away.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};

use chrono::{DateTime, Utc};

use crate::scheduler::{Record, Time};
use crate::team_dir::journal::VERSION;
use crate::team_dir::{Envelope, Line};

/// An open journal; there is one writer.
pub struct Journal {
    file: Arc<File>,
    run: String,
    seq: u64,
    /// Asks the syncing thread for a sync; it ends when this is dropped. One request waits at most: a full channel means
    /// that a sync is due anyway.
    sync: SyncSender<()>,
    /// What could not be written (disk full): tried again before the next line, so that nothing is lost in between.
    waiting: Vec<u8>,
}

impl Journal {
    /// Opens the journal of a run, new or old; returns its whole lines so far.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn open(path: &Path, run: &str) -> io::Result<(Journal, Vec<Envelope>)> {
        let mut file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        if whole < bytes.len() {
            file.set_len(whole as u64)?;
        }
        let envelopes = lines(&bytes[..whole]);
        let seq = envelopes.iter().map(|envelope| envelope.seq).max().unwrap_or(0);
        let file = Arc::new(file);
        let sync = syncing(Arc::clone(&file))?;
        Ok((Journal { file, run: run.to_owned(), seq, sync, waiting: Vec::new() }, envelopes))
    }

    /// Appends a record and returns it with its envelope.
    ///
    /// The envelope is right even if the write fails; it is written with the next one then.
    pub fn append(&mut self, now: Time, wall: DateTime<Utc>, record: Record) -> (Envelope, io::Result<()>) {
        self.seq += 1;
        let envelope = Envelope { v: VERSION, seq: self.seq, t: wall, mono: now, run: self.run.clone(), record };
        self.waiting.extend_from_slice(envelope.line().as_bytes());
        self.waiting.push(b'\n');
        let result = self.write();
        (envelope, result)
    }

    /// Returns whether there are records that could not be written.
    pub fn is_behind(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Tries again to write what could not be written.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn catch_up(&mut self) -> io::Result<()> {
        if self.is_behind() { self.write() } else { Ok(()) }
    }

    /// Returns a record with its envelope that is published and not written.
    pub fn unwritten(&self, now: Time, wall: DateTime<Utc>, record: Record) -> Envelope {
        Envelope { v: VERSION, seq: 0, t: wall, mono: now, run: self.run.clone(), record }
    }

    fn write(&mut self) -> io::Result<()> {
        while !self.waiting.is_empty() {
            let written = (&*self.file).write(&self.waiting)?;
            self.waiting.drain(..written);
        }
        match self.sync.try_send(()) {
            Ok(()) | Err(TrySendError::Full(())) => Ok(()),
            Err(TrySendError::Disconnected(())) => Ok(()),
        }
    }
}

/// Returns the records of a journal that somebody else writes.
///
/// # Errors
/// Those of the file system.
pub fn read(path: &Path) -> io::Result<Vec<Envelope>> {
    Ok(lines(&std::fs::read(path)?))
}

fn lines(bytes: &[u8]) -> Vec<Envelope> {
    bytes
        .split(|byte| *byte == b'\n')
        .filter_map(|line| match Line::read(line) {
            Line::Known(envelope) => Some(*envelope),
            Line::Unknown | Line::Damaged => None,
        })
        .collect()
}

/// Starts the thread that syncs: about 12 ms each, never on the loop.
fn syncing(file: Arc<File>) -> io::Result<SyncSender<()>> {
    let (sync, asked) = sync_channel(1);
    std::thread::Builder::new().name("journal-sync".to_owned()).spawn(move || {
        while asked.recv().is_ok() {
            // A disk that cannot sync shows itself at the next write.
            let _ = file.sync_data();
        }
    })?;
    Ok(sync)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(pid: i32) -> Record {
        Record::AttemptStarted { agent: "a".into(), attempt: 1, pid, again: false }
    }

    #[test]
    fn a_torn_last_line_is_cut_and_the_next_one_is_whole() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let path = folder.path().join("journal.jsonl");
        let (mut journal, before) = Journal::open(&path, "r").expect("a new journal opens");
        assert!(before.is_empty());
        journal.append(Time(1), Utc::now(), record(1)).1.expect("it is written");
        drop(journal);
        let whole = std::fs::read_to_string(&path).expect("it can be read");
        std::fs::write(&path, format!("{whole}{{\"v\":1,\"seq\":2,\"ev")).expect("it can be torn");
        let (mut journal, before) = Journal::open(&path, "r").expect("it opens again");
        assert_eq!(before.iter().map(|line| line.seq).collect::<Vec<_>>(), [1]);
        let (next, result) = journal.append(Time(2), Utc::now(), record(2));
        result.expect("it is written");
        assert_eq!(next.seq, 2);
        assert_eq!(read(&path).expect("it can be read").len(), 2);
    }
}
