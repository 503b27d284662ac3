//! The terminal: taken with everything that a screen needs, and given back as it was.

use std::fs::File;
use std::io::{self, Stdout, Write};

use crossterm::event::{Event, EventStream, KeyEvent, MouseEvent};
use crossterm::{execute, terminal};
use ratatui::backend::CrosstermBackend;
use ratatui::{Frame, Terminal as Canvas};
use tokio_stream::StreamExt;

use crate::app::look::Notify;

/// Something that the terminal said.
#[derive(Debug, Clone)]
pub enum Happened {
    Key(KeyEvent),
    Mouse(MouseEvent),
    Paste(String),
    Resize(u16, u16),
    Focus(bool),
    /// It hung up.
    Gone,
}

/// Buttons, drags and positions beyond 223; not every motion, which would flood a slow line.
const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1002h\x1b[?1006h";
const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1002l\x1b[?1000l";
/// Everything back: mouse, paste, focus, cursor, main screen.
const RESTORE: &str = "\x1b[?1006l\x1b[?1002l\x1b[?1000l\x1b[?2004l\x1b[?1004l\x1b[?25h\x1b[?1049l";

/// A taken terminal.
pub struct Terminal {
    canvas: Canvas<CrosstermBackend<Stdout>>,
    events: Option<EventStream>,
    has_mouse: bool,
}

impl Terminal {
    /// Takes the terminal.
    ///
    /// # Errors
    /// Standard output is no terminal.
    pub fn enter() -> io::Result<Terminal> {
        let canvas = Canvas::new(CrosstermBackend::new(io::stdout()))?;
        let mut terminal = Terminal { canvas, events: None, has_mouse: true };
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            give_back();
            hook(panic);
        }));
        terminal.take_it()?;
        Ok(terminal)
    }

    fn take_it(&mut self) -> io::Result<()> {
        terminal::enable_raw_mode()?;
        execute!(io::stdout(), terminal::EnterAlternateScreen)?;
        let mouse = if self.has_mouse { MOUSE_ON } else { "" };
        self.send(&format!("\x1b[?2004h\x1b[?1004h{mouse}"));
        self.canvas.clear()?;
        self.events = Some(EventStream::new());
        Ok(())
    }

    /// Waits for what the terminal says next.
    pub async fn next(&mut self) -> Happened {
        let Some(events) = &mut self.events else { return std::future::pending().await };
        match events.next().await {
            Some(Ok(Event::Key(key))) => Happened::Key(key),
            Some(Ok(Event::Mouse(mouse))) => Happened::Mouse(mouse),
            Some(Ok(Event::Paste(text))) => Happened::Paste(text),
            Some(Ok(Event::Resize(width, height))) => Happened::Resize(width, height),
            Some(Ok(Event::FocusGained)) => Happened::Focus(true),
            Some(Ok(Event::FocusLost)) => Happened::Focus(false),
            Some(Err(_)) | None => Happened::Gone,
        }
    }

    /// Draws a frame, shown at once.
    ///
    /// # Errors
    /// The terminal cannot be written to.
    pub fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        self.send("\x1b[?2026h");
        self.canvas.draw(draw)?;
        self.send("\x1b[?2026l");
        Ok(())
    }

    pub fn size(&self) -> (u16, u16) {
        self.canvas.size().map_or((80, 24), |size| (size.width, size.height))
    }

    /// Puts a text into the terminal's clipboard (OSC 52).
    pub fn copy(&mut self, text: &str) {
        // A terminal without a clipboard does nothing.
        let _ = execute!(io::stdout(), crossterm::clipboard::CopyToClipboard::to_clipboard_from(text));
    }

    /// Calls a person who looks elsewhere. `title` and `text` hold no control characters.
    pub fn notify(&mut self, how: &Notify, title: &str, text: &str) {
        if how.desktop {
            self.send(&format!("\x1b]777;notify;{title};{text}\x1b\\\x1b]9;{title}: {text}\x1b\\"));
        }
        if how.bell {
            self.send("\x07");
        }
    }

    /// Takes the mouse, or leaves it for selecting.
    pub fn mouse(&mut self, take: bool) {
        self.has_mouse = take;
        self.send(if take { MOUSE_ON } else { MOUSE_OFF });
    }

    /// Draws everything anew with the next frame.
    pub fn clear(&mut self) {
        // The next frame shows whether the terminal is still there.
        let _ = self.canvas.clear();
    }

    /// Lends the terminal to another program.
    pub fn pause(&mut self) {
        self.events = None;
        give_back();
    }

    /// Takes it again.
    pub fn resume(&mut self) {
        // The next frame shows whether the terminal is still there.
        let _ = self.take_it();
    }

    /// Stops this process as the shell's Ctrl-Z does; returns when it is in the foreground again.
    pub fn suspend(&mut self) {
        self.pause();
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::STOP);
        self.resume();
    }

    /// Gives the terminal back for good.
    pub fn leave(mut self) {
        self.events = None;
        give_back();
    }

    fn send(&mut self, bytes: &str) {
        let mut out = io::stdout().lock();
        // The next frame shows whether the terminal is still there.
        let _ = out.write_all(bytes.as_bytes()).and_then(|()| out.flush());
    }
}

/// Puts the terminal back as it was. It may be called twice, and from a panic.
fn give_back() {
    let restore = |mut out: Box<dyn Write>| out.write_all(RESTORE.as_bytes()).and_then(|()| out.flush());
    // Nothing can be done for a terminal that is gone.
    let _ = match File::options().write(true).open("/dev/tty") {
        Ok(tty) => restore(Box::new(tty)),
        Err(_) => restore(Box::new(io::stdout())),
    };
    let _ = terminal::disable_raw_mode();
}
