//! How the screen looks for this person: their config file, the project's, and what the terminal can.

use std::path::Path;
use std::time::Duration;

use terminal_colorsaurus::{QueryOptions, ThemeMode, theme_mode};

use super::{Refusal, project};
use crate::screen::look::Colours;
use crate::screen::taste::{Ground, Taste, TasteMistake, keys};
use crate::shell::begin::View;

/// Longer than a terminal takes to say its colours, also over a slow line.
const ANSWER_WITHIN: Duration = Duration::from_millis(100);

/// Returns the screen as this person wants it. What the project wants goes first, their own over it.
pub fn view(folder: &Path) -> Result<View, Refusal> {
    let (projects, users, _) = project::settings(folder)?;
    let mut mistakes: Vec<TasteMistake> = Vec::new();
    let mut taste = Taste::default();
    for ui in [&projects.ui, &users.ui] {
        match taste.clone().read(ui) {
            Ok(read) => taste = read,
            Err(more) => mistakes.extend(more),
        }
    }
    let mut own = projects.keys.clone();
    own.extend(users.keys.clone());
    let map = keys(&own).unwrap_or_else(|more| {
        mistakes.extend(more);
        crate::screen::keys::KeyMap::default()
    });
    if !mistakes.is_empty() {
        let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        return Err(Refusal::Refused(told.join("\n")));
    }
    let ground = ground(taste.theme.is_none());
    Ok(View::Screen(Box::new(taste.on(ground)), Box::new(map)))
}

/// Returns what the terminal can; `ask`: also whether its ground is light.
fn ground(ask: bool) -> Ground {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let term = set("TERM").unwrap_or_default();
    let colours = match set("COLORTERM").as_deref() {
        _ if set("NO_COLOR").is_some() || term == "dumb" => None,
        Some("truecolor" | "24bit") => Some(Colours::True),
        _ if term.contains("256") || term.contains("kitty") || term.contains("alacritty") => Some(Colours::Ansi256),
        _ => Some(Colours::Ansi16),
    };
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| set(name)).unwrap_or_default().to_lowercase();
    let unicode = (locale.is_empty() || locale.contains("utf-8") || locale.contains("utf8")) && term != "linux";
    let is_light = ask && colours.is_some() && is_light(set("COLORFGBG").as_deref());
    Ground { colours, is_light, unicode, offset: *chrono::Local::now().offset() }
}

fn is_light(told: Option<&str>) -> bool {
    // `15;0` and `0;default;15` end in the number of the ground.
    if let Some(ground) = told.and_then(|told| told.rsplit(';').next()).and_then(|ground| ground.parse::<u8>().ok()) {
        return matches!(ground, 7 | 9..=15);
    }
    let mut options = QueryOptions::default();
    options.timeout = ANSWER_WITHIN;
    theme_mode(options).is_ok_and(|mode| mode == ThemeMode::Light)
}
