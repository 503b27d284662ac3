//! Connections to the database: whether they come back.

use crate::analyst::Field;
use crate::analyst::project::{Project, Span};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[Rule {
    id: "rows-not-closed",
    field: Field::Performance,
    severity: Severity::Medium,
    title: "Every set of rows is closed",
    rationale: "Whenever the loop ends early the connection is not given back; after enough of that no query gets one.",
    wrong_if: "a helper closes them",
    remedy: "`defer rows.Close()` after the check of the error.",
    looks_at: "sets of rows",
    topics: &["performance", "bottleneck", "leak"],
    check: rows_not_closed,
}];

fn rows_not_closed(project: &Project, look: &mut Look) {
    for (file, go) in project.go_code() {
        let text = &file.text;
        for call in &go.calls {
            let name = call.name.of(text).rsplit('.').next().unwrap_or_default();
            if !matches!(name, "Query" | "QueryContext") || !call.name.of(text).contains('.') {
                continue;
            }
            let Some(assign) = go.assigns.iter().find(|assign| assign.right == call.whole) else { continue };
            let mut names = assign.left.of(text).split(',').map(str::trim);
            let (Some("rows"), Some(_), None) = (names.next(), names.next(), names.next()) else { continue };
            let Some(body) = go.function(call.at).map(|function| function.body) else { continue };
            let after = Span { start: call.whole.end, end: body.end }.of(text);
            if !after.contains("rows.Next()") {
                continue;
            }
            look.saw_one();
            let is_handed_on = ["(rows)", "(rows,", ", rows)", ", rows,", "return rows", "= rows", ": rows"]
                .iter()
                .any(|use_| after.contains(use_));
            if !after.contains("rows.Close") && !is_handed_on {
                look.found(file, call.at.line, "These rows are read and never closed.");
            }
        }
    }
}
