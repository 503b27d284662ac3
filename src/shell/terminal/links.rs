//! Cells that lead somewhere are written with OSC 8 around them; terminals that do not know it pass over it. A frame in
//! which nothing changed writes nothing.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

use crate::ui::Linked;

/// The links of the frame that is being drawn.
pub type Links = Arc<Mutex<Vec<Linked>>>;

/// A backend that writes links.
pub struct Linking<W: Write> {
    inner: CrosstermBackend<W>,
    links: Links,
    /// The cursor was hidden last.
    is_hidden: bool,
}

impl<W: Write> Linking<W> {
    pub fn new(inner: CrosstermBackend<W>, links: Links) -> Linking<W> {
        Linking { inner, links, is_hidden: false }
    }
}

/// Returns whether this terminal may get OSC 8: nearly all know it or pass over it.
pub fn are_known(term: &str) -> bool {
    !matches!(term, "" | "dumb" | "linux") && !term.starts_with("vt")
}

impl<W: Write> Backend for Linking<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut content = content.peekable();
        if content.peek().is_none() {
            return Ok(());
        }
        let links = self.links.lock().map(|links| links.clone()).unwrap_or_default();
        if links.is_empty() {
            return self.inner.draw(content);
        }
        let link_at = |x, y| links.iter().position(|link| link.place.contains(Position { x, y }));
        let mut stretch: Vec<(u16, u16, &Cell)> = Vec::new();
        let mut of = None;
        for (x, y, cell) in content {
            let link = link_at(x, y);
            if link != of {
                self.write(&links, of, &mut stretch)?;
                of = link;
            }
            stretch.push((x, y, cell));
        }
        self.write(&links, of, &mut stretch)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.is_hidden, true) {
            return Ok(());
        }
        self.inner.hide_cursor()
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.is_hidden = false;
        self.inner.show_cursor()
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        self.inner.get_cursor_position()
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.inner.set_cursor_position(position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.inner.clear()
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.inner.clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        self.inner.size()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.inner.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        Backend::flush(&mut self.inner)
    }
}

impl<W: Write> Linking<W> {
    fn write(&mut self, links: &[Linked], of: Option<usize>, stretch: &mut Vec<(u16, u16, &Cell)>) -> io::Result<()> {
        if stretch.is_empty() {
            return Ok(());
        }
        match of {
            None => self.inner.draw(stretch.drain(..)),
            Some(at) => {
                write!(self.inner, "\x1b]8;;{}\x1b\\", links[at].address)?;
                self.inner.draw(stretch.drain(..))?;
                self.inner.write_all(b"\x1b]8;;\x1b\\")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::pen::Ink;
    use super::*;
    use ratatui::Terminal;
    use ratatui::layout::Rect;

    #[test]
    fn only_the_cells_of_a_link_lead_somewhere_and_the_same_again_writes_nothing() {
        let ink = Ink::default();
        let place = Rect { x: 4, y: 0, width: 4, height: 1 };
        let links: Links = Arc::new(Mutex::new(vec![Linked { place, address: "file:///p/a.go".to_owned() }]));
        let area = Rect { x: 0, y: 0, width: 12, height: 1 };
        let options = ratatui::TerminalOptions { viewport: ratatui::Viewport::Fixed(area) };
        let backend = Linking::new(CrosstermBackend::new(ink.clone()), links);
        let mut terminal = Terminal::with_options(backend, options).expect("a terminal in memory");
        terminal.draw(|frame| frame.render_widget("see a.go now", area)).expect("drawing in memory cannot fail");
        let written = String::from_utf8_lossy(&ink.take()).into_owned();
        let (before, after) = written.split_once("\x1b]8;;file:///p/a.go\x1b\\").expect("a link begins");
        let (inside, rest) = after.split_once("\x1b]8;;\x1b\\").expect("it ends");
        assert!(before.contains("see") && inside.contains("a.go") && rest.contains("now"), "{written:?}");
        terminal.draw(|frame| frame.render_widget("see a.go now", area)).expect("drawing in memory cannot fail");
        assert_eq!(ink.take(), Vec::<u8>::new());
    }
}
