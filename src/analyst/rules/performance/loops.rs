//! Work that is done again in every turn of a loop.

use std::collections::BTreeSet;

use crate::analyst::Field;
use crate::analyst::project::go::unquoted;
use crate::analyst::project::{File, Kind, Project, gomod, indent};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[
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
    Rule {
        id: "pattern-compiled-in-loop",
        field: Field::Performance,
        severity: Severity::Low,
        title: "No loop compiles the same pattern again and again",
        rationale: "Compiling takes far longer than matching; the loop spends its time on it.",
        wrong_if: "the loop runs only a few times in the life of the program",
        remedy: "Compile it once, in a variable of the package.",
        looks_at: "patterns",
        topics: &["performance", "latency", "optimiz"],
        check: pattern_compiled_in_loop,
    },
    Rule {
        id: "release-waits-for-function",
        field: Field::Performance,
        severity: Severity::Medium,
        title: "Whatever a loop opens is closed in the same turn",
        rationale: "`defer` waits for the end of the function, not of the turn: a long loop keeps everything open at once.",
        wrong_if: "the loop has only a few turns",
        remedy: "Move the body of the loop into a function, or close at the end of the turn.",
        looks_at: "`defer` statements that close something",
        topics: &["performance", "bottleneck", "leak"],
        check: release_waits_for_function,
    },
    Rule {
        id: "timer-in-loop",
        field: Field::Performance,
        severity: Severity::Medium,
        title: "No loop leaves timers behind",
        rationale: "Before Go 1.23 each `time.After` lives until it fires: a busy loop piles them up.",
        wrong_if: "the loop turns no faster than its timer",
        remedy: "Use one `time.Timer` and reset it, or raise the `go` line in `go.mod` to 1.23.",
        looks_at: "timers in loops",
        topics: &["performance", "bottleneck", "leak"],
        check: timer_in_loop,
    },
];

fn query_in_loop(project: &Project, look: &mut Look) {
    let with_database: BTreeSet<&str> =
        project.go_code().filter(|(_, go)| go.imports("database/sql")).map(|(file, _)| file.folder()).collect();
    // A database in the program itself is asked without a round trip.
    let requires = |words: &[&str]| {
        let modules = project.of_kind(Kind::GoMod).filter_map(File::gomod);
        let mut names =
            modules.flat_map(|module| module.requires.iter().map(|require| require.path.to_ascii_lowercase()));
        names.any(|name| words.iter().any(|word| name.contains(word)))
    };
    let is_all_within = requires(&["sqlite", "sqlcipher"])
        && !requires(&["lib/pq", "pgx", "go-sql-driver", "mssql", "spanner", "godror", "clickhouse", "snowflake"]);
    let is_within = |file: &File| is_all_within || file.path.to_ascii_lowercase().contains("sqlite");
    for (file, go) in project.go_code().filter(|(file, _)| with_database.contains(file.folder()) && !is_within(file)) {
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
            let locks = go.args(call).iter().any(|arg| arg.of(text).to_ascii_lowercase().contains("for update"));
            let around = go.function(call.at);
            let name = around.map_or("", |function| function.name.as_str()).to_ascii_lowercase();
            let is_once =
                ["migrat", "seed", "backfill", "script", "tool", "schema"].iter().any(|word| file.path.contains(word))
                    || ["migrat", "backfill"].iter().any(|word| name.contains(word));
            // A loop that writes for each item goes to the database for each anyway.
            let head = file.loop_around(call.at.line).map_or(0, indent);
            let end = around.map_or(call.at.line, |function| function.end_line);
            let turn = (call.at.line..=end).map(|line| file.line(line));
            let mut turn = turn.take_while(|line| line.trim().is_empty() || indent(line) > head);
            let writes = turn.any(|line| [".Exec(", ".ExecContext("].iter().any(|call| line.contains(call)));
            let is_once = is_once || writes;
            if file.loop_around(call.at.line).is_some_and(is_over_items) && !locks && !is_once {
                look.found(file, call.at.line, "This query runs once for every item of the loop around it.");
            }
        }
    }
}

/// Returns whether a line begins a loop over items, one by one.
fn is_over_items(line: &str) -> bool {
    line.contains("range ")
        && !line.contains("range []")
        && !["batch", "chunk", "page", "shard"].iter().any(|word| line.to_ascii_lowercase().contains(word))
}

fn pattern_compiled_in_loop(project: &Project, look: &mut Look) {
    for (file, go) in project.go_code().filter(|(_, go)| go.imports("regexp")) {
        for function in ["MustCompile", "Compile", "MatchString"] {
            for call in go.calls_of(&file.text, "regexp", function) {
                look.saw_one();
                let is_fixed = go.args(call).first().is_some_and(|pattern| unquoted(pattern.of(&file.text)).is_some());
                // What is set up once is set up at leisure.
                let around = go.function(call.at).map_or("", |function| function.name.as_str()).to_ascii_lowercase();
                let is_once = around.contains("config")
                    || ["new", "build", "init", "load", "setup", "parse", "main", "valid", "config", "register"]
                        .iter()
                        .any(|start| around.starts_with(start));
                // Only what answers somebody does it often enough to be felt.
                let answers = go.function(call.at).is_some_and(|function| {
                    let kinds = ["*http.Request", "http.ResponseWriter", "context.Context"];
                    function.params.iter().any(|param| kinds.contains(&param.kind.as_str()))
                });
                if is_fixed && answers && call.at.loops > 0 && call.at.branches == 0 && !is_once {
                    look.found(file, call.at.line, "This fixed pattern is compiled in every turn of the loop.");
                }
            }
        }
    }
}

fn release_waits_for_function(project: &Project, look: &mut Look) {
    for (file, go) in project.go_code() {
        let text = &file.text;
        for call in go.calls.iter().filter(|call| call.at.deferred) {
            let name = call.name.of(text);
            // What locks one after another mostly needs all of them until the end.
            if !name.ends_with(".Close") {
                continue;
            }
            look.saw_one();
            // A loop that is left in the same turn closes in time; what lies deeper than the `for` belongs to the turn.
            let end = go.function(call.at).map_or(call.at.line, |function| function.end_line);
            let head = file.loop_around(call.at.line);
            let depth = head.map_or_else(|| indent(file.line(call.at.line)), indent);
            let turn = (call.at.line + 1..=end).map(|line| file.line(line));
            let mut turn = turn.take_while(|line| line.trim().is_empty() || indent(line) > depth);
            let leaves = turn.any(|line| {
                let line = line.trim();
                ["return", "break", "<-", "select"].iter().any(|word| line.starts_with(word))
            });
            // A program that ends soon closes soon; a loop that counts to a number has as many turns.
            let is_program = go.package == "main" || file.folder().split('/').any(|part| matches!(part, "cli" | "cmd"));
            let counts = head.is_some_and(|head| head.contains(" < ") || head.contains(" <= "));
            // What is handed on is used after its turn.
            let receiver = name.trim_end_matches(".Close");
            let is_kept = go.function(call.at).is_some_and(|function| is_handed_on(function.body.of(text), receiver));
            // A loop that opens nothing closes what others opened, when they are done.
            let owner = receiver.split('.').next().unwrap_or(receiver);
            let is_of_item = receiver.contains('.')
                && head
                    .and_then(|head| head.split_once(":="))
                    .is_some_and(|(items, _)| items.split([' ', ',']).any(|item| item == owner));
            let opens_nothing = is_of_item || file.line(call.at.line - 1).trim_start().starts_with("for ");
            if call.at.loops > 0 && !leaves && !opens_nothing && !is_program && !counts && !is_kept {
                look.found(
                    file,
                    call.at.line,
                    format!("`{name}` waits for the end of the function, and is set up in every turn of the loop."),
                );
            }
        }
    }
}

/// Returns whether code puts a name into something that lasts: a list, a map or a field.
fn is_handed_on(body: &str, name: &str) -> bool {
    body.lines().map(str::trim).any(|line| {
        let ends_with_it = line.strip_suffix(name).is_some_and(|rest| rest.ends_with(" = ") || rest.ends_with(": "));
        ends_with_it
            || [format!("{name},"), format!("{name})")].iter().any(|end| line.contains("append(") && line.contains(end))
            || line.ends_with(&format!(": {name},"))
    })
}

fn timer_in_loop(project: &Project, look: &mut Look) {
    let versions: Option<Vec<_>> =
        project.of_kind(Kind::GoMod).filter_map(|file| Some(gomod::version(&file.gomod()?.go.as_ref()?.0))).collect();
    if versions.and_then(|versions| versions.into_iter().max()).is_none_or(|newest| newest >= (1, 23, 0)) {
        return;
    }
    for (file, go) in project.go_code() {
        for call in go.calls_of(&file.text, "time", "After").filter(|call| call.at.loops > 0 && call.at.branches > 0) {
            let line = file.line(call.at.line).trim();
            // Only beside another case is it left behind unfired.
            if !line.starts_with("case <-") {
                continue;
            }
            look.saw_one();
            // One that fires within seconds is soon gone; so is one of a number that stands elsewhere, for all we see.
            let duration = go.args(call).first().map_or("", |argument| argument.of(&file.text));
            let is_long = duration.contains("Minute") || duration.contains("Hour");
            let is_busy = is_long && others_come_often(file, call.at.line);
            if is_busy {
                look.found(file, call.at.line, "A new timer is made in every turn, and stays until it fires.");
            }
        }
    }
}

/// Returns whether a case beside the one on this line lets the loop go on: those that only come when all ends leave no
/// more than one timer behind.
fn others_come_often(file: &File, line: u32) -> bool {
    const ENDS: &[&str] =
        &["done", "stop", "quit", "exit", "clos", "shutdown", "cancel", "sig", "term", "ctx", "abort", "interrupt"];
    let own = indent(file.line(line));
    let is_case =
        |line: &str| indent(line) == own && (line.trim_start().starts_with("case ") || line.trim() == "default:");
    let is_inside = |line: &str| line.trim().is_empty() || indent(line) > own || is_case(line);
    let first = (1..line).rev().take_while(|number| is_inside(file.line(*number))).last().unwrap_or(line);
    let select: Vec<(u32, &str)> =
        (first..).map(|number| (number, file.line(number))).take(200).take_while(|(_, line)| is_inside(line)).collect();
    select.iter().enumerate().filter(|(_, (number, code))| is_case(code) && *number != line).any(
        |(index, (_, case))| {
            let body = select[index + 1..].iter().map(|(_, code)| *code).take_while(|code| !is_case(code));
            let leaves = body
                .filter(|code| !code.trim().is_empty())
                .last()
                .is_some_and(|last| last.trim_start().starts_with("return"));
            let lower = case.to_ascii_lowercase();
            !leaves && !ENDS.iter().any(|word| lower.contains(word))
        },
    )
}
