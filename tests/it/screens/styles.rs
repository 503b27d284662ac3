//! Which parts of the screen have which colours, in both themes and without any.

use std::fmt::Write;

use quintet::screen::look::{Colours, Look, Shade};
use ratatui::buffer::Buffer;
use ratatui::style::Style;

use super::world::{World, plan};

/// The first lines of a screen, a row for every stretch of one style.
fn styles(buffer: &Buffer, lines: u16) -> String {
    let mut out = String::new();
    for y in 0..lines {
        let mut stretch = String::new();
        let mut style = Style::default();
        for x in 0..=buffer.area.width {
            let here = (x < buffer.area.width).then(|| &buffer[(x, y)]);
            let of = here.map(|cell| Style::new().fg(cell.fg).bg(cell.bg).add_modifier(cell.modifier));
            if of != Some(style) {
                if !stretch.trim().is_empty() {
                    let (fg, bg, bold) = (style.fg, style.bg, style.add_modifier);
                    let shown =
                        |colour: Option<ratatui::style::Color>| colour.map_or("-".to_owned(), |it| it.to_string());
                    writeln!(out, "{y:>2} {:<40} {} {} {bold:?}", stretch.trim(), shown(fg), shown(bg))
                        .expect("a string");
                }
                stretch.clear();
                style = of.unwrap_or_default();
            }
            stretch.push_str(here.map_or("", |cell| cell.symbol()));
        }
    }
    out
}

fn styled(look: Look) -> String {
    let mut world = World::of(plan(), look, (80, 24)).and_busy();
    world.press("2");
    styles(&world.buffer(), 13)
}

#[test]
fn colours_tell_states_and_urgency_on_a_dark_ground() {
    insta::assert_snapshot!(styled(Look::default()));
}

#[test]
fn sixteen_colours_are_chosen_by_hand() {
    insta::assert_snapshot!(styled(Look { colours: Colours::Ansi16, theme: Shade::Light, ..Look::default() }));
}

#[test]
fn without_colours_weight_and_reverse_tell_the_same() {
    let shown = styled(Look { theme: Shade::Mono, ..Look::default() });
    assert!(!shown.contains('#'), "{shown}");
    insta::assert_snapshot!(shown);
}
