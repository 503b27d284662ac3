//! From text to [`GoFile`]: one walk over the tree, without recursion, so that no nesting can exhaust the stack.

use std::cell::RefCell;

use tree_sitter::{Node, Parser};

use super::{
    Assign, Call, Compare, Function, GoFile, Import, Literal, Named, OUTSIDE, Param, Selector, Spawn, StructField,
    Text, Type, Where, unquoted,
};
use crate::analyst::project::Span;

thread_local! {
    static PARSER: RefCell<Parser> = RefCell::new(parser());
}

fn parser() -> Parser {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_go::LANGUAGE.into()).expect("the grammar fits the library");
    parser
}

/// Reads a Go file; broken code gives what is whole of it.
pub fn read(text: &str) -> GoFile {
    let tree = PARSER.with_borrow_mut(|parser| parser.parse(text, None));
    let mut file = GoFile { build: build_constraint(text), generated: is_generated(text), ..GoFile::default() };
    let Some(tree) = tree else {
        file.broken = true;
        return file;
    };
    file.broken = tree.root_node().has_error();
    let mut walker = Walker { file, text, at: Where { function: OUTSIDE, ..Where::default() }, outer: Vec::new() };
    let mut cursor = tree.walk();
    loop {
        walker.enter(cursor.node());
        if cursor.goto_first_child() {
            continue;
        }
        loop {
            walker.leave(cursor.node());
            if cursor.goto_next_sibling() {
                break;
            }
            if !cursor.goto_parent() {
                walker.file.tighten();
                return walker.file;
            }
        }
    }
}

struct Walker<'a> {
    file: GoFile,
    text: &'a str,
    at: Where,
    /// What was the state outside of each open node that changed it, with the node's id.
    outer: Vec<(usize, Where)>,
}

impl Walker<'_> {
    fn enter(&mut self, node: Node<'_>) {
        self.at.line = node.start_position().row as u32 + 1;
        let at = self.at;
        match node.kind() {
            "package_clause" => {
                self.file.package = node.named_child(0).map_or("", |name| self.words(name)).to_owned();
            }
            "import_spec" => self.import(node),
            "function_declaration" | "method_declaration" => self.function(node),
            "func_literal" => {
                self.outer.push((node.id(), at));
                self.at.closures = at.closures.saturating_add(1);
                self.at.loops = 0;
                self.at.branches = 0;
                self.at.deferred = false;
            }
            "for_statement" => {
                self.outer.push((node.id(), at));
                self.at.loops = at.loops.saturating_add(1);
            }
            "if_statement" | "expression_switch_statement" | "select_statement" => self.branch(node),
            "go_statement" => {
                self.file.spawns.push(Spawn { whole: span(node), at });
                self.outer.push((node.id(), at));
                self.at.spawned = true;
            }
            "defer_statement" => {
                self.outer.push((node.id(), at));
                self.at.deferred = true;
            }
            "call_expression" => self.call(node),
            "composite_literal" => self.literal(node),
            "interpreted_string_literal" | "raw_string_literal" => {
                self.file.strings.push(Text { span: span(node), at });
            }
            "short_var_declaration" => self.assign(node, true),
            "assignment_statement" => self.assign(node, false),
            "var_spec" | "const_spec" => self.value(node),
            "type_spec" | "type_alias" => self.kind(node),
            "binary_expression" => {
                let is_compare =
                    node.child_by_field_name("operator").is_some_and(|op| matches!(op.kind(), "==" | "!="));
                if let (true, Some(left), Some(right)) =
                    (is_compare, node.child_by_field_name("left"), node.child_by_field_name("right"))
                {
                    self.file.compares.push(Compare { left: span(left), right: span(right), at });
                }
            }
            "range_clause" | "receive_statement" => self.file.bound.extend(node.child_by_field_name("left").map(span)),
            "type_switch_statement" => {
                self.file.bound.extend(node.child_by_field_name("alias").map(span));
                self.branch(node);
            }
            "parameter_declaration" | "variadic_parameter_declaration" => {
                let mut cursor = node.walk();
                self.file.bound.extend(node.children_by_field_name("name", &mut cursor).map(span));
            }
            "selector_expression" => {
                let parts = (node.child_by_field_name("operand"), node.child_by_field_name("field"));
                if let (Some(operand), Some(field)) = parts
                    && operand.kind() == "identifier"
                {
                    self.file.selectors.push(Selector { operand: span(operand), field: span(field), at });
                }
            }
            "qualified_type" => {
                if let (Some(package), Some(name)) =
                    (node.child_by_field_name("package"), node.child_by_field_name("name"))
                {
                    self.file.selectors.push(Selector { operand: span(package), field: span(name), at });
                }
            }
            _ => {}
        }
    }

    fn leave(&mut self, node: Node<'_>) {
        if self.outer.last().is_some_and(|(id, _)| *id == node.id()) {
            self.at = self.outer.pop().expect("there is a last one").1;
        }
    }

    fn branch(&mut self, node: Node<'_>) {
        self.outer.push((node.id(), self.at));
        self.at.branches = self.at.branches.saturating_add(1);
    }

    fn words(&self, node: Node<'_>) -> &str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    fn import(&mut self, node: Node<'_>) {
        let Some(path) = node.child_by_field_name("path") else { return };
        let path = unquoted(self.words(path)).unwrap_or_default().to_owned();
        let alias = node.child_by_field_name("name").map(|name| self.words(name).to_owned());
        self.file.imports.push(Import { alias, path, line: self.at.line });
    }

    fn function(&mut self, node: Node<'_>) {
        self.outer.push((node.id(), self.at));
        let name = node.child_by_field_name("name").map_or("", |name| self.words(name)).to_owned();
        let receiver = node.child_by_field_name("receiver").map(|receiver| {
            let kind = self.params(receiver).into_iter().next().map_or_else(String::new, |param| param.kind);
            kind.trim_start_matches('*').split('[').next().unwrap_or_default().trim().to_owned()
        });
        let params = node.child_by_field_name("parameters").map(|list| self.params(list)).unwrap_or_default();
        self.at = Where { function: self.file.functions.len() as u32, line: self.at.line, ..Where::default() };
        self.file.functions.push(Function {
            name,
            receiver,
            params,
            results: node.child_by_field_name("result").map(span).unwrap_or_default(),
            line: self.at.line,
            end_line: node.end_position().row as u32 + 1,
            body: node.child_by_field_name("body").map(span).unwrap_or_default(),
        });
    }

    /// Returns one entry a parameter: `a, b int` gives two.
    fn params(&self, list: Node<'_>) -> Vec<Param> {
        let mut params = Vec::new();
        let mut cursor = list.walk();
        for declaration in list.named_children(&mut cursor) {
            let Some(kind) = declaration.child_by_field_name("type") else { continue };
            let dots = if declaration.kind() == "variadic_parameter_declaration" { "..." } else { "" };
            let kind = format!("{dots}{}", self.words(kind));
            let mut names = declaration.walk();
            let before = params.len();
            for name in declaration.children_by_field_name("name", &mut names) {
                params.push(Param { name: self.words(name).to_owned(), kind: kind.clone() });
            }
            if params.len() == before {
                params.push(Param { name: String::new(), kind });
            }
        }
        params
    }

    fn call(&mut self, node: Node<'_>) {
        let parts = (node.child_by_field_name("function"), node.child_by_field_name("arguments"));
        let (Some(name), Some(arguments)) = parts else { return };
        let first_arg = self.file.call_args.len() as u32;
        let mut cursor = arguments.walk();
        let args = arguments.named_children(&mut cursor).filter(|arg| arg.kind() != "comment").map(span);
        self.file.call_args.extend(args);
        let arg_count = (self.file.call_args.len() as u32 - first_arg).min(u32::from(u16::MAX)) as u16;
        let call = Call { name: span(name), whole: span(node), first_arg, arg_count, at: self.at };
        self.file.calls.push(call);
        // Only the call itself is deferred, not those in its arguments.
        self.at.deferred = false;
    }

    fn literal(&mut self, node: Node<'_>) {
        let parts = (node.child_by_field_name("type"), node.child_by_field_name("body"));
        let (Some(kind), Some(body)) = parts else { return };
        let mut cursor = body.walk();
        let keys = body.named_children(&mut cursor).filter(|child| child.kind() == "keyed_element");
        let keys = keys.filter_map(|element| {
            Some((span(element.child_by_field_name("key")?), span(element.child_by_field_name("value")?)))
        });
        let literal = Literal { kind: span(kind), whole: span(node), keys: keys.collect(), at: self.at };
        self.file.literals.push(literal);
    }

    fn assign(&mut self, node: Node<'_>, declares: bool) {
        if let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right")) {
            self.file.assigns.push(Assign { left: span(left), right: span(right), declares, at: self.at });
        }
    }

    fn value(&mut self, node: Node<'_>) {
        let value = node.child_by_field_name("value").map(span);
        let mut cursor = node.walk();
        let names: Vec<Node<'_>> =
            node.children_by_field_name("name", &mut cursor).filter(|name| name.kind() == "identifier").collect();
        let (Some(first), Some(last)) = (names.first(), names.last()) else { return };
        let left = Span { start: span(*first).start, end: span(*last).end };
        self.file.bound.push(left);
        if let Some(right) = value {
            self.file.assigns.push(Assign { left, right, declares: true, at: self.at });
        }
        if self.at.function == OUTSIDE {
            for name in names {
                let line = name.start_position().row as u32 + 1;
                let name = self.words(name).to_owned();
                self.file.values.push(Named { name, line, value: value.unwrap_or_default() });
            }
        }
    }

    fn kind(&mut self, node: Node<'_>) {
        let parts = (node.child_by_field_name("name"), node.child_by_field_name("type"));
        let (Some(name), Some(what)) = parts else { return };
        let mut fields = Vec::new();
        if what.kind() == "struct_type" {
            let mut cursor = what.walk();
            for list in what.named_children(&mut cursor) {
                let mut inner = list.walk();
                for field in list.named_children(&mut inner).filter(|child| child.kind() == "field_declaration") {
                    self.fields(field, &mut fields);
                }
            }
        }
        let line = self.at.line;
        self.file.types.push(Type { name: self.words(name).to_owned(), line, what: span(what), fields });
    }

    fn fields(&self, field: Node<'_>, fields: &mut Vec<StructField>) {
        let kind = field.child_by_field_name("type").map(span).unwrap_or_default();
        let tag = field.child_by_field_name("tag").map(span);
        let mut cursor = field.walk();
        for name in field.children_by_field_name("name", &mut cursor) {
            let line = name.start_position().row as u32 + 1;
            fields.push(StructField { name: self.words(name).to_owned(), kind, tag, line });
        }
    }
}

fn span(node: Node<'_>) -> Span {
    Span { start: node.start_byte() as u32, end: node.end_byte() as u32 }
}

fn head(text: &str) -> impl Iterator<Item = &str> {
    text.lines().take_while(|line| !line.starts_with("package "))
}

fn build_constraint(text: &str) -> Option<String> {
    let constraint =
        |start: &str| head(text).find_map(|line| line.strip_prefix(start).map(|rest| rest.trim().to_owned()));
    // The second form is older than Go 1.17.
    constraint("//go:build ").or_else(|| constraint("// +build "))
}

/// Returns whether a file says that a tool has written it.
pub fn is_generated(text: &str) -> bool {
    // The form that `go` knows, and what other tools write, on one line or on several.
    if head(text).any(|line| line.starts_with("//") && line.to_ascii_lowercase().contains("automatically generated")) {
        return true;
    }
    let head = text.lines().take(60).map(str::to_ascii_lowercase).filter(|line| line.starts_with("//"));
    let head: Vec<String> = head.collect();
    let says_so = |lines: &[String]| {
        let says = |word: &str| lines.iter().any(|line| line.contains(word));
        says("do not edit") && says("generated")
            || says("generated by") && (says("openapi generator") || says("swagger codegen"))
    };
    head.windows(5.min(head.len().max(1))).any(says_so)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = r#"//go:build linux

package store

import (
	"database/sql"
	h "net/http"
)

var ErrGone = errors.New("gone")

type Call struct {
	ID, Tenant string `json:"id"`
}

func (s *Store[T]) Find(ctx context.Context, a, b string, rest ...int) (*Call, error) {
	for _, id := range ids {
		defer rows.Close()
		go func() { h.Get("x", f(1)) }()
	}
	c := &h.Client{Timeout: 3}
	if c == nil {
		t.Skip()
	}
	return nil, nil
}
"#;

    #[test]
    fn a_file_is_taken_apart() {
        let go = read(SOURCE);
        assert!(!go.broken && !go.generated);
        assert_eq!((go.package.as_str(), go.build.as_deref()), ("store", Some("linux")));
        assert_eq!(go.name_of("net/http"), Some("h"));
        assert_eq!(go.values[0].name, "ErrGone");
        let fields: Vec<&str> = go.types[0].fields.iter().map(|field| field.name.as_str()).collect();
        assert_eq!(fields, ["ID", "Tenant"]);
        let find = &go.functions[0];
        assert_eq!((find.name.as_str(), find.receiver.as_deref()), ("Find", Some("Store")));
        let params: Vec<&str> = find.params.iter().map(|param| param.kind.as_str()).collect();
        assert_eq!(params, ["context.Context", "string", "string", "...int"]);
        assert_eq!(find.results.of(SOURCE), "(*Call, error)");
    }

    #[test]
    fn a_call_knows_where_it_stands() {
        let go = read(SOURCE);
        let call = |name: &str| go.calls.iter().find(|call| call.name.of(SOURCE) == name).expect("it is called");
        assert_eq!((call("rows.Close").at.loops, call("rows.Close").at.deferred), (1, true));
        let get = call("h.Get");
        assert_eq!((get.at.loops, get.at.closures, get.at.spawned, get.at.line), (0, 1, true, 19));
        let args: Vec<&str> = go.args(get).iter().map(|arg| arg.of(SOURCE)).collect();
        assert_eq!(args, ["\"x\"", "f(1)"]);
        assert_eq!(call("t.Skip").at.branches, 1);
        assert_eq!(go.literals[0].keys.len(), 1);
    }
}
