//! Bytes become the text that the author meant: UTF-16 and Windows-1252 are decoded, a byte order mark goes, line
//! ends become `\n`, and UTF-8 that was read as Windows-1252 and saved again is made whole.

use std::borrow::Cow;

/// Returns the text of a file: UTF-8, UTF-16 with a byte order mark, or else Windows-1252.
pub fn decode(bytes: &[u8]) -> String {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        char::decode_utf16(units).map(|read| read.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    match bytes {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => bytes.iter().map(|byte| from_windows_1252(*byte)).collect(),
        },
    }
}

/// A text with plain line ends; `repaired` when double encoding was undone.
pub(super) struct Normal {
    pub text: String,
    pub repaired: bool,
}

/// Returns the text without byte order mark, with `\n` at every line end, and with double encoding undone.
pub(super) fn normalise(text: &str) -> Normal {
    let mut text = text.strip_prefix('\u{FEFF}').unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n");
    let mut repaired = false;
    // Text that went through the wrong door twice has been met; a third time has not.
    for _ in 0..2 {
        match undo_double_encoding(&text) {
            Cow::Borrowed(_) => break,
            Cow::Owned(whole) => (text, repaired) = (whole, true),
        }
    }
    if let Some(rest) = text.strip_prefix('\u{FEFF}') {
        text = rest.to_owned();
    }
    text.retain(is_shown);
    Normal { text: without_outer_fence(text), repaired }
}

/// A plan may come with any repository: what steers a terminal, or turns the direction of a line, is no part of it.
fn is_shown(c: char) -> bool {
    let turns = matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    matches!(c, '\n' | '\t') || !(c.is_control() || turns)
}

/// Blanks the fence around a whole plan: copied out of a chat, it often comes in one.
fn without_outer_fence(text: String) -> String {
    let plan = text.trim();
    let Some(fence) = ["````", "```", "~~~"].into_iter().find(|fence| plan.starts_with(fence)) else { return text };
    let Some((opening, inner)) = plan.split_once('\n') else { return text };
    let language = opening.trim_start_matches(['`', '~']).trim();
    let fences = inner.lines().filter(|line| line.trim_start().starts_with(fence)).count();
    // Those inside come in pairs, so that with the last one their number is odd.
    if !matches!(language, "" | "md" | "markdown") || !plan.ends_with(fence) || fences % 2 == 0 {
        return text;
    }
    let before = text.len() - text.trim_start().len();
    format!("{}\n{}", &text[..before], inner.strip_suffix(fence).unwrap_or(inner))
}

/// Replaces every run of characters that is UTF-8 read as Windows-1252 by what it was.
///
/// A run that is no valid UTF-8 stays as it is: a lone `é` is an `é`.
fn undo_double_encoding(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut whole = String::with_capacity(text.len());
    let mut run: Vec<u8> = Vec::new();
    let mut run_start = 0;
    let mut changed = false;
    for (at, c) in text.char_indices() {
        let byte = if c.is_ascii() { None } else { to_windows_1252(c) };
        match byte {
            Some(byte) => {
                if run.is_empty() {
                    run_start = at;
                }
                run.push(byte);
            }
            None => {
                changed |= close_run(&mut run, &text[run_start.min(at)..at], &mut whole);
                whole.push(c);
                run_start = at + c.len_utf8();
            }
        }
    }
    changed |= close_run(&mut run, &text[run_start..], &mut whole);
    if changed { Cow::Owned(whole) } else { Cow::Borrowed(text) }
}

/// Appends the run as it was meant, or else as it stands; returns whether they differ.
fn close_run(run: &mut Vec<u8>, as_written: &str, whole: &mut String) -> bool {
    if run.is_empty() {
        return false;
    }
    // No text means a control character; the five bytes without one come up on the way back from two wrong doors.
    let may_be = |c: char| !c.is_control() || HIGH.contains(&c);
    let meant = std::str::from_utf8(run).ok().filter(|meant| meant.chars().all(may_be));
    whole.push_str(meant.unwrap_or(as_written));
    let changed = meant.is_some();
    run.clear();
    changed
}

/// The characters of the bytes 0x80 to 0x9F; five bytes have none and stand for themselves.
const HIGH: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8D}', 'Ž', '\u{8F}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9D}', 'ž', 'Ÿ',
];

fn from_windows_1252(byte: u8) -> char {
    match byte {
        0x80..=0x9F => HIGH[usize::from(byte) - 0x80],
        _ => char::from(byte),
    }
}

fn to_windows_1252(c: char) -> Option<u8> {
    let low = u8::try_from(u32::from(c)).ok();
    match HIGH.iter().position(|high| *high == c) {
        Some(index) => u8::try_from(index + 0x80).ok(),
        None => low.filter(|byte| !(0x80..=0x9F).contains(byte)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_no_part_of_a_plan() {
        assert_eq!(normalise("a\u{1b}[31mb\0\u{9b}\u{202e}c\td\n").text, "a[31mbc\td\n");
    }

    #[test]
    fn a_fence_around_the_whole_plan_is_blanked() {
        assert_eq!(normalise("```markdown\n# Plan\n- a: b\n```\n").text, "\n# Plan\n- a: b\n");
        let two = "```sh\nmake\n```\ntext\n```sh\nmake\n```";
        assert_eq!(normalise(two).text, two);
    }

    #[test]
    fn text_read_as_windows_1252_and_saved_again_is_made_whole() {
        let meant = "# 🎯 Plan ✅ → “done” – café";
        let wrong: String = meant.bytes().map(from_windows_1252).collect();
        assert_ne!(wrong, meant);
        assert_eq!(normalise(&wrong).text, meant);
        assert!(normalise(&wrong).repaired);
        let twice: String = wrong.bytes().map(from_windows_1252).collect();
        assert_eq!(normalise(&twice).text, meant);
    }

    #[test]
    fn text_that_is_right_stays() {
        for text in ["café – “naïve” …", "🎯 ✅ 審査", "Â", "plain"] {
            assert_eq!(normalise(text).text, text);
            assert!(!normalise(text).repaired);
        }
    }

    #[test]
    fn every_usual_file_encoding_is_read() {
        assert_eq!(decode("é🎯".as_bytes()), "é🎯");
        assert_eq!(decode(b"caf\xe9 \x93x\x94"), "café “x”");
        let utf16: Vec<u8> = "\u{FEFF}é🎯".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode(&utf16), "é🎯");
        assert_eq!(normalise("\u{FEFF}a\r\nb\rc").text, "a\nb\nc");
    }
}
