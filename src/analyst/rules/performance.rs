//! Performance and cost: figures that add up, calls that end.

use std::sync::LazyLock;

use regex::Regex;

use super::{Look, Rule};
use crate::analyst::Field;
use crate::analyst::project::{File, Kind, Project};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[
    Rule {
        id: "budget-does-not-add-up",
        field: Field::Performance,
        severity: Severity::High,
        title: "The rows of every table of money add up to its total",
        rationale: "A budget is approved by its total; the parts say that it will be another one.",
        wrong_if: "the total holds something that no row names",
        remedy: "Correct the total, or add the row that is missing.",
        looks_at: "tables of money with a total",
        topics: &["budget", "cost", "$"],
        check: budget_does_not_add_up,
    },
    Rule {
        id: "call-without-timeout",
        field: Field::Performance,
        severity: Severity::Medium,
        title: "No HTTP request waits for ever",
        rationale: "A peer that accepts and never answers keeps the caller, its memory and its instance busy without end.",
        wrong_if: "http.DefaultClient is given a timeout elsewhere",
        remedy: "Use a client with a `Timeout`, or a request with a deadline in its context.",
        looks_at: "HTTP requests without a context",
        topics: &["performance", "sla", "latency", "timeout", "bottleneck"],
        check: call_without_timeout,
    },
    Rule {
        id: "query-in-loop",
        field: Field::Performance,
        severity: Severity::Medium,
        title: "No loop asks the database for one row after another",
        rationale: "Each turn is a round trip: the time grows with the number of rows, and a connection is held all along.",
        wrong_if: "the loop has a small fixed number of turns",
        remedy: "Ask once, with a join or `= ANY($1)`.",
        looks_at: "queries in loops over ranges",
        topics: &["performance", "sla", "latency", "bottleneck", "optimiz"],
        check: query_in_loop,
    },
];

static MONEY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^[~≈]?\s*\$\s?(\d[\d,]*(?:\.\d+)?)(?:\s*(?:-|–|—|to)\s*\$?\s?(\d[\d,]*(?:\.\d+)?))?(?:\s*(?:/|per)\s*\w+)?$",
    )
    .expect("it is a pattern")
});

/// An amount of money, or a range from low to high, in hundredths.
fn money(cell: &str) -> Option<(i64, i64)> {
    let plain = cell.trim().trim_matches('*');
    let found = MONEY.captures(plain)?;
    let amount = |text: &str| text.replace(',', "").parse::<f64>().ok().map(|amount| (amount * 100.0).round() as i64);
    let low = amount(&found[1])?;
    let high = match found.get(2) {
        Some(high) => amount(high.as_str())?,
        None => low,
    };
    Some((low, high))
}

fn dollars((low, high): (i64, i64)) -> String {
    let one = |hundredths: i64| {
        let whole = (hundredths / 100).to_string();
        let mut grouped = String::new();
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        if hundredths % 100 == 0 { format!("${grouped}") } else { format!("${grouped}.{:02}", hundredths % 100) }
    };
    if low == high { one(low) } else { format!("{}-{}", one(low), one(high)) }
}

fn budget_does_not_add_up(project: &Project, look: &mut Look) {
    for file in project.of_kind(Kind::Markdown) {
        let Some(document) = file.markdown() else { continue };
        for table in &document.tables {
            let Some(((total_line, total), rows)) = table.rows.split_last() else { continue };
            let first = total.first().map_or("", String::as_str).trim_matches('*').to_ascii_lowercase();
            if !(first == "total" || first.starts_with("total ")) || rows.len() < 2 {
                continue;
            }
            let is_partial = |row: &(u32, Vec<String>)| {
                row.1.first().is_some_and(|name| name.to_ascii_lowercase().contains("total"))
            };
            if rows.iter().any(is_partial) {
                continue;
            }
            for (column, said) in total.iter().enumerate().skip(1) {
                let Some(said) = money(said) else { continue };
                let amounts: Option<Vec<(i64, i64)>> =
                    rows.iter().map(|(_, row)| row.get(column).and_then(|cell| money(cell))).collect();
                let Some(amounts) = amounts else { continue };
                look.saw_one();
                let sum = amounts.iter().fold((0, 0), |sum, amount| (sum.0 + amount.0, sum.1 + amount.1));
                if sum != said {
                    let (said, sum) = (dollars(said), dollars(sum));
                    look.found(
                        file,
                        *total_line,
                        format!("The total says {said}; its {} rows add up to {sum}.", rows.len()),
                    );
                }
            }
        }
    }
}

fn call_without_timeout(project: &Project, look: &mut Look) {
    let default_is_set =
        |file: &File| file.text.contains("http.DefaultClient.Timeout") || file.text.contains("http.DefaultClient =");
    if project.of_kind(Kind::Go).any(default_is_set) {
        return;
    }
    for (file, go) in project.go_code().filter(|(_, go)| go.imports("net/http")) {
        for function in ["Get", "Post", "PostForm", "Head"] {
            for call in go.calls_of(&file.text, "net/http", function) {
                look.saw_one();
                let statement =
                    format!("`{}` uses the default client, which has no timeout.", call.name.of(&file.text));
                look.found(file, call.at.line, statement);
            }
        }
    }
}

fn query_in_loop(project: &Project, look: &mut Look) {
    for (file, go) in project.go_code().filter(|(_, go)| go.imports("database/sql")) {
        let text = &file.text;
        for call in go.calls.iter().filter(|call| call.at.loops > 0) {
            let name = call.name.of(text).rsplit('.').next().unwrap_or_default();
            let is_query = matches!(name, "Query" | "QueryRow" | "QueryContext" | "QueryRowContext");
            if !is_query {
                continue;
            }
            let selects = go.args(call).iter().any(|arg| {
                let arg = arg.of(text).trim_start_matches(['"', '`']).trim_start();
                arg.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("select "))
            });
            if !selects {
                continue;
            }
            look.saw_one();
            if is_in_range(&text[..call.whole.start as usize]) {
                look.found(file, call.at.line, "This query runs once for every item of the loop around it.");
            }
        }
    }
}

/// Returns whether the nearest `for` before here is a `for … range`.
fn is_in_range(before: &str) -> bool {
    let nearest = before.rfind("\n").map(|_| ()).and_then(|()| {
        before.lines().rev().map(str::trim_start).find(|line| line.starts_with("for ") || *line == "for {")
    });
    nearest.is_some_and(|line| line.contains("range "))
}
