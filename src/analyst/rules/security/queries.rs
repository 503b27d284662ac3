//! Queries that are put together from values.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::Field;
use crate::analyst::project::go::{Assign, Call, GoFile, OUTSIDE, Where, default_name};
use crate::analyst::project::{File, Project};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[Rule {
    id: "query-made-of-text",
    field: Field::Security,
    severity: Severity::High,
    title: "No query is put together from values",
    rationale: "A value with a quote in it becomes part of the query: what was data is executed.",
    wrong_if: "the value can only be one of the program's own constants",
    remedy: "Pass the value as a parameter of the query.",
    looks_at: "queries",
    topics: &["secur", "implementation", "injection"],
    check: query_made_of_text,
}];

/// The end of a query's text just before a value is put in between quotes.
static QUOTED_VALUE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?is)\b(?:where|and|or|set|values|like|having)\b[^;]*'%?(?:%[sv])").expect("it is a pattern")
});
static SETTING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:cfg|conf|config|opts?|options?|settings?)(?:\.\w+)+\s*[,)]").expect("it is a pattern")
});
static NAME: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[A-Za-z_]\w*").expect("it is a pattern"));
static VERB: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"%%|%[-+# 0-9.]*[a-zA-Z]").expect("it is a pattern"));
static OPEN_QUOTE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?is)^\W*(?:select|update|delete|insert)\b.*(?:=|like|\(|,)\s*'%?$").expect("it is a pattern")
});

fn query_made_of_text(project: &Project, look: &mut Look) {
    // A migration is run once, by whoever wrote it.
    for (file, go) in project.go_code().filter(|(file, _)| !file.path.contains("migrat")) {
        let text = &file.text;
        for call in &go.calls {
            let name = call.name.of(text).rsplit('.').next().unwrap_or_default();
            let is_query = matches!(
                name,
                "Query" | "QueryRow" | "Exec" | "QueryContext" | "QueryRowContext" | "ExecContext" | "Raw"
            );
            if !is_query || !call.name.of(text).contains('.') {
                continue;
            }
            for argument in go.args(call).iter().take(2) {
                let written = resolved(go, text, call.at.function, argument.of(text));
                let Some(query) = first_string(written) else { continue };
                if !is_sql(query) {
                    continue;
                }
                look.saw_one();
                // What comes from the program's own settings was written by who runs it.
                let is_own = go.args(call).iter().any(|argument| SETTING.is_match(argument.of(text)))
                    || SETTING.is_match(written);
                if is_own {
                    continue;
                }
                let known = Known { project, file, go, function: call.at.function };
                let is_formatted = written.starts_with("fmt.Sprintf(")
                    && QUOTED_VALUE.is_match(query)
                    && known.quoted(written, query).any(|value| known.comes_in(value) && !known.is_harmless(value, 3));
                let is_joined = !written.starts_with("fmt.")
                    && OPEN_QUOTE.is_match(query)
                    && joined_value(written, query)
                        .is_some_and(|value| known.comes_in(value) && !known.is_harmless(value, 3));
                if is_formatted || is_joined {
                    look.found(
                        file,
                        call.at.line,
                        "This query is put together from text, with a value between its quotes.",
                    );
                }
            }
        }
    }
}

/// Returns what a plain name was last assigned in this function, or the expression itself.
fn resolved<'a>(go: &GoFile, text: &'a str, function: u32, expression: &'a str) -> &'a str {
    let is_here = |at: Where| at.function == function && function != OUTSIDE;
    let last = go.assigns.iter().rev().find(|assign| is_here(assign.at) && assign.left.of(text) == expression);
    last.map_or(expression, |assign| assign.right.of(text))
}

fn first_string(expression: &str) -> Option<&str> {
    let start = expression.find(['"', '`'])?;
    let quote = expression[start..].chars().next()?;
    let inner = &expression[start + 1..];
    Some(&inner[..inner.find(quote)?])
}

fn is_sql(query: &str) -> bool {
    let first = query.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
    matches!(first.as_str(), "select" | "update" | "delete" | "insert" | "with")
}

/// Returns what is put after `"… '"`, unless that is a string of its own.
fn joined_value<'a>(expression: &'a str, query: &str) -> Option<&'a str> {
    let (_, after) = expression.split_once(query)?;
    let value = after.trim_start_matches(['"', '`']).trim_start().strip_prefix('+')?.trim_start();
    let value = value.split('+').next().unwrap_or(value).trim_end();
    value.starts_with(|c: char| c.is_alphabetic()).then_some(value)
}

/// Where an expression stands, to find out what its values can be.
struct Known<'a> {
    project: &'a Project,
    file: &'a File,
    go: &'a GoFile,
    function: u32,
}

/// Where a value comes from is asked for as many names; beyond them nobody is sure.
const FOLLOWED: usize = 64;

impl<'a> Known<'a> {
    /// Returns the arguments of `fmt.Sprintf(…)` that its text puts between quotes.
    fn quoted(&self, written: &'a str, query: &'a str) -> impl Iterator<Item = &'a str> {
        let text = &self.file.text;
        let call = self.go.calls.iter().find(|call| call.whole.of(text) == written);
        let values: Vec<&str> =
            call.map(|call| self.go.args(call).iter().skip(1).map(|arg| arg.of(text)).collect()).unwrap_or_default();
        let verbs = VERB.find_iter(query).filter(|verb| verb.as_str() != "%%");
        verbs
            .zip(values)
            .filter(|(verb, _)| query[..verb.start()].trim_end_matches('%').ends_with('\''))
            .map(|(_, value)| value)
    }

    /// Returns whether an expression can hold no quote that somebody else wrote: a constant, a number, a time, an id, or
    /// what was escaped; names are followed this far.
    fn is_harmless(&self, value: &str, depth: u8) -> bool {
        const MADE: &[&str] = &[
            "strconv.",
            "len(",
            "uuid.",
            "hex.",
            "time.",
            ".Format(",
            ".Unix",
            ".Hex()",
            ".String()",
            "scape",
            "uote",
            "anitize",
            "base64.",
        ];
        let is_literal = value.starts_with(['"', '`']) || value.parse::<f64>().is_ok();
        if is_literal || MADE.iter().any(|word| value.contains(word)) {
            return true;
        }
        // What another package exports under a plain name is a constant.
        let is_plain = |name: &str| name.chars().all(|c| c.is_alphanumeric() || c == '_');
        if let Some((operand, field)) = value.split_once('.') {
            let is_package = self
                .go
                .imports
                .iter()
                .any(|import| import.alias.as_deref().unwrap_or_else(|| default_name(&import.path)) == operand);
            return is_package && is_plain(field);
        }
        is_plain(value)
            && (self.is_given(value, depth)
                || self.is_constant(value)
                || self.is_typed(value)
                || self.is_listed(value)
                || depth > 0 && self.comes_from_harmless(value, depth))
    }

    /// Returns whether somebody hands a value in: it is a text among the parameters, a field of one, or read from a request.
    /// What lies in the receiver was put together when the program started.
    fn comes_in(&self, value: &'a str) -> bool {
        const READ: &[&str] = &[
            ".FormValue(",
            ".URL.Query()",
            ".Param(",
            ".Params(",
            ".QueryParam(",
            ".Query(\"",
            ".PathValue(",
            ".Header.Get(",
            ".URL.Path",
            ".PostForm",
            "URLParam(",
            "mux.Vars(",
        ];
        let function = self.go.functions.get(self.function as usize);
        let params = function.map(|function| function.params.as_slice()).unwrap_or_default();
        let is_text = |kind: &str| ["string", "interface", "any"].iter().any(|word| kind.contains(word));
        let text = &self.file.text;
        let body = function.map_or("", |function| function.body.of(text));
        // What is decoded was sent.
        let is_decoded =
            |name: &str| [format!("(&{name})"), format!(", &{name})")].iter().any(|taken| body.contains(taken));
        let (mut open, mut followed) = (vec![value], BTreeSet::new());
        while let Some(value) = open.pop() {
            if READ.iter().any(|word| value.contains(word)) {
                return true;
            }
            for name in NAME.find_iter(value) {
                let is_field = value[..name.start()].ends_with('.');
                let has_field = value[name.end()..].starts_with('.');
                let name = name.as_str();
                if is_field || followed.len() >= FOLLOWED || !followed.insert(name) {
                    continue;
                }
                let param = params.iter().find(|param| param.name == name);
                let is_given = param.is_some_and(|param| has_field || is_text(&param.kind));
                if is_given || has_field && is_decoded(name) {
                    return true;
                }
                let is_set = |assign: &&Assign| {
                    assign.at.function == self.function
                        && assign.left.of(text).split(',').any(|left| left.trim() == name)
                };
                open.extend(self.go.assigns.iter().filter(is_set).map(|assign| assign.right.of(text)));
            }
        }
        false
    }

    fn is_constant(&self, name: &str) -> bool {
        let mut package = self.project.in_folder(self.file.folder()).filter_map(File::go);
        package.any(|go| go.values.iter().any(|value| value.name == name))
    }

    /// Returns whether it is a parameter of a type that is no text.
    fn is_typed(&self, name: &str) -> bool {
        let params = self
            .go
            .functions
            .get(self.function as usize)
            .map(|function| function.params.as_slice())
            .unwrap_or_default();
        params.iter().any(|param| {
            param.name == name && !["string", "interface", "any"].iter().any(|kind| param.kind.contains(kind))
        })
    }

    /// Returns whether it is a parameter of a function of this package alone, which is only ever called with such values.
    fn is_given(&self, name: &str, depth: u8) -> bool {
        let Some(function) = self.go.functions.get(self.function as usize).filter(|_| depth > 0) else { return false };
        let Some(place) = function.params.iter().position(|param| param.name == name) else { return false };
        if function.name.starts_with(|c: char| c.is_uppercase()) {
            return false;
        }
        let mut given = false;
        for (file, go) in self.project.in_folder(self.file.folder()).filter_map(|file| Some((file, file.go()?))) {
            let is_called = |call: &&Call| {
                call.name.of(&file.text).rsplit('.').next() == Some(function.name.as_str()) && !file.is_test()
            };
            for call in go.calls.iter().filter(is_called) {
                given = true;
                let known = Known { project: self.project, file, go, function: call.at.function };
                if !go.args(call).get(place).is_some_and(|value| known.is_harmless(value.of(&file.text), depth - 1)) {
                    return false;
                }
            }
        }
        given
    }

    /// Returns whether it goes over a list that is written down.
    fn is_listed(&self, name: &str) -> bool {
        let text = &self.file.text;
        text.split(&format!("{name} := range ")).skip(1).any(|list| {
            let list = list.split(['{', '\n']).next().unwrap_or_default().trim();
            list.starts_with("[]")
                || self.is_constant(list)
                || resolved(self.go, text, self.function, list).starts_with("[]string{")
        })
    }

    fn comes_from_harmless(&self, name: &str, depth: u8) -> bool {
        let text = &self.file.text;
        let is_it = |assign: &&Assign| assign.at.function == self.function && assign.left.of(text) == name;
        let mut sources = self.go.assigns.iter().filter(is_it).peekable();
        sources.peek().is_some() && sources.all(|assign| self.is_harmless(assign.right.of(text), depth - 1))
    }
}
