//! What agents wrote, as it is printed: a terminal obeys nothing of it, anything else gets every byte.

use std::borrow::Cow;
use std::io::IsTerminal;

use crate::screen::words;

/// A tab leads to the next of these columns, as on every terminal.
const TAB: usize = 8;

/// Returns the lines as this output may have them.
pub fn lines<'a>(bytes: &'a [u8], output: &impl IsTerminal) -> Cow<'a, [u8]> {
    if output.is_terminal() { Cow::Owned(cleaned(bytes)) } else { Cow::Borrowed(bytes) }
}

fn cleaned(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let (line, end) = line.strip_suffix(b"\n").map_or((line, ""), |line| (line, "\n"));
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        out.extend(expanded(&String::from_utf8_lossy(line)).bytes().chain(end.bytes()));
    }
    out
}

/// Cleans a line, with spaces for its tabs.
fn expanded(line: &str) -> String {
    let mut parts = line.split('\t').map(words::clean);
    let mut out = parts.next().unwrap_or_default();
    for part in parts {
        out.push_str(&" ".repeat(TAB - words::width(&out) % TAB));
        out.push_str(&part);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_obeys_nothing_and_lines_and_columns_stay() {
        let hostile = b"# A\x1b]52;c;cm0gLXJm\x07\r\n+\tone\x1b[2J\ttwo\n\n\x9b31mraw\xc2\x9b\x08 end";
        assert_eq!(String::from_utf8_lossy(&cleaned(hostile)), "# A\n+       one     two\n\n\u{fffd}31mraw end");
    }
}
