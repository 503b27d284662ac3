//! SQL schemas: tables and their columns, from `CREATE TABLE` and `ALTER TABLE … ADD`.

use std::sync::LazyLock;

use regex::Regex;

/// The tables that a file creates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schema {
    pub tables: Vec<Table>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Lower case, without its schema.
    pub name: String,
    pub line: u32,
    /// Lower case, with lines.
    pub columns: Vec<(String, u32)>,
}

static CREATE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)\bcreate\s+(?:unlogged\s+)?table\s+(?:if\s+not\s+exists\s+)?([\w."`]+)\s*\("#)
        .expect("it is a pattern")
});
static ADD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)\balter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?([\w."`]+)\s+add\s+(?:column\s+)?(?:if\s+not\s+exists\s+)?([\w"`]+)"#)
        .expect("it is a pattern")
});

/// Reads the tables of a schema; whatever it does not know is passed over.
pub fn read(text: &str, line_of: impl Fn(usize) -> u32) -> Schema {
    let mut schema = Schema::default();
    for found in CREATE.captures_iter(text) {
        let whole = found.get(0).expect("a match has a whole");
        let columns = columns(text, whole.end()).into_iter().map(|(name, at)| (name, line_of(at))).collect();
        schema.tables.push(Table { name: plain(&found[1]), line: line_of(whole.start()), columns });
    }
    for found in ADD.captures_iter(text) {
        let (table, column) = (plain(&found[1]), plain(&found[2]));
        let line = line_of(found.get(2).expect("it has a column").start());
        if column == "constraint" {
            continue;
        }
        match schema.tables.iter_mut().find(|known| known.name == table) {
            Some(known) => known.columns.push((column, line)),
            None => schema.tables.push(Table { name: table, line, columns: vec![(column, line)] }),
        }
    }
    schema
}

/// Returns the first word of each definition between the brackets that opened just before `start`.
fn columns(text: &str, start: usize) -> Vec<(String, usize)> {
    const NO_COLUMN: &[&str] =
        &["primary", "unique", "foreign", "constraint", "check", "index", "key", "exclude", "partition", "like"];
    let mut columns = Vec::new();
    let mut depth = 1;
    let mut item = start;
    for (offset, c) in text[start..].char_indices() {
        let at = start + offset;
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if (c == ',' && depth == 1) || depth == 0 {
            columns.extend(first_word(text, item, at));
            item = at + 1;
        }
        if depth == 0 {
            break;
        }
    }
    columns.retain(|(name, _)| !NO_COLUMN.contains(&name.as_str()));
    columns
}

fn first_word(text: &str, start: usize, end: usize) -> Option<(String, usize)> {
    let mut at = start;
    for line in text[start..end].split_inclusive('\n') {
        let code = line.split("--").next().unwrap_or_default();
        if let Some(word) = code.split_whitespace().next() {
            return Some((plain(word), at + code.find(word).unwrap_or(0)));
        }
        at += line.len();
    }
    None
}

fn plain(name: &str) -> String {
    name.rsplit('.').next().unwrap_or(name).trim_matches(['"', '`', '[', ']']).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_and_columns_are_read_with_lines() {
        let text = "CREATE TABLE IF NOT EXISTS app.calls (\n  id UUID PRIMARY KEY, -- the id\n  amount NUMERIC(10, 2),\n  PRIMARY KEY (id)\n);\nALTER TABLE calls ADD COLUMN tenant_id UUID;\n";
        let schema = read(text, |byte| text[..byte].matches('\n').count() as u32 + 1);
        let columns = vec![("id".to_owned(), 2), ("amount".to_owned(), 3), ("tenant_id".to_owned(), 6)];
        assert_eq!(schema.tables, [Table { name: "calls".into(), line: 1, columns }]);
    }
}
