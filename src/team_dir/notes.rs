//! Handoff notes: what an unfinished attempt leaves for its successor, under fixed headings and at most 8 KB.
//!
//! Facts from Quintet stand apart from the agent's own words.

use std::fmt::Write as _;

/// The most that notes may be, in bytes.
pub const LIMIT: usize = 8 * 1024;

/// What is known of the attempt.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    pub agent: String,
    pub attempt: u32,
    pub task: String,
    /// Why it ended unfinished.
    pub why: String,
    /// Text and evidence.
    pub met: Vec<(String, String)>,
    pub open: Vec<String>,
    pub files: Vec<String>,
    /// Name and calls.
    pub tools: Vec<(String, u64)>,
    /// Newest last.
    pub last: Vec<String>,
    pub findings: Vec<String>,
    pub partial_report: Option<String>,
    /// What the agent wrote itself.
    pub own_words: Option<String>,
}

/// Returns the notes. What is too long is cut where it matters least: last messages first, then the partial report.
pub fn written(facts: &Facts) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "# Handoff: {}, attempt {}\n", facts.agent, facts.attempt);
    let _ = writeln!(text, "Ended unfinished: {}.\n", facts.why.trim_end_matches('.'));
    section(&mut text, "Task", &cut(&facts.task, 1200));
    let met = facts.met.iter().map(|(text, evidence)| format!("- [x] {text}: {evidence}"));
    let open = facts.open.iter().map(|text| format!("- [ ] {text}"));
    section(&mut text, "Criteria", &lines(met.chain(open), 1200));
    section(&mut text, "Files touched", &lines(facts.files.iter().map(|file| format!("- `{file}`")), 600));
    let tools = facts.tools.iter().map(|(name, calls)| format!("- {name}: {calls}"));
    section(&mut text, "Tools used", &lines(tools, 500));
    section(&mut text, "Findings", &lines(facts.findings.iter().map(|it| format!("- {it}")), 1200));
    if let Some(report) = &facts.partial_report {
        section(&mut text, "Partial report", &cut(report, 900));
    }
    if let Some(words) = &facts.own_words {
        section(&mut text, "In the agent's own words", &cut(words, 1200));
    }
    let room = LIMIT.saturating_sub(text.len() + 64);
    let last = facts.last.iter().rev().scan(room, |room, line| {
        let line = cut(line, 300);
        *room = room.checked_sub(line.len() + 5)?;
        Some(line)
    });
    let mut last: Vec<String> = last.map(|line| format!("    {line}")).collect();
    last.reverse();
    section(&mut text, "Last messages", &last.join("\n"));
    text
}

fn section(text: &mut String, heading: &str, body: &str) {
    let body = body.trim_end();
    let _ = writeln!(text, "## {heading}\n\n{}\n", if body.is_empty() { "–" } else { body });
}

/// Joins lines up to `room` bytes and says how many are left out.
fn lines(all: impl Iterator<Item = String>, room: usize) -> String {
    let mut text = String::new();
    let mut left_out = 0;
    for line in all {
        let line = cut(&line, 300);
        if text.len() + line.len() < room {
            text.push_str(&line);
            text.push('\n');
        } else {
            left_out += 1;
        }
    }
    if left_out > 0 {
        let _ = writeln!(text, "- … and {left_out} more");
    }
    text
}

/// Cuts a text to at most `room` bytes, at a character.
pub fn cut(text: &str, room: usize) -> String {
    let text = text.trim();
    if text.len() <= room {
        return text.to_owned();
    }
    let end = (0..=room).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    format!("{}…", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_hold_every_heading_and_stay_under_their_limit() {
        let facts = Facts {
            agent: "testing-engineer".into(),
            attempt: 2,
            task: "x".repeat(5000),
            why: "its time box of 15 min was over".into(),
            met: vec![("coverage".into(), "72 %".into())],
            open: vec!["gates".into(); 200],
            files: vec!["a/b.go".into(); 500],
            last: (0..2000).map(|n| format!("line {n} é")).collect(),
            partial_report: Some("é".repeat(9000)),
            own_words: Some("w".repeat(9000)),
            ..Facts::default()
        };
        let notes = written(&facts);
        assert!(notes.len() <= LIMIT, "{}", notes.len());
        for heading in ["Task", "Criteria", "Files touched", "Tools used", "Findings", "Last messages"] {
            assert!(notes.contains(&format!("## {heading}\n")), "{heading} is missing");
        }
        assert!(notes.contains("- [x] coverage: 72 %"));
        assert!(notes.trim_end().ends_with("line 1999 é"), "the newest message is kept");
    }
}
