//! Go: what a file declares, calls, compares and writes, as spans of its text.
//!
//! The tree is walked once and dropped; what rules need of it is kept small, so that twenty thousand files fit in memory.

mod brief;
mod read;

use super::Span;

pub use brief::read_in_brief;
pub use read::{is_generated, read};

/// No function: the package's level.
pub const OUTSIDE: u32 = u32::MAX;

/// What a Go file says.
#[derive(Debug, Default)]
pub struct GoFile {
    pub package: String,
    /// The line of a build constraint, without `//go:build` or `// +build`.
    pub build: Option<String>,
    /// It says that it was generated.
    pub generated: bool,
    /// The parser met something it does not know: what is missing here may still be there.
    pub broken: bool,
    pub imports: Vec<Import>,
    pub functions: Vec<Function>,
    pub types: Vec<Type>,
    /// Names of package-level variables and constants.
    pub values: Vec<Named>,
    pub calls: Vec<Call>,
    /// Spans of the arguments of all calls; see [`GoFile::args`].
    pub call_args: Vec<Span>,
    pub literals: Vec<Literal>,
    pub strings: Vec<Text>,
    pub assigns: Vec<Assign>,
    pub compares: Vec<Compare>,
    /// `go` statements.
    pub spawns: Vec<Spawn>,
    /// `x.y` where `x` is a plain name.
    pub selectors: Vec<Selector>,
    /// Lists of names that are bound otherwise than by assignment: in ranges, receivers, parameters of literals, `switch x := …`.
    pub bound: Vec<Span>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Import {
    pub alias: Option<String>,
    pub path: String,
    pub line: u32,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    pub name: String,
    /// The receiver's type, without pointer and type arguments.
    pub receiver: Option<String>,
    pub params: Vec<Param>,
    /// As written; empty: none.
    pub results: Span,
    pub line: u32,
    pub end_line: u32,
    pub body: Span,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Param {
    pub name: String,
    pub kind: String,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Type {
    pub name: String,
    pub line: u32,
    /// What it is, as written.
    pub what: Span,
    pub fields: Vec<StructField>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct StructField {
    pub name: String,
    pub kind: Span,
    pub tag: Option<Span>,
    pub line: u32,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Named {
    pub name: String,
    pub line: u32,
    pub value: Span,
}

/// Where in a function something stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Where {
    /// Index in [`GoFile::functions`], or [`OUTSIDE`].
    pub function: u32,
    pub line: u32,
    /// Loops around it, up to the nearest function literal.
    pub loops: u8,
    /// Function literals around it.
    pub closures: u8,
    /// `if`, `switch` and `select` around it, up to the nearest function literal.
    pub branches: u8,
    /// It is inside of a `go` statement.
    pub spawned: bool,
    /// It is the call of a `defer` statement.
    pub deferred: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Call {
    /// What is called, as written: `http.Get`, `s.db.QueryRow`.
    pub name: Span,
    pub whole: Span,
    first_arg: u32,
    arg_count: u16,
    pub at: Where,
}

/// `http.Client{Timeout: t}`
#[derive(Debug, PartialEq, Eq)]
pub struct Literal {
    pub kind: Span,
    pub whole: Span,
    /// Keys with their values.
    pub keys: Vec<(Span, Span)>,
    pub at: Where,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Text {
    pub span: Span,
    pub at: Where,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Assign {
    pub left: Span,
    pub right: Span,
    /// It declares what is on its left.
    pub declares: bool,
    pub at: Where,
}

/// `a == b` or `a != b`
#[derive(Debug, PartialEq, Eq)]
pub struct Compare {
    pub left: Span,
    pub right: Span,
    pub at: Where,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Spawn {
    pub whole: Span,
    pub at: Where,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Selector {
    pub operand: Span,
    pub field: Span,
    pub at: Where,
}

impl GoFile {
    /// Gives back memory that was kept for more of it.
    fn tighten(&mut self) {
        self.imports.shrink_to_fit();
        self.functions.shrink_to_fit();
        self.types.shrink_to_fit();
        self.values.shrink_to_fit();
        self.calls.shrink_to_fit();
        self.call_args.shrink_to_fit();
        self.literals.shrink_to_fit();
        self.strings.shrink_to_fit();
        self.assigns.shrink_to_fit();
        self.compares.shrink_to_fit();
        self.spawns.shrink_to_fit();
        self.selectors.shrink_to_fit();
        self.bound.shrink_to_fit();
    }

    /// Returns the arguments of a call.
    pub fn args(&self, call: &Call) -> &[Span] {
        &self.call_args[call.first_arg as usize..call.first_arg as usize + call.arg_count as usize]
    }

    /// Returns the function that something stands in.
    pub fn function(&self, at: Where) -> Option<&Function> {
        self.functions.get(at.function as usize)
    }

    /// Returns a part of the text without the string literals in it.
    pub fn without_strings(&self, span: Span, text: &str) -> String {
        let mut code = String::new();
        let mut from = span.start;
        for string in self.strings.iter().filter(|string| span.holds(string.span)) {
            code.push_str(Span { start: from, end: string.span.start }.of(text));
            code.push_str("\"\"");
            from = string.span.end;
        }
        code.push_str(Span { start: from, end: span.end }.of(text));
        code
    }

    /// Returns the name under which the file knows a package; `None` when it does not import it.
    pub fn name_of<'a>(&'a self, path: &'a str) -> Option<&'a str> {
        let import = self.imports.iter().find(|import| import.path == path)?;
        match import.alias.as_deref() {
            Some("_" | ".") => None,
            Some(alias) => Some(alias),
            None => Some(default_name(path)),
        }
    }

    /// Returns whether it answers whoever typed a command: it imports one of the usual libraries for that.
    pub fn is_of_command(&self) -> bool {
        self.imports.iter().any(|import| import.path.split('/').any(|part| matches!(part, "cli" | "cobra")))
    }

    /// Returns whether the file imports a package, under whatever name.
    pub fn imports(&self, path: &str) -> bool {
        self.imports.iter().any(|import| import.path == path)
    }

    /// Returns the calls of a package's function: `calls_of(text, "net/http", "Get")`.
    pub fn calls_of<'a>(&'a self, text: &'a str, package: &str, function: &'a str) -> impl Iterator<Item = &'a Call> {
        let package = self.name_of(package).map(str::to_owned);
        self.calls.iter().filter(move |call| {
            let Some(package) = &package else { return false };
            call.name.of(text).split_once('.').is_some_and(|(left, right)| left == package && right == function)
        })
    }
}

/// Returns the name that a package of this path most likely has.
pub fn default_name(path: &str) -> &str {
    let mut parts = path.rsplit('/');
    let last = parts.next().unwrap_or(path);
    let is_version = last.len() > 1 && last.starts_with('v') && last[1..].bytes().all(|b| b.is_ascii_digit());
    let name = if is_version { parts.next().unwrap_or(last) } else { last };
    name.rsplit_once(".v").map_or(name, |(name, _)| name)
}

/// Returns the text of a string literal without its quotes, escapes as written; `None` for anything else, be it put
/// together from literals.
pub fn unquoted(literal: &str) -> Option<&str> {
    let raw = || literal.strip_prefix('`')?.strip_suffix('`').filter(|inner| !inner.contains('`'));
    let plain = || {
        let inner = literal.strip_prefix('"')?.strip_suffix('"')?;
        let mut escaped = false;
        let is_one = inner.chars().all(|c| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            !ends
        });
        is_one.then_some(inner)
    };
    plain().or_else(raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_is_one_literal() {
        assert_eq!(unquoted(r#""a \"b\" c""#), Some(r#"a \"b\" c"#));
        assert_eq!(unquoted("`a\"b`"), Some("a\"b"));
        assert_eq!(unquoted(r#""^" + name + "$""#), None);
        assert_eq!(unquoted("name"), None);
    }
}
