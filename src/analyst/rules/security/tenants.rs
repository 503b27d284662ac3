//! Whose rows a query reads.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::Field;
use crate::analyst::project::go::unquoted;
use crate::analyst::project::{File, Kind, Project};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[Rule {
    id: "query-without-tenant",
    field: Field::Security,
    severity: Severity::High,
    title: "Every query on a table with tenants names the tenant",
    rationale: "One tenant's request can read or change another's rows.",
    wrong_if: "the query is meant to cross tenants (a job of the operator), or the database adds the condition itself",
    remedy: "Add the tenant to the condition, and take it from the authenticated request.",
    looks_at: "queries on tables with tenants",
    topics: &["tenant", "isolation", "secur"],
    check: query_without_tenant,
}];

static TABLE_OF: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?is)^\s*(?:select\b.*?\bfrom\s+|update\s+|delete\s+from\s+)([\w."]+)(.*)$"#)
        .expect("it is a pattern")
});

static BY_OWNER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\w_id\s*=\s*[$?:]").expect("it is a pattern"));

static BY_SECRET: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:email|login|token|hash|key|code|secret|slug|session|nonce|domain|subject|external\w*)\s*(?:=|\bin\b)\s*(?:any\s*)?\(?\s*[$?:]")
        .expect("it is a pattern")
});

fn query_without_tenant(project: &Project, look: &mut Look) {
    let with_tenants = tables_with_tenants(project);
    if with_tenants.is_empty() {
        return;
    }
    let (mut naming, mut bare) = (0, Vec::new());
    for (file, go) in project.go_code() {
        for string in &go.strings {
            let Some(query) = unquoted(string.span.of(&file.text)) else { continue };
            let Some(found) = TABLE_OF.captures(query) else { continue };
            let table = found[1].rsplit('.').next().unwrap_or_default().trim_matches('"').to_ascii_lowercase();
            if !with_tenants.contains(&table) {
                continue;
            }
            look.saw_one();
            // A query that is completed elsewhere, or shares a condition through a join, may still name the tenant.
            let lower = query.to_ascii_lowercase();
            let is_whole = lower.contains("where") && !query.contains('%') && !lower.contains("join");
            // Without a value it is a job for all; by the id of what belongs to a tenant it stays within that one.
            let is_asked = ["$1", "?", ":"].iter().any(|value| query.contains(value));
            // What nobody can guess, or finds out who asks, comes before the tenant is known.
            let is_whole = is_whole && is_asked && !BY_OWNER.is_match(&lower) && !BY_SECRET.is_match(&lower);
            let is_appended = file.text[string.span.end as usize..].trim_start().starts_with('+');
            let names = lower.contains("tenant");
            naming += usize::from(names);
            if is_whole && !is_appended && !names {
                bare.push((file, string.at.line, table));
            }
        }
    }
    // Where most do without, isolation is kept otherwise.
    if bare.len() > naming {
        return;
    }
    for (file, line, table) in bare {
        let statement = format!("This query on `{table}`, which has a tenant column, does not name the tenant.");
        look.found(file, line, statement);
    }
}

fn tables_with_tenants(project: &Project) -> BTreeSet<String> {
    let schemas = project.of_kind(Kind::Sql).filter_map(File::sql);
    let tables = schemas.flat_map(|schema| &schema.tables);
    let has_tenant = |column: &(String, u32)| column.0 == "tenant_id";
    tables.filter(|table| table.columns.iter().any(has_tenant)).map(|table| table.name.clone()).collect()
}
