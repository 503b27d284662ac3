//! Paths inside sentences, and the rule for where a report may lie.

use std::sync::LazyLock;

use regex::Regex;

/// Why a path is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("lies outside the project")]
    Outside,
    #[error("belongs to Quintet or to git")]
    Reserved,
}

/// The folder whose name in any path is taken as the project's own.
const TEAM: &str = ".claude-team";

/// Returns a path as the project has it: relative, `/`-separated, without `.` and `..`.
///
/// A path with a `.claude-team` folder in it is cut there, whatever stands before.
pub(super) fn inside_project(path: &str) -> Result<String, Refusal> {
    let path = path.trim().replace('\\', "/");
    let all: Vec<&str> = path.split('/').collect();
    // Markdown swallows the backslash before a dot: `C:\app\.claude-team` arrives as `C:/app.claude-team`.
    let drive = all[0].ends_with(':');
    let cut = all.iter().position(|part| *part == TEAM || (drive && part.ends_with(TEAM)));
    let rooted = path.starts_with(['/', '~']) || drive;
    let parts = match cut {
        Some(cut) => &all[cut + 1..],
        None if rooted => return Err(Refusal::Outside),
        None => &all[..],
    };
    let mut inside: Vec<&str> = cut.map(|_| TEAM).into_iter().collect();
    for part in parts {
        match *part {
            "" | "." => {}
            ".." => {
                inside.pop().ok_or(Refusal::Outside)?;
            }
            part => inside.push(part),
        }
    }
    // What was cut at the team directory must not climb out of it again.
    let climbed = cut.is_some() && inside.first() != Some(&TEAM);
    match inside.as_slice() {
        _ if climbed => Err(Refusal::Outside),
        [] => Err(Refusal::Outside),
        [".git", ..] | [TEAM, "runs" | "handoffs", ..] | [TEAM] => Err(Refusal::Reserved),
        _ => Ok(inside.join("/")),
    }
}

static QUOTED: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"`([^`\n]{1,300})`"#).expect("a valid pattern"));
static PLAIN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:[A-Za-z]:)?[~./\\]{0,3}[\w@+-][\w@+.\-]*(?:[/\\][\w@+*.\-]+)*[/\\]?|\.{1,2}(?:[/\\][\w@+*.\-]+)+[/\\]?|[~/][\w@+.\-]*(?:/[\w@+*.\-]+)+/?").expect("a valid pattern")
});

/// A word of a text that may be a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mention {
    pub path: String,
    /// In backticks.
    pub quoted: bool,
    /// Where the word stands, marks included.
    pub at: usize,
    pub end: usize,
}

/// Returns the words of a text that look like paths of files or folders.
pub(super) fn mentions(text: &str) -> Vec<Mention> {
    let mut found = Vec::new();
    let mut plain_from = 0;
    for quote in QUOTED.captures_iter(text) {
        let whole = quote.get(0).expect("the whole match");
        plain(text, plain_from, whole.start(), &mut found);
        let path = quote[1].trim();
        if !path.contains(' ') && (is_path(path) || path.ends_with('/') && path.len() > 1) {
            found.push(Mention { path: path.to_owned(), quoted: true, at: whole.start(), end: whole.end() });
        }
        plain_from = whole.end();
    }
    plain(text, plain_from, text.len(), &mut found);
    found
}

fn plain(text: &str, from: usize, to: usize, found: &mut Vec<Mention>) {
    for word in PLAIN.find_iter(&text[from..to]) {
        let at = from + word.start();
        let path = word.as_str().trim_end_matches(['.', '-']);
        let in_address = text[..at].ends_with("://") || text[..at].ends_with('@') || text[..at].ends_with(':');
        let drive = path.as_bytes().get(1) == Some(&b':');
        let mail = path.find('@').is_some_and(|at| at > 0);
        if !mail && (!in_address || drive) && is_path(path) && !is_product(path) {
            found.push(Mention { path: path.to_owned(), quoted: false, at, end: at + path.len() });
        }
    }
}

/// Endings of the files that plans speak of.
const ENDINGS: &str = " md markdown txt rst adoc go rs py js ts tsx jsx mjs cjs java kt kts scala rb php c h cc cpp hpp cs swift m \
    sh bash zsh fish ps1 bat sql graphql proto thrift json jsonl json5 yaml yml toml ini cfg conf env lock xml html htm css scss \
    less csv tsv tf tfvars hcl dockerfile mod sum gradle lua pl ex exs erl hs ml clj zig nim dart r jl ipynb svg png jpg pdf \
    log tmpl tpl j2 vue svelte prisma cue rego bzl mk cmake diff patch parquet ";

fn is_path(word: &str) -> bool {
    let last = word.rsplit(['/', '\\']).next().unwrap_or("");
    let ends_known = last.rsplit_once('.').is_some_and(|(stem, ending)| {
        let ending = ending.to_lowercase();
        let letters = ending.chars().any(char::is_alphabetic) && ending.len() <= 10;
        letters && (!stem.is_empty() || word.contains('/')) && ENDINGS.contains(&format!(" {ending} "))
    });
    let well_known = matches!(
        last,
        "Dockerfile" | "Makefile" | "Justfile" | "Procfile" | "LICENSE" | "go.mod" | ".env" | ".gitignore"
    );
    let in_team = word.split(['/', '\\']).any(|part| part.ends_with(TEAM)) && word.len() > TEAM.len() + 1;
    let climbs = word.contains("../") || word.starts_with("/etc/") || word.starts_with("~/");
    ends_known || well_known || in_team || climbs
}

/// Names of products that only look like files.
fn is_product(word: &str) -> bool {
    const PRODUCTS: &str =
        " node.js next.js vue.js react.js nuxt.js express.js three.js d3.js nest.js asp.net socket.io e.g i.e ";
    PRODUCTS.contains(&format!(" {} ", word.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_lie_in_the_project() {
        for (path, inside) in [
            (".claude-team/reports/a.md", Ok(".claude-team/reports/a.md")),
            ("/home/me/app/.claude-team/reports/a.md", Ok(".claude-team/reports/a.md")),
            (r"C:\work\.claude-team\reports\a.md", Ok(".claude-team/reports/a.md")),
            ("./docs/../docs/a.md", Ok("docs/a.md")),
            (r"C:\work.claude-team\reports\a.md", Ok(".claude-team/reports/a.md")),
            ("../../etc/x", Err(Refusal::Outside)),
            ("/etc/passwd", Err(Refusal::Outside)),
            ("~/notes.md", Err(Refusal::Outside)),
            (".claude-team/../../x.md", Err(Refusal::Outside)),
            (".claude-team/../src/x.md", Err(Refusal::Outside)),
            ("docs/../../x.md", Err(Refusal::Outside)),
            (".git/hooks/pre-commit", Err(Refusal::Reserved)),
            (".claude-team/runs/x/journal.jsonl", Err(Refusal::Reserved)),
            ("", Err(Refusal::Outside)),
        ] {
            assert_eq!(inside_project(path).as_deref(), inside.as_deref(), "{path}");
        }
    }

    #[test]
    fn paths_are_found_in_sentences() {
        let read = |text: &str| mentions(text).into_iter().map(|found| found.path).collect::<Vec<_>>();
        assert_eq!(read("Analyze existing security-baseline-2025.md"), ["security-baseline-2025.md"]);
        assert_eq!(read("Write to `.claude-team/reports/a.md`."), [".claude-team/reports/a.md"]);
        assert_eq!(read("save it as /home/x/.claude-team/reports/a.md, please"), ["/home/x/.claude-team/reports/a.md"]);
        assert_eq!(read("in ../../etc/x"), ["../../etc/x"]);
        assert_eq!(read("see `internal/auth/` and cmd/main.go."), ["internal/auth/", "cmd/main.go"]);
        assert_eq!(read("Node.js, e.g. https://example.org/a.md and me@example.md"), Vec::<String>::new());
        assert_eq!(read("Validate $4,300-8,700/month and GDPR/CCPA"), Vec::<String>::new());
    }
}
