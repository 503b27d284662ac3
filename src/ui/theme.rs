//! Which colour a meaning has.
//!
//! Three palettes: for a dark ground, for a light one, and none at all. Each is written down in full colours, which
//! are brought down to 256 by distance, and once more by hand in sixteen, where distance would turn pastel red to
//! white. Without colours, modifiers carry what matters, and nothing is told by colour alone anyway: every state has
//! a symbol and a word.

use ratatui::style::{Color, Modifier, Style};

use crate::screen::look::{Colours, Look, Meaning, Rgb, Shade};

/// A palette, ready to be used.
#[derive(Debug, Clone)]
pub struct Theme {
    styles: Vec<Style>,
    shade: Shade,
}

impl Theme {
    pub fn of(look: &Look) -> Theme {
        let styles = Meaning::ALL
            .iter()
            .map(|meaning| {
                let style = modifiers(*meaning, look.theme);
                let own = look.own.iter().rev().find(|(other, _)| other == meaning).map(|(_, colour)| *colour);
                match (look.theme, own) {
                    (Shade::Mono, _) => style,
                    (Shade::Dark | Shade::Light, Some(colour)) => style.fg(reduced(colour, look.colours)),
                    (shade, None) => coloured(style, *meaning, shade, look.colours),
                }
            })
            .collect();
        Theme { styles, shade: look.theme }
    }

    /// Returns the style of a meaning.
    pub fn style(&self, meaning: Meaning) -> Style {
        self.styles[meaning as usize]
    }

    /// Returns a style that an agent printed, as far as this palette shows colours.
    pub fn printed(&self, style: Style) -> Style {
        match self.shade {
            Shade::Mono => Style { fg: None, bg: None, underline_color: None, ..style },
            Shade::Dark | Shade::Light => style,
        }
    }
}

fn modifiers(meaning: Meaning, shade: Shade) -> Style {
    let bold = Style::default().add_modifier(Modifier::BOLD);
    let style = match meaning {
        Meaning::Strong | Meaning::Focus | Meaning::Key | Meaning::Hot | Meaning::Bad | Meaning::Heading => bold,
        Meaning::Needs => bold,
        Meaning::Link => Style::default().add_modifier(Modifier::UNDERLINED),
        _ => Style::default(),
    };
    if shade != Shade::Mono {
        return style;
    }
    match meaning {
        Meaning::Dim | Meaning::Frame | Meaning::Rest | Meaning::Comment | Meaning::Edge => {
            style.add_modifier(Modifier::DIM)
        }
        Meaning::Needs | Meaning::ThisHit | Meaning::Selected => style.add_modifier(Modifier::REVERSED),
        Meaning::Hit => style.add_modifier(Modifier::UNDERLINED | Modifier::BOLD),
        Meaning::Warm | Meaning::High | Meaning::LitEdge | Meaning::Critical => style.add_modifier(Modifier::BOLD),
        _ => style,
    }
}

fn coloured(style: Style, meaning: Meaning, shade: Shade, colours: Colours) -> Style {
    let (foreground, background) = match (colours, shade) {
        (Colours::Ansi16, _) => sixteen(meaning, shade),
        (_, Shade::Light) => full(light(meaning), light_ground(meaning), colours),
        (_, Shade::Dark | Shade::Mono) => full(dark(meaning), dark_ground(meaning), colours),
    };
    Style { fg: foreground.or(style.fg), bg: background, ..style }
}

fn full(foreground: Option<Rgb>, background: Option<Rgb>, colours: Colours) -> (Option<Color>, Option<Color>) {
    let reduce = |colour: Rgb| reduced(colour, colours);
    (foreground.map(reduce), background.map(reduce))
}

/// `None`: the terminal's own colour.
fn dark(meaning: Meaning) -> Option<Rgb> {
    let colour = match meaning {
        Meaning::Text | Meaning::Selected => return None,
        Meaning::Dim => Rgb(0x86, 0x8e, 0x9c),
        Meaning::Strong => Rgb(0xee, 0xf0, 0xf4),
        Meaning::Frame => Rgb(0x4a, 0x51, 0x60),
        Meaning::Focus => Rgb(0x8a, 0xb4, 0xf8),
        Meaning::Needs => Rgb(0xff, 0x9e, 0xf5),
        Meaning::Key => Rgb(0x8a, 0xb4, 0xf8),
        Meaning::Running => Rgb(0x7d, 0xd3, 0xc0),
        Meaning::Calm => Rgb(0x5f, 0xb3, 0xa1),
        Meaning::Warm => Rgb(0xf2, 0xb8, 0x5b),
        Meaning::Hot => Rgb(0xff, 0x7a, 0x5c),
        Meaning::Still => Rgb(0xa9, 0xa1, 0xe8),
        Meaning::Rest => Rgb(0x33, 0x39, 0x45),
        Meaning::Waiting => Rgb(0xa6, 0xad, 0xba),
        Meaning::Good => Rgb(0x8f, 0xd1, 0x6f),
        Meaning::Half => Rgb(0xe3, 0xc5, 0x6b),
        Meaning::Bad => Rgb(0xff, 0x6b, 0x6b),
        Meaning::High => Rgb(0xff, 0x9d, 0x6e),
        Meaning::Heading => Rgb(0x9c, 0xc4, 0xff),
        Meaning::Emphasis => Rgb(0xff, 0xff, 0xff),
        Meaning::Code => Rgb(0xc9, 0xd4, 0xb8),
        Meaning::Keyword => Rgb(0xc7, 0x9b, 0xf0),
        Meaning::Literal => Rgb(0xd9, 0xb8, 0x7f),
        Meaning::Comment => Rgb(0x86, 0x8e, 0x9c),
        Meaning::Link => Rgb(0x7c, 0xb7, 0xe8),
        Meaning::Hit | Meaning::ThisHit => Rgb(0x10, 0x12, 0x16),
        Meaning::Edge => Rgb(0x5c, 0x64, 0x75),
        Meaning::LitEdge => Rgb(0x8a, 0xb4, 0xf8),
        Meaning::Critical => Rgb(0xd8, 0xa6, 0x57),
    };
    Some(colour)
}

fn dark_ground(meaning: Meaning) -> Option<Rgb> {
    match meaning {
        Meaning::Selected => Some(Rgb(0x2b, 0x34, 0x45)),
        Meaning::Hit => Some(Rgb(0xb8, 0x9a, 0x4a)),
        Meaning::ThisHit => Some(Rgb(0xff, 0xd8, 0x5c)),
        _ => None,
    }
}

fn light(meaning: Meaning) -> Option<Rgb> {
    let colour = match meaning {
        Meaning::Text | Meaning::Selected => return None,
        Meaning::Dim => Rgb(0x6a, 0x72, 0x80),
        Meaning::Strong => Rgb(0x10, 0x14, 0x1c),
        Meaning::Frame => Rgb(0xb4, 0xba, 0xc6),
        Meaning::Focus => Rgb(0x1a, 0x56, 0xc4),
        Meaning::Needs => Rgb(0xa8, 0x12, 0x98),
        Meaning::Key => Rgb(0x1a, 0x56, 0xc4),
        Meaning::Running => Rgb(0x0b, 0x6e, 0x5c),
        Meaning::Calm => Rgb(0x1f, 0x8a, 0x74),
        Meaning::Warm => Rgb(0x9a, 0x5b, 0x00),
        Meaning::Hot => Rgb(0xc2, 0x33, 0x10),
        Meaning::Still => Rgb(0x5a, 0x4b, 0xb8),
        Meaning::Rest => Rgb(0xdd, 0xe1, 0xe8),
        Meaning::Waiting => Rgb(0x56, 0x5e, 0x6c),
        Meaning::Good => Rgb(0x2d, 0x74, 0x12),
        Meaning::Half => Rgb(0x7d, 0x60, 0x00),
        Meaning::Bad => Rgb(0xb8, 0x14, 0x14),
        Meaning::High => Rgb(0xae, 0x45, 0x08),
        Meaning::Heading => Rgb(0x12, 0x45, 0xa0),
        Meaning::Emphasis => Rgb(0x00, 0x00, 0x00),
        Meaning::Code => Rgb(0x3f, 0x55, 0x22),
        Meaning::Keyword => Rgb(0x7a, 0x2f, 0xb0),
        Meaning::Literal => Rgb(0x8a, 0x52, 0x08),
        Meaning::Comment => Rgb(0x6a, 0x72, 0x80),
        Meaning::Link => Rgb(0x0f, 0x5c, 0x9e),
        Meaning::Hit | Meaning::ThisHit => Rgb(0x10, 0x12, 0x16),
        Meaning::Edge => Rgb(0xa2, 0xa9, 0xb6),
        Meaning::LitEdge => Rgb(0x1a, 0x56, 0xc4),
        Meaning::Critical => Rgb(0x9a, 0x5b, 0x00),
    };
    Some(colour)
}

fn light_ground(meaning: Meaning) -> Option<Rgb> {
    match meaning {
        Meaning::Selected => Some(Rgb(0xd6, 0xe2, 0xf7)),
        Meaning::Hit => Some(Rgb(0xf0, 0xdc, 0x96)),
        Meaning::ThisHit => Some(Rgb(0xff, 0xc4, 0x2e)),
        _ => None,
    }
}

fn sixteen(meaning: Meaning, shade: Shade) -> (Option<Color>, Option<Color>) {
    let light = shade == Shade::Light;
    let pick = |on_dark, on_light| Some(if light { on_light } else { on_dark });
    let foreground = match meaning {
        Meaning::Text | Meaning::Strong | Meaning::Emphasis => None,
        Meaning::Dim | Meaning::Frame | Meaning::Rest | Meaning::Comment | Meaning::Edge => {
            pick(Color::DarkGray, Color::DarkGray)
        }
        Meaning::Focus | Meaning::Key | Meaning::Heading | Meaning::Link | Meaning::LitEdge => {
            pick(Color::LightBlue, Color::Blue)
        }
        Meaning::Needs | Meaning::Keyword => pick(Color::LightMagenta, Color::Magenta),
        Meaning::Running | Meaning::Calm => pick(Color::Cyan, Color::Cyan),
        Meaning::Warm | Meaning::Half | Meaning::Literal | Meaning::Critical => pick(Color::Yellow, Color::Yellow),
        Meaning::Hot | Meaning::Bad | Meaning::High => pick(Color::LightRed, Color::Red),
        Meaning::Still => pick(Color::Magenta, Color::Magenta),
        Meaning::Waiting => pick(Color::Gray, Color::DarkGray),
        Meaning::Good | Meaning::Code => pick(Color::Green, Color::Green),
        Meaning::Hit | Meaning::ThisHit => Some(Color::Black),
        Meaning::Selected => pick(Color::White, Color::Black),
    };
    let background = match meaning {
        Meaning::Hit => Some(Color::Yellow),
        Meaning::ThisHit => Some(Color::LightYellow),
        Meaning::Selected => pick(Color::Blue, Color::Gray),
        _ => None,
    };
    (foreground, background)
}

fn reduced(colour: Rgb, colours: Colours) -> Color {
    let Rgb(red, green, blue) = colour;
    match colours {
        Colours::True => Color::Rgb(red, green, blue),
        Colours::Ansi256 | Colours::Ansi16 => Color::Indexed(nearest_of_256(colour)),
    }
}

/// Returns the nearest of the colour cube and the greys of a 256-colour terminal.
fn nearest_of_256(Rgb(red, green, blue): Rgb) -> u8 {
    const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let step = |value: u8| (0..6u8).min_by_key(|at| STEPS[usize::from(*at)].abs_diff(value)).unwrap_or(0);
    let (r, g, b) = (step(red), step(green), step(blue));
    let distance = |r: u8, g: u8, b: u8| {
        let square = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
        square(r, red) + square(g, green) + square(b, blue)
    };
    let cube = distance(STEPS[usize::from(r)], STEPS[usize::from(g)], STEPS[usize::from(b)]);
    let mean = ((u16::from(red) + u16::from(green) + u16::from(blue)) / 3) as u8;
    let grey = (mean.saturating_sub(3) / 10).min(23);
    let value = 8 + grey * 10;
    if distance(value, value, value) < cube { 232 + grey } else { 16 + 36 * r + 6 * g + b }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_come_down_to_the_nearest_of_256() {
        assert_eq!(nearest_of_256(Rgb(255, 0, 0)), 196);
        assert_eq!(nearest_of_256(Rgb(0x86, 0x8e, 0x9c)), 246);
        assert_eq!(nearest_of_256(Rgb(0, 0, 0)), 16);
    }

    #[test]
    fn without_colours_modifiers_are_left() {
        let look = Look { theme: Shade::Mono, ..Look::default() };
        let theme = Theme::of(&look);
        for meaning in Meaning::ALL {
            assert_eq!((theme.style(*meaning).fg, theme.style(*meaning).bg), (None, None));
        }
        assert!(theme.style(Meaning::Selected).add_modifier.contains(Modifier::REVERSED));
    }
}
