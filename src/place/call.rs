//! A command of a place, from words with placeholders.

/// A program to run: nothing of a shell but what the words themselves say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub program: String,
    pub args: Vec<String>,
    /// What it gets as its input.
    pub input: String,
    /// It gets only the variables whose names begin so; `None`: all.
    pub keeps: Option<&'static [&'static str]>,
}

/// What a program said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// `None`: it was ended by a signal, or did not answer in time.
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Call {
    /// Fills placeholders (`{name}`) in. A word that is one placeholder with several values becomes so many words.
    pub fn new(words: &[String], values: &[(&str, String)], lists: &[(&str, &[String])]) -> Call {
        let mut filled: Vec<String> = Vec::new();
        for word in words {
            match lists.iter().find(|(name, _)| word == &format!("{{{name}}}")) {
                Some((_, list)) => filled.extend_from_slice(list),
                None => filled.push(fill(word, values)),
            }
        }
        let mut filled = filled.into_iter();
        Call { program: filled.next().unwrap_or_default(), args: filled.collect(), input: String::new(), keeps: None }
    }
}

/// Each placeholder once, from left to right, so that a value is never filled in again.
fn fill(word: &str, values: &[(&str, String)]) -> String {
    let mut filled = String::new();
    let mut rest = word;
    while let Some(open) = rest.find('{') {
        filled.push_str(&rest[..open]);
        rest = &rest[open..];
        let value = rest.find('}').and_then(|close| {
            let name = &rest[1..close];
            values.iter().find(|(known, _)| *known == name).map(|(_, value)| (value, close))
        });
        match value {
            Some((value, close)) => {
                filled.push_str(value);
                rest = &rest[close + 1..];
            }
            None => {
                filled.push('{');
                rest = &rest[1..];
            }
        }
    }
    filled + rest
}

/// Returns a word as a POSIX shell must read it to see it unchanged.
pub fn quoted(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+=:,@%".contains(&byte);
    if !word.is_empty() && word.bytes().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

impl Answer {
    /// Returns what it complained of: the last lines of its errors, or how it ended.
    pub fn complaint(&self) -> String {
        let lines: Vec<&str> = self.err.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let last = lines[lines.len().saturating_sub(2)..].join("; ");
        match (last.is_empty(), self.code) {
            (false, _) => last,
            (true, Some(code)) => format!("exit {code}, and not a word"),
            (true, None) => "no answer".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn placeholders_are_filled_in_once_and_lists_become_words() {
        let call = Call::new(
            &words(&["ssh", "{options}", "{host}", "{program} of {host} {what}"]),
            &[("host", "h1".to_owned()), ("program", "{host}".to_owned())],
            &[("options", &words(&["-F", "/a b"]))],
        );
        assert_eq!(call.program, "ssh");
        assert_eq!(call.args, ["-F", "/a b", "h1", "{host} of h1 {what}"]);
    }

    #[test]
    fn a_shell_reads_what_was_quoted_as_one_word() {
        for word in ["", "plain/path.1", "a b", "it's", "$HOME", "a\nb", "; rm -rf x"] {
            let script = format!("printf %s {}", quoted(word));
            let shell = std::process::Command::new("sh").args(["-c", &script]).output().expect("there is a shell");
            assert_eq!(String::from_utf8_lossy(&shell.stdout), word);
        }
    }
}
