//! Quintet at the other end: the lifeline, the socket, and what is said over them.
//!
//! Quintet starts the shim with one end of a socket pair as its input. That is the first link; when Quintet dies it
//! closes, and a later Quintet connects to the socket and becomes the link. A plain pipe as input is a lifeline that
//! says nothing; anything else (`/dev/null`) says nothing about Quintet at all.

use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use rustix::fs::FileType;

use super::folder::Folder;
use super::protocol::{Ask, Say, message};

/// A longer line is no message.
const LONGEST: usize = 4096;

/// What the shim was started with as its input.
pub enum Lifeline {
    Link(Link),
    Pipe(OwnedFd),
    /// Nothing is known of Quintet.
    None,
}

/// A connection that carries messages.
#[derive(Debug)]
pub struct Link {
    stream: UnixStream,
    unread: Vec<u8>,
}

/// What a look at a link brought.
#[derive(Debug, PartialEq)]
pub enum Heard {
    Asked(Vec<Ask>),
    /// What was asked before the end, and the end.
    Gone(Vec<Ask>),
}

/// Returns what standard input is, and puts `/dev/null` in its place.
pub fn lifeline() -> io::Result<Lifeline> {
    let stdin = io::stdin().as_fd().try_clone_to_owned()?;
    let kind = FileType::from_raw_mode(rustix::fs::fstat(&stdin)?.st_mode);
    rustix::stdio::dup2_stdin(fs::File::open("/dev/null")?)?;
    Ok(match kind {
        FileType::Socket => Lifeline::Link(Link::new(UnixStream::from(stdin))?),
        FileType::Fifo => Lifeline::Pipe(stdin),
        _ => Lifeline::None,
    })
}

/// Tells the shim of this folder that `said.jsonl` grew, so that Quintet reads it at once.
///
/// Errors: the shim has no socket, or is gone. Then Quintet sees it within half a second, or at the end.
pub fn said(folder: &Folder) -> io::Result<()> {
    let path = PathBuf::from(std::ffi::OsString::from_vec(fs::read(folder.sock())?));
    UnixStream::connect(path)?.write_all(&message(&Ask::Said))
}

impl Link {
    pub fn new(stream: UnixStream) -> io::Result<Link> {
        stream.set_nonblocking(true)?;
        Ok(Link { stream, unread: Vec::new() })
    }

    /// Says something if the other end listens. It may be lost: everything that counts is in the folder too.
    pub fn say(&mut self, say: &Say) {
        let _ = self.stream.write_all(&message(say));
    }

    /// Takes in what was asked.
    pub fn hear(&mut self) -> Heard {
        let mut buffer = [0_u8; LONGEST];
        let is_gone = loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => break true,
                Ok(length) => self.unread.extend_from_slice(&buffer[..length]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break false,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => break true,
            }
        };
        let lines = self.unread.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        let asked = self
            .unread
            .drain(..lines)
            .collect::<Vec<u8>>()
            .split(|&byte| byte == b'\n')
            // What a later version asks is passed over.
            .filter_map(|line| serde_json::from_slice(line).ok())
            .collect();
        if is_gone || self.unread.len() > LONGEST { Heard::Gone(asked) } else { Heard::Asked(asked) }
    }
}

impl AsFd for Link {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_heard_whole_and_the_end_after_them() {
        let (ours, mut theirs) = UnixStream::pair().expect("a pair");
        let mut link = Link::new(ours).expect("a link");
        theirs.write_all(b"{\"ask\":\"hello\"}\n{\"ask\":\"later\"}\n{\"ask\":\"lo").expect("written");
        assert_eq!(link.hear(), Heard::Asked(vec![Ask::Hello]));
        theirs.write_all(b"ok\"}\n").expect("written");
        drop(theirs);
        assert_eq!(link.hear(), Heard::Gone(vec![Ask::Look]));
    }
}
