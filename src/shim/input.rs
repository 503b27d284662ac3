//! What the agent gets on its input: the file `in`, copied by offset, so that a dead Quintet is no end of input.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::FileExt;
use std::process::ChildStdin;

use super::folder::Folder;

/// The way from `in` to the agent.
#[derive(Debug)]
pub struct Feed {
    folder: Folder,
    /// `None` when it is closed, or the agent closed its end.
    pipe: Option<ChildStdin>,
    offset: u64,
    /// It ends after what is in `in`.
    ends: bool,
    /// The pipe is full.
    waits: bool,
}

impl Feed {
    /// Returns the way to this pipe, which must not block.
    pub fn new(folder: &Folder, pipe: Option<ChildStdin>) -> Feed {
        Feed { folder: folder.clone(), pipe, offset: 0, ends: false, waits: false }
    }

    /// Returns the pipe while it is full.
    pub fn full_pipe(&self) -> Option<BorrowedFd<'_>> {
        self.pipe.as_ref().filter(|_| self.waits).map(AsFd::as_fd)
    }

    /// Ends the input after what is in `in` now.
    pub fn end(&mut self) {
        self.ends = true;
        self.copy();
    }

    /// Copies what `in` has and the pipe takes.
    pub fn copy(&mut self) {
        let Some(pipe) = &mut self.pipe else {
            return;
        };
        self.waits = false;
        let file = File::open(self.folder.input()).ok();
        let mut buffer = [0_u8; 16 << 10];
        loop {
            let length = file.as_ref().and_then(|file| file.read_at(&mut buffer, self.offset).ok()).unwrap_or(0);
            if length == 0 {
                break;
            }
            match pipe.write(&buffer[..length]) {
                Ok(taken) => self.offset += taken as u64,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.waits = true;
                    return;
                }
                // The agent closed its end: it wants no more.
                Err(_) => {
                    self.pipe = None;
                    return;
                }
            }
        }
        if self.ends {
            self.pipe = None;
        }
    }
}
