//! Arbitrary and hostile text: whatever a file holds, no rule breaks.

use proptest::prelude::*;
use quintet::analyst::{Field, Project, check};

const NAMES: &[&str] = &[
    "a.go",
    "a_test.go",
    "go.mod",
    "a.tf",
    "Dockerfile",
    "a.yaml",
    "a.md",
    "a.sql",
    "Makefile",
    "a.sh",
    "a.js",
    "a.test.ts",
    "test_a.py",
    "lib.rs",
    "package.json",
    "openapi.yaml",
    "a.json",
    ".env",
];

/// Pieces of the languages, so that arbitrary text comes to where the parsers get interested.
const PIECES: &[&str] = &[
    "package a\n",
    "import \"crypto/hmac\"\n",
    "func f(t *testing.T) {\n",
    "}\n",
    "{",
    "(",
    ")",
    "[",
    "\"",
    "`",
    "'",
    "\n",
    "resource \"google_pubsub_topic\" \"x\" {\n",
    "name = \"x\"\n",
    "FROM alpine\n",
    "RUN <<EOF\n",
    "EOF\n",
    "USER 0\n",
    "| a | $1 |\n",
    "|---|---|\n",
    "| total | $2 |\n",
    "[x](y.md)\n",
    "```sh\nmake x\n```\n",
    "- a: b\n",
    "  c: [d, *e]\n",
    "CREATE TABLE a (\n",
    "tenant_id TEXT,\n",
    ");\n",
    "http.Get(x)\n",
    "if a == mac.Sum(nil) {\n",
    "é",
    "\u{202e}",
    "\0",
    "\r",
    "$",
    "${",
    "%",
    "//",
    "#",
    "quintet: allow x",
    "import a from './b'\n",
    "from .a import b\n",
    "mod a;\n",
    "def test_a():\n",
    "it('a', () => {",
    "openapi: 3.0.0\npaths:\n  /a:\n    get: {}\n",
];

fn holds_up(path: &str, text: &str) {
    let project = Project::of([(path, text)]);
    for check in check(&project, &Field::ALL) {
        assert!(!check.broke, "{} broke on {path}: {text:?}", check.rule.id);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_text_breaks_no_rule(name in prop::sample::select(NAMES), text in ".{0,200}") {
        holds_up(name, &text);
    }

    #[test]
    fn arbitrary_pieces_of_the_languages_break_no_rule(
        name in prop::sample::select(NAMES),
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40),
    ) {
        holds_up(name, &pieces.concat());
    }
}

#[test]
fn deep_nesting_exhausts_no_stack() {
    for (path, open) in [("a.go", "package a\nvar x = "), ("a.tf", "x = "), ("a.yaml", "a: "), ("a.md", "")] {
        for bracket in ["[", "{", "(", "> "] {
            holds_up(path, &format!("{open}{}", bracket.repeat(20_000)));
        }
    }
}

#[test]
fn long_chains_exhaust_no_stack() {
    let stages: Vec<String> = (1..30_000).map(|n| format!("FROM a{} AS a{n}\nCOPY gone{n} /\n", n - 1)).collect();
    holds_up("Dockerfile", &format!("FROM scratch AS a0\n{}", stages.concat()));
    let names: Vec<String> = (1..30_000).map(|n| format!("\ta{n} := a{}\n", n - 1)).collect();
    let query = "\tdb.Query(fmt.Sprintf(\"SELECT a FROM b WHERE c = '%s'\", a29999))\n}\n";
    let head = "package a\n\nimport (\n\t\"database/sql\"\n\t\"fmt\"\n)\n\nfunc find(db *sql.DB, a0 string) {\n";
    holds_up("a.go", &format!("{head}{}{query}", names.concat()));
}
