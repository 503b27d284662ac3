//! `orchestration-log.md`: the run as a person would write it.

use std::fmt::Write as _;

/// One row of the tables.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub agent: String,
    pub phase: u32,
    pub attempt: u32,
    pub state: String,
    pub engine: String,
    /// `04:12` run or left, or empty.
    pub time: String,
    /// What it does, waits for, or why it ended.
    pub note: String,
    pub report: Option<String>,
}

/// The page.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    pub title: String,
    pub run: String,
    pub updated: String,
    /// `5/5 active, 2 done, …`
    pub summary: String,
    pub active: Vec<Row>,
    pub completed: Vec<Row>,
    pub queued: Vec<Row>,
    /// Newest last.
    pub events: Vec<String>,
}

/// Returns the page as Markdown.
pub fn written(page: &Page) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "# {}: orchestration log\n", cell(&page.title));
    let _ = writeln!(text, "Run `{}`, {}. Written by Quintet at {}.\n", page.run, page.summary, page.updated);
    table(&mut text, "Active", ["agent", "attempt", "state", "left", "doing"], &page.active, |row| {
        [row.agent.clone(), row.attempt.to_string(), row.state.clone(), row.time.clone(), row.note.clone()]
    });
    table(&mut text, "Completed", ["agent", "attempts", "verdict", "ran", "report"], &page.completed, |row| {
        let report = row.report.as_ref().map_or_else(|| row.note.clone(), |path| format!("`{path}`"));
        [row.agent.clone(), row.attempt.to_string(), row.state.clone(), row.time.clone(), report]
    });
    table(&mut text, "Queued", ["agent", "phase", "state", "engine", "waits for"], &page.queued, |row| {
        [row.agent.clone(), row.phase.to_string(), row.state.clone(), row.engine.clone(), row.note.clone()]
    });
    let _ = writeln!(text, "## Events\n");
    for event in &page.events {
        let _ = writeln!(text, "- {}", cell(event));
    }
    text
}

fn table(text: &mut String, heading: &str, head: [&str; 5], rows: &[Row], cells: impl Fn(&Row) -> [String; 5]) {
    let _ = writeln!(text, "## {heading} ({})\n", rows.len());
    if rows.is_empty() {
        let _ = writeln!(text, "None.\n");
        return;
    }
    let _ = writeln!(text, "| {} |\n|---|---|---|---|---|", head.join(" | "));
    for row in rows {
        let cells = cells(row).map(|text| cell(&text));
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    text.push('\n');
}

/// Keeps a text within its cell or list item.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace(['\n', '\r'], " ")
}
