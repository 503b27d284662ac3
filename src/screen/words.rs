//! Numbers and texts as they are shown: a clock, an age, a price, a line that fits.

use std::time::Duration;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

pub use crate::plan::check::plural;

/// Returns what is left as `mm:ss` or `h:mm:ss`, rounded up: `00:00` only when it is over.
pub fn countdown(left: Duration) -> String {
    clock_of(left.as_millis().div_ceil(1000))
}

/// Returns what went by as `mm:ss` or `h:mm:ss`, rounded down.
pub fn clock(spent: Duration) -> String {
    clock_of(u128::from(spent.as_secs()))
}

fn clock_of(seconds: u128) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes:02}:{seconds:02}") }
}

/// Returns a running time as `m:ss` or `h:mm:ss`, as it stands behind a deed.
pub fn took(spent: Duration) -> String {
    let seconds = spent.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// Returns an age as a person says it: `3 s`, `4 min`, `2 h`, `5 d`.
pub fn age(spent: Duration) -> String {
    let seconds = spent.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..86400 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86400),
    }
}

/// Returns how long ago something was, roughly: `now`, `15 s ago`, `4 min ago`. It changes seldom, so that a screen
/// of them is calm.
pub fn rough_age(spent: Duration) -> String {
    match spent.as_secs() {
        0..5 => "now".to_owned(),
        seconds @ 5..60 => format!("{} s ago", seconds / 5 * 5),
        _ => format!("{} ago", age(spent)),
    }
}

/// Returns an age with its seconds: `42 s`, `4 min 02 s`, `2 h 05 min`.
pub fn long_age(spent: Duration) -> String {
    let seconds = spent.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds / 60 % 60),
    }
}

/// Returns a length of time roughly: `40 s`, `12 min`, `2 h 05 min`. It changes seldom, so that a screen of it is calm.
pub fn rough(spent: Duration) -> String {
    let minutes = spent.as_secs().div_ceil(60);
    match spent.as_secs() {
        seconds @ 0..60 => format!("{} s", seconds.div_ceil(10) * 10),
        60..3600 => format!("{minutes} min"),
        _ => format!("{} h {:02} min", minutes / 60, minutes % 60),
    }
}

/// Returns US dollars: `$0.48`, `$12`.
pub fn money(dollars: f64) -> String {
    if dollars >= 100.0 { format!("${dollars:.0}") } else { format!("${dollars:.2}") }
}

/// Returns a cap without needless digits: `$20`, `$2.50`.
pub fn cap(dollars: f64) -> String {
    if dollars.fract() == 0.0 { format!("${dollars:.0}") } else { format!("${dollars:.2}") }
}

/// Returns a count in three digits at most: `850`, `12.3k`, `1.2M`.
pub fn count(n: u64) -> String {
    match n {
        0..1_000 => n.to_string(),
        1_000..100_000 => format!("{}.{}k", n / 1_000, n % 1_000 / 100),
        100_000..1_000_000 => format!("{}k", n / 1_000),
        _ => format!("{}.{}M", n / 1_000_000, n % 1_000_000 / 100_000),
    }
}

/// Returns a size of a file: `812 B`, `3.4 kB`, `96 MB`.
pub fn bytes(n: u64) -> String {
    match n {
        0..1_000 => format!("{n} B"),
        1_000..1_000_000 => format!("{}.{} kB", n / 1_000, n % 1_000 / 100),
        1_000_000..10_000_000 => format!("{}.{} MB", n / 1_000_000, n % 1_000_000 / 100_000),
        _ => format!("{} MB", n / 1_000_000),
    }
}

/// Returns a tool's name as it fits a panel: `mcp__tavily__tavily_search` is `tavily_search`.
pub fn tool(name: &str) -> &str {
    name.strip_prefix("mcp__").and_then(|rest| rest.split_once("__")).map_or(name, |(_, tool)| tool)
}

/// Returns how many cells a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// Returns the text if it fits, else as much of it as does, with an ellipsis; at a space if one is near.
pub fn fit(text: &str, room: usize, ellipsis: &str) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    let Some(room) = room.checked_sub(ellipsis.width()) else { return String::new() };
    let mut kept = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        used += grapheme.width();
        if used > room {
            break;
        }
        kept.push_str(grapheme);
    }
    let near = kept.rfind(' ').filter(|at| kept[*at..].width() <= room / 4 && *at > 0);
    if let Some(at) = near {
        kept.truncate(at);
    }
    let trimmed = kept.trim_end_matches([' ', ',', '-', '/', ':']).len();
    if trimmed > 0 {
        kept.truncate(trimmed);
    }
    kept.push_str(ellipsis);
    kept
}

/// Returns a path that fits: its beginning goes first, since its end says which file it is.
pub fn fit_path(path: &str, room: usize, ellipsis: &str) -> String {
    if path.width() <= room {
        return path.to_owned();
    }
    let Some(room) = room.checked_sub(ellipsis.width()) else { return String::new() };
    let mut kept: Vec<&str> = Vec::new();
    let mut used = 0;
    for grapheme in path.graphemes(true).rev() {
        used += grapheme.width();
        if used > room {
            break;
        }
        kept.push(grapheme);
    }
    kept.reverse();
    format!("{ellipsis}{}", kept.concat())
}

/// Returns one line without anything a terminal could obey: escape sequences go as a whole, tabs become spaces,
/// other control characters and those that turn the direction of text are left out.
pub fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => skip_escape(&mut chars),
            '\t' => out.push_str("  "),
            '\n' | '\r' => out.push(' '),
            c if is_hostile(c) => {}
            c => out.push(c),
        }
    }
    out
}

/// Returns whether a character must never reach a terminal or would reorder what is around it.
pub fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn skip_escape(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    match chars.next() {
        // A control sequence ends with its first byte of 0x40 to 0x7e.
        Some('[') => while chars.next().is_some_and(|c| !('\u{40}'..='\u{7e}').contains(&c)) {},
        // A string (title, link, picture) ends with BEL or ESC \.
        Some(']' | 'P' | '_' | '^' | 'X') => {
            while let Some(c) = chars.next() {
                if c == '\u{7}' {
                    return;
                }
                if c == '\u{1b}' {
                    chars.next_if_eq(&'\\');
                    return;
                }
            }
        }
        Some('(' | ')' | '#' | '%') => {
            chars.next();
        }
        Some(_) | None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_countdown_shows_zero_only_when_it_is_over() {
        assert_eq!(countdown(Duration::from_secs(900)), "15:00");
        assert_eq!(countdown(Duration::from_millis(1)), "00:01");
        assert_eq!(countdown(Duration::ZERO), "00:00");
        assert_eq!(countdown(Duration::from_secs(3661)), "1:01:01");
    }

    #[test]
    fn a_text_that_does_not_fit_ends_in_an_ellipsis_at_a_word() {
        assert_eq!(fit("reading reports", 20, "…"), "reading reports");
        assert_eq!(fit("reading the reports of all", 20, "…"), "reading the reports…");
        assert_eq!(fit("internal/auth/very/long/path.go", 12, "…"), "internal/au…");
        assert_eq!(fit("日本語の文章", 7, "…"), "日本語…");
        assert_eq!(fit("abc", 0, "…"), "");
    }

    #[test]
    fn a_path_keeps_its_end() {
        assert_eq!(fit_path("internal/spanner/repository.go:88", 20, "…"), "…er/repository.go:88");
    }

    #[test]
    fn nothing_that_a_terminal_obeys_is_left() {
        assert_eq!(clean("a\u{1b}[31mred\u{1b}[0m b"), "ared b");
        assert_eq!(clean("\u{1b}]0;title\u{7}x\u{1b}]8;;http://a\u{1b}\\y"), "xy");
        assert_eq!(clean("a\tb\u{202e}c\u{0}d\u{9b}e"), "a  bcde");
        assert_eq!(clean("\u{1b}"), "");
        assert_eq!(clean("\u{1b}[999"), "");
    }

    #[test]
    fn counts_take_few_digits() {
        assert_eq!(count(850), "850");
        assert_eq!(count(12_345), "12.3k");
        assert_eq!(count(1_250_000), "1.2M");
    }
}
