//! What code asks the database for, against what the migrations make.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::Field;
use crate::analyst::project::go::unquoted;
use crate::analyst::project::{File, Kind, Project};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[Rule {
    id: "query-of-missing-table",
    field: Field::Integration,
    severity: Severity::High,
    title: "Every table that the code writes to is made by a migration",
    rationale: "The statement fails each time it is run.",
    wrong_if: "the table is made by another service or by hand",
    remedy: "Use the table that exists, or add the migration.",
    looks_at: "statements that write",
    topics: &["finding", "integrat", "cross", "validat"],
    check: query_of_missing_table,
}];

static WRITES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?is)^\s*(?:insert\s+into\s+([a-z_][\w."]*)\s*(?:\(|values\b|select\b)|update\s+([a-z_][\w."]*)(?:\s+(?:as\s+)?\w+)?\s+set\b|delete\s+from\s+([a-z_][\w."]*)\s+where\b)"#)
        .expect("it is a pattern")
});

fn query_of_missing_table(project: &Project, look: &mut Look) {
    let made: BTreeSet<&str> = project
        .of_kind(Kind::Sql)
        .filter_map(File::sql)
        .flat_map(|schema| &schema.tables)
        .map(|table| table.name.as_str())
        .collect();
    // Tables that are renamed, or made by code, are not followed.
    let is_open = project.files().iter().any(|file| {
        let lower = matches!(file.kind, Kind::Sql | Kind::Go).then(|| file.text.to_ascii_lowercase());
        lower.is_some_and(|text| {
            text.contains("rename to")
                || file.kind == Kind::Go && (text.contains("create table") || text.contains("automigrate"))
        })
    });
    if made.len() < 2 || is_open {
        return;
    }
    let (mut known, mut missing) = (0, Vec::new());
    for (file, go) in project.go_code() {
        for string in &go.strings {
            let Some(query) = unquoted(string.span.of(&file.text)) else { continue };
            let Some(found) = WRITES.captures(query) else { continue };
            let Some(written) = (1..=3).find_map(|group| found.get(group)) else { continue };
            let table = written.as_str().rsplit('.').next().unwrap_or_default().trim_matches('"').to_ascii_lowercase();
            look.saw_one();
            if made.contains(table.as_str()) {
                known += 1;
            } else {
                missing.push((file, string.at.line, table));
            }
        }
    }
    // Where several are made elsewhere, by a library say, all that are not made here may be.
    let tables: BTreeSet<&str> = missing.iter().map(|(_, _, table)| table.as_str()).collect();
    if missing.len() > known || tables.len() > 1 {
        return;
    }
    for (file, line, table) in missing {
        look.found(file, line, format!("This writes to `{table}`, and no migration makes that table."));
    }
}
