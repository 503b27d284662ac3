//! Many names sought at once, as whole words, in one pass over a text.

use std::collections::{BTreeSet, HashSet};

/// Lengths that are told apart; longer ones count as the last.
const LONGEST: usize = 63;

/// Names to seek.
pub struct Words<'a> {
    names: HashSet<&'a str>,
    /// For each first byte a bit for each length of a name: most words of a text are none of them, and are not hashed.
    shapes: Box<[u64; 256]>,
}

impl<'a> Words<'a> {
    pub fn of(names: impl IntoIterator<Item = &'a str>) -> Words<'a> {
        let names: HashSet<&str> = names.into_iter().collect();
        let mut shapes = Box::new([0; 256]);
        for name in &names {
            shapes[usize::from(name.bytes().next().unwrap_or_default())] |= 1 << name.len().min(LONGEST);
        }
        Words { names, shapes }
    }

    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Adds those of the names that are whole words of the text; `-` and `_` belong to words.
    pub fn find_in(&self, text: &str, found: &mut BTreeSet<&'a str>) {
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') || !byte.is_ascii();
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let Some(start) = bytes[at..].iter().position(|byte| is_word(*byte)) else { return };
            let start = at + start;
            let end =
                bytes[start..].iter().position(|byte| !is_word(*byte)).map_or(bytes.len(), |length| start + length);
            let word = &text[start..end];
            if word.is_ascii() {
                self.take(word, found);
            } else {
                // What is no letter in any script parts words as well.
                let parts = word.split(|c: char| !c.is_alphanumeric() && c != '-' && c != '_');
                parts.for_each(|part| self.take(part, found));
            }
            at = end;
        }
    }

    fn take(&self, word: &str, found: &mut BTreeSet<&'a str>) {
        let Some(first) = word.bytes().next() else { return };
        if self.shapes[usize::from(first)] & (1 << word.len().min(LONGEST)) != 0 {
            found.extend(self.names.get(word));
        }
    }
}

/// Returns the words of a text, one after the other; `_` belongs to words.
pub fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// Returns whether a text holds this word; see [`words_of`].
pub fn has_word(text: &str, word: &str) -> bool {
    words_of(text).any(|each| each == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_of_any_script_are_found() {
        let long = "x".repeat(80);
        let names = Words::of(["a-b", "größe", "c", "d", "", &long]);
        let mut found = BTreeSet::new();
        names.find_in(&format!("a-b.größe—c, xd dx {long}"), &mut found);
        assert_eq!(found, BTreeSet::from(["a-b", "größe", "c", &long]));
    }
}
