//! The agent's two streams, from their pipes into their logs.

use std::io::{ErrorKind, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::process::{ChildStderr, ChildStdout};

use super::folder::{Folder, Gap, LogName};
use super::log::Log;

/// Fewer system calls than with less, still in the cache.
const AT_ONCE: usize = 64 << 10;
/// Reads of one stream before the other one and the orders get their turn.
const IN_A_ROW: usize = 16;

/// Both streams and their logs.
#[derive(Debug)]
pub struct Taps {
    out: Option<ChildStdout>,
    err: Option<ChildStderr>,
    out_log: Log,
    err_log: Log,
    gap: Gap,
    buffer: Vec<u8>,
}

/// Bytes so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lengths {
    pub out: u64,
    pub err: u64,
    pub dropped: u64,
}

impl Taps {
    pub fn new(folder: &Folder, cap: u64, out: ChildStdout, err: ChildStderr) -> Taps {
        Taps {
            out: Some(out),
            err: Some(err),
            out_log: Log::new(folder, LogName::Out, cap),
            err_log: Log::new(folder, LogName::Err, cap),
            gap: Gap::default(),
            buffer: vec![0; AT_ONCE],
        }
    }

    /// Returns the pipe of a stream until its end.
    pub fn pipe(&self, stream: LogName) -> Option<BorrowedFd<'_>> {
        match stream {
            LogName::Out => self.out.as_ref().map(AsFd::as_fd),
            LogName::Err => self.err.as_ref().map(AsFd::as_fd),
        }
    }

    pub fn lengths(&self) -> Lengths {
        Lengths {
            out: self.out_log.written(),
            err: self.err_log.written(),
            dropped: self.out_log.dropped() + self.err_log.dropped(),
        }
    }

    /// Moves what a stream has into its log; not more than a fair share. Returns whether there may be more.
    pub fn move_some(&mut self, stream: LogName) -> bool {
        let (gap, buffer) = (&mut self.gap, &mut self.buffer);
        match stream {
            LogName::Out => move_some(&mut self.out, &mut self.out_log, gap, buffer),
            LogName::Err => move_some(&mut self.err, &mut self.err_log, gap, buffer),
        }
    }

    /// Moves everything that is still in the pipes. For when nothing of the tree is left to write more.
    pub fn drain(&mut self) {
        for stream in [LogName::Out, LogName::Err] {
            // A stranger who was handed the pipe could write for ever: a pipe's worth is enough.
            for _ in 0..4 {
                if !self.move_some(stream) {
                    break;
                }
            }
        }
    }
}

fn move_some<P: Read>(pipe: &mut Option<P>, log: &mut Log, gap: &mut Gap, buffer: &mut [u8]) -> bool {
    let Some(open) = pipe else {
        return false;
    };
    for _ in 0..IN_A_ROW {
        match open.read(buffer) {
            Ok(0) => {
                *pipe = None;
                return false;
            }
            Ok(length) => log.append(&buffer[..length], gap),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
            Err(_) => {
                *pipe = None;
                return false;
            }
        }
    }
    true
}
