//! Money in documents: totals and figures that are said twice.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::Field;
use crate::analyst::project::{File, Kind, Project};
use crate::analyst::rules::{Look, Rule};
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
        id: "monthly-cost-disagrees",
        field: Field::Performance,
        severity: Severity::High,
        title: "All documents give the same total cost a month",
        rationale: "Whoever approves the budget has read one figure, whoever keeps to it another.",
        wrong_if: "the figures are of different years or sizes of the system",
        remedy: "Decide which one holds, and write it everywhere.",
        looks_at: "total costs a month in documents",
        topics: &["budget", "cost", "$"],
        check: monthly_cost_disagrees,
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

/// `$4,300-8,700 a month`, in a sentence that speaks of the whole.
static A_MONTH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\$\s?(\d[\d,]*)(?:\s*(?:-|–|—|to)\s*\$?\s?(\d[\d,]*))?\s*(?:/\s?month|a month|per month|monthly)")
        .expect("it is a pattern")
});

fn monthly_cost_disagrees(project: &Project, look: &mut Look) {
    let mut said: BTreeMap<(i64, i64), (&File, u32)> = BTreeMap::new();
    for file in project.of_kind(Kind::Markdown).filter(|file| !file.is_test()) {
        let Some(document) = file.markdown() else { continue };
        for (line, words) in document.statements() {
            let lower = words.to_ascii_lowercase();
            let is_whole = [
                "runs for",
                "total cost",
                "operational cost",
                "operating cost",
                "budget of",
                "monthly budget",
                "costs of operation",
            ]
            .iter()
            .any(|phrase| lower.contains(phrase));
            let mut found = A_MONTH.captures_iter(&words);
            let (Some(one), None, true) = (found.next(), found.next(), is_whole) else { continue };
            let amount = |text: &str| text.replace(',', "").parse::<i64>().ok().map(|amount| amount * 100);
            let (low, high) = (amount(&one[1]), one.get(2).map_or(amount(&one[1]), |high| amount(high.as_str())));
            if let (Some(low), Some(high)) = (low, high) {
                look.saw_one();
                said.entry((low, high)).or_insert((file, line));
            }
        }
    }
    let mut figures = said.into_iter();
    let Some((first, (first_file, first_line))) = figures.next() else { return };
    for (figure, (file, line)) in figures {
        let statement =
            format!("This says {} a month, {}:{first_line} says {}.", dollars(figure), first_file.path, dollars(first));
        look.found(file, line, statement);
    }
}
