//! No text makes the parser panic or hang, and what it calls a plan is one.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use quintet::plan;

use crate::properties::plan::read_and_hold;

use super::read::{fixture, fixtures};

/// Pieces of Markdown that people write, and some that they should not.
fn token() -> impl Strategy<Value = String> {
    let all = [
        "# ",
        "## Agent 1: ",
        "### ",
        "**",
        "- ",
        "1. ",
        "| ",
        "|---|\n",
        "```mermaid\ngraph TD\n",
        "```\n",
        "-->",
        "A[",
        "]",
        " & ",
        "---\n",
        "Output: ",
        "Needs: ",
        "`",
        "../",
        ".claude-team/",
        "mcp__a__b",
        "\n\n",
        "    ",
        "> ",
        "\t",
        "(15 min)",
        "Agent",
        "Phase 2",
        "🎯",
        "Ã¢â‚¬â„¢",
        "\u{0}",
        "\r",
        "é",
        "subgraph x\n",
        "end\n",
        "{{",
        "\"",
        "%%",
        ";",
        ":::",
        "agents:\n",
    ];
    proptest::sample::select(all.to_vec()).prop_map(str::to_owned)
}

/// A change to a text: at a share of its length.
#[derive(Debug, Clone)]
enum Change {
    DeleteLine(f64),
    DoubleLine(f64),
    SwapLines(f64, f64),
    Cut(f64),
    Insert(f64, String),
}

fn change() -> impl Strategy<Value = Change> {
    let at = || 0.0..1.0_f64;
    prop_oneof![
        at().prop_map(Change::DeleteLine),
        at().prop_map(Change::DoubleLine),
        (at(), at()).prop_map(|(a, b)| Change::SwapLines(a, b)),
        at().prop_map(Change::Cut),
        (at(), token()).prop_map(|(at, token)| Change::Insert(at, token)),
    ]
}

fn changed(text: &str, change: &Change) -> String {
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let pick = |share: f64, of: usize| ((share * of as f64) as usize).min(of.saturating_sub(1));
    let byte = |share: f64| (0..=pick(share, text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let count = lines.len();
    match change {
        _ if lines.is_empty() => return text.to_owned(),
        Change::DeleteLine(at) => drop(lines.remove(pick(*at, count))),
        Change::DoubleLine(at) => lines.insert(pick(*at, count), lines[pick(*at, count)]),
        Change::SwapLines(a, b) => lines.swap(pick(*a, count), pick(*b, count)),
        Change::Cut(at) => return text[..byte(*at)].to_owned(),
        Change::Insert(at, token) => {
            let at = byte(*at);
            return format!("{}{token}{}", &text[..at], &text[at..]);
        }
    }
    lines.concat()
}

#[test]
fn what_is_wrong_in_indented_code_is_told_at_its_line() {
    let text = "    ## Agent 1: ";
    read_and_hold(text);
    let lines: Vec<usize> = quintet::plan::read(text).problems.iter().map(|problem| problem.line).collect();
    assert!(!lines.is_empty() && lines.iter().all(|line| *line == 1), "{lines:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read(text in any::<String>()) {
        read_and_hold(&text);
    }

    #[test]
    fn any_pile_of_markdown_is_read(tokens in proptest::collection::vec(token(), 0..120)) {
        read_and_hold(&tokens.concat());
    }

    #[test]
    fn any_plan_may_be_damaged(
        which in 0..64_usize,
        changes in proptest::collection::vec(change(), 1..8),
    ) {
        let names = fixtures();
        let mut text = fixture(&names[which % names.len()]);
        for change in &changes {
            text = changed(&text, change);
        }
        read_and_hold(&text);
    }

    #[test]
    fn any_bytes_are_decoded(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        read_and_hold(&plan::decode(&bytes));
    }
}

/// Reads within a time that a slow machine keeps with ease, and a parser that is not linear does not.
fn read_in_time(name: &str, text: &str) {
    let start = Instant::now();
    read_and_hold(text);
    let taken = start.elapsed();
    assert!(taken < Duration::from_secs(40), "{name}: {taken:?}");
}

#[test]
fn huge_plans_are_read() {
    let each = |count: usize, line: fn(usize) -> String| (0..count).map(line).collect::<String>();
    let agents = each(10_000, |n| format!("## Agent {n}: a-{n}-reader\nTask: read part {n}\n"));
    let chain =
        each(10_000, |n| format!("N{n}[a-{n}-reader] --> N{}[a-{}-reader]\n", (n + 1).min(9_999), (n + 1).min(9_999)));
    let ring = each(10_000, |n| format!("N{n}[a-{n}-reader] --> N{}\n", (n + 1) % 10_000));
    read_in_time("a long chain", &format!("# P\n{agents}\n```mermaid\ngraph TD\n{chain}```\n"));
    read_in_time("a long ring", &format!("# P\n{agents}\n```mermaid\ngraph TD\n{ring}```\n"));
    read_in_time(
        "nobody known",
        &format!("# P\n{agents}\n```mermaid\ngraph TD\n{}```\n", each(500, |n| format!("X{n}[what {n}] --> Y{n}\n"))),
    );
    read_in_time(
        "many entries",
        &format!("# P\n## Agents\n{}", each(10_000, |n| format!("- a-{n}-reader: part {n}\n"))),
    );
    read_in_time("deep lists", &each(2_000, |n| format!("{}- x-tester: {n}\n", "  ".repeat(n))));
    read_in_time("deep quotes", &format!("{} x\n", ">".repeat(20_000)));
    read_in_time("wide products", &with_product(500));
    read_in_time("many words", &"word and more of it, max 3 in parallel, 15 min limit.\n\n".repeat(4_000));
    let settings = each(2_000, |n| format!("  a-{n}-reader:\n    engine: claude\n    time_box: 10m\n"));
    let set = each(2_000, |n| format!("- a-{n}-reader: part {n}\n"));
    read_in_time("settings of many", &format!("---\nagents:\n{settings}---\n# P\n## Agents\n{set}"));
    let strangers = each(4_000, |n| format!("A --> Z{n}\n"));
    read_in_time("many last nodes", &format!("# P\n## Agents\n- a: x\n```mermaid\ngraph TD\n{strangers}```\n"));
    read_in_time("fences in fences", &each(300, |n| format!("{}\nAGENT {n}: x\n", "`".repeat(303 - n))));
    read_in_time("brackets", &"[".repeat(50_000));
    read_in_time("ticks", &"` `` ".repeat(20_000));
}

fn with_product(count: usize) -> String {
    let side = |letter: char| (0..count).map(|n| format!("{letter}{n}")).collect::<Vec<_>>().join(" & ");
    format!("# P\n```mermaid\ngraph TD\n{} --> {}\n```\n", side('a'), side('b'))
}
