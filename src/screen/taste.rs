//! How a person wants the screen: the `[ui]` and `[keys]` of a settings file, read with all mistakes at once.

use std::collections::BTreeMap;
use std::fmt::Write;

use chrono::FixedOffset;
use thiserror::Error;

use super::keys::{KeyMap, KeyMistake};
use super::look::{Colours, Look, Meaning, Notify, Rgb, Shade};

/// What a person wants; `None`: as the terminal can.
#[derive(Debug, Clone, PartialEq)]
pub struct Taste {
    pub theme: Option<Shade>,
    pub colours: Option<Colours>,
    pub ascii: Option<bool>,
    pub motion: bool,
    pub hints: bool,
    pub notify: Notify,
    pub mouse: bool,
    pub own: Vec<(Meaning, Rgb)>,
}

/// What the terminal can, and where the person's clock stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ground {
    /// `None`: no colours are wanted (`NO_COLOR`), or the terminal has none.
    pub colours: Option<Colours>,
    pub is_light: bool,
    /// It shows more than ASCII.
    pub unicode: bool,
    pub offset: FixedOffset,
}

/// A mistake in `[ui]` or `[keys]`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TasteMistake {
    #[error("`ui.{key}` is unknown{}", hint(near))]
    UnknownKey { key: String, near: Option<String> },
    #[error("`ui.{key}` cannot be {found}; it is {wanted}")]
    Wrong { key: String, found: String, wanted: &'static str },
    #[error("`keys.{action}` cannot be {found}; it is a key or a list of keys")]
    NoKeys { action: String, found: String },
    #[error(transparent)]
    Key(#[from] KeyMistake),
}

fn hint(near: &Option<String>) -> String {
    near.as_ref().map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

/// What `[ui]` may hold: name, what it is, what holds without it, and what it is for.
const SETTINGS: [(&str, &str, &str, &str); 8] = [
    ("theme", "`auto`, `dark`, `light` or `mono`", "\"auto\"", "colours for a dark or a light ground, or none"),
    ("colours", "`auto`, `true`, `256` or `16`", "\"auto\"", "how many colours the terminal shows"),
    ("symbols", "`auto`, `unicode` or `ascii`", "\"auto\"", "plain characters where others are not shown well"),
    ("motion", "true or false", "true", "off: clocks move in steps of ten seconds"),
    ("hints", "true or false", "true", "hints until the first key is pressed"),
    ("bell", "true or false", "false", "rings for urgent issues, questions and the end"),
    ("desktop", "true or false", "false", "notifies the desktop of the same (OSC 9 and 777)"),
    ("mouse", "true or false", "true", "click, wheel, double click; ctrl-t frees it for selecting"),
];

impl Default for Taste {
    fn default() -> Taste {
        Taste {
            theme: None,
            colours: None,
            ascii: None,
            motion: true,
            hints: true,
            notify: Notify::default(),
            mouse: true,
            own: Vec::new(),
        }
    }
}

impl Taste {
    /// Reads `[ui]` over what held before.
    ///
    /// # Errors
    /// Every mistake in it.
    pub fn read(mut self, ui: &toml::Table) -> Result<Taste, Vec<TasteMistake>> {
        let mut mistakes = Vec::new();
        for (key, value) in ui {
            if key == "palette" {
                self.read_palette(value, &mut mistakes);
                continue;
            }
            let Some((_, wanted, _, _)) = SETTINGS.iter().find(|(name, ..)| name == key) else {
                mistakes.push(TasteMistake::UnknownKey { key: key.clone(), near: nearest(key) });
                continue;
            };
            if self.set(key, value).is_none() {
                mistakes.push(TasteMistake::Wrong { key: key.clone(), found: value.to_string(), wanted });
            }
        }
        if mistakes.is_empty() { Ok(self) } else { Err(mistakes) }
    }

    fn set(&mut self, key: &str, value: &toml::Value) -> Option<()> {
        match key {
            "theme" => {
                self.theme = match value.as_str()? {
                    "auto" => None,
                    "dark" => Some(Shade::Dark),
                    "light" => Some(Shade::Light),
                    "mono" => Some(Shade::Mono),
                    _ => return None,
                }
            }
            "colours" => {
                let word =
                    value.as_integer().map_or_else(|| value.as_str().map(str::to_owned), |n| Some(n.to_string()))?;
                self.colours = match word.as_str() {
                    "auto" => None,
                    "true" => Some(Colours::True),
                    "256" => Some(Colours::Ansi256),
                    "16" => Some(Colours::Ansi16),
                    _ => return None,
                }
            }
            "symbols" => {
                self.ascii = match value.as_str()? {
                    "auto" => None,
                    "unicode" => Some(false),
                    "ascii" => Some(true),
                    _ => return None,
                }
            }
            "motion" => self.motion = value.as_bool()?,
            "hints" => self.hints = value.as_bool()?,
            "bell" => self.notify.bell = value.as_bool()?,
            "desktop" => self.notify.desktop = value.as_bool()?,
            "mouse" => self.mouse = value.as_bool()?,
            _ => return None,
        }
        Some(())
    }

    fn read_palette(&mut self, value: &toml::Value, mistakes: &mut Vec<TasteMistake>) {
        let Some(table) = value.as_table() else {
            mistakes.push(wrong("palette", value, "a table of colours by meaning"));
            return;
        };
        for (name, value) in table {
            let key = format!("palette.{name}");
            let Some(meaning) = Meaning::ALL.iter().find(|meaning| meaning.name() == name) else {
                let near = closest(name, Meaning::ALL.iter().map(|meaning| meaning.name()));
                mistakes.push(TasteMistake::UnknownKey { key, near: near.map(|near| format!("palette.{near}")) });
                continue;
            };
            match value.as_str().and_then(colour) {
                Some(colour) => self.own.push((*meaning, colour)),
                None => mistakes.push(wrong(&key, value, "a colour like `#8ab4f8`")),
            }
        }
    }

    /// Returns the look on a terminal that can so much.
    pub fn on(self, ground: Ground) -> Look {
        let by_ground = if ground.is_light { Shade::Light } else { Shade::Dark };
        let theme = match (self.theme, ground.colours) {
            (Some(theme), _) => theme,
            (None, None) => Shade::Mono,
            (None, Some(_)) => by_ground,
        };
        Look {
            on_quit: crate::settings::OnQuit::default(),
            theme,
            colours: self.colours.or(ground.colours).unwrap_or(Colours::Ansi16),
            ascii: self.ascii.unwrap_or(!ground.unicode),
            motion: self.motion,
            hints: self.hints,
            own: self.own,
            notify: self.notify,
            mouse: self.mouse,
            offset: ground.offset,
        }
    }

    /// Returns the `[ui]` section of a settings file that says what holds without it.
    pub fn default_toml() -> String {
        let mut out = String::from("[ui]\n");
        for (name, wanted, default, help) in SETTINGS {
            // Writing to a string cannot fail.
            let _ = writeln!(out, "# {name} = {default}  # {help}: {}", wanted.replace('`', ""));
        }
        out.push_str("\n[ui.palette]  # own colours by meaning, over those of the theme\n");
        for meaning in Meaning::ALL {
            let _ = writeln!(out, "# {} = \"#rrggbb\"  # {}", meaning.name(), meaning.help());
        }
        out
    }
}

/// Reads `[keys]` over the default keys.
///
/// # Errors
/// Every mistake in it.
pub fn keys(table: &toml::Table) -> Result<KeyMap, Vec<TasteMistake>> {
    let mut mistakes = Vec::new();
    let mut own = BTreeMap::new();
    for (action, value) in table {
        let list = match value {
            toml::Value::String(key) => Some(vec![key.clone()]),
            toml::Value::Array(keys) => keys.iter().map(|key| key.as_str().map(str::to_owned)).collect(),
            _ => None,
        };
        match list {
            Some(list) => {
                own.insert(action.clone(), list);
            }
            None => mistakes.push(TasteMistake::NoKeys { action: action.clone(), found: value.to_string() }),
        }
    }
    match KeyMap::with(&own) {
        Ok(map) if mistakes.is_empty() => Ok(map),
        Ok(_) => Err(mistakes),
        Err(more) => {
            mistakes.extend(more.into_iter().map(TasteMistake::from));
            Err(mistakes)
        }
    }
}

fn wrong(key: &str, value: &toml::Value, wanted: &'static str) -> TasteMistake {
    TasteMistake::Wrong { key: key.to_owned(), found: value.to_string(), wanted }
}

fn nearest(key: &str) -> Option<String> {
    closest(key, SETTINGS.iter().map(|(name, ..)| *name))
}

fn closest<'a>(key: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    known
        .map(|known| (strsim::normalized_damerau_levenshtein(key, known), known))
        .filter(|(near, _)| *near > 0.6)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known.to_owned())
}

fn colour(written: &str) -> Option<Rgb> {
    let digits = written.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
    let part = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok();
    Some(Rgb(part(0)?, part(2)?, part(4)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUND: Ground = Ground {
        colours: Some(Colours::True),
        is_light: false,
        unicode: true,
        offset: FixedOffset::east_opt(0).expect("no offset"),
    };

    fn table(text: &str) -> toml::Table {
        text.parse().expect("right TOML")
    }

    #[test]
    fn what_a_person_wants_goes_before_what_the_terminal_can() {
        let ui = table("theme = 'light'\ncolours = 16\nsymbols = 'ascii'\nbell = true\n[palette]\nbad = '#ff0000'");
        let look = Taste::default().read(&ui).expect("no mistake").on(GROUND);
        assert_eq!((look.theme, look.colours, look.ascii), (Shade::Light, Colours::Ansi16, true));
        assert!(look.notify.bell);
        assert_eq!(look.own, [(Meaning::Bad, Rgb(255, 0, 0))]);
    }

    #[test]
    fn left_alone_the_screen_suits_the_terminal() {
        let look = |ground| Taste::default().on(ground);
        assert_eq!(look(GROUND).theme, Shade::Dark);
        assert_eq!(look(Ground { is_light: true, ..GROUND }).theme, Shade::Light);
        assert_eq!(look(Ground { colours: None, ..GROUND }).theme, Shade::Mono);
        assert!(look(Ground { unicode: false, ..GROUND }).ascii);
    }

    #[test]
    fn all_mistakes_are_told_at_once() {
        let ui = table("them = 'dark'\ncolours = 17\nmotion = 'no'\n[palette]\nbda = '#ff0000'\ngood = 'green'");
        let told: Vec<String> = Taste::default().read(&ui).unwrap_err().iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "`ui.colours` cannot be 17; it is `auto`, `true`, `256` or `16`",
                "`ui.motion` cannot be \"no\"; it is true or false",
                "`ui.palette.bda` is unknown; did you mean `palette.bad`?",
                "`ui.palette.good` cannot be \"green\"; it is a colour like `#8ab4f8`",
                "`ui.them` is unknown; did you mean `theme`?",
            ]
        );
        let told: Vec<String> =
            keys(&table("pause = 3\nresmue = 'p'")).unwrap_err().iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "`keys.pause` cannot be 3; it is a key or a list of keys",
                "`resmue` is no action; did you mean `resume`?",
            ]
        );
    }

    #[test]
    fn the_default_settings_that_are_printed_are_those_that_hold() {
        let uncommented = |text: &str| -> toml::Table {
            let lines = text.lines().map(|line| line.strip_prefix("# ").unwrap_or(line));
            let text: Vec<&str> = lines.take_while(|line| !line.starts_with("[ui.palette]")).collect();
            table(&text.join("\n"))
        };
        let ui = uncommented(&Taste::default_toml());
        let read = Taste::default().read(ui["ui"].as_table().expect("a table")).expect("no mistake");
        assert_eq!(read, Taste::default());
        let own = uncommented(&KeyMap::default_toml());
        let read = keys(own["keys"].as_table().expect("a table")).expect("no mistake");
        assert_eq!(read.markdown(), KeyMap::default().markdown());
    }
}
