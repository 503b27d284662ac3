//! The start page.

use ratatui::layout::Rect;

use super::paint::{Brush, piece};
use crate::screen::Start;
use crate::screen::layout::first_shown;
use crate::screen::look::{Look, Meaning};
use crate::screen::words;

/// Draws the start page.
pub fn draw(brush: &mut Brush<'_>, area: Rect, look: &Look, start: &Start) {
    let folder = words::fit_path(&words::clean(&start.folder), usize::from(area.width / 2), brush.symbols.ellipsis());
    let head = [piece(" quintet", Meaning::Focus), piece(format!("  {folder}"), Meaning::Text)];
    brush.line(Rect { height: 1, ..area }, area.y, &head, &[]);
    let Some(bottom) = area.bottom().checked_sub(1) else { return };
    let keys = [("enter", "does it"), ("↑↓", "select"), ("q", "leaves")];
    let mut foot = Vec::new();
    for (key, text) in keys {
        let key = match key {
            "enter" => brush.symbols.enter(),
            "↑↓" if look.ascii => "up down",
            other => other,
        };
        foot.extend([piece(format!(" {key}"), Meaning::Key), piece(format!(" {text} "), Meaning::Dim)]);
    }
    brush.pieces(area.x, bottom, area.width, &foot);
    let roomy = area.height >= 20;
    let (lines, gap) = (if roomy { 2 } else { 1 }, if roomy { 2 } else { 1 });
    let list = Rect {
        x: area.x + 1,
        y: area.y + gap,
        width: area.width.saturating_sub(2),
        height: area.height.saturating_sub(gap + 2),
    };
    let shown = usize::from(list.height / lines).max(1);
    let first = first_shown(start.at, shown, start.offers.len());
    for (row, offer) in start.offers.iter().skip(first).take(shown).enumerate() {
        let y = list.y + row as u16 * lines;
        let place = Rect { y, height: 1, ..list };
        let left =
            [piece(format!(" {}  ", offer.key), Meaning::Key), piece(words::clean(&offer.text), Meaning::Strong)];
        let detail = words::clean(&offer.detail);
        if roomy {
            let command = format!("quintet {}", offer.command.join(" "));
            let room = usize::from(list.width).saturating_sub(words::width(&offer.text) + 8);
            let right = words::fit_path(&words::clean(&command), room, brush.symbols.ellipsis());
            brush.line(place, y, &left, &[piece(right, Meaning::Dim)]);
            let below = Rect { x: list.x + 4, width: list.width.saturating_sub(4), y: y + 1, height: 1 };
            brush.line(below, y + 1, &[piece(detail, Meaning::Dim)], &[]);
        } else {
            let pieces = [&left[..], &[piece(format!("  {detail}"), Meaning::Dim)]].concat();
            brush.line(place, y, &pieces, &[]);
        }
        if first + row == start.at {
            brush.tint(Rect { height: lines.min(list.bottom().saturating_sub(y)), ..place }, Meaning::Selected);
        }
    }
}
