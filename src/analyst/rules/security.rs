//! Security: secrets, signatures, and whose data a query reads.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::{Look, Rule, cover};
use crate::analyst::Field;
use crate::analyst::project::go::{GoFile, unquoted};
use crate::analyst::project::{File, Kind, Project};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[
    Rule {
        id: "secret-in-source",
        field: Field::Security,
        severity: Severity::Critical,
        title: "No file holds a key or token",
        rationale: "Whoever can read the repository, its history or an image built from it can use this key.",
        wrong_if: "the key was made up for a document, or has been revoked",
        remedy: "Revoke it now, take it from the secret store at run time, and clean the history.",
        looks_at: "files",
        topics: &["secur", "implementation", "secret", "credential"],
        check: secret_in_source,
    },
    Rule {
        id: "signature-compared-plainly",
        field: Field::Security,
        severity: Severity::High,
        title: "Signatures are compared in constant time",
        rationale: "A plain comparison ends at the first wrong byte; its duration tells an attacker how far a guess is right.",
        wrong_if: "the compared value is no secret",
        remedy: "Compare the raw bytes with `hmac.Equal`.",
        looks_at: "files that make an HMAC",
        topics: &["secur", "implementation", "hmac", "signature", "verif"],
        check: signature_compared_plainly,
    },
    Rule {
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
    },
];

fn secret_in_source(project: &Project, look: &mut Look) {
    for file in project.files().iter().filter(|file| !file.is_test()) {
        look.saw_one();
        for form in cover::FORMS.iter() {
            for found in form.pattern.find_iter(&file.text) {
                let line = file.line_of(found.start());
                let written = found.as_str();
                let is_made_up =
                    ["EXAMPLE", "XXXX", "xxxx", "0000000", "1234567"].iter().any(|word| written.contains(word));
                let is_prose = file.kind == Kind::Markdown && form.what == "a private key";
                // A marker alone is how programs recognise keys; a key has a body.
                let is_marker = form.what == "a private key" && !has_key_body(&file.text[found.end()..]);
                if !is_made_up && !is_prose && !is_marker {
                    look.found(file, line, format!("This line holds {}.", form.what));
                }
            }
        }
    }
}

fn has_key_body(after: &str) -> bool {
    let body: String = after.chars().take(200).filter(|c| !c.is_whitespace() && *c != '\\').collect();
    body.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=')).count() >= 60
}

fn signature_compared_plainly(project: &Project, look: &mut Look) {
    for (file, go) in project.go_code().filter(|(_, go)| go.imports("crypto/hmac")) {
        look.saw_one();
        let text = &file.text;
        let bytes_equal = go.calls_of(text, "bytes", "Equal").filter_map(|call| match go.args(call) {
            [left, right] => Some((left.of(text), right.of(text), call.at)),
            _ => None,
        });
        let compares = go.compares.iter().map(|compare| (compare.left.of(text), compare.right.of(text), compare.at));
        for (left, right, at) in compares.chain(bytes_equal) {
            let made = |side: &str| holds_mac(go, text, at.function, side);
            if (made(left) || made(right)) && !is_trivial(left) && !is_trivial(right) {
                let statement =
                    format!("The computed signature is compared as `{left}` with `{right}`, not in constant time.");
                look.found(file, at.line, statement);
            }
        }
    }
}

fn is_trivial(side: &str) -> bool {
    matches!(side, "nil" | "\"\"" | "true" | "false") || side.starts_with("len(") || side.parse::<i64>().is_ok()
}

/// Returns whether an expression is, or is a variable of this function made from, the sum of an HMAC.
fn holds_mac(go: &GoFile, text: &str, function: u32, expression: &str) -> bool {
    let here = |at: crate::analyst::project::go::Where| at.function == function;
    let macs: Vec<&str> = go
        .assigns
        .iter()
        .filter(|assign| here(assign.at) && assign.right.of(text).starts_with("hmac.New("))
        .map(|assign| assign.left.of(text))
        .collect();
    let is_sum = |expression: &str| macs.iter().any(|mac| expression.contains(&format!("{mac}.Sum(")));
    let mut sums: Vec<&str> = Vec::new();
    for assign in go.assigns.iter().filter(|assign| here(assign.at)) {
        let right = assign.right.of(text);
        if is_sum(right) || sums.iter().any(|sum| right.contains(&format!("({sum})"))) {
            sums.push(assign.left.of(text));
        }
    }
    is_sum(expression) || sums.contains(&expression) || sums.iter().any(|sum| expression.contains(&format!("({sum})")))
}

static TABLE_OF: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?is)^\s*(?:select\b.*?\bfrom\s+|update\s+|delete\s+from\s+)([\w."]+)(.*)$"#)
        .expect("it is a pattern")
});

fn query_without_tenant(project: &Project, look: &mut Look) {
    let with_tenants = tables_with_tenants(project);
    if with_tenants.is_empty() {
        return;
    }
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
            let is_appended = file.text[string.span.end as usize..].trim_start().starts_with('+');
            if is_whole && !is_appended && !lower.contains("tenant") {
                let statement =
                    format!("This query on `{table}`, which has a tenant column, does not name the tenant.");
                look.found(file, string.at.line, statement);
            }
        }
    }
}

fn tables_with_tenants(project: &Project) -> BTreeSet<String> {
    let schemas = project.of_kind(Kind::Sql).filter_map(File::sql);
    let tables = schemas.flat_map(|schema| &schema.tables);
    let has_tenant = |column: &(String, u32)| column.0 == "tenant_id";
    tables.filter(|table| table.columns.iter().any(has_tenant)).map(|table| table.name.clone()).collect()
}
