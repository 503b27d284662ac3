//! The screen as a picture: cells become an SVG that any browser shows alike.

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use crate::screen::look::Shade;
use crate::screen::words;

/// Size of a cell in the picture.
const WIDTH: f32 = 8.4;
const HEIGHT: f32 = 18.0;
const MARGIN: f32 = 14.0;

/// Returns the buffer as an SVG on the ground that the theme is made for.
pub fn svg(buffer: &Buffer, shade: Shade) -> String {
    let (ground, ink) = match shade {
        Shade::Dark | Shade::Mono => ("#15181e", "#d5d9e0"),
        Shade::Light => ("#fbfbfc", "#20242c"),
    };
    let area = buffer.area;
    let (width, height) = (f32::from(area.width) * WIDTH, f32::from(area.height) * HEIGHT);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w:.0} {h:.0}\" width=\"{w:.0}\" height=\"{h:.0}\" \
         font-family=\"'JetBrains Mono','DejaVu Sans Mono',Menlo,Consolas,monospace\" font-size=\"14\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{ground}\"/>\n",
        w = width + 2.0 * MARGIN,
        h = height + 2.0 * MARGIN,
    );
    for y in 0..area.height {
        let mut x = 0;
        while x < area.width {
            let cell = &buffer[(area.x + x, area.y + y)];
            let same = |at: u16| alike(cell, &buffer[(area.x + at, area.y + y)]);
            let end = (x + 1..area.width).find(|at| !same(*at)).unwrap_or(area.width);
            let mut text = String::new();
            let mut at = x;
            while at < end {
                let symbol = buffer[(area.x + at, area.y + y)].symbol();
                text.push_str(symbol);
                at += (words::width(symbol) as u16).max(1);
            }
            draw_run(&mut out, cell, &text, (x, y, end - x), (ground, ink));
            x = end;
        }
    }
    out.push_str("</svg>\n");
    out
}

fn alike(one: &Cell, other: &Cell) -> bool {
    (one.fg, one.bg, one.modifier) == (other.fg, other.bg, other.modifier)
}

/// Draws neighbouring cells of one style.
fn draw_run(out: &mut String, cell: &Cell, text: &str, (x, y, cells): (u16, u16, u16), (ground, ink): (&str, &str)) {
    let mut front = hex(cell.fg).unwrap_or_else(|| ink.to_owned());
    let mut back = hex(cell.bg);
    if cell.modifier.contains(Modifier::REVERSED) {
        let behind = back.unwrap_or_else(|| ground.to_owned());
        back = Some(std::mem::replace(&mut front, behind));
    }
    let (left, top) = (MARGIN + f32::from(x) * WIDTH, MARGIN + f32::from(y) * HEIGHT);
    let wide = f32::from(cells) * WIDTH;
    if let Some(back) = back {
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{wide:.1}\" height=\"{HEIGHT}\" fill=\"{back}\"/>"
        );
    }
    if text.trim().is_empty() {
        return;
    }
    let mut style = String::new();
    if cell.modifier.contains(Modifier::BOLD) {
        style.push_str(" font-weight=\"bold\"");
    }
    if cell.modifier.contains(Modifier::ITALIC) {
        style.push_str(" font-style=\"italic\"");
    }
    if cell.modifier.contains(Modifier::UNDERLINED) {
        style.push_str(" text-decoration=\"underline\"");
    }
    if cell.modifier.contains(Modifier::DIM) {
        style.push_str(" opacity=\"0.6\"");
    }
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let baseline = top + HEIGHT * 0.74;
    let _ = writeln!(
        out,
        "<text x=\"{left:.1}\" y=\"{baseline:.1}\" textLength=\"{wide:.1}\" lengthAdjust=\"spacingAndGlyphs\" \
         xml:space=\"preserve\" fill=\"{front}\"{style}>{text}</text>"
    );
}

fn hex(colour: Color) -> Option<String> {
    let (red, green, blue) = match colour {
        Color::Reset => return None,
        Color::Rgb(red, green, blue) => (red, green, blue),
        Color::Black => (0x1c, 0x1f, 0x26),
        Color::Red => (0xc2, 0x33, 0x33),
        Color::Green => (0x4e, 0x9a, 0x3a),
        Color::Yellow => (0xc4, 0xa0, 0x28),
        Color::Blue => (0x34, 0x65, 0xc4),
        Color::Magenta => (0x9a, 0x4f, 0xb0),
        Color::Cyan => (0x2a, 0x9d, 0x9d),
        Color::Gray => (0xc8, 0xcc, 0xd2),
        Color::DarkGray => (0x70, 0x76, 0x82),
        Color::LightRed => (0xff, 0x6b, 0x6b),
        Color::LightGreen => (0x8f, 0xd1, 0x6f),
        Color::LightYellow => (0xff, 0xd8, 0x5c),
        Color::LightBlue => (0x8a, 0xb4, 0xf8),
        Color::LightMagenta => (0xff, 0x9e, 0xf5),
        Color::LightCyan => (0x7d, 0xd3, 0xc0),
        Color::White => (0xff, 0xff, 0xff),
        Color::Indexed(index) => of_256(index),
    };
    Some(format!("#{red:02x}{green:02x}{blue:02x}"))
}

fn of_256(index: u8) -> (u8, u8, u8) {
    const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    match index {
        0..16 => (0x80, 0x80, 0x80),
        16..232 => {
            let cube = index - 16;
            let step = |n: u8| STEPS[usize::from(n % 6)];
            (step(cube / 36), step(cube / 6), step(cube))
        }
        232.. => {
            let grey = 8 + (index - 232) * 10;
            (grey, grey, grey)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    #[test]
    fn a_picture_has_a_text_for_every_style_and_escapes_what_it_must() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 8, 1));
        buffer.set_string(0, 0, "a<b", Style::default().fg(Color::Rgb(1, 2, 3)));
        buffer.set_string(4, 0, "up", Style::default().add_modifier(Modifier::REVERSED));
        let picture = svg(&buffer, Shade::Dark);
        assert!(picture.contains("fill=\"#010203\">a&lt;b</text>"), "{picture}");
        assert!(picture.contains("fill=\"#15181e\">up</text>"), "{picture}");
        assert_eq!(picture.matches("<text").count(), 2);
    }
}
