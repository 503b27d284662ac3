//! What is only worth a line where the code runs for somebody: a sample, a tutorial or a project at its end of life is
//! right to leave it.

use std::sync::LazyLock;

use regex::Regex;

use super::Rule;
use crate::analyst::finding::Place;
use crate::analyst::project::{File, Kind, Project, SHOWN, folder_of};
use crate::scheduler::Severity;

/// The rules of which this is true.
const OPERATED: &[&str] = &[
    "any-origin-with-credentials",
    "assertion-of-constant",
    "body-not-closed",
    "call-without-timeout",
    "container-owns-machine",
    "container-runs-as-root",
    "data-not-protected",
    "database-without-backup",
    "function-written-twice",
    "image-not-pinned",
    "load-test-asserts-nothing",
    "peer-not-verified",
    "peer-not-verified-in-script",
    "personal-data-in-log",
    "profiler-in-public",
    "query-in-loop",
    "request-ends-program",
    "request-without-timeout-in-python",
    "secret-in-image",
    "secret-in-manifest",
    "server-dropped-in-flight",
    "server-without-timeout",
    "terraform-state-local",
    "test-always-skipped",
    "test-cannot-fail",
    "unlimited-body",
    "workload-without-limit",
    "workload-without-probe",
];

/// Parts of paths that hold what tries something else out, beside what is only shown.
const TRIED: &[&str] = &[
    "bench",
    "benchmark",
    "benchmarks",
    "conformance",
    "crossdock",
    "cypress",
    "devbox",
    "devtool",
    "devtools",
    "experimental",
    "extras",
    "fake",
    "fvt",
    "hack",
    "hammer",
    "lab",
    "labs",
    "loadtest",
    "mock",
    "sandbox",
    "scripts",
    "simulation",
    "simulator",
    "skeleton",
    "tester",
    "tool",
    "tools",
];

/// Ends of one word that say the same: `snmptester`.
const TRIED_ENDS: &[&str] = &["benchmark", "mock", "mocks", "simulator", "tester"];

/// What a file says of itself, in the remarks before its first line of code.
static SAYS_SO: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:an? )?example\b|\bsample\b|\bdemo(?:nstration)?\b|\bfor (?:local |manual )?(?:development|testing|tests|demos?)\b|\blocal (?:development|testing)\b|\bcompose\b|\bstand-in\b|\bnot (?:be used |meant |intended |for use )?(?:for|in) production\b|\bcypress\b|\bgo run\b|\blocalhost\b|\bshows how to\b|\bedit (?:it|this|me)\b|\bmock\b|\bfake\b",
    )
    .expect("it is a pattern")
});

/// What the README of a folder says of the things in it that are there to be tried.
static TO_TRY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\bminikube\b|^# .*\bend-to-end test|\bkind create cluster\b|\b(?:be|become|are) out of date\b|\bnot (?:be )?(?:designed|intended|meant|suitable) (?:for|to be used in) production\b|^(?:this is )?a development (?:proxy|server)\b|: a development (?:proxy|server)\b|\bdevelopment proxy\b").expect("it is a pattern")
});

/// How many lines of remarks say what a file is.
const REMARKS: usize = 40;

static LEFT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:no longer|not) (?:actively )?(?:maintained|supported|developed)\b|\bunmaintained\b|\bend[- ]of[- ]life\b|\b(?:is|been|now) (?:deprecated|archived|retired)\b|(?-i:\b(?:DEPRECATED|ARCHIVED|Archived)\b)|\bjump start solution\b|\b(?:project|repo(?:sitory)?|code|development)\b[^.]{0,40}\bmoved (?:in)?to\b",
    )
    .expect("it is a pattern")
});

/// Why a rule was not held against such a project, for its report.
pub const WHY: &str = "not judged, since the project says that it is there to be shown, or that nobody maintains it";

/// How many lines of a README say what a project is.
const HEAD: usize = 15;

/// Returns whether a rule has nothing to say of this project. Of one that is left, small things are nobody's.
pub fn is_beside_the_point(rule: &Rule, project: &Project) -> bool {
    let is_of_use = || project.is_shown_only() || is_named_so(project);
    OPERATED.contains(&rule.id) && is_of_use()
        || (OPERATED.contains(&rule.id) || rule.severity <= Severity::Low) && is_left(project)
}

/// Returns whether a rule has nothing to say of this place.
pub fn is_tried_only(rule: &Rule, project: &Project, place: &Place) -> bool {
    let path = place.file.as_str();
    let lower = path.to_ascii_lowercase();
    // `quick-start` is one word.
    let words = |part: &str| {
        part.split(['-', '_', '.']).any(is_tried)
            || is_tried(&part.replace(['-', '_'], ""))
            || TRIED_ENDS.iter().any(|end| part.ends_with(end))
            || part.ends_with("-in-a-box")
    };
    // The README of a folder speaks of all that lies in it.
    let is_to_try = || {
        let folder = folder_of(path);
        !folder.is_empty()
            && project
                .file(&format!("{folder}/README.md"))
                .is_some_and(|file| file.lines().take(HEAD).any(|(_, line)| TO_TRY.is_match(line)))
    };
    OPERATED.contains(&rule.id)
        && (lower.split('/').any(words)
            || is_local(&lower)
            || project.file(path).is_some_and(says_so)
            || is_to_try()
            || is_function_for_tests(project, place)
            || is_of_mocks(project, path))
}

/// Returns whether a program is only built into an image of stand-ins for what the project talks to.
fn is_of_mocks(project: &Project, path: &str) -> bool {
    let folder = folder_of(path);
    let names = |file: &File| {
        folder.starts_with("cmd/")
            && matches!(file.kind, Kind::Dockerfile | Kind::Makefile | Kind::Yaml | Kind::Shell | Kind::Other)
            && file.lines().any(|(_, line)| {
                line.split([' ', '"', '\'']).any(|word| {
                    word.trim_start_matches("./").trim_end_matches("/...") == folder
                        || word.trim_start_matches("./").starts_with(&format!("{folder}/"))
                })
            })
    };
    let mut named = project.files().iter().filter(|file| names(file)).peekable();
    named.peek().is_some() && named.all(|file| file.name().to_ascii_lowercase().contains("mock"))
}

/// What a function says of itself.
static SAID_OF: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:only )?used (?:only )?(?:in|by|for|from) (?:the )?(?:\w+ )?(?:tests?|debugging|development)\b|\bfor (?:testing|debugging) (?:only|purposes)\b")
        .expect("it is a pattern")
});

/// Returns whether the remark of the function around a line says that it is there for tests.
fn is_function_for_tests(project: &Project, place: &Place) -> bool {
    let Some((file, go)) = project.file(&place.file).and_then(|file| Some((file, file.go()?))) else { return false };
    let around = go.functions.iter().find(|function| (function.line..=function.end_line).contains(&place.line));
    around.is_some_and(|function| SAID_OF.is_match(&file.remark_above(function.line)))
}

/// Returns whether a file's name, or a folder, says that it is for the developers' own machines.
fn is_local(path: &str) -> bool {
    let (stem, _) = path.rsplit('/').next().unwrap_or(path).rsplit_once('.').unwrap_or((path, ""));
    stem.rsplit(['-', '_', '.', '/']).next() == Some("local") || folder_of(path).split('/').any(|part| part == "dev")
}

fn says_so(file: &File) -> bool {
    let is_remark =
        |line: &str| line.starts_with("//") || line.starts_with('#') || line.is_empty() || line.starts_with(['*', '/']);
    let head = file.lines().map(|(_, line)| line.trim()).take(REMARKS).take_while(|line| is_remark(line));
    let is_address = |line: &str| line.contains("://") && !line.contains("://localhost");
    head.into_iter().any(|line| !is_address(line) && SAYS_SO.is_match(line))
}

fn is_tried(word: &str) -> bool {
    TRIED.contains(&word) || SHOWN.contains(&word)
}

/// A project of samples says so in the name of its module, or in the title of its README.
fn is_named_so(project: &Project) -> bool {
    let title = project.readme().and_then(|readme| readme.lines().find_map(|(_, line)| line.strip_prefix("# ")));
    let title = title.unwrap_or_default().to_ascii_lowercase();
    // Recipes of a kitchen are for nothing.
    let holds_recipes = title.starts_with("recipes for ");
    if holds_recipes || title.split(|c: char| !c.is_alphanumeric()).any(|word| SHOWN.contains(&word)) {
        return true;
    }
    let module = |file: &File| {
        let line = file.lines().find_map(|(_, line)| line.strip_prefix("module ").map(str::to_owned));
        let path = line.unwrap_or_default().to_ascii_lowercase();
        // The host, which may be an example's, says nothing.
        path.split_once('/').map(|(_, path)| path.to_owned()).unwrap_or_default()
    };
    let is_so = |file: &File| module(file).split(['/', '-', '_', '.']).any(is_tried);
    // The one of the project itself speaks for all that lie in it.
    if let Some(own) = project.file("go.mod") {
        return is_so(own);
    }
    let mut modules = project.of_kind(Kind::GoMod).peekable();
    modules.peek().is_some() && modules.all(is_so)
}

/// The project says that nobody works on it any more.
fn is_left(project: &Project) -> bool {
    project.readme().is_some_and(|readme| readme.lines().take(HEAD).any(|(_, line)| LEFT.is_match(line)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyst::rules::rules;

    #[test]
    fn every_one_of_them_is_a_rule() {
        let unknown: Vec<&&str> = OPERATED.iter().filter(|id| !rules().any(|rule| rule.id == **id)).collect();
        assert_eq!(unknown, [&""; 0]);
    }
}
