//! Plans that cannot run: one clear message each, with its line and a hint.

use quintet::plan::{self, Severity, check};

/// Says every problem of a plan: `line code: message → hint`.
fn said(text: &str) -> Vec<String> {
    let reading = plan::read(text);
    let code = |problem: &plan::Problem| serde_json::to_value(problem.code).expect("a word");
    let say = |problem: &plan::Problem| {
        let code = code(problem);
        let code = code.as_str().expect("a word");
        format!("{} {code}: {} → {}", problem.line, problem.message, problem.hint)
    };
    let errors = reading.problems.iter().any(|problem| problem.severity == Severity::Error);
    assert_eq!(errors, reading.plan.is_none(), "a plan exists when nothing is an error");
    reading.problems.iter().map(say).collect()
}

const GOOD: &str = "\
# Plan
## Agents
1. **one-reader**: read the code
2. **two-writer**: write the text
";

fn with_graph(graph: &str) -> String {
    format!("{GOOD}\n```mermaid\ngraph TD\n{graph}\n```\n")
}

#[test]
fn every_mistake_is_said_once_with_its_line_and_what_to_do() {
    let front = |yaml: &str| format!("---\n{yaml}\n---\n{GOOD}");
    let output = |path: &str| format!("{GOOD}   - Output: `{path}`\n");
    let cases: Vec<(&str, String)> = vec![
        ("nothing at all", String::new()),
        ("blank lines", "\n \n\t\n".into()),
        ("no agent", "# Plan\n\nWe should do something about tests.\n".into()),
        ("only deliverables", "# Plan\n## Deliverables\n1. **Big Report**: all of it\n2. **List**: of things\n".into()),
        ("two of one name", format!("{GOOD}3. **one-reader**: read the tests\n")),
        ("two headings of one name", "## Agent 1: x-tester\nTask: a\n## Agent 2: X Tester\nTask: b\n".into()),
        ("a misspelt need", with_graph("A[one-reader] --> B[two-writre]\nB --> K[Final Report]")),
        ("a misspelt last need", with_graph("A[one-reader] --> B[two-wrter]")),
        ("a misspelt need in a field", format!("{GOOD}   - Needs: one-raeder\n")),
        ("a need that nobody is like", format!("{GOOD}   - Needs: cartographer\n")),
        ("a strange first node", with_graph("S[Start here] --> A[one-reader]")),
        ("two last steps", with_graph("A[one-reader] --> K[Final Report]\nB[two-writer] --> L[Party]")),
        ("a cycle of two", with_graph("A[one-reader] --> B[two-writer]\nB --> A")),
        ("a cycle of one", with_graph("A[one-reader] --> A")),
        ("an arrow that is none", with_graph("A[one-reader] -> B[two-writer]")),
        ("an arrow to nowhere", with_graph("A[one-reader] -->")),
        ("an open bracket", with_graph("A[one-reader --> B")),
        ("garbage in the graph", with_graph("this is garbage")),
        ("an end without a frame", with_graph("end")),
        ("an output above the project", output("../../etc/x")),
        ("an absolute output", output("/etc/x.md")),
        ("an output in git's folder", output(".git/hooks/post-commit.sh")),
        ("an output that is the status", output(".claude-team/communications/agent-status.json")),
        ("broken front matter", front("slots: [1")),
        ("a doubled key", front("slots: 3\nslots: 4")),
        ("no slots", front("slots: 0")),
        ("a strange time box", front("time_box: soon")),
        ("strange rights", front("permissions: root")),
        ("settings of nobody", front("agents:\n  one-raeder:\n    engine: claude")),
        ("a setting that is none", front("enigne: claude")),
        ("no time at all", "## Agent 1: x-tester\nTask: a\nTime limit: 0 min\n".into()),
        ("nothing to do", "## Agents\n- one-reader\n- two-writer\n".into()),
        ("one file for two", format!("{GOOD}   - Output: a.md\n3. **three-tester**: test\n   - Output: a.md\n")),
        ("two numbers of slots", format!("Exactly 3 active agents.\n\nAlways 4 active agents.\n\n{GOOD}")),
        ("two time boxes", format!("Time limit: 10 minutes.\n\nTime limit: 20 minutes.\n\n{GOOD}")),
        ("an entry that is no agent", format!("{GOOD}3. and then, if there is time, we look at the rest!\n")),
    ];
    let table: Vec<String> =
        cases.iter().map(|(name, text)| format!("{name}\n  {}", said(text).join("\n  "))).collect();
    insta::assert_snapshot!(table.join("\n"));
}

#[test]
fn all_mistakes_are_said_at_once() {
    let text =
        with_graph("A[one-raeder] --> B[two-writer]\nB --> B\nB ->> K") + "\n## Agent 9: two-writer\nOutput: ../x.md\n";
    insta::assert_snapshot!(check::problems(&plan::read(&text).problems));
}

#[test]
fn what_was_understood_is_shown_though_the_plan_is_refused() {
    let text = with_graph("A[one-reader] --> B[two-writer]\nB --> A");
    let reading = plan::read(&text);
    assert!(!reading.is_good());
    let shown = check::text(&reading);
    assert!(shown.contains("one-reader") && shown.contains("wait for each other"), "{shown}");
}

#[test]
fn a_slip_in_a_long_plan_is_found() {
    let plan = super::read::fixture("orchestration");
    let slip = |from: &str, to: &str| {
        assert!(plan.contains(from), "{from}");
        format!("{from} becomes {to}\n  {}", said(&plan.replacen(from, to, 1)).join("\n  "))
    };
    let slips = [
        slip("#### **2. security-auditor**", "#### **2. architecture-analyst**"),
        slip("1. **integration-analyst**:", "1. **architecture-analyst**:"),
        slip("2. **compliance-specialist**:", "2. **integration-analyst**:"),
        slip("F[integration-analyst]", "F[integration-analist]"),
        slip("A[architecture-analyst]", "A[architecture-analist]"),
        slip("J --> K", "J --> K\n    F --> A"),
        slip("`.claude-team/reports/testing-assessment.md`", "`../../etc/x`"),
        slip("K[Final Report]", "K[integration report]"),
    ];
    insta::assert_snapshot!(slips.join("\n"));
}
