//! One file: its text, its lines, what kind it is, and what was parsed from it.

use std::sync::OnceLock;

use super::{dockerfile, go, gomod, indent, makefile, markdown, sql, terraform, yaml};
use crate::analyst::Place;
use crate::analyst::rules::cover;

/// A part of a file's text, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    /// Returns the text of this part.
    pub fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }

    /// Returns whether the other part lies in this one.
    pub fn holds(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

/// What a file is, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Go,
    GoMod,
    Terraform,
    Dockerfile,
    Yaml,
    Markdown,
    Sql,
    Makefile,
    Shell,
    Script,
    Json,
    Env,
    Other,
}

/// One file of a project.
#[derive(Debug)]
pub struct File {
    /// Relative to the project, `/`-separated.
    pub path: String,
    pub text: String,
    pub kind: Kind,
    /// Where each line begins.
    starts: OnceLock<Box<[u32]>>,
    /// A tool has written it.
    made: OnceLock<bool>,
    go: OnceLock<go::GoFile>,
    brief: OnceLock<go::GoFile>,
    gomod: OnceLock<gomod::GoMod>,
    terraform: OnceLock<Option<terraform::Body>>,
    dockerfile: OnceLock<Option<dockerfile::Dockerfile>>,
    yaml: OnceLock<Option<Vec<yaml::Node>>>,
    markdown: OnceLock<markdown::Markdown>,
    makefile: OnceLock<makefile::Makefile>,
    sql: OnceLock<sql::Schema>,
}

impl File {
    pub fn new(path: &str, text: impl Into<String>) -> File {
        File {
            path: path.to_owned(),
            text: text.into(),
            kind: kind_of(path),
            starts: OnceLock::new(),
            made: OnceLock::new(),
            go: OnceLock::new(),
            brief: OnceLock::new(),
            gomod: OnceLock::new(),
            terraform: OnceLock::new(),
            dockerfile: OnceLock::new(),
            yaml: OnceLock::new(),
            markdown: OnceLock::new(),
            makefile: OnceLock::new(),
            sql: OnceLock::new(),
        }
    }

    /// Returns the last part of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Returns the folder it lies in, `""` for the project itself.
    pub fn folder(&self) -> &str {
        super::folder_of(&self.path)
    }

    fn starts(&self) -> &[u32] {
        let ends = || self.text.bytes().zip(1..).filter(|(byte, _)| *byte == b'\n');
        self.starts.get_or_init(|| std::iter::once(0).chain(ends().map(|(_, after)| after)).collect())
    }

    /// Returns the 1-based line of a byte.
    pub fn line_of(&self, byte: usize) -> u32 {
        self.starts().partition_point(|start| *start as usize <= byte) as u32
    }

    /// Returns a line by its 1-based number, without its newline.
    pub fn line(&self, line: u32) -> &str {
        let Some(start) = (line as usize).checked_sub(1).and_then(|index| self.starts().get(index)) else { return "" };
        let end = self.starts().get(line as usize).map_or(self.text.len(), |next| *next as usize - 1);
        self.text[*start as usize..end].trim_end_matches('\r')
    }

    /// Returns every line with its 1-based number.
    pub fn lines(&self) -> impl Iterator<Item = (u32, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index as u32 + 1, line))
    }

    /// Returns whether it holds this name as a whole word; `-` and `_` belong to words.
    pub fn has_word(&self, name: &str) -> bool {
        let is_word = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
        self.text.match_indices(name).any(|(at, _)| {
            let before = self.text[..at].chars().next_back();
            let after = self.text[at + name.len()..].chars().next();
            !before.is_some_and(is_word) && !after.is_some_and(is_word)
        })
    }

    /// Returns a line of it as a place, secrets covered.
    pub fn place(&self, line: u32) -> Place {
        Place { file: self.path.clone(), line, text: cover::secrets(self.line(line).trim()) }
    }

    /// Returns whether it is a test, or made for tests, examples and the like.
    pub fn is_test(&self) -> bool {
        let helps_tests = self.kind == Kind::Go
            && ["\t\"testing\"\n", "import \"testing\"\n"].iter().any(|import| self.text.contains(import));
        helps_tests || File::is_test_at(&self.path)
    }

    /// Returns whether a file at this path is a test, or made for tests, examples and the like.
    pub fn is_test_at(path: &str) -> bool {
        const ASIDE: &[&str] = &[
            "test",
            "tests",
            "testdata",
            "testing",
            "testutil",
            "testutils",
            "fixtures",
            "fixture",
            "e2e",
            "mock",
            "mocks",
            "example",
            "examplesite",
            "examples",
            "sample",
            "samples",
            "demo",
            "demos",
            "hack",
            "pact",
            "playwright",
            "sharness",
            "cypress",
            "third_party",
            "contrib",
            "benchmarks",
            ".snapshots",
            "__snapshots__",
        ];
        let name = path.rsplit('/').next().unwrap_or(path);
        name.ends_with("_test.go")
            || name.contains(".test.")
            || name.contains(".spec.")
            || name.starts_with("test_")
            || name.contains("example")
            || path.starts_with("integration/")
            || super::folder_of(path).split('/').any(|part| {
                let part = part.to_ascii_lowercase();
                let is_joined =
                    ["test", "tests", "example", "examples", "samples"].iter().any(|end| part.ends_with(end))
                        && !["latest", "attest", "contest", "protest"].iter().any(|word| part.ends_with(word));
                let begins = ["e2e", "fuzz", "test", "mock", "fake"];
                let is_helper = part.contains("testutil") || part.contains("testhelper");
                is_helper
                    || ASIDE.contains(&part.as_str())
                    || is_joined
                    || begins.iter().any(|start| part.starts_with(start))
            })
    }

    pub fn go(&self) -> Option<&go::GoFile> {
        (self.kind == Kind::Go).then(|| self.go.get_or_init(|| go::read(&self.text)))
    }

    /// Returns whether a document tells what was, not what is.
    pub fn is_history(&self) -> bool {
        let path = self.path.to_ascii_lowercase();
        // What was done is summed up afterwards; `SUMMARY.md` alone is the table of contents of a book.
        let name = path.rsplit('/').next().unwrap_or(&path);
        let is_account = name == "report.md" || ["-summary.md", "_summary.md"].iter().any(|end| name.ends_with(end));
        let is_so = |word: &str| {
            matches!(word, "change" | "changes" | "history" | "news")
                || word.starts_with("changelog")
                || word.starts_with("release")
        };
        is_account || path.split(|c: char| !c.is_alphanumeric()).any(is_so)
    }

    /// Returns whether a document tells what is, or was, to be made or decided.
    pub fn is_plan(&self) -> bool {
        const WORDS: &[&str] = &[
            "adr",
            "design",
            "enhancement",
            "kep",
            "plan",
            "prompt",
            "proposal",
            "rfc",
            "spec",
            "specification",
            "task",
            "completed",
        ];
        let path = self.path.to_ascii_lowercase();
        path.split(|c: char| !c.is_alphanumeric()).any(|word| WORDS.contains(&word.strip_suffix('s').unwrap_or(word)))
    }

    /// Returns whether it lies in the folder of a release, `v0.20.0`, and stays as it was then.
    pub fn is_of_release(&self) -> bool {
        let is_release = |part: &str| {
            let numbers = part.strip_prefix('v').unwrap_or(part);
            numbers.contains('.') && numbers.chars().all(|c| c.is_ascii_digit() || c == '.')
        };
        self.folder().split('/').any(is_release)
    }

    /// Returns the remarks that stand right above a line, without their marks.
    pub fn remark_above(&self, line: u32) -> String {
        let above = (1..line).rev().map(|number| self.line(number).trim_start());
        let remarks: Vec<&str> =
            above.map_while(|line| line.strip_prefix("//").or_else(|| line.strip_prefix('#'))).map(str::trim).collect();
        remarks.into_iter().rev().collect::<Vec<_>>().join(" ")
    }

    /// Returns the line that begins the innermost `for` around a line.
    pub fn loop_around(&self, line: u32) -> Option<&str> {
        self.block_around(line, "for ")
    }

    /// Returns the line that begins so and is the innermost around a line: one whose block ended before it is not.
    pub fn block_around(&self, line: u32, start: &str) -> Option<&str> {
        let mut depth = indent(self.line(line));
        (1..line).rev().map(|number| self.line(number)).filter(|code| !code.trim().is_empty()).find(|code| {
            let is_around = indent(code) < depth;
            depth = depth.min(indent(code));
            is_around && code.trim_start().starts_with(start)
        })
    }

    /// Returns what a Go file imports and declares: names alone where a tool has written it.
    pub fn go_in_brief(&self) -> Option<&go::GoFile> {
        if !self.is_made() {
            return self.go();
        }
        (self.kind == Kind::Go).then(|| self.brief.get_or_init(|| go::read_in_brief(&self.text)))
    }

    /// Returns whether name or text of a Go file says that a tool has written it.
    pub fn is_made(&self) -> bool {
        let is_of_tools = |part: &str| part == "generated" || part == "gen-go";
        let is_made = || {
            super::is_of_a_tool(self.name())
                || self.folder().split('/').any(is_of_tools)
                || go::is_generated(&self.text)
        };
        self.kind == Kind::Go && *self.made.get_or_init(is_made)
    }

    pub fn gomod(&self) -> Option<&gomod::GoMod> {
        (self.kind == Kind::GoMod).then(|| self.gomod.get_or_init(|| gomod::read(&self.text)))
    }

    /// Returns its blocks; `None` when it is no HCL, or broken.
    pub fn terraform(&self) -> Option<&terraform::Body> {
        let read = || terraform::read(&self.text, |byte| self.line_of(byte));
        (self.kind == Kind::Terraform).then(|| self.terraform.get_or_init(read).as_ref()).flatten()
    }

    /// Returns its instructions; `None` when it is no Dockerfile, or broken.
    pub fn dockerfile(&self) -> Option<&dockerfile::Dockerfile> {
        let read = || dockerfile::read(&self.text, |byte| self.line_of(byte));
        (self.kind == Kind::Dockerfile).then(|| self.dockerfile.get_or_init(read).as_ref()).flatten()
    }

    /// Returns its documents; `None` when it is no YAML, or broken (a template, say).
    pub fn yaml(&self) -> Option<&[yaml::Node]> {
        (self.kind == Kind::Yaml).then(|| self.yaml.get_or_init(|| yaml::read(&self.text)).as_deref()).flatten()
    }

    /// Returns whether a rule has looked at it and it was not what its name says.
    pub fn is_found_broken(&self) -> bool {
        let terraform = self.terraform.get().is_some_and(Option::is_none);
        let dockerfile = self.dockerfile.get().is_some_and(Option::is_none);
        terraform || dockerfile || self.yaml.get().is_some_and(Option::is_none)
    }

    pub fn markdown(&self) -> Option<&markdown::Markdown> {
        let read = || markdown::read(&self.text, |byte| self.line_of(byte));
        (self.kind == Kind::Markdown).then(|| self.markdown.get_or_init(read))
    }

    pub fn makefile(&self) -> Option<&makefile::Makefile> {
        (self.kind == Kind::Makefile).then(|| self.makefile.get_or_init(|| makefile::read(&self.text)))
    }

    pub fn sql(&self) -> Option<&sql::Schema> {
        let read = || sql::read(&self.text, |byte| self.line_of(byte));
        (self.kind == Kind::Sql).then(|| self.sql.get_or_init(read))
    }
}

/// Returns what a file at this path is.
pub fn kind_of(path: &str) -> Kind {
    let name = path.rsplit('/').next().unwrap_or(path);
    let lower = name.to_ascii_lowercase();
    if lower == "go.mod" {
        return Kind::GoMod;
    }
    if lower == "makefile" || lower == "gnumakefile" || lower.ends_with(".mk") {
        return Kind::Makefile;
    }
    // What another tool fills in is no Dockerfile yet.
    let is_template = [".in", ".tmpl", ".tpl", ".template", ".j2"].iter().any(|end| lower.ends_with(end));
    let is_dockerfile = |name: &str| name == "dockerfile" || name == "containerfile";
    if is_template {
        return Kind::Other;
    }
    if is_dockerfile(&lower) || lower.starts_with("dockerfile.") || lower.ends_with(".dockerfile") {
        return Kind::Dockerfile;
    }
    if lower.starts_with(".env") || lower.ends_with(".env") {
        return Kind::Env;
    }
    match lower.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "go" => Kind::Go,
        "tf" => Kind::Terraform,
        "yaml" | "yml" => Kind::Yaml,
        "md" | "markdown" => Kind::Markdown,
        "sql" => Kind::Sql,
        "sh" | "bash" => Kind::Shell,
        "js" | "mjs" | "cjs" | "ts" | "mts" | "tsx" | "jsx" | "py" | "rs" => Kind::Script,
        "json" => Kind::Json,
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_is_on_its_line() {
        let file = File::new("a.txt", "one\ntwo\r\nthree");
        assert_eq!((file.line_of(0), file.line_of(3), file.line_of(4), file.line_of(9)), (1, 1, 2, 3));
        assert_eq!(
            (file.line(1), file.line(2), file.line(3), file.line(4), file.line(0)),
            ("one", "two", "three", "", "")
        );
    }

    #[test]
    fn a_dockerfile_to_be_filled_in_is_none_yet() {
        assert_eq!((kind_of("a/Dockerfile.arm64"), kind_of("a/Dockerfile.in")), (Kind::Dockerfile, Kind::Other));
    }

    #[test]
    fn a_file_for_tests_is_known_by_name_or_folder() {
        assert!(File::new("a/b_test.go", "").is_test() && File::new("a/testdata/x.go", "").is_test());
        assert!(File::new("cslustest/b.go", "").is_test() && File::new("pki/e2ex509/k.go", "").is_test());
        assert!(File::new("a/harness.go", "package a\n\nimport (\n\t\"testing\"\n)\n").is_test());
        assert!(File::new("chart/.snapshots/default.yaml", "").is_test());
        assert!(!File::new("internal/latest/b.go", "").is_test() && !File::new("internal/attest/b.go", "").is_test());
    }
}
