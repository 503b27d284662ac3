//! Secrets: how they look, and how a line is shown without them.

use std::sync::LazyLock;

use regex::Regex;

/// A kind of secret with a form of its own.
pub struct Form {
    pub what: &'static str,
    pub pattern: Regex,
}

/// Forms that nothing but a secret has.
pub static FORMS: LazyLock<Vec<Form>> = LazyLock::new(|| {
    let forms = [
        ("an access key of a cloud account", r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b"),
        ("an API key of a cloud account", r"\bAIza[0-9A-Za-z_\-]{35}\b"),
        (
            "a token of a code host",
            r"\b(?:ghp|gho|ghs|ghu)_[0-9A-Za-z]{36}\b|\bgithub_pat_[0-9A-Za-z_]{82}\b|\bglpat-[0-9A-Za-z_\-]{20}\b",
        ),
        ("a token of a chat service", r"\bxox[bpars]-[0-9A-Za-z]{8,}-[0-9A-Za-z\-]{8,}\b"),
        ("a live key of a payment service", r"\b[sr]k_live_[0-9A-Za-z]{20,}\b"),
        ("a private key", r"-----BEGIN (?:RSA |EC |DSA |OPENSSH |ENCRYPTED )?PRIVATE KEY-----"),
    ];
    let form = |(what, pattern)| Form { what, pattern: Regex::new(pattern).expect("it is a pattern") };
    forms.into_iter().map(form).collect()
});

/// `password = "…"` and its likes; the second group is the value.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)((?:password|passwd|secret|token|api_?key|private_?key)\w*"?\s*(?::=|[:=,]|\s)\s*")([^"\s]{6,})(")"#,
    )
    .expect("it is a pattern")
});

/// Returns a line with the secrets in it covered.
pub fn secrets(line: &str) -> String {
    let mut covered = line.to_owned();
    for form in FORMS.iter() {
        covered = form.pattern.replace_all(&covered, "***").into_owned();
    }
    let covered = NAMED.replace_all(&covered, "$1***$3");
    match covered.char_indices().nth(240) {
        Some((end, _)) => format!("{}…", &covered[..end]),
        None => covered.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_covered_and_the_rest_stays() {
        let key = format!("AKIA{}", "J5R2K7Q4M3N6P2T5");
        assert_eq!(secrets(&format!("key = {key} # x")), "key = *** # x");
        assert_eq!(secrets("dbPassword := \"hunter2hunter2\""), "dbPassword := \"***\"");
        assert_eq!(secrets("tokens := 3"), "tokens := 3");
    }
}
