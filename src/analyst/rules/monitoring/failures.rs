//! Failures that nobody hears of.

use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::Field;
use crate::analyst::project::{File, Kind, Project, Span};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[
    Rule {
        id: "panic-swallowed",
        field: Field::Monitoring,
        severity: Severity::Medium,
        title: "No panic vanishes without a word",
        rationale: "The program goes on with whatever was half done, and nobody learns of it.",
        wrong_if: "the panic is the program's own way to return early",
        remedy: "Log what `recover` returns, with the stack.",
        looks_at: "calls of `recover`",
        topics: &["log", "monitor", "observab", "error"],
        check: panic_swallowed,
    },
    Rule {
        id: "error-swallowed",
        field: Field::Monitoring,
        severity: Severity::Medium,
        title: "No error is looked at and dropped",
        rationale: "The failure was noticed, and left no trace: whoever looks for it later finds nothing.",
        wrong_if: "the error cannot matter here",
        remedy: "Log it, count it or return it; if it cannot matter, say why.",
        looks_at: "checks of errors",
        topics: &["log", "monitor", "observab", "error"],
        check: error_swallowed,
    },
    Rule {
        id: "promised-traces-missing",
        field: Field::Monitoring,
        severity: Severity::Medium,
        title: "Promised traces are made",
        rationale: "The document sends whoever looks for a slow request to a tool that shows nothing.",
        wrong_if: "the platform makes them by itself",
        remedy: "Add the instrumentation, or take the promise back.",
        looks_at: "promises of traces",
        topics: &["trac", "monitor", "observab"],
        check: promised_traces_missing,
    },
    Rule {
        id: "logs-not-structured",
        field: Field::Monitoring,
        severity: Severity::Low,
        title: "Promised structured logs are structured everywhere",
        rationale: "Lines without fields are found by no query and counted by no metric.",
        wrong_if: "the line is printed for a person at a terminal",
        remedy: "Use the structured logger here as well.",
        looks_at: "log calls",
        topics: &["log", "monitor", "observab"],
        check: logs_not_structured,
    },
];

fn panic_swallowed(project: &Project, look: &mut Look) {
    for (file, go) in project.go_code() {
        let text = &file.text;
        for call in go.calls.iter().filter(|call| call.name.of(text) == "recover") {
            look.saw_one();
            let line = file.line(call.at.line).trim();
            let is_dropped = matches!(
                line,
                "recover()" | "_ = recover()" | "defer func() { recover() }()" | "defer func() { _ = recover() }()"
            );
            // Whoever says why has decided it.
            let around = call.at.line.saturating_sub(2)..=call.at.line + 1;
            let head = go.function(call.at).map_or(0, |function| function.line);
            let told =
                (1..head).rev().map(|line| file.line(line).trim_start()).take_while(|line| line.starts_with("//"));
            let is_told = told.into_iter().any(|line| line.contains("panic") || line.contains("recover"));
            let is_said = is_told || around.into_iter().any(|line| file.line(line).contains("//"));
            if is_dropped && !is_said {
                look.found(file, call.at.line, "Whatever panics here is dropped without a word.");
            }
        }
    }
}

static EMPTY_CHECK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"if (?:[^\n;{]*; )?err != nil \{\s*\}").expect("it is a pattern"));

fn error_swallowed(project: &Project, look: &mut Look) {
    for (file, go) in project.go_code() {
        look.looked_at += go.compares.iter().filter(|compare| compare.left.of(&file.text) == "err").count();
        for found in EMPTY_CHECK.find_iter(&file.text) {
            let line = file.line_of(found.start());
            let span = Span { start: found.start() as u32, end: found.end() as u32 };
            // In a comment or a string it is no code.
            let is_code = go.compares.iter().any(|compare| span.holds(compare.left));
            // Nothing can be done about what does not close.
            let closes = file.line(line).contains(".Close()");
            let has_else = file.text[found.end()..].trim_start().starts_with("else");
            if is_code && !has_else && !closes {
                look.found(file, line, "The error is compared with nil, and nothing is done about it.");
            }
        }
    }
}

static TRACES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:every|each|all) requests? (?:is|are|carries|leaves?)[^.|]{0,20}\btrac(?:e|ed|es)\b|\b(?:distributed )?trac(?:es|ing) (?:is|are) (?:collected|exported|sent|enabled)\b").expect("it is a pattern")
});

fn promised_traces_missing(project: &Project, look: &mut Look) {
    let traces = |file: &File| {
        let words = [
            "opentelemetry",
            "otel",
            "opencensus",
            "jaeger",
            "zipkin",
            "datadog",
            "dd-trace",
            "newrelic",
            "cloudtrace",
            "trace.Start",
            "traceparent",
            "x-cloud-trace",
            "X-Cloud-Trace",
            "honeycomb",
            "sentry",
            "istio",
            "linkerd",
        ];
        file.kind != Kind::Markdown && words.iter().any(|word| file.text.contains(word))
    };
    let has_code = project.of_kind(Kind::Go).next().is_some();
    for file in project.of_kind(Kind::Markdown).filter(|file| has_code && !file.is_test()) {
        let Some(document) = file.markdown() else { continue };
        let Some((line, _)) = document.statements().into_iter().find(|(_, words)| TRACES.is_match(words)) else {
            continue;
        };
        look.saw_one();
        if !project.files().iter().any(traces) {
            look.found(file, line, "Traces are promised, and nothing in the project makes any.");
        }
    }
}

static STRUCTURED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:all )?logs? (?:lines? )?(?:are|is) (?:structured|written as json|json)\b|\bstructured (?:json )?logs?\b[^.|]{0,20}\b(?:everywhere|only|all)\b").expect("it is a pattern")
});

fn logs_not_structured(project: &Project, look: &mut Look) {
    let is_promised = project.of_kind(Kind::Markdown).filter(|file| !file.is_test()).any(|file| {
        file.markdown()
            .is_some_and(|document| document.statements().iter().any(|(_, words)| STRUCTURED.is_match(words)))
    });
    if !is_promised {
        return;
    }
    // A command answers whoever typed it.
    for (file, go) in project.go_code().filter(|(_, go)| !go.is_of_command()) {
        for call in &go.calls {
            let name = call.name.of(&file.text);
            let is_standard = go.imports("log") && matches!(name, "log.Printf" | "log.Println" | "log.Print");
            let is_print = matches!(name, "fmt.Println" | "fmt.Printf") && go.package != "main";
            if name.contains("log") || is_print {
                look.saw_one();
            }
            if is_standard || is_print {
                look.found(
                    file,
                    call.at.line,
                    format!("`{name}` writes a line without fields; the documents promise structured logs."),
                );
            }
        }
    }
}
