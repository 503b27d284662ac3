//! Reads what the person types, in threads of their own.
//!
//! When a terminal hangs up without SIGHUP, the reader of crossterm spins for ever. So it has a thread, and beside it
//! stands another that waits for nothing but the hang-up; the loop hears of it at once and the process ends.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use crossterm::event::{Event, EventStream};
use rustix::event::{PollFd, PollFlags, poll};
use tokio::sync::{Notify, mpsc};
use tokio_stream::StreamExt;

use super::Input;

/// The threads that read. Dropping it leaves the terminal's input to others.
#[derive(Debug)]
pub struct Keys {
    stop: Arc<Notify>,
    reader: Option<std::thread::JoinHandle<()>>,
    /// Closed: the one who waits for the hang-up leaves.
    _leave: OwnedFd,
}

impl Keys {
    pub fn start(inputs: mpsc::Sender<Input>) -> io::Result<Keys> {
        let stop = Arc::new(Notify::new());
        let (stopped, sender) = (Arc::clone(&stop), inputs.clone());
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let reader = std::thread::Builder::new()
            .name("keys".to_owned())
            .spawn(move || runtime.block_on(read(&stopped, &sender)))?;
        let (left, leave) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
        std::thread::Builder::new().name("hang-up".to_owned()).spawn(move || {
            if hung_up(&left) {
                // The channel may be full of what the spinning reader made of nothing.
                let _ = inputs.blocking_send(Input::Gone);
            }
        })?;
        Ok(Keys { stop, reader: Some(reader), _leave: leave })
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        self.stop.notify_one();
        // Whoever reads next must find the input free. A reader that spins on a dead terminal is not waited for.
        if let Some(reader) = self.reader.take() {
            let until = std::time::Instant::now() + std::time::Duration::from_millis(100);
            while !reader.is_finished() && std::time::Instant::now() < until {
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
        }
    }
}

async fn read(stop: &Notify, inputs: &mpsc::Sender<Input>) {
    let mut events = EventStream::new();
    loop {
        let event = tokio::select! {
            biased;
            () = stop.notified() => return,
            event = events.next() => event,
        };
        let input = match event {
            Some(Ok(Event::Key(key))) => Input::Key(key),
            Some(Ok(Event::Mouse(mouse))) => Input::Mouse(mouse),
            Some(Ok(Event::Paste(text))) => Input::Paste(text),
            Some(Ok(Event::Resize(width, height))) => Input::Resize(width, height),
            Some(Ok(Event::FocusGained)) => Input::Focus(true),
            Some(Ok(Event::FocusLost)) => Input::Focus(false),
            Some(Err(_)) | None => Input::Gone,
        };
        let gone = input == Input::Gone;
        let sent = tokio::select! {
            biased;
            () = stop.notified() => return,
            sent = inputs.send(input) => sent,
        };
        if gone || sent.is_err() {
            return;
        }
    }
}

/// Waits until the terminal hangs up (`true`), or nobody wants to know any more.
fn hung_up(leave: &OwnedFd) -> bool {
    let stdin = io::stdin();
    let mut wait = [PollFd::new(&stdin, PollFlags::empty()), PollFd::new(leave, PollFlags::empty())];
    loop {
        match poll(&mut wait, None) {
            Ok(_) if !wait[1].revents().is_empty() => return false,
            Ok(_) if wait[0].revents().intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) => return true,
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return false,
        }
    }
}
