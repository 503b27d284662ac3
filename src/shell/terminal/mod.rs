//! The person's terminal: taken, drawn on, and given back, whatever happens.
//!
//! ```text
//!   links.rs   cells that lead somewhere
//!   keys.rs    a thread of its own reads keys, so that a terminal that is gone cannot spin the loop
//!   pen.rs     a thread of its own writes frames, so that a slow terminal cannot stop the loop
//!   modes.rs   what was there before, and the way back: on return, on a panic in any thread, on a signal
//! ```
//!
//! After SIGKILL nothing of Quintet can give it back any more: [`watchdog`](crate::shell::watchdog) does.

mod keys;
mod links;
mod modes;
mod pen;

use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{KeyEvent, MouseEvent};
use ratatui::Frame;
use ratatui::backend::CrosstermBackend;

use crate::ui::Linked;

use keys::Keys;
use links::{Linking, Links};
use modes::Modes;
pub use modes::RESTORE;
use pen::{Ink, Pen};

/// Something that came from the terminal.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    Key(KeyEvent),
    Mouse(MouseEvent),
    Paste(String),
    Resize(u16, u16),
    /// The window has (`true`) or lost the person's eye.
    Focus(bool),
    /// A frame that could not be drawn because the terminal was slow can be drawn now.
    Ready,
    /// The terminal is gone, with or without SIGHUP.
    Gone,
}

/// Whether a frame was drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drawn {
    Yes,
    /// The terminal has not taken the last one yet; [`Input::Ready`] follows.
    Later,
}

/// The terminal, taken. Dropping it gives it back.
pub struct Screen {
    terminal: ratatui::Terminal<Linking<Ink>>,
    ink: Ink,
    links: Links,
    /// This terminal gets links.
    has_links: bool,
    pen: Pen,
    keys: Option<Keys>,
    inputs: tokio::sync::mpsc::Receiver<Input>,
    sender: tokio::sync::mpsc::Sender<Input>,
    modes: Modes,
    mouse: bool,
}

/// Frames, keys and clicks that may wait. A full channel makes the key thread wait, and the terminal keeps what is
/// typed; when the other end is gone, the thread ends.
const WAITING: usize = 256;

impl Screen {
    /// Takes the terminal. The panic hook that is installed now runs after the terminal was given back.
    ///
    /// `own_program`: Quintet, absolute; it is started once more, as the watchdog of the terminal.
    pub fn take(mouse: bool, own_program: &Path) -> io::Result<Screen> {
        // What has no colours is decided by the theme. Left to itself, NO_COLOR would take bold and reverse away too.
        crossterm::style::force_color_output(true);
        let modes = Modes::take(mouse, own_program)?;
        modes.restore_on_panic();
        let (sender, inputs) = tokio::sync::mpsc::channel(WAITING);
        let ink = Ink::default();
        let links = Links::default();
        let terminal = new_terminal(&ink, &links)?;
        let has_links = links::are_known(&std::env::var("TERM").unwrap_or_default());
        let pen = Pen::start(modes.clone(), sender.clone())?;
        let keys = Some(Keys::start(sender.clone())?);
        Ok(Screen { terminal, ink, links, has_links, pen, keys, inputs, sender, modes, mouse })
    }

    /// Returns what comes next. It never ends: a terminal that is gone says so once and is silent then.
    pub async fn next(&mut self) -> Input {
        match self.inputs.recv().await {
            Some(input) => input,
            None => std::future::pending().await,
        }
    }

    /// Draws a frame, unless the terminal has not taken the last one. `draw` returns the cells that lead somewhere.
    pub fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>) -> Vec<Linked>) -> io::Result<Drawn> {
        if !self.modes.are_taken() {
            return Err(io::Error::other("the terminal was given back"));
        }
        if !self.pen.is_free() {
            return Ok(Drawn::Later);
        }
        let (links, has_links) = (Arc::clone(&self.links), self.has_links);
        self.terminal.draw(|frame| {
            let found = draw(frame);
            if let (true, Ok(mut links)) = (has_links, links.lock()) {
                *links = found;
            }
        })?;
        let frame = self.ink.take();
        if !frame.is_empty() {
            self.pen.write([b"\x1b[?2026h".as_slice(), &frame, b"\x1b[?2026l"].concat());
        }
        Ok(Drawn::Yes)
    }

    /// Draws everything anew at the next frame.
    pub fn forget(&mut self) -> io::Result<()> {
        // `Terminal::clear` asks the terminal where its cursor is, and some never answer.
        self.terminal = new_terminal(&self.ink, &self.links)?;
        self.pen.write(b"\x1b[0m\x1b[2J".to_vec());
        Ok(())
    }

    /// Returns the width and height of the terminal.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        crossterm::terminal::size()
    }

    /// Takes or leaves the mouse.
    pub fn set_mouse(&mut self, on: bool) {
        self.mouse = on;
        self.pen.write(modes::mouse(on).as_bytes().to_vec());
    }

    /// Puts a text into the clipboard of the person's terminal (OSC 52), through tmux if need be.
    pub fn copy(&mut self, text: &str) {
        let sequence = format!("\x1b]52;c;{}\x07", base64::encode(text.as_bytes()));
        self.pen.write(through_tmux(&sequence).into_bytes());
    }

    /// Calls the person: the bell, and a notification of the desktop (OSC 9 and 777).
    pub fn notify(&mut self, bell: bool, desktop: bool, title: &str, text: &str) {
        let safe = |text: &str| text.chars().filter(|c| !c.is_control() && *c != ';').collect::<String>();
        let mut out = String::new();
        if desktop {
            let (title, text) = (safe(title), safe(text));
            out.push_str(&through_tmux(&format!("\x1b]777;notify;{title};{text}\x07")));
            out.push_str(&through_tmux(&format!("\x1b]9;{title}: {text}\x07")));
        }
        if bell {
            out.push('\x07');
        }
        self.pen.write(out.into_bytes());
    }

    /// Lends the terminal to another program until [`Screen::resume`].
    pub fn pause(&mut self) {
        self.give_back();
    }

    /// Takes it again, as it was.
    ///
    /// # Errors
    /// It is gone.
    pub fn resume(&mut self) -> io::Result<()> {
        self.modes.take_again(self.mouse)?;
        self.keys = Some(Keys::start(self.sender.clone())?);
        self.forget()
    }

    /// Stops this process, as Ctrl-Z in a shell does; returns when it is continued.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn suspend(&mut self) -> io::Result<()> {
        self.pause();
        stop_until_continued()?;
        self.resume()
    }

    fn give_back(&mut self) {
        self.keys = None;
        self.pen.finish(Duration::from_millis(100));
        self.modes.restore();
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.give_back();
        self.modes.dismiss_watchdog();
    }
}

fn new_terminal(ink: &Ink, links: &Links) -> io::Result<ratatui::Terminal<Linking<Ink>>> {
    ratatui::Terminal::new(Linking::new(CrosstermBackend::new(ink.clone()), Arc::clone(links)))
}

fn stop_until_continued() -> io::Result<()> {
    let (mut continued, signal) = UnixStream::pair()?;
    let registered = signal_hook::low_level::pipe::register(signal_hook::consts::SIGCONT, signal)?;
    // SIGSTOP, since SIGTSTP is discarded in an orphaned process group. It may hit another thread first, and this one
    // would run on for a moment: it waits for the signal that ends the stop.
    rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::STOP)?;
    continued.read_exact(&mut [0])?;
    signal_hook::low_level::unregister(registered);
    Ok(())
}

/// Wraps a sequence so that tmux passes it on.
fn through_tmux(sequence: &str) -> String {
    if std::env::var_os("TMUX").is_none() {
        return sequence.to_owned();
    }
    format!("\x1bPtmux;{}\x1b\\", sequence.replace('\x1b', "\x1b\x1b"))
}

mod base64 {
    //! Base64, for the clipboard.

    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    pub fn encode(bytes: &[u8]) -> String {
        let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
        for chunk in bytes.chunks(3) {
            let group = chunk.iter().chain([0, 0].iter()).take(3).fold(0u32, |sum, byte| sum << 8 | u32::from(*byte));
            for place in 0..4 {
                let letter = LETTERS[(group >> (18 - 6 * place) & 63) as usize];
                out.push(if place <= chunk.len() { char::from(letter) } else { '=' });
            }
        }
        out
    }

    #[test]
    fn it_is_encoded_as_others_do() {
        assert_eq!(encode(b""), "");
        assert_eq!(encode(b"f"), "Zg==");
        assert_eq!(encode(b"fo"), "Zm8=");
        assert_eq!(encode(b"foobar"), "Zm9vYmFy");
    }
}
