//! A node of a flowchart: an id, maybe a label in a shape, maybe a class.

use super::Wrong;
use super::statement::{excerpt, skip_blanks};

/// A node where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    pub id: String,
    /// With `\n` where the author breaks the line.
    pub label: Option<String>,
}

/// The shapes, longer openings first.
const SHAPES: &[(&str, &[&str])] = &[
    ("(((", &[")))"]),
    ("((", &["))"]),
    ("([", &["])"]),
    ("[[", &["]]"]),
    ("[(", &[")]"]),
    ("{{", &["}}"]),
    ("[/", &["/]", "\\]"]),
    ("[\\", &["\\]", "/]"]),
    ("[", &["]"]),
    ("(", &[")"]),
    ("{", &["}"]),
    (">", &["]"]),
];

/// Reads the node that starts at `at`; returns it and where it ends.
pub(super) fn read(text: &str, at: usize) -> Result<(Written, usize), Wrong> {
    let id_end = id_end(text, at);
    if id_end == at {
        return Err(Wrong::NoNode(excerpt(&text[at..])));
    }
    let id = text[at..id_end].to_owned();
    let mut end = id_end;
    let mut label = None;
    if let Some((open, closes)) = SHAPES.iter().find(|(open, _)| text[end..].starts_with(open)) {
        let (inside, after) = shape(text, end + open.len(), closes).ok_or_else(|| Wrong::Unclosed(id.clone()))?;
        (label, end) = (Some(inside), after);
    }
    if text[end..].starts_with("@{") {
        let close = text[end..].find('}').ok_or_else(|| Wrong::Unclosed(id.clone()))?;
        label = attribute(&text[end + 2..end + close]).or(label);
        end += close + 1;
    }
    if let Some(class) = text[end..].strip_prefix(":::") {
        end = text.len() - class.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_' || c == '-').len();
    }
    Ok((Written { id, label: label.map(|label| clean(&label)) }, end))
}

/// An id holds letters, digits, `_`, `.` and `-` where that begins no arrow.
fn id_end(text: &str, at: usize) -> usize {
    let mut chars = text[at..].char_indices().peekable();
    while let Some((offset, c)) = chars.next() {
        let next = chars.peek().map(|(_, c)| *c);
        let inside = match c {
            '-' => offset > 0 && next.is_some_and(|next| next.is_alphanumeric() || next == '_'),
            '.' | '/' => offset > 0 && next.is_some_and(char::is_alphanumeric),
            c => c.is_alphanumeric() || c == '_',
        };
        if !inside {
            return at + offset;
        }
    }
    text.len()
}

/// Reads a label up to one of the closings; one in quotes may hold brackets.
fn shape(text: &str, from: usize, closes: &[&str]) -> Option<(String, usize)> {
    let start = skip_blanks(text, from);
    if let Some(quoted) = text[start..].strip_prefix('"') {
        let length = quoted.find('"')?;
        let after = skip_blanks(text, start + 1 + length + 1);
        let close = closes.iter().find(|close| text[after..].starts_with(**close))?;
        return Some((quoted[..length].to_owned(), after + close.len()));
    }
    let found = closes.iter().filter_map(|close| text[from..].find(close).map(|at| (at, close.len())));
    let (length, close) = found.min()?;
    Some((text[from..from + length].to_owned(), from + length + close))
}

/// Returns the label in `shape: rect, label: "name"`.
fn attribute(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("label:")?;
    let rest = rest.trim_start();
    match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next().map(str::to_owned),
        None => rest.split(',').next().map(|label| label.trim().to_owned()),
    }
}

fn clean(label: &str) -> String {
    let mut text = label.replace("\\n", "\n").replace("#quot;", "\"").replace("#amp;", "&");
    for end in ["<br/>", "<br />", "<br>", "<BR/>", "<BR>"] {
        text = text.replace(end, "\n");
    }
    let text = without_tags(&text);
    let lines =
        text.lines().map(|line| line.trim().trim_matches(['`', '*', '"']).trim()).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

/// Takes `<b>` and the like out of a label; a lone `<` stays.
fn without_tags(text: &str) -> String {
    let mut left = String::new();
    let mut rest = text;
    while let Some(open) = rest.find('<') {
        let tag = rest[open..].find('>').map(|close| open + close);
        let is_tag = rest[open + 1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
        match tag.filter(|_| is_tag) {
            Some(close) => {
                left.push_str(&rest[..open]);
                rest = &rest[close + 1..];
            }
            None => {
                left.push_str(&rest[..=open]);
                rest = &rest[open + 1..];
            }
        }
    }
    left + rest
}
