//! Lines become rows that fit.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::{Line, Row};

/// Appends the rows of a line: broken at spaces, within a word only if it is longer than a row.
pub fn wrap(line: &Line, at: usize, width: usize, rows: &mut Vec<Row>) {
    let text = line.text.as_str();
    let first = rows.len();
    let hang = if line.hang * 2 < width { line.hang } else { 0 };
    let (mut from, mut used, mut space) = (0, 0, None);
    for (offset, grapheme) in text.grapheme_indices(true) {
        let indent = if rows.len() == first { 0 } else { hang };
        let wide = grapheme.width();
        if used + wide > width.saturating_sub(indent) && offset > from {
            if grapheme == " " {
                // The space that does not fit is the break.
                rows.push(Row { line: at, from, to: offset, indent });
                (from, used, space) = (offset + 1, 0, None);
                continue;
            }
            let (to, next) = match space {
                Some(space) => (space, space + 1),
                None => (offset, offset),
            };
            rows.push(Row { line: at, from, to, indent });
            (from, space) = (next, None);
            used = text[from..offset].width();
        }
        if grapheme == " " && offset > from {
            space = Some(offset);
        }
        used += wide;
    }
    let indent = if rows.len() == first { 0 } else { hang };
    rows.push(Row { line: at, from: from.min(text.len()), to: text.len(), indent });
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn wrapped(text: &str, hang: usize, width: usize) -> Vec<String> {
        let line = Line { text: text.to_owned(), hang, ..Line::default() };
        let mut rows = Vec::new();
        wrap(&line, 0, width, &mut rows);
        rows.iter().map(|row| " ".repeat(row.indent) + &text[row.from..row.to]).collect()
    }

    #[test]
    fn a_line_breaks_at_spaces_and_hangs() {
        assert_eq!(wrapped("- one two three four", 2, 10), ["- one two", "  three", "  four"]);
    }

    #[test]
    fn a_word_longer_than_a_row_is_broken() {
        assert_eq!(wrapped("abcdefghijkl", 0, 5), ["abcde", "fghij", "kl"]);
    }

    proptest! {
        #[test]
        fn no_row_is_wider_than_the_room_and_no_letter_is_lost(text in "[a-z日é ]{0,80}", width in 2usize..30) {
            let rows = wrapped(&text, 0, width);
            for row in &rows {
                prop_assert!(row.width() <= width, "{:?}", rows);
            }
            let letters = |text: &str| text.chars().filter(|c| *c != ' ').collect::<String>();
            prop_assert_eq!(letters(&rows.concat()), letters(&text));
        }
    }
}
