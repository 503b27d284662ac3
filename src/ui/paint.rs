//! The brush: texts that fit, frames with what stands on them, lines of left and right parts.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::theme::Theme;
use crate::screen::look::{Look, Meaning, Symbols};
use crate::screen::words;

/// What everything is drawn with.
pub struct Brush<'a> {
    pub buffer: &'a mut Buffer,
    pub theme: &'a Theme,
    pub symbols: Symbols,
    /// Cells that lead somewhere.
    pub links: Vec<Linked>,
}

/// Cells of one line that lead somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    pub place: Rect,
    /// Printable ASCII alone.
    pub address: String,
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    pub text: String,
    pub meaning: Meaning,
    /// Over the style of the meaning.
    pub style: Style,
}

/// Returns a piece of a line.
pub fn piece(text: impl Into<String>, meaning: Meaning) -> Piece {
    Piece { text: text.into(), meaning, style: Style::default() }
}

impl Piece {
    fn width(&self) -> usize {
        words::width(&self.text)
    }
}

/// Returns how many cells pieces take.
pub fn width_of(pieces: &[Piece]) -> usize {
    pieces.iter().map(Piece::width).sum()
}

impl<'a> Brush<'a> {
    pub fn new(buffer: &'a mut Buffer, theme: &'a Theme, look: &Look) -> Brush<'a> {
        Brush { buffer, theme, symbols: Symbols { ascii: look.ascii }, links: Vec::new() }
    }

    /// Lets cells lead somewhere, in terminals that can follow.
    pub fn link(&mut self, place: Rect, address: String) {
        if place.width > 0 {
            self.links.push(Linked { place, address });
        }
    }

    /// Writes a text, shortened to the room; returns the cells it took.
    pub fn text(&mut self, x: u16, y: u16, room: u16, text: &str, style: Style) -> u16 {
        let area = self.buffer.area;
        if y < area.y || y >= area.bottom() || x >= area.right() {
            return 0;
        }
        let room = room.min(area.right() - x);
        let fitted = words::fit(text, usize::from(room), self.symbols.ellipsis());
        // Nothing of what was there shows through: the frame under a title, the empty part of a bar.
        let style = Style::reset().patch(style);
        let (end, _) = self.buffer.set_stringn(x, y, fitted, usize::from(room), style);
        end - x
    }

    /// Writes pieces one after the other, the last one that does not fit is shortened; returns the cells they took.
    pub fn pieces(&mut self, x: u16, y: u16, room: u16, pieces: &[Piece]) -> u16 {
        let mut at = 0;
        for piece in pieces {
            if at >= room {
                break;
            }
            let style = self.theme.style(piece.meaning).patch(piece.style);
            let wide = piece.width();
            let shortened = wide > usize::from(room - at);
            at += self.text(x + at, y, room - at, &piece.text, style);
            if shortened {
                break;
            }
        }
        at
    }

    /// Writes a line with a left and a right part. The right one stands; the left one gives way.
    pub fn line(&mut self, place: Rect, y: u16, left: &[Piece], right: &[Piece]) {
        let right_width = (width_of(right) as u16).min(place.width);
        let gap = u16::from(right_width > 0);
        self.pieces(place.x, y, place.width.saturating_sub(right_width + gap), left);
        self.pieces(place.right() - right_width, y, right_width, right);
    }

    /// Draws a frame with pieces on its upper edge, and returns the room inside, a cell of air left and right.
    pub fn frame(&mut self, place: Rect, meaning: Meaning, left: &[Piece], right: &[Piece]) -> Rect {
        if place.width < 4 || place.height < 2 {
            return Rect { width: 0, height: 0, ..place };
        }
        let ascii = self.symbols.ascii;
        let pick = |unicode, plain| if ascii { plain } else { unicode };
        let style = self.theme.style(meaning);
        let (last_x, last_y) = (place.right() - 1, place.bottom() - 1);
        let flat = pick("─", "-").repeat(usize::from(place.width - 2));
        let (top_left, top_right) = (pick("╭", "+"), pick("╮", "+"));
        let (low_left, low_right) = (pick("╰", "+"), pick("╯", "+"));
        self.buffer.set_string(place.x, place.y, format!("{top_left}{flat}{top_right}"), style);
        self.buffer.set_string(place.x, last_y, format!("{low_left}{flat}{low_right}"), style);
        for y in place.y + 1..last_y {
            self.buffer.set_string(place.x, y, pick("│", "|"), style);
            self.buffer.set_string(last_x, y, pick("│", "|"), style);
        }
        self.on_edge(place, place.y, left, right);
        Rect { x: place.x + 2, y: place.y + 1, width: place.width - 4, height: place.height - 2 }
    }

    /// Writes pieces on an edge of a frame, with air around them.
    pub fn on_edge(&mut self, place: Rect, y: u16, left: &[Piece], right: &[Piece]) {
        let room = place.width.saturating_sub(4);
        let right_width = width_of(right) as u16;
        let right_room = if right_width == 0 { 0 } else { right_width + 2 };
        if right_width > 0 && right_room < room {
            let x = place.right() - 2 - right_width - 1;
            self.buffer.set_string(x, y, " ".repeat(usize::from(right_room)), Style::default());
            self.pieces(x + 1, y, right_width, right);
        }
        let left_room = if right_room < room { room - right_room } else { room };
        if !left.is_empty() && left_room > 2 {
            let width = self.pieces(place.x + 2, y, left_room.saturating_sub(2), left);
            self.buffer.set_string(place.x + 1, y, " ", Style::default());
            self.buffer.set_string(place.x + 2 + width, y, " ", Style::default());
        }
    }

    /// Gives cells a style over what they have.
    pub fn tint(&mut self, place: Rect, meaning: Meaning) {
        let style = self.theme.style(meaning);
        self.buffer.set_style(place, style);
    }

    /// Draws a bar of which a share is full: what is left, not what is done.
    pub fn bar(&mut self, x: u16, y: u16, width: u16, share: f64, meaning: Meaning) {
        const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
        let eighths = (share.clamp(0.0, 1.0) * f64::from(width) * 8.0).round() as u16;
        let (full, part) = (eighths / 8, eighths % 8);
        let rest = self.theme.style(Meaning::Rest);
        let style = self.theme.style(meaning);
        if self.symbols.ascii {
            let full = full + u16::from(part >= 4);
            self.buffer.set_string(x, y, "#".repeat(usize::from(full)), style);
            self.buffer.set_string(x + full, y, ".".repeat(usize::from(width - full)), rest);
            return;
        }
        let ground = if meaning == Meaning::Still { "▒" } else { "█" };
        self.buffer.set_string(x, y, ground.repeat(usize::from(full)), style);
        self.buffer.set_string(x + full, y, "░".repeat(usize::from(width - full)), rest);
        if part > 0 && full < width {
            let tip = if meaning == Meaning::Still { "▒" } else { PARTS[usize::from(part)] };
            self.text(x + full, y, 1, tip, style);
        }
    }

    /// Empties a place.
    pub fn clear(&mut self, place: Rect) {
        for position in place.intersection(self.buffer.area).positions() {
            self.buffer[position].reset();
        }
    }

    /// Draws where in a longer list the shown part is, on the right edge of a frame.
    pub fn scroll_bar(&mut self, place: Rect, top: usize, shown: usize, all: usize) {
        if all <= shown || place.height < 4 {
            return;
        }
        let length = usize::from(place.height - 2);
        let size = (shown * length / all).max(1);
        let at = (top * (length - size) + (all - shown) / 2) / (all - shown).max(1);
        let style = self.theme.style(Meaning::Focus);
        let mark = self.symbols.pick("┃", "#");
        for step in 0..size {
            let y = place.y + 1 + (at + step).min(length - 1) as u16;
            self.buffer.set_string(place.right() - 1, y, mark, style);
        }
    }
}

/// Puts plain characters in the place of the few that words are shown with: where texts are cut, between parts.
///
/// What agents write in their own letters stays.
pub fn make_plain(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        let plain = match cell.symbol() {
            "…" => "~",
            "·" | "–" | "•" => "-",
            "↵" => "<",
            "│" => "|",
            "─" => "-",
            _ => continue,
        };
        cell.set_symbol(plain);
    }
}
