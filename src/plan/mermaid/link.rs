//! An arrow of a flowchart, with or without a label.

use super::statement::skip_blanks;

/// An arrow where it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Link {
    pub end: usize,
    /// It has a head at each end: `<-->`.
    pub both: bool,
}

/// Reads the arrow that starts at `at`: `-->`, `---`, `-.->`, `==>`, `--x`, `o--o`, `-- label -->`, `-->|label|`, `~~~`.
pub(super) fn read(text: &str, at: usize) -> Option<Link> {
    let rest = &text[at..];
    let head = usize::from(rest.starts_with(['<', 'o', 'x']));
    let body = at + head;
    let end = match &text.as_bytes()[body..] {
        [b'-', b'-', ..] => line(text, body, '-')?,
        [b'=', b'=', ..] => line(text, body, '=')?,
        [b'-', b'.', ..] => dotted(text, body)?,
        [b'~', b'~', b'~', ..] => body + run(&text[body..], '~'),
        _ => return None,
    };
    let both = rest.starts_with('<') && text[..end].ends_with('>');
    let after = skip_blanks(text, end);
    let end = match text[after..].strip_prefix('|') {
        Some(label) => after + 1 + label.find('|')? + 1,
        None => end,
    };
    Some(Link { end, both })
}

/// Reads `--…` or `==…`: closed by a head, long enough to need none, or holding a label.
fn line(text: &str, at: usize, stroke: char) -> Option<usize> {
    let end = at + run(&text[at..], stroke);
    if let Some(end) = head(text, end) {
        return Some(end);
    }
    if end - at >= 3 {
        return Some(end);
    }
    let pair: String = [stroke, stroke].iter().collect();
    let close = end + text[end..].find(&pair)?;
    let end = close + run(&text[close..], stroke);
    Some(head(text, end).unwrap_or(end))
}

/// Reads `-.->`, `-..-`, `-. label .->`.
fn dotted(text: &str, at: usize) -> Option<usize> {
    let end = at + 1 + run(&text[at + 1..], '.');
    let end = match text[end..].starts_with('-') {
        true => end,
        false => {
            let close = end + text[end..].find(".-")?;
            close + run(&text[close..], '.')
        }
    };
    let end = end + run(&text[end..], '-');
    Some(head(text, end).unwrap_or(end))
}

/// Returns where the head ends, if one stands here.
fn head(text: &str, at: usize) -> Option<usize> {
    text[at..].starts_with(['>', 'o', 'x']).then_some(at + 1)
}

fn run(text: &str, stroke: char) -> usize {
    text.len() - text.trim_start_matches(stroke).len()
}
