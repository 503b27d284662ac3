//! Markdown as it is read, not as it is written.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use ratatui::style::{Modifier, Style};

use super::table::Table;
use super::{Heading, Line, Link, Page, Target};
use crate::screen::look::Meaning;
use crate::screen::words;

/// Returns the page of a Markdown text.
pub fn page(text: &str, width: usize, ascii: bool) -> Page {
    let options = Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS | Options::ENABLE_STRIKETHROUGH;
    let mut writer = Writer::new(text, width, ascii);
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        writer.take(event, range);
    }
    writer.finish()
}

struct Writer {
    page: Page,
    /// Byte offset at which every line of the source begins.
    starts: Vec<usize>,
    width: usize,
    ascii: bool,
    line: Line,
    /// Something is on the line, or the line must be written even if it is empty.
    open: bool,
    /// A blank line comes before the next block.
    gap: bool,
    emphasis: Vec<Modifier>,
    heading: Option<u8>,
    lists: Vec<Option<u64>>,
    quotes: usize,
    code: Option<String>,
    link: Option<(String, usize)>,
    table: Option<Table>,
    cell: String,
    source: usize,
}

impl Writer {
    fn new(text: &str, width: usize, ascii: bool) -> Writer {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Writer {
            page: Page::default(),
            starts,
            width,
            ascii,
            line: Line::default(),
            open: false,
            gap: false,
            emphasis: Vec::new(),
            heading: None,
            lists: Vec::new(),
            quotes: 0,
            code: None,
            link: None,
            table: None,
            cell: String::new(),
            source: 1,
        }
    }

    fn take(&mut self, event: Event<'_>, range: Range<usize>) {
        self.source = self.starts.partition_point(|start| *start <= range.start).max(1);
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.text(&text),
            Event::Code(code) => self.write(&code, Meaning::Code),
            Event::InlineMath(text) | Event::DisplayMath(text) => self.write(&text, Meaning::Code),
            Event::Html(html) | Event::InlineHtml(html) => self.html(&html),
            Event::FootnoteReference(name) => self.write(&format!("[{name}]"), Meaning::Dim),
            Event::SoftBreak => self.write(" ", Meaning::Text),
            Event::HardBreak => self.break_line(),
            Event::Rule => self.rule(),
            Event::TaskListMarker(done) => {
                let (meaning, mark) = if done { (Meaning::Good, "[x] ") } else { (Meaning::Dim, "[ ] ") };
                // The box stands in the place of the bullet.
                let indent = self.line.text.len() - self.line.text.trim_start().len();
                self.line = Line { source: self.line.source, ..Line::default() };
                self.line.push(&" ".repeat(indent), Meaning::Text, Style::default());
                self.line.push(mark, meaning, Style::default());
                self.line.hang = indent + 4;
            }
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { level, .. } => {
                self.begin_block();
                self.heading = Some(depth(level));
            }
            Tag::Paragraph => self.begin_block(),
            Tag::BlockQuote(_) => {
                self.begin_block();
                self.quotes += 1;
            }
            Tag::CodeBlock(kind) => {
                self.begin_block();
                self.code = Some(match kind {
                    CodeBlockKind::Fenced(language) => language.split_whitespace().next().unwrap_or("").to_lowercase(),
                    CodeBlockKind::Indented => String::new(),
                });
            }
            Tag::List(first) => {
                if self.lists.is_empty() {
                    self.begin_block();
                } else {
                    self.end_line();
                }
                self.lists.push(first);
            }
            Tag::Item => self.item(),
            Tag::Table(_) => {
                self.begin_block();
                self.table = Some(Table { rows: Vec::new(), source: self.source });
            }
            Tag::TableHead | Tag::TableRow => {
                if let Some(table) = &mut self.table {
                    table.rows.push(Vec::new());
                }
            }
            Tag::Emphasis => self.emphasis.push(Modifier::ITALIC),
            Tag::Strong => self.emphasis.push(Modifier::BOLD),
            Tag::Strikethrough => self.emphasis.push(Modifier::CROSSED_OUT),
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.link = Some((dest_url.into_string(), self.line.text.len()));
            }
            Tag::TableCell
            | Tag::HtmlBlock
            | Tag::FootnoteDefinition(_)
            | Tag::DefinitionList
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition
            | Tag::MetadataBlock(_)
            | Tag::Superscript
            | Tag::Subscript => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) => {
                // One without words is nothing to jump to, and has no line.
                if let Some(level) = self.heading.take()
                    && !self.line.text.is_empty()
                {
                    let text = self.line.text.clone();
                    self.page.headings.push(Heading { level, text, line: self.page.lines.len() });
                }
                self.end_block();
            }
            TagEnd::Paragraph => {
                self.end_line();
                self.gap = self.lists.is_empty();
            }
            TagEnd::BlockQuote(_) => {
                self.end_line();
                self.quotes -= 1;
                self.gap = true;
            }
            TagEnd::CodeBlock => {
                self.code = None;
                self.end_block();
            }
            TagEnd::List(_) => {
                self.end_line();
                self.lists.pop();
                self.gap = self.lists.is_empty();
            }
            TagEnd::Item => self.end_line(),
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.cell);
                if let Some(row) = self.table.as_mut().and_then(|table| table.rows.last_mut()) {
                    row.push(words::clean(cell.trim()));
                }
            }
            TagEnd::Table => {
                if let Some(table) = self.table.take() {
                    table.lay_out(self.width, self.ascii, &mut self.page.lines);
                }
                self.gap = true;
            }
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough => {
                self.emphasis.pop();
            }
            TagEnd::Link | TagEnd::Image => self.end_link(),
            TagEnd::TableHead
            | TagEnd::TableRow
            | TagEnd::HtmlBlock
            | TagEnd::FootnoteDefinition
            | TagEnd::DefinitionList
            | TagEnd::DefinitionListTitle
            | TagEnd::DefinitionListDefinition
            | TagEnd::MetadataBlock(_)
            | TagEnd::Superscript
            | TagEnd::Subscript => {}
        }
    }

    fn item(&mut self) {
        self.end_line();
        self.begin_line();
        let indent = "  ".repeat(self.lists.len().saturating_sub(1));
        let bullet = if self.ascii { "* " } else { "• " };
        let marker = match self.lists.last_mut() {
            Some(Some(number)) => {
                let marker = format!("{number}. ");
                *number += 1;
                marker
            }
            Some(None) | None => bullet.to_owned(),
        };
        self.line.push(&indent, Meaning::Text, Style::default());
        self.line.push(&marker, Meaning::Dim, Style::default());
        self.line.hang = words::width(&self.line.text);
    }

    fn text(&mut self, text: &str) {
        if let Some(language) = &self.code {
            super::code::block(text, language, self.source, &mut self.page.lines);
            return;
        }
        let meaning = match (self.heading, self.quotes) {
            (Some(_), _) => Meaning::Heading,
            (None, 0) => Meaning::Text,
            (None, _) => Meaning::Comment,
        };
        self.write(text, meaning);
    }

    fn write(&mut self, text: &str, meaning: Meaning) {
        if self.table.is_some() {
            self.cell.push_str(text);
            return;
        }
        if !self.open {
            self.begin_line();
        }
        let mut style = self.emphasis.iter().fold(Style::default(), |style, modifier| style.add_modifier(*modifier));
        style = match self.heading {
            Some(1) => style.add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
            Some(2) => style.add_modifier(Modifier::BOLD),
            Some(_) | None => style,
        };
        let meaning = match (meaning, self.emphasis.is_empty(), self.link.is_some()) {
            (_, _, true) => Meaning::Link,
            (Meaning::Text, false, false) => Meaning::Emphasis,
            (meaning, _, false) => meaning,
        };
        self.line.push(&words::clean(text), meaning, style);
    }

    fn html(&mut self, html: &str) {
        let shown = html.trim();
        if !shown.starts_with("<!--") && !shown.is_empty() {
            self.write(shown, Meaning::Dim);
        }
    }

    fn end_link(&mut self) {
        let Some((written, from)) = self.link.take() else { return };
        let to = self.line.text.len();
        if let (Some(target), true) = (Target::parse(&written), from < to) {
            self.page.links.push(Link { line: self.page.lines.len(), from, to, target });
        }
    }

    fn rule(&mut self) {
        self.begin_block();
        self.begin_line();
        self.line.fixed = true;
        let mark = if self.ascii { "-" } else { "─" };
        self.line.push(&mark.repeat(self.width.min(72)), Meaning::Dim, Style::default());
        self.end_block();
    }

    /// Ends what is open and leaves a blank line before what comes.
    fn begin_block(&mut self) {
        // A paragraph that opens an item goes on behind its marker.
        let only_marker = self.open && self.line.hang > 0 && words::width(&self.line.text) <= self.line.hang;
        if only_marker {
            return;
        }
        self.end_line();
        if std::mem::take(&mut self.gap) && !self.page.lines.is_empty() {
            let source = self.source;
            self.page.lines.push(Line { source, ..Line::default() });
        }
        if !self.lists.is_empty() {
            self.begin_line();
            let indent = "  ".repeat(self.lists.len());
            self.line.push(&indent, Meaning::Text, Style::default());
            self.line.hang = indent.len();
        }
    }

    fn end_block(&mut self) {
        self.end_line();
        self.gap = true;
    }

    fn begin_line(&mut self) {
        self.line = Line { source: self.source, ..Line::default() };
        self.open = true;
        if self.quotes > 0 {
            let bar = if self.ascii { "| " } else { "│ " };
            self.line.push(&bar.repeat(self.quotes), Meaning::Dim, Style::default());
            self.line.hang = 2 * self.quotes;
        }
    }

    fn break_line(&mut self) {
        let hang = self.line.hang;
        self.end_line();
        self.begin_line();
        if self.quotes == 0 {
            self.line.push(&" ".repeat(hang), Meaning::Text, Style::default());
        }
        self.line.hang = hang;
    }

    fn end_line(&mut self) {
        if std::mem::take(&mut self.open) && !self.line.text.trim().is_empty() {
            self.page.lines.push(std::mem::take(&mut self.line));
        }
        self.line = Line::default();
    }

    fn finish(mut self) -> Page {
        self.end_line();
        self.page
    }
}

fn depth(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "\
# Security audit

Every call carries a tenant, but **one** query does not ask for it,
see [the repository](internal/spanner/repository.go#L88) and `auth.go:12`.

## Findings

| rule | severity | where |
|---|---|---|
| tenant-filter | critical | internal/spanner/repository.go:88 |
| weak-hmac | high | internal/auth/verify.go:41 compares with `==` and so leaks time |

1. Add the filter
   - in `List`
   - in `Get`
2. Compare in constant time

- [x] read the code
- [ ] ask the team

> A quotation that is
> two lines long.

```go
func List(ctx context.Context) {
\treturn
}
```
---
<!-- not shown -->
The end.
";

    fn shown(width: usize) -> String {
        let page = page(REPORT, width, false);
        let rows = page.rows(width, true);
        rows.iter().map(|row| " ".repeat(row.indent) + &page.lines[row.line].text[row.from..row.to] + "\n").collect()
    }

    #[test]
    fn a_report_reads_well_in_a_wide_pane() {
        insta::assert_snapshot!(shown(80));
    }

    #[test]
    fn a_report_reads_well_in_a_narrow_pane() {
        insta::assert_snapshot!(shown(36));
    }

    #[test]
    fn a_heading_without_words_is_none() {
        let page = page("# One\n\n##\n", 80, false);
        assert_eq!(page.headings.iter().map(|heading| heading.line).collect::<Vec<_>>(), [0]);
    }

    #[test]
    fn headings_and_links_lead_somewhere() {
        let page = page(REPORT, 80, false);
        let headings: Vec<&str> = page.headings.iter().map(|heading| page.lines[heading.line].text.as_str()).collect();
        assert_eq!(headings, ["Security audit", "Findings"]);
        let target = Target::File { path: "internal/spanner/repository.go".to_owned(), line: Some(88) };
        assert_eq!(page.links[0].target, target);
        let code = page.lines.iter().find(|line| line.text.contains("func List")).expect("the code");
        assert_eq!(REPORT.lines().nth(code.source - 1), Some("func List(ctx context.Context) {"));
    }
}
