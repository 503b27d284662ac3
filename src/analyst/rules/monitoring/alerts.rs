//! Alerts: that they reach someone, and watch what exists.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::Field;
use crate::analyst::project::terraform::Block;
use crate::analyst::project::{File, Kind, Project};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[
    Rule {
        id: "alert-reaches-nobody",
        field: Field::Monitoring,
        severity: Severity::High,
        title: "Every alert has somebody to tell",
        rationale: "The condition is watched, and nobody hears of it.",
        wrong_if: "incidents are read from the console on duty",
        remedy: "Give it a notification channel.",
        looks_at: "alerts",
        topics: &["alert", "monitor", "observab"],
        check: alert_reaches_nobody,
    },
    Rule {
        id: "alert-on-missing-metric",
        field: Field::Monitoring,
        severity: Severity::High,
        title: "Every metric that an alert names is made by something",
        rationale: "The alert can never fire: it watches a metric that does not exist.",
        wrong_if: "the metric is made in another repository",
        remedy: "Create the metric, or name the one that exists.",
        looks_at: "metrics named by alerts",
        topics: &["alert", "metric", "monitor", "observab"],
        check: alert_on_missing_metric,
    },
    Rule {
        id: "promised-alert-missing",
        field: Field::Monitoring,
        severity: Severity::High,
        title: "Where alerts are promised there are some",
        rationale: "People sleep because the document says that they will be woken.",
        wrong_if: "the alerts are kept in another repository or made by hand",
        remedy: "Write the alerts beside the infrastructure.",
        looks_at: "promises of alerts",
        topics: &["alert", "monitor", "observab", "sla", "slo"],
        check: promised_alert_missing,
    },
    Rule {
        id: "check-of-missing-path",
        field: Field::Monitoring,
        severity: Severity::High,
        title: "Every path that is watched from outside is served",
        rationale: "The check fails always, or watches an error page.",
        wrong_if: "a proxy answers it",
        remedy: "Watch a path that exists.",
        looks_at: "uptime checks",
        topics: &["alert", "monitor", "observab", "health"],
        check: check_of_missing_path,
    },
];

fn alerts(project: &Project) -> Vec<(&File, &Block)> {
    let files = project.of_kind(Kind::Terraform).filter(|file| !file.is_test());
    let bodies = files.filter_map(|file| Some((file, file.terraform()?)));
    bodies
        .flat_map(|(file, body)| body.resources("google_monitoring_alert_policy").map(move |block| (file, block)))
        .collect()
}

fn alert_reaches_nobody(project: &Project, look: &mut Look) {
    for (file, alert) in alerts(project) {
        look.saw_one();
        let channels = alert.attribute("notification_channels");
        if channels.is_none_or(|channels| channels.text == "[]") {
            let line = channels.map_or(alert.line, |channels| channels.line);
            look.found(file, line, format!("The alert `{}` has no notification channel.", alert.name()));
        }
    }
}

static LOG_METRIC: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"logging\.googleapis\.com/user/([\w./-]+)").expect("it is a pattern"));

fn alert_on_missing_metric(project: &Project, look: &mut Look) {
    let made: BTreeSet<&str> = project
        .of_kind(Kind::Terraform)
        .filter_map(File::terraform)
        .flat_map(|body| body.resources("google_logging_metric"))
        .filter_map(|metric| metric.attribute("name")?.string())
        .collect();
    let is_computed = project
        .of_kind(Kind::Terraform)
        .filter_map(File::terraform)
        .flat_map(|body| body.resources("google_logging_metric"))
        .any(|metric| metric.attribute("name").is_none_or(|name| name.string().is_none()));
    for (file, alert) in alerts(project) {
        for filter in alert.body.every().into_iter().filter_map(|block| block.attribute("filter")) {
            for found in LOG_METRIC.captures_iter(&filter.text) {
                look.saw_one();
                let name = &found[1];
                if !made.contains(name) && !is_computed {
                    let statement = format!("This alert watches the log metric `{name}`, and nothing creates it.");
                    look.found(file, filter.line, statement);
                }
            }
        }
    }
}

static PROMISE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\balerts? (?:fires?|is fired|is raised|is sent|pages?|wakes?|goes (?:off|to))\b|\bwe (?:are )?(?:alerted|paged)\b").expect("it is a pattern")
});

fn promised_alert_missing(project: &Project, look: &mut Look) {
    let has_alerts = |file: &File| {
        let is_where = matches!(file.kind, Kind::Terraform | Kind::Yaml | Kind::Json | Kind::Other);
        let words = ["alert", "Alert", "alarm", "Alarm", "pagerduty", "opsgenie"];
        is_where && words.iter().any(|word| file.text.contains(word))
    };
    let has_infrastructure = project.of_kind(Kind::Terraform).next().is_some();
    for file in project.of_kind(Kind::Markdown).filter(|file| has_infrastructure && !file.is_test()) {
        let Some(document) = file.markdown() else { continue };
        let said = document.statements().into_iter().find(|(_, words)| PROMISE.is_match(words));
        let Some((line, _)) = said else { continue };
        look.saw_one();
        if !project.files().iter().any(has_alerts) {
            look.found(file, line, "An alert is promised, and the project defines none.");
        }
    }
}

fn check_of_missing_path(project: &Project, look: &mut Look) {
    let routes = project.routes();
    if routes.open || routes.routes.is_empty() {
        return;
    }
    for (file, check) in project.terraform("resource", "google_monitoring_uptime_check_config") {
        let http = check.body.every().into_iter().find(|block| block.kind == "http_check");
        let Some((line, path)) =
            http.and_then(|http| http.attribute("path")).and_then(|path| Some((path.line, path.string()?)))
        else {
            continue;
        };
        look.saw_one();
        if path.starts_with('/') && !routes.serves(None, path) {
            look.found(file, line, format!("`{path}` is watched, and no code registers it."));
        }
    }
}
