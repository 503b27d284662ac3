//! Who is there: Quintet, if it lives, and guests at the socket, of whom one may be the next Quintet.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Instant;

use super::ending::Presence;
use super::link::{Heard, Lifeline, Link};
use super::protocol::{Ask, Say};
use super::sock::Sock;
use super::taps::Lengths;

/// So many connections may be open that have not said who they are.
const GUESTS: usize = 8;

/// Every connection of the shim.
#[derive(Debug)]
pub struct Company {
    quintet: Quintet,
    guests: Vec<Link>,
    sock: Option<Sock>,
    told: Lengths,
    /// The last `grew` is not acknowledged.
    awaits_seen: bool,
}

/// What is known of Quintet.
#[derive(Debug)]
enum Quintet {
    Linked(Link),
    /// Its end of a plain pipe is open.
    Alive(OwnedFd),
    Gone(Instant),
    /// The place has no lifeline.
    Unknown,
}

/// Where something is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    Quintet,
    Sock,
    Guest(usize),
}

impl Company {
    pub fn new(lifeline: Lifeline, sock: Option<Sock>) -> Company {
        let quintet = match lifeline {
            Lifeline::Link(link) => Quintet::Linked(link),
            Lifeline::Pipe(pipe) => Quintet::Alive(pipe),
            Lifeline::None => Quintet::Unknown,
        };
        Company { quintet, guests: Vec::new(), sock, told: Lengths::default(), awaits_seen: false }
    }

    pub fn presence(&self) -> Presence {
        match &self.quintet {
            Quintet::Linked(_) | Quintet::Alive(_) => Presence::Here,
            Quintet::Gone(since) => Presence::Gone(*since),
            Quintet::Unknown => Presence::Unknown,
        }
    }

    /// Returns whether it would be told of new orders.
    pub fn is_linked(&self) -> bool {
        matches!(self.quintet, Quintet::Linked(_))
    }

    /// Returns what to wait for.
    pub fn doors(&self) -> impl Iterator<Item = (Door, BorrowedFd<'_>)> {
        let quintet = match &self.quintet {
            Quintet::Linked(link) => Some(link.as_fd()),
            Quintet::Alive(pipe) => Some(pipe.as_fd()),
            Quintet::Gone(_) | Quintet::Unknown => None,
        };
        let sock = self.sock.as_ref().map(|sock| (Door::Sock, sock.listener.as_fd()));
        let guests = self.guests.iter().enumerate().map(|(n, guest)| (Door::Guest(n), guest.as_fd()));
        quintet.map(|fd| (Door::Quintet, fd)).into_iter().chain(sock).chain(guests)
    }

    /// Returns what was asked at a door. A Quintet that comes or goes is asked about its orders once more.
    pub fn hear(&mut self, door: Door) -> Vec<Ask> {
        match door {
            Door::Quintet => self.hear_quintet(),
            Door::Sock => {
                self.let_in();
                Vec::new()
            }
            Door::Guest(n) if n < self.guests.len() => self.hear_guest(n),
            Door::Guest(_) => Vec::new(),
        }
    }

    /// Says something to Quintet if it is linked.
    pub fn say(&mut self, say: &Say) {
        if let Quintet::Linked(link) = &mut self.quintet {
            link.say(say);
        }
    }

    /// Tells that there is more output, once until it was taken in.
    pub fn tell(&mut self, lengths: Lengths) {
        if lengths != self.told && !self.awaits_seen && self.is_linked() {
            self.told = lengths;
            self.awaits_seen = true;
            self.say(&Say::Grew { out: lengths.out, err: lengths.err, dropped: lengths.dropped });
        }
    }

    /// The last `grew` was taken in.
    pub fn seen(&mut self) {
        self.awaits_seen = false;
    }

    fn hear_quintet(&mut self) -> Vec<Ask> {
        let heard = match &mut self.quintet {
            Quintet::Linked(link) => link.hear(),
            Quintet::Alive(pipe) => match rustix::io::read(pipe, &mut [0_u8; 64]) {
                Ok(length) if length > 0 => Heard::Asked(Vec::new()),
                _ => Heard::Gone(Vec::new()),
            },
            Quintet::Gone(_) | Quintet::Unknown => return Vec::new(),
        };
        match heard {
            Heard::Asked(asked) => asked,
            Heard::Gone(mut asked) => {
                self.quintet = Quintet::Gone(Instant::now());
                // Orders that it gave before it died count.
                asked.push(Ask::Look);
                asked
            }
        }
    }

    fn let_in(&mut self) {
        let Some(sock) = &self.sock else {
            return;
        };
        while let Ok((stream, _)) = sock.listener.accept() {
            if self.guests.len() == GUESTS {
                self.guests.remove(0);
            }
            self.guests.extend(Link::new(stream));
        }
    }

    /// A guest that says hello is a new Quintet: the attempt is its own from now on. Others leave a word and go.
    fn hear_guest(&mut self, n: usize) -> Vec<Ask> {
        let heard = self.guests[n].hear();
        let is_gone = matches!(heard, Heard::Gone(_));
        let (Heard::Asked(mut asked) | Heard::Gone(mut asked)) = heard;
        if asked.contains(&Ask::Hello) {
            self.quintet = Quintet::Linked(self.guests.remove(n));
            self.told = Lengths::default();
            self.awaits_seen = false;
            asked.push(Ask::Look);
            return asked;
        }
        if is_gone {
            self.guests.remove(n);
        }
        asked.retain(|ask| *ask == Ask::Said);
        asked
    }
}
