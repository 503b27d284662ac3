//! Addresses that a terminal can follow (OSC 8). They are made of printable ASCII alone, whatever an agent wrote.

use std::fmt::Write;
use std::path::Path;

/// Returns the address of a file, relative to the project unless it is absolute.
pub fn file(project: &Path, path: &str) -> String {
    let whole = project.join(path);
    format!("file://{}", plain(&whole.to_string_lossy(), "/-._~"))
}

/// Returns a web address as a terminal may get it.
pub fn web(address: &str) -> String {
    plain(address, "/-._~:?#[]@!$&'()*+,;=%")
}

fn plain(text: &str, kept: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        let c = char::from(byte);
        if c.is_ascii_alphanumeric() || kept.contains(c) {
            out.push(c);
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_is_in_an_address() {
        assert_eq!(file(Path::new("/p"), "a b/\u{1b}]8;;x\u{7}.go"), "file:///p/a%20b/%1B%5D8%3B%3Bx%07.go");
        assert_eq!(web("https://a.b/c?d=e#f"), "https://a.b/c?d=e#f");
        assert_eq!(web("https://a\u{1b}\\\u{9c}é"), "https://a%1B%5C%C2%9C%C3%A9");
    }
}
