//! Signals as bytes in pipes, so that one `poll` waits for everything.

use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};

/// The signals that mean something to a shim.
#[derive(Debug)]
pub struct Signals {
    /// Something of the tree ended.
    children: UnixStream,
    /// SIGTERM or SIGINT: the place wants the attempt to end.
    end: UnixStream,
}

impl Signals {
    pub fn new() -> io::Result<Signals> {
        let (children, child) = UnixStream::pair()?;
        signal_hook::low_level::pipe::register(SIGCHLD, child)?;
        let (end, asked) = UnixStream::pair()?;
        signal_hook::low_level::pipe::register(SIGTERM, asked.try_clone()?)?;
        signal_hook::low_level::pipe::register(SIGINT, asked)?;
        for harmless in [SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2] {
            signal_hook::flag::register(harmless, Arc::new(AtomicBool::new(false)))?;
        }
        children.set_nonblocking(true)?;
        end.set_nonblocking(true)?;
        Ok(Signals { children, end })
    }

    pub fn children(&self) -> BorrowedFd<'_> {
        self.children.as_fd()
    }

    pub fn end(&self) -> BorrowedFd<'_> {
        self.end.as_fd()
    }

    /// Forgets what came, so that the next one wakes again.
    pub fn forget(&mut self) {
        let mut bytes = [0; 64];
        for pipe in [&mut self.children, &mut self.end] {
            while pipe.read(&mut bytes).is_ok_and(|length| length > 0) {}
        }
    }
}
