//! Terraform: blocks and attributes, with lines. An expression stays as it is written.

use hcl_edit::expr::Expression;
use hcl_edit::structure::{Block as HclBlock, Body as HclBody, Structure};
use hcl_edit::{Span as _, parser};

/// Attributes and blocks of a file or a block.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Body {
    pub attributes: Vec<Attribute>,
    pub blocks: Vec<Block>,
}

/// `resource "google_sql_database_instance" "main" { … }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// `resource`, `variable`, `module`, …
    pub kind: String,
    pub labels: Vec<String>,
    pub line: u32,
    pub body: Body,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    pub name: String,
    pub line: u32,
    /// The expression as written.
    pub text: String,
}

/// Reads a Terraform file; `None` when it is no HCL.
pub fn read(text: &str, line_of: impl Fn(usize) -> u32) -> Option<Body> {
    let parsed = parser::parse_body(text).ok()?;
    Some(body(&parsed, text, &line_of))
}

fn body(parsed: &HclBody, text: &str, line_of: &impl Fn(usize) -> u32) -> Body {
    let mut body = Body::default();
    for structure in parsed {
        match structure {
            Structure::Attribute(attribute) => {
                let start = attribute.span().map_or(0, |span| span.start);
                body.attributes.push(Attribute {
                    name: attribute.key.as_str().to_owned(),
                    line: line_of(start),
                    text: written(&attribute.value, text),
                });
            }
            Structure::Block(block) => body.blocks.push(self::block(block, text, line_of)),
        }
    }
    body
}

fn block(parsed: &HclBlock, text: &str, line_of: &impl Fn(usize) -> u32) -> Block {
    Block {
        kind: parsed.ident.as_str().to_owned(),
        labels: parsed.labels.iter().map(|label| label.as_str().to_owned()).collect(),
        line: line_of(parsed.span().map_or(0, |span| span.start)),
        body: body(&parsed.body, text, line_of),
    }
}

fn written(value: &Expression, text: &str) -> String {
    value.span().and_then(|span| text.get(span)).unwrap_or_default().trim().to_owned()
}

impl Body {
    /// Returns the attribute of this name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// Returns the blocks of this kind directly in it.
    pub fn blocks<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Block> {
        self.blocks.iter().filter(move |block| block.kind == kind)
    }

    /// Returns the resources whose type begins so.
    pub fn resources<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Block> {
        self.blocks("resource").filter(move |block| block.labels.first().is_some_and(|label| label.starts_with(kind)))
    }

    /// Returns every block in it, at any depth, outer ones first.
    pub fn every(&self) -> Vec<&Block> {
        let mut all = Vec::new();
        let mut open: Vec<&Block> = self.blocks.iter().rev().collect();
        while let Some(block) = open.pop() {
            all.push(block);
            open.extend(block.body.blocks.iter().rev());
        }
        all
    }
}

impl Block {
    /// Returns the label after the type: a resource's own name.
    pub fn name(&self) -> &str {
        self.labels.get(1).or_else(|| self.labels.first()).map_or("", String::as_str)
    }

    /// Returns the first label: a resource's type, a variable's name.
    pub fn label(&self) -> &str {
        self.labels.first().map_or("", String::as_str)
    }

    /// Returns the attribute of this name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.body.attribute(name)
    }

    /// Returns the attribute of this name in it or in any block within.
    pub fn anywhere(&self, name: &str) -> Option<&Attribute> {
        self.attribute(name).or_else(|| self.body.every().into_iter().find_map(|block| block.attribute(name)))
    }
}

impl Attribute {
    /// Returns the text of a plain string, `None` for anything computed.
    pub fn string(&self) -> Option<&str> {
        let inner = self.text.strip_prefix('"')?.strip_suffix('"')?;
        (!inner.contains(['"', '$', '%'])).then_some(inner)
    }

    /// Returns a plain whole number, quoted or not.
    pub fn number(&self) -> Option<i64> {
        self.text.trim_matches('"').parse().ok()
    }

    /// Returns the plain strings of a list (or of a single string).
    pub fn strings(&self) -> Vec<&str> {
        let mut strings = Vec::new();
        let mut rest = self.text.as_str();
        while let Some(open) = rest.find('"') {
            let after = &rest[open + 1..];
            let Some(close) = after.find('"') else { break };
            strings.push(&after[..close]);
            rest = &after[close + 1..];
        }
        strings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_attributes_and_lines_are_kept() {
        let text = "resource \"a_b\" \"main\" {\n  size = 3\n  x {\n    tags = [\"p\", \"q\"]\n  }\n}\n";
        let body = read(text, |byte| text[..byte].matches('\n').count() as u32 + 1).expect("it is HCL");
        let block = body.resources("a_").next().expect("there is one");
        assert_eq!((block.label(), block.name(), block.line), ("a_b", "main", 1));
        assert_eq!(block.attribute("size").map(|a| (a.number(), a.line)), Some((Some(3), 2)));
        assert_eq!(block.anywhere("tags").map(|a| a.strings()), Some(vec!["p", "q"]));
    }

    #[test]
    fn a_computed_string_is_no_string() {
        let attribute = |text: &str| Attribute { name: "a".into(), line: 1, text: text.into() };
        assert_eq!(attribute("\"x-${var.y}\"").string(), None);
        assert_eq!(attribute("\"x\"").string(), Some("x"));
    }
}
