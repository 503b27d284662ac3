//! Writes frames in a thread of its own: a terminal that takes no more (a slow line, Ctrl-S) makes frames be left
//! out, and never makes the loop wait.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::Input;
use super::modes::Modes;

/// Frames and sequences that may wait.
const WAITING: usize = 16;

/// Where ratatui puts the bytes of a frame.
#[derive(Debug, Clone, Default)]
pub struct Ink {
    bytes: Arc<std::sync::Mutex<Vec<u8>>>,
}

impl Ink {
    /// Takes what was written since the last call.
    pub fn take(&self) -> Vec<u8> {
        self.bytes.lock().map(|mut bytes| std::mem::take(&mut *bytes)).unwrap_or_default()
    }
}

impl Write for Ink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut all = self.bytes.lock().map_err(|_| io::Error::other("a frame broke off"))?;
        all.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The thread that writes.
#[derive(Debug)]
pub struct Pen {
    /// A frame and a few short sequences wait in it: nobody draws while it is not empty. Sequences that find it full
    /// are lost, as are all when the thread is gone.
    frames: mpsc::SyncSender<Vec<u8>>,
    /// Frames that are not written yet.
    open: Arc<AtomicUsize>,
    /// A frame was left out meanwhile.
    missed: Arc<AtomicUsize>,
}

impl Pen {
    pub fn start(modes: Modes, inputs: tokio::sync::mpsc::Sender<Input>) -> io::Result<Pen> {
        let (frames, waiting) = mpsc::sync_channel::<Vec<u8>>(WAITING);
        let open = Arc::new(AtomicUsize::new(0));
        let missed = Arc::new(AtomicUsize::new(0));
        let (done, left_out) = (Arc::clone(&open), Arc::clone(&missed));
        std::thread::Builder::new().name("pen".to_owned()).spawn(move || {
            while let Ok(frame) = waiting.recv() {
                // A terminal that is gone is told by the one who reads from it.
                let _ = modes.write(&frame);
                if done.fetch_sub(1, Ordering::AcqRel) == 1 && left_out.swap(0, Ordering::AcqRel) > 0 {
                    // If the loop does not take it, it has other things to wake it.
                    let _ = inputs.try_send(Input::Ready);
                }
            }
        })?;
        Ok(Pen { frames, open, missed })
    }

    /// Returns whether everything is written; if not, `Ready` will be sent when it is.
    pub fn is_free(&self) -> bool {
        if self.open.load(Ordering::Acquire) == 0 {
            return true;
        }
        self.missed.store(1, Ordering::Release);
        // It may have been written just now, before it could see that a frame was missed.
        self.open.load(Ordering::Acquire) == 0
    }

    /// Hands bytes to the thread.
    pub fn write(&self, frame: Vec<u8>) {
        self.open.fetch_add(1, Ordering::AcqRel);
        if self.frames.try_send(frame).is_err() {
            self.open.fetch_sub(1, Ordering::AcqRel);
        }
    }

    /// Waits until everything is written, but not longer than this.
    pub fn finish(&self, at_most: Duration) {
        let until = Instant::now() + at_most;
        while self.open.load(Ordering::Acquire) > 0 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}
