//! Markdown: headings, links, code blocks and tables, with lines.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// What a document says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Markdown {
    pub headings: Vec<Heading>,
    pub links: Vec<Link>,
    pub blocks: Vec<CodeBlock>,
    /// Code within a sentence.
    pub code: Vec<(u32, String)>,
    pub tables: Vec<Table>,
    /// Paragraphs, list items and cells as plain text.
    pub sentences: Vec<(u32, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    pub line: u32,
    pub level: u8,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub line: u32,
    pub target: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeBlock {
    /// Of its first line of code.
    pub line: u32,
    /// `bash`, `go`; empty when it is not said.
    pub language: String,
    pub text: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    pub head: Vec<String>,
    pub rows: Vec<(u32, Vec<String>)>,
}

/// Reads a document. It cannot fail: everything is Markdown.
pub fn read(text: &str, line_of: impl Fn(usize) -> u32) -> Markdown {
    let options = Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS | Options::ENABLE_STRIKETHROUGH;
    let mut reader = Reader::default();
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        reader.take(event, line_of(range.start));
    }
    reader.document
}

impl Markdown {
    /// Returns each row of each table as one line of words, its table's head before it.
    pub fn rows(&self) -> Vec<(u32, String)> {
        let rows = self.tables.iter().flat_map(|table| {
            let head = table.head.join(" ");
            table.rows.iter().map(move |(line, row)| (*line, format!("{head} | {}", row.join(" | "))))
        });
        rows.collect()
    }

    /// Returns rows of tables and the sentences that stand in none.
    pub fn statements(&self) -> Vec<(u32, String)> {
        let rows = self.rows();
        let in_tables: std::collections::BTreeSet<u32> = rows.iter().map(|(line, _)| *line).collect();
        let sentences = self.sentences.iter().filter(|(line, _)| !in_tables.contains(line)).cloned();
        let mut statements: Vec<(u32, String)> = rows.iter().cloned().chain(sentences).collect();
        statements.sort_by_key(|(line, _)| *line);
        statements
    }
}

#[derive(Default)]
struct Reader {
    document: Markdown,
    /// Text of the open heading, paragraph, item or cell.
    words: String,
    words_line: u32,
    block: Option<CodeBlock>,
    table: Option<Table>,
    row: Vec<String>,
    row_line: u32,
}

impl Reader {
    fn take(&mut self, event: Event<'_>, line: u32) {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                let (language, line) = match kind {
                    CodeBlockKind::Fenced(info) => {
                        (info.split_whitespace().next().unwrap_or_default().to_ascii_lowercase(), line + 1)
                    }
                    CodeBlockKind::Indented => (String::new(), line),
                };
                self.block = Some(CodeBlock { line, language, text: String::new() });
            }
            Event::End(TagEnd::CodeBlock) => self.document.blocks.extend(self.block.take()),
            Event::Start(Tag::Heading { .. } | Tag::Paragraph | Tag::Item | Tag::TableCell) => {
                self.flush();
                self.words_line = line;
            }
            Event::End(TagEnd::Heading(level)) => {
                let text = std::mem::take(&mut self.words).trim().to_owned();
                self.document.headings.push(Heading { line: self.words_line, level: level as u8, text });
            }
            Event::End(TagEnd::Paragraph | TagEnd::Item) => self.flush(),
            Event::Start(Tag::Table(_)) => self.table = Some(Table::default()),
            Event::End(TagEnd::Table) => self.document.tables.extend(self.table.take()),
            Event::Start(Tag::TableRow | Tag::TableHead) => self.row_line = line,
            Event::End(TagEnd::TableCell) => {
                self.row.push(self.words.trim().to_owned());
                self.flush();
            }
            Event::End(TagEnd::TableHead) => {
                let head = std::mem::take(&mut self.row);
                if let Some(table) = &mut self.table {
                    table.head = head;
                }
            }
            Event::End(TagEnd::TableRow) => {
                let row = std::mem::take(&mut self.row);
                let line = self.row_line;
                if let Some(table) = &mut self.table {
                    table.rows.push((line, row));
                }
            }
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                self.document.links.push(Link { line, target: dest_url.to_string() });
            }
            Event::Text(text) => match &mut self.block {
                Some(block) => block.text.push_str(&text),
                None => self.push(&text, line),
            },
            Event::Code(code) => {
                self.push(&code, line);
                self.document.code.push((line, code.to_string()));
            }
            Event::SoftBreak | Event::HardBreak => {
                // Each line of a paragraph is a sentence of its own, so that its number is right.
                let is_prose = self.table.is_none();
                if is_prose {
                    self.flush();
                }
            }
            _ => {}
        }
    }

    fn push(&mut self, text: &str, line: u32) {
        if self.words.is_empty() {
            self.words_line = line;
        }
        self.words.push_str(text);
    }

    fn flush(&mut self) {
        let words = std::mem::take(&mut self.words);
        if !words.trim().is_empty() {
            self.document.sentences.push((self.words_line, words.trim().to_owned()));
        }
    }
}

/// Returns the anchor that hosts of repositories give a heading.
pub fn anchor(heading: &str) -> String {
    heading
        .trim()
        .chars()
        .filter_map(|c| match c {
            ' ' => Some('-'),
            '-' | '_' => Some(c),
            c if c.is_alphanumeric() => Some(c),
            _ => None,
        })
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_taken_apart_with_lines() {
        let text = "# A `b` c\n\ntext [l](x.md)\nmore\n\n```sh\nmake x\n```\n\n| h | i |\n|---|---|\n| 1 | `two` |\n";
        let document = read(text, |byte| text[..byte].matches('\n').count() as u32 + 1);
        assert_eq!(document.headings, [Heading { line: 1, level: 1, text: "A b c".into() }]);
        assert_eq!(document.links, [Link { line: 3, target: "x.md".into() }]);
        assert_eq!(document.blocks, [CodeBlock { line: 7, language: "sh".into(), text: "make x\n".into() }]);
        assert_eq!(
            document.tables,
            [Table { head: vec!["h".into(), "i".into()], rows: vec![(12, vec!["1".into(), "two".into()])] }]
        );
        assert_eq!(document.sentences[..2], [(3, "text l".into()), (4, "more".into())]);
    }

    #[test]
    fn anchors_are_made_as_hosts_make_them() {
        assert_eq!(anchor("2. What's `new`, here?"), "2-whats-new-here");
    }
}
