//! The JSON lines that any program may speak: `output = "jsonl"`, the built-in analysts, and what an attempt's own MCP
//! server notes down.

use serde::Deserialize;
use serde_json::Value;

use super::json::object;
use super::{Activity, Heard, Stream};
use crate::scheduler::Severity;

/// Hears a line of a program that prints a JSON object an event: `event` understands one, any other output is text, and
/// errors are only kept in the log.
pub fn record_or_text<H: Into<Heard>>(stream: Stream, line: &[u8], event: impl FnOnce(&Value) -> H) -> Heard {
    match stream {
        Stream::Said => parse(line).into_iter().collect::<Vec<_>>().into(),
        Stream::Err => Heard::default(),
        Stream::Out => match object(line) {
            Some(record) => event(&record).into(),
            None => text(line).into(),
        },
    }
}

/// Returns what a line says, or `None` when it is no object of this language.
pub fn parse(line: &[u8]) -> Option<Activity> {
    let line: Line = serde_json::from_slice(line).ok()?;
    Some(match line {
        Line::Text { text } => Activity::Text { text },
        Line::Tool { name, summary } => Activity::ToolStarted { id: String::new(), name, summary },
        Line::Criterion { n, evidence } => Activity::Criterion { n, evidence },
        Line::Finding { severity, text, file, line, rule } => {
            let severity = severity_of(severity.as_deref(), Severity::Info);
            Activity::Finding { severity, text, file, line, rule }
        }
        Line::Urgent { severity, text, file, line } => {
            let severity = severity_of(severity.as_deref(), Severity::Critical);
            Activity::Urgent { severity, text, file, line }
        }
        Line::Usage { input_tokens, output_tokens, cost_usd } => {
            Activity::Usage { input_tokens, output_tokens, cost_usd }
        }
        Line::Changed { file } => Activity::Changed { file },
        Line::Report { path } => Activity::Report { path },
        Line::Ask { id, kind, text } => Activity::Asked { id, kind, text },
        Line::Result { ok, text, why, partial } => Activity::Result { ok, text, why, hopeless: false, partial },
    })
}

/// Returns a line that is of no language at all, as text; nothing for an empty one.
pub fn text(line: &[u8]) -> Vec<Activity> {
    let text = String::from_utf8_lossy(line).trim_end().to_owned();
    if text.is_empty() { Vec::new() } else { vec![Activity::Text { text }] }
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Line {
    Text {
        text: String,
    },
    Tool {
        name: String,
        #[serde(default)]
        summary: String,
    },
    Criterion {
        n: usize,
        #[serde(default)]
        evidence: String,
    },
    Finding {
        severity: Option<String>,
        text: String,
        file: Option<String>,
        line: Option<u32>,
        rule: Option<String>,
    },
    Urgent {
        severity: Option<String>,
        text: String,
        file: Option<String>,
        line: Option<u32>,
    },
    Usage {
        #[serde(default)]
        input_tokens: u64,
        #[serde(default)]
        output_tokens: u64,
        cost_usd: Option<f64>,
    },
    Changed {
        file: String,
    },
    Report {
        path: String,
    },
    Ask {
        id: String,
        #[serde(default = "question")]
        kind: String,
        text: String,
    },
    Result {
        ok: bool,
        text: Option<String>,
        why: Option<String>,
        #[serde(default)]
        partial: bool,
    },
}

fn question() -> String {
    "question".to_owned()
}

/// Returns the severity that a word means, whatever its case; an unknown word is `Medium`, a missing one `unsaid`.
pub fn severity_of(word: Option<&str>, unsaid: Severity) -> Severity {
    let Some(word) = word else { return unsaid };
    match word.trim().to_ascii_lowercase().as_str() {
        "critical" | "blocker" | "fatal" => Severity::Critical,
        "high" | "error" | "major" => Severity::High,
        "low" | "minor" => Severity::Low,
        "info" | "note" | "informational" => Severity::Info,
        _ => Severity::Medium,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_line_is_understood() {
        let said = |line: &str| parse(line.as_bytes()).expect("a line of the language");
        assert_eq!(said(r#"{"type":"text","text":"hi"}"#), Activity::Text { text: "hi".into() });
        assert_eq!(
            said(r#"{"n":2,"type":"criterion","evidence":"tests pass"}"#),
            Activity::Criterion { n: 2, evidence: "tests pass".into() }
        );
        assert_eq!(
            said(r#"{"type":"finding","severity":"HIGH","text":"t","file":"a.go","line":3}"#),
            Activity::Finding {
                severity: Severity::High,
                text: "t".into(),
                file: Some("a.go".into()),
                line: Some(3),
                rule: None
            }
        );
        assert_eq!(
            said(r#"{"type":"urgent","text":"stop"}"#),
            Activity::Urgent { severity: Severity::Critical, text: "stop".into(), file: None, line: None }
        );
        assert_eq!(
            said(r#"{"type":"usage","input_tokens":5,"output_tokens":7,"cost_usd":0.5,"new":1}"#),
            Activity::Usage { input_tokens: 5, output_tokens: 7, cost_usd: Some(0.5) }
        );
        assert_eq!(
            said(r#"{"type":"result","ok":true,"partial":true,"text":"half"}"#),
            Activity::Result { ok: true, text: Some("half".into()), why: None, hopeless: false, partial: true }
        );
    }

    #[test]
    fn anything_else_is_not_of_the_language() {
        for line in ["", "plain", "7", r#"{"type":"other"}"#, r#"{"type":"text"}"#, r#"{"text":"x"}"#, "[1]", "\u{1b}"]
        {
            assert_eq!(parse(line.as_bytes()), None, "{line}");
        }
    }
}
