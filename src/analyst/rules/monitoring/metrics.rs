//! Metrics: that they move, that they can be read, and how many there are of each.

use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::Field;
use crate::analyst::project::go::unquoted;
use crate::analyst::project::{File, Kind, Project, kubernetes};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[
    Rule {
        id: "metric-never-moves",
        field: Field::Monitoring,
        severity: Severity::Medium,
        title: "Every metric is changed by something",
        rationale: "It shows zero whatever happens: a panel or an alert on it is worse than none.",
        wrong_if: "it is changed through an interface that hides its name",
        remedy: "Change it where the thing happens, or remove it.",
        looks_at: "metrics",
        topics: &["metric", "monitor", "observab"],
        check: metric_never_moves,
    },
    Rule {
        id: "label-without-bound",
        field: Field::Monitoring,
        severity: Severity::Medium,
        title: "No metric has a label with endless values",
        rationale: "Each value makes a time series of its own: memory and bill grow with the number of users.",
        wrong_if: "there are only ever a few of them",
        remedy: "Drop the label; put the value into a log or a trace.",
        looks_at: "labels of metrics",
        topics: &["metric", "monitor", "observab", "cost"],
        check: label_without_bound,
    },
    Rule {
        id: "metrics-not-served",
        field: Field::Monitoring,
        severity: Severity::High,
        title: "Where metrics are collected they are served",
        rationale: "The collector asks a path that nobody answers: all panels stay empty.",
        wrong_if: "a container beside it serves them",
        remedy: "Serve the path, or remove the annotation.",
        looks_at: "workloads whose metrics are collected",
        topics: &["metric", "monitor", "observab"],
        check: metrics_not_served,
    },
];

static MAKES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:prometheus|promauto)\.New(?:Counter|Gauge|Histogram|Summary)(?:Vec)?\(").expect("it is a pattern")
});

fn metric_never_moves(project: &Project, look: &mut Look) {
    for (file, go) in project.go_code() {
        for value in &go.values {
            if !MAKES.is_match(value.value.of(&file.text)) {
                continue;
            }
            look.saw_one();
            // An exported one may be used by anyone who imports the package.
            let is_local = value.name.starts_with(|c: char| c.is_lowercase());
            let uses: usize = project
                .in_folder(file.folder())
                .filter_map(|other| Some((other, other.go()?)))
                .map(|(other, _)| uses_of(other, &value.name))
                .sum();
            if is_local && uses == 0 {
                look.found(file, value.line, format!("`{}` is made and never changed.", value.name));
            }
        }
    }
}

/// Returns how often a file names a metric beyond declaring and registering it.
fn uses_of(file: &File, name: &str) -> usize {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let uses = file.text.match_indices(name).filter(|(at, _)| {
        let before = &file.text[..*at];
        let after = &file.text[at + name.len()..];
        let whole = !before.chars().next_back().is_some_and(is_word) && !after.chars().next().is_some_and(is_word);
        let declares = after.trim_start().starts_with("= prometheus.") || after.trim_start().starts_with("= promauto.");
        let line = before.rsplit('\n').next().unwrap_or_default();
        let registers = call_around(before).is_some_and(|called| called.ends_with("Register"));
        let is_comment = line.trim_start().starts_with("//");
        let is_text = before.ends_with('"');
        whole && !is_text && !declares && !registers && !is_comment
    });
    uses.count()
}

/// Returns what is called with the argument that begins at the end of this text, if it is one.
fn call_around(before: &str) -> Option<&str> {
    let mut closed = 0_usize;
    for (at, c) in before.char_indices().rev() {
        match c {
            ')' | '}' | ']' => closed += 1,
            '(' if closed == 0 => return Some(&before[..at]),
            '{' | '[' if closed == 0 => return None,
            '(' | '{' | '[' => closed -= 1,
            _ => {}
        }
    }
    None
}

/// Returns every label of the metrics of the usual library: file, line, name.
pub fn labels(project: &Project) -> Vec<(&File, u32, String)> {
    let mut labels = Vec::new();
    for (file, go) in project.go_code() {
        let text = &file.text;
        for call in go.calls.iter().filter(|call| call.name.of(text).ends_with("Vec")) {
            if !MAKES.is_match(&format!("{}(", call.name.of(text))) {
                continue;
            }
            let Some(list) = go.args(call).get(1).filter(|list| list.of(text).starts_with("[]string{")) else {
                continue;
            };
            for string in go.strings.iter().filter(|string| list.holds(string.span)) {
                let name = unquoted(string.span.of(text)).unwrap_or_default();
                labels.push((file, string.at.line, name.to_owned()));
            }
        }
    }
    labels
}

fn label_without_bound(project: &Project, look: &mut Look) {
    const ENDLESS: &[&str] = &[
        "user_id",
        "userid",
        "request_id",
        "session_id",
        "trace_id",
        "order_id",
        "call_id",
        "message_id",
        "event_id",
        "uuid",
    ];
    for (file, line, label) in labels(project) {
        look.saw_one();
        if ENDLESS.contains(&label.as_str()) {
            look.found(file, line, format!("The label `{label}` has as many values as there are such things."));
        }
    }
}

fn metrics_not_served(project: &Project, look: &mut Look) {
    let serves = |file: &File| {
        let is_code = matches!(file.kind, Kind::Go | Kind::Script | Kind::Other | Kind::Json);
        is_code && ["promhttp", "/metrics", "prometheus", "otelcol"].iter().any(|word| file.text.contains(word))
    };
    let is_served = project.files().iter().any(serves);
    let builds = project.of_kind(Kind::Dockerfile).next().is_some();
    for workload in kubernetes::workloads(project) {
        let annotations = workload.node.at(&["spec", "template", "metadata", "annotations"]);
        let scraped = annotations
            .and_then(|annotations| annotations.get("prometheus.io/scrape"))
            .filter(|scrape| scrape.text() == Some("true"));
        let Some(scraped) = scraped else { continue };
        look.saw_one();
        let runs_foreign = workload.containers.len() > 1;
        if !is_served && builds && !runs_foreign {
            look.found(
                workload.file,
                scraped.line,
                format!("The metrics of `{}` are collected, and nothing in the project serves any.", workload.name),
            );
        }
    }
}
