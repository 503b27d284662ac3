//! Code and other plain files, with line numbers and with what the words of the language are.

use std::sync::LazyLock;

use ratatui::style::Style;
use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxReference, SyntaxSet};

use super::{Line, Page};
use crate::screen::look::Meaning;
use crate::screen::words;

/// Longer files are shown without the meaning of their words: reading it would be felt.
const LONGEST: usize = 200_000;

/// The languages that are known. Made when the first file is read, not at the start.
static LANGUAGES: LazyLock<SyntaxSet> = LazyLock::new(two_face::syntax::extra_newlines);

/// What parts of code mean, by the beginning of their scope; the first that fits counts.
static SCOPES: LazyLock<Vec<(Scope, Meaning)>> = LazyLock::new(|| {
    let pairs = [
        ("comment", Meaning::Comment),
        ("string", Meaning::Literal),
        ("constant", Meaning::Literal),
        ("keyword.operator", Meaning::Code),
        ("keyword", Meaning::Keyword),
        ("storage", Meaning::Keyword),
        ("entity.name", Meaning::Heading),
    ];
    pairs.into_iter().filter_map(|(name, meaning)| Some((Scope::new(name).ok()?, meaning))).collect()
});

/// Returns the page of a file.
pub fn page(text: &str, extension: &str) -> Page {
    let digits = text.lines().count().to_string().len();
    let mut reader = Reader::of(extension).filter(|_| text.len() <= LONGEST);
    let lines = text.lines().enumerate().map(|(at, code)| {
        let mut line = Line { source: at + 1, hang: digits + 2, ..Line::default() };
        line.push(&format!("{:>digits$}  ", at + 1), Meaning::Dim, Style::default());
        write(&mut line, code, reader.as_mut());
        line
    });
    Page { lines: lines.collect(), ..Page::default() }
}

/// Appends lines of code to a document.
pub fn block(text: &str, language: &str, source: usize, lines: &mut Vec<Line>) {
    let mut reader = Reader::of(language).filter(|_| text.len() <= LONGEST);
    for (at, code) in text.trim_end_matches('\n').split('\n').enumerate() {
        let mut line = Line { source: source + at, fixed: true, ..Line::default() };
        line.push("  ", Meaning::Text, Style::default());
        write(&mut line, code, reader.as_mut());
        lines.push(line);
    }
}

fn write(line: &mut Line, code: &str, reader: Option<&mut Reader>) {
    let shown = |part: &str| words::clean(&part.replace('\t', "    "));
    match reader {
        Some(reader) => {
            for (part, meaning) in reader.read(code) {
                line.push(&shown(part), meaning, Style::default());
            }
        }
        None => line.push(&shown(code), Meaning::Code, Style::default()),
    }
}

/// Reads one text line by line; what a line leaves open goes on in the next.
struct Reader {
    state: ParseState,
    stack: ScopeStack,
    /// The language turned out to be read wrongly.
    broken: bool,
}

impl Reader {
    fn of(language: &str) -> Option<Reader> {
        let known: &SyntaxReference = LANGUAGES.find_syntax_by_token(language)?;
        Some(Reader { state: ParseState::new(known), stack: ScopeStack::new(), broken: false })
    }

    fn read<'a>(&mut self, code: &'a str) -> Vec<(&'a str, Meaning)> {
        let line = format!("{code}\n");
        let Ok(parsed) = self.state.parse_line(&line, &LANGUAGES) else {
            self.broken = true;
            return vec![(code, Meaning::Code)];
        };
        let mut parts = Vec::new();
        let mut from = 0;
        for (at, change) in parsed {
            let at = at.min(code.len());
            if at > from {
                parts.push((&code[from..at], self.meaning()));
                from = at;
            }
            self.broken |= self.stack.apply(&change).is_err();
        }
        if from < code.len() {
            parts.push((&code[from..], self.meaning()));
        }
        parts
    }

    fn meaning(&self) -> Meaning {
        if self.broken {
            return Meaning::Code;
        }
        let of =
            |scope: &Scope| SCOPES.iter().find(|(begin, _)| begin.is_prefix_of(*scope)).map(|(_, meaning)| *meaning);
        self.stack.as_slice().iter().rev().find_map(of).unwrap_or(Meaning::Code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meanings(text: &str, extension: &str) -> Vec<(String, Meaning)> {
        let page = page(text, extension);
        let line = &page.lines[0];
        let spans = line.spans(0, line.text.len());
        spans.skip(1).map(|(text, meaning, _)| (text.trim().to_owned(), meaning)).collect()
    }

    #[test]
    fn the_words_of_a_language_have_their_meaning() {
        let found = meanings("return \"a\" // why", "go");
        let of = |text: &str| found.iter().find(|(part, _)| part.contains(text)).map(|(_, meaning)| *meaning);
        assert_eq!(of("return"), Some(Meaning::Keyword));
        assert_eq!(of("why"), Some(Meaning::Comment));
        assert_eq!(of("a"), Some(Meaning::Literal));
    }

    #[test]
    fn a_file_of_no_known_language_is_shown_as_it_is() {
        assert_eq!(meanings("what is this", "nobody-knows"), [("what is this".to_owned(), Meaning::Code)]);
    }

    #[test]
    fn nothing_of_the_code_is_lost() {
        let text = "func Price(n int) float64 {\n\treturn float64(n) * 0.5 /* a\nb */ }\n";
        let page = page(text, "go");
        let shown: Vec<&str> = page.lines.iter().map(|line| &line.text[3..]).collect();
        assert_eq!(shown, ["func Price(n int) float64 {", "    return float64(n) * 0.5 /* a", "b */ }"]);
    }
}
