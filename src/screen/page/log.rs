//! The output of a program: a line a line, with the colours it printed and nothing else that a terminal obeys.

use ansi_to_tui::IntoText;
use ratatui::style::Style;

use super::{Line, Page};
use crate::screen::look::Meaning;
use crate::screen::words;

/// Returns the page of a log. `raw`: colours are left out, carriage returns start a new line.
pub fn page(bytes: &[u8], raw: bool) -> Page {
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let mut lines = Vec::new();
    if text.is_empty() {
        return Page::default();
    }
    for (at, line) in text.split('\n').enumerate() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        // A progress bar overwrites its line: what it showed last counts.
        let shown = if raw { line } else { crate::run::settled(line) };
        lines.push(read_line(shown, at + 1, !raw));
    }
    Page { lines, ..Page::default() }
}

/// Returns one line of output, as it is shown.
pub fn read_line(text: &str, source: usize, colours: bool) -> Line {
    let mut line = Line { source, ..Line::default() };
    if !colours || !text.contains('\u{1b}') {
        line.push(&words::clean(text), Meaning::Text, Style::default());
        return line;
    }
    let Ok(coloured) = text.into_text() else {
        line.push(&words::clean(text), Meaning::Text, Style::default());
        return line;
    };
    for span in coloured.lines.iter().flat_map(|line| &line.spans) {
        let mut style = span.style;
        // Blinking and hidden text is for no one.
        style = style.remove_modifier(
            ratatui::style::Modifier::SLOW_BLINK
                | ratatui::style::Modifier::RAPID_BLINK
                | ratatui::style::Modifier::HIDDEN,
        );
        style.sub_modifier = ratatui::style::Modifier::empty();
        line.push(&words::clean(&span.content), Meaning::Text, style);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::Color;

    #[test]
    fn colours_stay_and_everything_else_a_terminal_obeys_goes() {
        let page = page(b"\x1b[31mred\x1b[0m plain \x1b]0;title\x07\x1b[2Jend\n50%\r100%\r\n", false);
        assert_eq!(page.lines[0].text, "red plain end");
        assert_eq!(page.lines[0].marks[0].style.fg, Some(Color::Red));
        assert_eq!(page.lines[1].text, "100%");
        assert_eq!(page.lines.len(), 2);
    }
}
