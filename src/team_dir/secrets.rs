//! Secrets are kept out of everything that leaves the raw logs: journal, status, screen, Markdown.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

/// Well-known shapes of tokens, by their issuers' documented prefixes.
static SHAPES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"sk-ant-[A-Za-z0-9_-]{20,}|sk-[A-Za-z0-9_-]{32,}|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{40,}",
        r"|AKIA[0-9A-Z]{16}|AIza[0-9A-Za-z_-]{35}|xox[abprs]-[A-Za-z0-9-]{10,}|glpat-[A-Za-z0-9_-]{20,}",
        r"|eyJ[A-Za-z0-9_-]{15,}\.eyJ[A-Za-z0-9_-]{15,}\.[A-Za-z0-9_-]{10,}",
        r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    ))
    .expect("the pattern is a constant")
});

/// Values shorter than this are not replaced: they would hit ordinary words.
const SHORTEST: usize = 8;

/// Knows the secrets of a run and takes them out of text.
#[derive(Debug, Clone, Default)]
pub struct Secrets {
    /// Longest first, so that a secret within a secret does not leave a rest.
    values: Vec<String>,
}

impl Secrets {
    /// Returns the secrets among these variables: those named like a key, token, secret or password.
    pub fn of<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Secrets {
        let named = |name: &str| {
            let name = name.to_ascii_uppercase();
            ["KEY", "TOKEN", "SECRET", "PASSWORD"].iter().any(|word| name.contains(word))
        };
        let mut values: Vec<String> = variables
            .into_iter()
            .filter(|(name, value)| named(name) && value.len() >= SHORTEST)
            .map(|(_, value)| value.to_owned())
            .collect();
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        values.dedup();
        Secrets { values }
    }

    /// Returns the text with every secret replaced by `[secret]`.
    pub fn hide<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut hidden = Cow::Borrowed(text);
        for value in &self.values {
            if hidden.contains(value.as_str()) {
                hidden = Cow::Owned(hidden.replace(value.as_str(), "[secret]"));
            }
        }
        match SHAPES.replace_all(&hidden, "[secret]") {
            Cow::Borrowed(_) => hidden,
            Cow::Owned(replaced) => Cow::Owned(replaced),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_secret_variables_and_known_shapes_are_hidden() {
        let secrets = Secrets::of([("API_KEY", "canary-0123456789"), ("HOME", "/home/someone"), ("PIN_TOKEN", "1234")]);
        let shape = format!("AKIA{}", "ABCDEFGHIJKLMNOP");
        let line = format!("sent canary-0123456789 and {shape} from /home/someone, 1234");
        assert_eq!(secrets.hide(&line), "sent [secret] and [secret] from /home/someone, 1234");
        assert!(matches!(secrets.hide("nothing here"), Cow::Borrowed(_)));
    }
}
