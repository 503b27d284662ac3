//! Links: to a file and a line of it, wherever a text names one, and to the web.

use std::sync::LazyLock;

use regex::Regex;

use super::{Link, Page};
use crate::screen::look::Meaning;

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Relative to the project or to the document, as written.
    File {
        path: String,
        line: Option<u32>,
    },
    Web(String),
}

/// `internal/auth/auth.go:88`, with an optional column.
static PLACE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?:[\w.@+-]*/)*[\w.@+-]*\w\.?\w+:[1-9]\d{0,6}\b").expect("the pattern is right"));

impl Target {
    /// Returns the target of a link as written: a web address, or a file with an optional line.
    pub fn parse(written: &str) -> Option<Target> {
        if written.starts_with("http://") || written.starts_with("https://") {
            return Some(Target::Web(written.to_owned()));
        }
        if written.is_empty() || written.starts_with('#') || written.contains("://") || written.starts_with("mailto:") {
            return None;
        }
        let written = written.strip_prefix("./").unwrap_or(written);
        let numbered = |mark: &str| {
            let (path, line) = written.rsplit_once(mark)?;
            Some(Target::File { path: path.to_owned(), line: Some(line.parse().ok()?) })
        };
        let whole = Target::File { path: written.split('#').next().unwrap_or(written).to_owned(), line: None };
        Some(numbered("#L").or_else(|| numbered(":")).unwrap_or(whole))
    }
}

impl Page {
    /// Makes links of the places that the text names and that are none yet.
    pub(super) fn find_files(&mut self) {
        for (at, line) in self.lines.iter_mut().enumerate() {
            if !line.text.contains(':') {
                continue;
            }
            let found: Vec<(usize, usize)> = PLACE
                .find_iter(&line.text)
                .map(|hit| (hit.start(), hit.end()))
                .filter(|(from, to)| looks_like_a_file(&line.text[*from..*to]))
                .collect();
            for (from, to) in found {
                let taken = self.links.iter().any(|link| link.line == at && link.from < to && from < link.to);
                if let (false, Some(target)) = (taken, Target::parse(&line.text[from..to])) {
                    line.remark(from, to, Meaning::Link);
                    self.links.push(Link { line: at, from, to, target });
                }
            }
        }
        self.links.sort_by_key(|link| (link.line, link.from));
    }
}

/// A name before the colon that has letters and an extension or a folder; `12:30:15` and `localhost:80` have not.
fn looks_like_a_file(place: &str) -> bool {
    let Some((path, _)) = place.rsplit_once(':') else { return false };
    let file = path.rsplit('/').next().unwrap_or(path);
    let has_extension = file.rsplit_once('.').is_some_and(|(stem, extension)| {
        !stem.is_empty() && extension.starts_with(|c: char| c.is_ascii_alphabetic()) && extension.len() <= 12
    });
    has_extension || path.contains('/') || matches!(file, "Dockerfile" | "Makefile" | "Containerfile")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::page::Format;

    fn targets(text: &str) -> Vec<String> {
        let page = Page::read(text.as_bytes(), &Format::Log, 80, false, false);
        page.links.iter().map(|link| page.lines[link.line].text[link.from..link.to].to_owned()).collect()
    }

    #[test]
    fn a_file_with_a_line_is_a_link() {
        assert_eq!(
            targets("see internal/spanner/repository.go:88, Dockerfile:3 and (auth.go:12)"),
            ["internal/spanner/repository.go:88", "Dockerfile:3", "auth.go:12"]
        );
    }

    #[test]
    fn times_and_ports_are_no_links() {
        assert_eq!(targets("at 12:30:15 localhost:8080 note:3"), Vec::<String>::new());
    }

    #[test]
    fn a_written_link_may_name_its_line_in_two_ways() {
        let file = |path: &str, line| Some(Target::File { path: path.to_owned(), line });
        assert_eq!(Target::parse("src/a.rs#L12"), file("src/a.rs", Some(12)));
        assert_eq!(Target::parse("./src/a.rs:12"), file("src/a.rs", Some(12)));
        assert_eq!(Target::parse("a.md#part"), file("a.md", None));
        assert_eq!(Target::parse("https://example.com"), Some(Target::Web("https://example.com".to_owned())));
        assert_eq!(Target::parse("#part"), None);
    }
}
