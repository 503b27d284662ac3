//! TypeScript, JavaScript, Python and Rust, line by line: what a file imports of its own project, and its tests.
//!
//! No grammar is needed for that, and a line that is not understood is none: what is read here is written there.

use std::sync::LazyLock;

use regex::Regex;

use super::{File, Kind, joined};

/// A language that is read line by line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// And TypeScript.
    JavaScript,
    Python,
    Rust,
}

/// Another file of the project that a file is built with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// 1-based.
    pub line: u32,
    /// As written.
    pub written: String,
    /// Where it would lie, without an extension that may be left out; `None`: outside of the project.
    pub path: Option<String>,
}

/// Returns the language of a file by its name.
pub fn language(file: &File) -> Option<Language> {
    let extension = file.name().rsplit('.').next().unwrap_or_default();
    match (file.kind, extension) {
        (Kind::Script, "py") => Some(Language::Python),
        (Kind::Script, "rs") => Some(Language::Rust),
        (Kind::Script, _) => Some(Language::JavaScript),
        _ => None,
    }
}

static FROM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^\s*(?:import\s+(?:[^t'"]|t[^y'"])[^'"]*?|export\b[^'"]*?|\}\s*)\bfrom\s+['"](\.{1,2}/[^'"?]+)|^\s*import\s+['"](\.{1,2}/[^'"?]+)|^\s*(?:const|let|var)\s[^=]+=\s*require\(['"](\.{1,2}/[^'"?]+)['"]\)"#)
        .expect("it is a pattern")
});
static RELATIVE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^from\s+(\.+)([\w.]+)\s+import\b").expect("it is a pattern"));
static MOD: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(?:pub(?:\([a-z ]+\))?\s+)?mod\s+(\w+);").expect("it is a pattern"));

/// Returns what a file imports by a path of its own project.
pub fn imports(file: &File) -> Vec<Import> {
    match language(file) {
        Some(Language::JavaScript) => javascript(file),
        Some(Language::Python) => python(file),
        Some(Language::Rust) => rust(file),
        None => Vec::new(),
    }
}

fn javascript(file: &File) -> Vec<Import> {
    let mut is_text = false;
    let mut found = Vec::new();
    for (line, code) in file.lines() {
        // Code within a text of several lines is somebody else's.
        let was_text = is_text;
        is_text ^= code.matches('`').count() % 2 == 1;
        let import = (!was_text).then(|| FROM.captures(code)).flatten();
        if let Some(written) = import.and_then(|import| (1..=3).find_map(|group| import.get(group))) {
            let written = written.as_str().to_owned();
            found.push(Import { line, path: joined(file.folder(), &written), written });
        }
    }
    found
}

fn python(file: &File) -> Vec<Import> {
    let mut found = Vec::new();
    let mut is_tried = false;
    for (line, code) in file.lines() {
        // What is indented is imported only sometimes.
        if let Some(import) = RELATIVE.captures(code).filter(|_| !is_tried) {
            let up = "../".repeat(import[1].len() - 1);
            let path = joined(file.folder(), &format!("{up}{}", import[2].replace('.', "/")));
            found.push(Import { line, written: format!("{}{}", &import[1], &import[2]), path });
        }
        is_tried = code.trim_end() == "try:";
    }
    found
}

fn rust(file: &File) -> Vec<Import> {
    let mut found = Vec::new();
    let mut is_told = false;
    let stem = file.name().trim_end_matches(".rs");
    let roots = ["main", "lib", "mod", "build"];
    let is_root =
        roots.contains(&stem) || ["bin", "examples", "benches", "tests"].iter().any(|it| file.folder().ends_with(it));
    let folder = if is_root { file.folder().to_owned() } else { format!("{}/{stem}", file.folder()) };
    for (line, code) in file.lines() {
        if let Some(module) = MOD.captures(code).filter(|_| !is_told) {
            let path = joined(&folder, &module[1]);
            found.push(Import { line, written: format!("mod {}", &module[1]), path });
        }
        // An attribute may name another file, or leave the module out.
        is_told = code.trim_start().starts_with("#[") || is_told && !code.contains(';');
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str, text: &str) -> Vec<(u32, Option<String>)> {
        imports(&File::new(path, text)).into_iter().map(|import| (import.line, import.path)).collect()
    }

    #[test]
    fn imports_of_the_project_itself_are_read_in_three_languages() {
        let script = "import a from './a'\nimport {\n  b,\n} from \"../b.js\"\nconst c = require('./c')\nimport react from 'react'\n";
        let expected = [(1, "src/a"), (4, "b.js"), (5, "src/c")].map(|(line, path)| (line, Some(path.to_owned())));
        assert_eq!(read("src/x.ts", script), expected);
        let python = "from .a import b\nfrom ..c.d import e\nfrom . import f\ntry:\n    from .g import h\nimport i\n";
        assert_eq!(read("app/api/x.py", python), [(1, Some("app/api/a".into())), (2, Some("app/c/d".into()))]);
        let rust = "pub mod a;\n#[path = \"z.rs\"]\nmod b;\nmod c { }\n";
        assert_eq!(read("src/lib.rs", rust), [(1, Some("src/a".into()))]);
        assert_eq!(read("src/shop.rs", "mod cart;\n"), [(1, Some("src/shop/cart".into()))]);
    }

    #[test]
    fn an_import_within_a_text_is_none() {
        assert_eq!(read("x.ts", "const t = `\nimport a from './a'\n`\n"), []);
    }
}
