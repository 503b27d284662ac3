//! A line of a flowchart: nodes joined by arrows, a frame, or mere looks.

use super::Wrong;
use super::link;
use super::node::{self, Written};

/// What a statement says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Statement {
    /// Nothing about order.
    Looks,
    Frame(String),
    End,
    Chain(Vec<Group>),
}

/// Nodes joined by `&`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub nodes: Vec<Written>,
    /// The arrow behind it has two heads.
    pub next_both: bool,
}

/// Splits a line at its semicolons, and drops comments.
pub(super) fn split(line: &str) -> Vec<&str> {
    if line.starts_with("%%") {
        return Vec::new();
    }
    let mut parts = Vec::new();
    let mut start = 0;
    let mut quoted = false;
    let mut depth = 0_usize;
    for (at, c) in line.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '[' | '(' | '{' if !quoted => depth += 1,
            ']' | ')' | '}' if !quoted => depth = depth.saturating_sub(1),
            ';' if !quoted && depth == 0 => {
                parts.push(line[start..at].trim());
                start = at + 1;
            }
            '%' if !quoted && depth == 0 && line[at..].starts_with("%%") && line[..at].ends_with(' ') => {
                parts.push(line[start..at].trim());
                start = line.len();
                break;
            }
            _ => {}
        }
    }
    parts.push(line[start..].trim());
    parts.retain(|part| !part.is_empty());
    parts
}

/// Reads one statement.
pub(super) fn read(text: &str) -> Result<Statement, Wrong> {
    let word = text.split(|c: char| c.is_whitespace() || c == ':').next().unwrap_or("");
    let rest = text[word.len()..].trim_start();
    let keyword = !rest.starts_with(['-', '=', '~', '&', '<', '[', '(', '{', '>', '@']);
    match word {
        "classDef" | "class" | "style" | "linkStyle" | "click" | "direction" | "accTitle" | "accDescr" | "title"
            if keyword =>
        {
            Ok(Statement::Looks)
        }
        "subgraph" => Ok(Statement::Frame(frame(rest))),
        "end" if rest.is_empty() => Ok(Statement::End),
        _ => chain(text),
    }
}

/// Returns the name by which arrows call a frame.
fn frame(rest: &str) -> String {
    let named = rest.split(['[', '(']).next().unwrap_or("").trim();
    named.trim_matches('"').to_owned()
}

fn chain(text: &str) -> Result<Statement, Wrong> {
    let mut groups: Vec<Group> = Vec::new();
    let mut at = 0;
    loop {
        let mut nodes = Vec::new();
        loop {
            at = skip_blanks(text, at);
            if at == text.len() && !(groups.is_empty() && nodes.is_empty()) {
                return Err(Wrong::NoTarget);
            }
            let (node, end) = node::read(text, at)?;
            nodes.push(node);
            at = skip_blanks(text, end);
            if text[at..].starts_with('&') {
                at += 1;
            } else {
                break;
            }
        }
        groups.push(Group { nodes, next_both: false });
        if at == text.len() {
            return Ok(Statement::Chain(groups));
        }
        let link = link::read(text, at).ok_or_else(|| Wrong::NoArrow(excerpt(&text[at..])))?;
        if let Some(group) = groups.last_mut() {
            group.next_both = link.both;
        }
        at = link.end;
    }
}

pub(super) fn skip_blanks(text: &str, at: usize) -> usize {
    at + text[at..].len() - text[at..].trim_start().len()
}

pub(super) fn excerpt(text: &str) -> String {
    text.chars().take(24).collect::<String>().trim().to_owned()
}
