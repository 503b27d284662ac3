//! The start page on the person's terminal.

use std::io;

use super::open;
use super::terminal::{Input, Screen as Terminal};
use crate::screen::look::Look;
use crate::screen::{Chosen, Start};
use crate::ui;

/// Shows the page until something is chosen; returns what would be typed for it, `None` if the person left.
///
/// # Errors
/// It is no terminal, or cannot be written to.
pub async fn choose(mut start: Start, look: &Look) -> io::Result<Option<Vec<String>>> {
    let mut terminal = Terminal::take(false, &open::own_program())?;
    loop {
        terminal.draw(|frame| ui::draw_start(frame, look, &start))?;
        match terminal.next().await {
            Input::Key(key) => match start.key(key) {
                Chosen::Nothing => {}
                Chosen::Do(command) => return Ok(Some(command)),
                Chosen::Leave => return Ok(None),
            },
            Input::Gone => return Ok(None),
            Input::Mouse(_) | Input::Paste(_) | Input::Resize(..) | Input::Focus(_) | Input::Ready => {}
        }
    }
}
