//! Tests that cannot say no.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::{each_test, test_files};
use crate::analyst::Field;
use crate::analyst::project::go::{Call, GoFile, Where};
use crate::analyst::project::{File, Project, Span, has_word, is_of_go, words_of};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[
    Rule {
        id: "test-always-skipped",
        field: Field::Testing,
        severity: Severity::Medium,
        title: "No test skips itself always",
        rationale: "It counts as a test and checks nothing, on every machine.",
        wrong_if: "the test is kept as a reminder on purpose",
        remedy: "Mend it, or delete it and keep the reason in an issue.",
        looks_at: "test functions",
        topics: &["test", "gap", "coverage", "quality"],
        check: test_always_skipped,
    },
    Rule {
        id: "test-cannot-fail",
        field: Field::Testing,
        severity: Severity::Medium,
        title: "Every test can fail",
        rationale: "Whatever the code returns, this test passes; its coverage says nothing.",
        wrong_if: "a function that it calls ends the test",
        remedy: "Assert what the call must have changed or returned.",
        looks_at: "test functions",
        topics: &["test", "gap", "coverage", "quality"],
        check: test_cannot_fail,
    },
    Rule {
        id: "fatal-in-goroutine",
        field: Field::Testing,
        severity: Severity::Medium,
        title: "No test ends itself from a goroutine",
        rationale: "Only that goroutine ends: the test goes on, or hangs until its time is up.",
        wrong_if: "the function is called in the test's own goroutine after all",
        remedy: "Use `t.Error` and return, or hand the error to the test through a channel.",
        looks_at: "`go` statements in tests",
        topics: &["test", "quality"],
        check: fatal_in_goroutine,
    },
    Rule {
        id: "benchmark-without-loop",
        field: Field::Testing,
        severity: Severity::Medium,
        title: "Every benchmark repeats what it measures",
        rationale: "It runs once whatever is asked for: its nanoseconds an operation are the time divided by a number that nothing did.",
        wrong_if: "it only groups other benchmarks",
        remedy: "Put the work into `for b.Loop()`.",
        looks_at: "benchmarks",
        topics: &["test", "quality", "performance"],
        check: benchmark_without_loop,
    },
];

fn test_always_skipped(project: &Project, look: &mut Look) {
    each_test(project, |file, _, function, calls| {
        look.saw_one();
        let t = &function.params[0].name;
        let is_skip = |call: &&&Call| {
            let name = call.name.of(&file.text);
            [".Skip", ".Skipf", ".SkipNow"].iter().any(|skip| name == format!("{t}{skip}"))
        };
        let at_top = |at: Where| at.loops == 0 && at.closures == 0 && at.branches == 0 && !at.deferred;
        if let Some(skip) = calls.iter().find(is_skip).filter(|skip| at_top(skip.at)) {
            // What stands before it still runs; a return before it is a condition that we do not follow.
            let before = &file.text[function.body.start as usize..skip.whole.start as usize];
            let is_shown = [
                "example",
                "debug",
                "manual",
                "by hand",
                "demonstrat",
                "profiling",
                "benchmark only",
                "for reference",
                "integration",
                "live",
                "need",
                "require",
                "connection",
                "fixture",
                "only",
                "todo",
                "by default",
                "remove skip",
                "remove the skip",
            ]
            .iter()
            .any(|word| {
                before.to_ascii_lowercase().contains(word)
                    || skip.whole.of(&file.text).to_ascii_lowercase().contains(word)
                    || (function.line.saturating_sub(4)..function.line)
                        .any(|line| file.line(line).to_ascii_lowercase().contains(word))
                    || comment_above(file, function.line).contains(word)
            });
            // A remark right under it says why.
            let is_shown = is_shown || file.line(skip.at.line + 1).trim_start().starts_with("//");
            // A reason that is no complaint is a decision.
            let reason = skip.whole.of(&file.text).to_ascii_lowercase();
            let is_silent = !reason.contains('"');
            let is_complaint = [
                "flak",
                "fix",
                "broken",
                "race",
                "temporar",
                "disabled",
                "unstable",
                "fail",
                "panic",
                "slow",
                "later",
                "hang",
                "timeout",
                "time out",
                "bug",
                "work",
                "skip this",
                "refactor",
                "rewrite",
                "move",
                "revisit",
            ]
            .iter()
            .any(|word| reason.contains(word))
                && !reason.contains("fork")
                && !reason.contains("network")
                && !reason.contains("instead")
                && !reason.contains("covered");
            // What is written down elsewhere, or beside it, is known.
            let beside = format!("{reason} {} {}", comment_above(file, skip.at.line), file.line(skip.at.line));
            let is_known = TRACKED.is_match(&beside.to_ascii_lowercase());
            if !before.contains("return") && !is_shown && !is_known && (is_silent || is_complaint) {
                look.found(file, skip.at.line, format!("`{}` skips itself unconditionally.", function.name));
            }
        }
    });
}

/// A number or an address of an issue, or what has to come first.
static TRACKED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"https?://|#\d+|\b[a-z]{1,10}[-/]\d{2,}|\buntil\b|\bonce\b|not (?:yet )?(?:supported|implemented|functional)",
    )
    .expect("it is a pattern")
});

fn test_cannot_fail(project: &Project, look: &mut Look) {
    each_test(project, |file, go, function, calls| {
        look.saw_one();
        let t = function.params[0].name.as_str();
        let body = &go.without_strings(function.body, &file.text);
        // Parallel tests take their own `t`, under whatever name.
        let own = TAKEN.captures_iter(body).map(|found| found[1].to_owned());
        let names: BTreeSet<String> = own.chain([t.to_owned()]).filter(|name| name != "_").collect();
        let harmless = |field: &str| {
            matches!(field, "Log" | "Logf" | "Parallel" | "Helper" | "Run" | "Setenv" | "TempDir" | "Name")
        };
        let uses_t = go.selectors.iter().any(|selector| {
            function.body.holds(selector.operand)
                && names.contains(selector.operand.of(&file.text))
                && !harmless(selector.field.of(&file.text))
        });
        // A part that is a function of its own, by its name.
        let runs_another = calls.iter().any(|call| {
            call.name.of(&file.text).ends_with(".Run")
                && go.args(call).last().is_some_and(|part| !part.of(&file.text).starts_with("func("))
        });
        let hands_t_on = calls.iter().filter(|call| !call.name.of(&file.text).ends_with(".Run")).any(|call| {
            go.args(call).iter().any(|arg| {
                let arg = go.without_strings(*arg, &file.text);
                names.iter().any(|name| has_word(&arg, name))
            })
        });
        // Matchers that were imported without a name know the test that they were registered with.
        let matches = calls.iter().any(|call| matches!(call.name.of(&file.text), "Expect" | "Ω" | "Eventually"));
        let may_panic = matches
            || ["AllocsPerRun", "panic(", "<-", ".Wait()", "select {", "for !"].iter().any(|word| body.contains(word))
            || body.contains("log.Fatal")
            || body.contains("os.Exit")
            || body.contains("main()")
            || body.contains("Execute()");
        // What it is for is said: that nothing panics, hangs or races.
        let said = format!("{} {} {}", function.name, comment_above(file, function.line), comments_in(body));
        let said = format!("{said} {}", strings_in(go, function.body, &file.text));
        let is_smoke = SMOKE.is_match(&said);
        // `New(t)` in a literal, a closure's own `t`, a suite: whatever else mentions it may fail with it.
        let other_mention = words_of(body).filter(|word| *word == t).count()
            != go.selectors.iter().filter(|s| function.body.holds(s.operand) && s.operand.of(&file.text) == t).count();
        let is_told = t.is_empty() || t == "_";
        if is_told || uses_t || hands_t_on || runs_another || other_mention || may_panic || is_smoke || go.broken {
            return;
        }
        // Without a word, a call alone may be there to show that nothing panics; what is dropped or only printed was asked for.
        let is_empty = body.trim_matches(|c: char| c.is_whitespace() || matches!(c, '{' | '}')).is_empty();
        let name = &function.name;
        // What the machine is like can only be logged.
        let mut lines = body.lines().map(str::trim).filter(|line| line.len() > 1);
        let is_log_alone =
            lines.next().is_some_and(|line| line.starts_with(&format!("{t}.Log"))) && lines.next().is_none();
        if is_log_alone {
            return;
        }
        let statement = if is_empty {
            format!("`{name}` is empty.")
        } else if DROPS.is_match(body) {
            format!("`{name}` drops what it asks for, and asserts nothing.")
        } else if PRINTS.is_match(body) {
            format!("`{name}` prints what it asks for, and asserts nothing.")
        } else {
            return;
        };
        look.found(file, function.line, statement);
    });
}

static DROPS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?m)^\s*(?:_|_, _) = \w[\w.]*\(|\w, _ :?= \w[\w.]*\(").expect("it is a pattern"));
static PRINTS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"\bfmt\.Print|\bprintln\(|\bspew\.Dump|\b[tT]\.Logf?\((?:"",\s*)?\w"#).expect("it is a pattern")
});
static TAKEN: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"func\((\w+) \*testing\.T\)").expect("it is a pattern"));
static SMOKE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(?-i:(?:Fuzz|No|Not|Non|Nil|Without|Multiple|Multi|Many|Twice|Double|Again|Repeated|Concurrent|Parallel|Duplicate|Close|Stop|Shutdown|Print|Dump|Log|Debug|Compile|Compiles|Implements|Init|Register|Swallows?)(?:[A-Z_0-9]|s?\b))|\b(?:not|no|never|without|twice|concurrent(?:ly)?)\b|can(?-i:[A-Z])|panic|crash|\bhangs?\b|nothang|\bblocks?\b|notblock|deadlock|returns?on|terminat|unblock|cancel|\braces?\b|smoke|idempotent|\bleaks?\b|no[- _]?op|does nothing|no assert|coverage|(?:make sure|ensure|check|verify|that) .{0,20}(?:can|does|do not|doesn't|don't)\b")
        .expect("it is a pattern")
});

/// Returns the lines of comment just above a line.
fn comment_above(file: &File, line: u32) -> String {
    file.remark_above(line).to_ascii_lowercase()
}

fn strings_in(go: &GoFile, body: Span, text: &str) -> String {
    let inside = go.strings.iter().filter(|string| body.holds(string.span));
    inside.map(|string| string.span.of(text)).filter(|string| string.contains(' ')).collect::<Vec<_>>().join(" ")
}

fn comments_in(body: &str) -> String {
    let comments = body.lines().filter_map(|line| Some(line.split_once("//")?.1.trim()));
    let blocks = body.split("/*").skip(1).filter_map(|block| Some(block.split_once("*/")?.0.trim()));
    comments.chain(blocks).collect::<Vec<_>>().join(" ")
}

fn fatal_in_goroutine(project: &Project, look: &mut Look) {
    for (file, go) in test_files(project) {
        let text = &file.text;
        // Tests that came with a copy of other people's code are left as they were.
        if is_of_go(file) || project.is_copied(file) {
            continue;
        }
        for spawn in &go.spawns {
            look.saw_one();
            let inside = go
                .calls
                .iter()
                .filter(|call| spawn.whole.holds(call.whole) && call.at.closures == spawn.at.closures + 1);
            let mut ends = inside.filter(|call| {
                matches!(call.name.of(text), "t.Fatal" | "t.Fatalf" | "t.FailNow" | "t.Skip" | "t.SkipNow")
            });
            // A literal that takes its own `t` is another test's.
            let own_t = spawn.whole.of(text).contains("t *testing.T");
            if let Some(call) = ends.find(|_| !own_t) {
                look.found(file, call.at.line, format!("`{}` is called in a goroutine.", call.name.of(text)));
            }
        }
    }
}

fn benchmark_without_loop(project: &Project, look: &mut Look) {
    for (file, go) in test_files(project) {
        for function in go.functions.iter().filter(|function| function.receiver.is_none()) {
            let is_benchmark = function.name.starts_with("Benchmark")
                && function.params.len() == 1
                && function.params[0].kind == "*testing.B";
            if !is_benchmark || go.broken {
                continue;
            }
            look.saw_one();
            let b = function.params[0].name.as_str();
            let body = go.without_strings(function.body, &file.text);
            let repeats = ["N", "Loop", "RunParallel", "Run", "Skip", "Skipf", "SkipNow"]
                .iter()
                .any(|word| body.contains(&format!("{b}.{word}")));
            let uses = words_of(&body).filter(|word| *word == b).count();
            let as_receiver = body.matches(&format!("{b}.")).count();
            let hands_it_on = uses > as_receiver;
            if !repeats && !hands_it_on && b != "_" {
                look.found(
                    file,
                    function.line,
                    format!("`{}` never asks how often to repeat its work.", function.name),
                );
            }
        }
    }
}
