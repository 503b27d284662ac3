//! Monitoring: alerts that reach someone, on metrics that exist.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::{Look, Rule};
use crate::analyst::Field;
use crate::analyst::project::terraform::Block;
use crate::analyst::project::{File, Kind, Project};
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
