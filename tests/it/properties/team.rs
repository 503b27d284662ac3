//! What agents and people write into the team directory: every entry is one, once, and is shown; notes stay small.

use quintet::scheduler::Severity;
use quintet::screen::page::{Format, Page};
use quintet::screen::words::is_hostile;
use quintet::team_dir::entries::{Seen, written};
use quintet::team_dir::notes::{self, Facts};

/// Holds for the text of a file.
pub fn hold(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let names = ["security-auditor", "testing-engineer"];
    let mut seen = Seen::default();
    let entries = seen.news(&text, &names, Severity::Medium);
    assert_eq!(seen.news(&text, &names, Severity::Medium), [], "old entries are no news");
    for entry in entries {
        assert!(!entry.text.contains('\n'), "{entry:?}");
        let own = written(&entry, chrono::DateTime::UNIX_EPOCH);
        let back = Seen::default().news(&own, &names, entry.severity);
        assert_eq!(back.len(), 1, "an entry is one entry: {own:?}");
        let mut seen = Seen::default();
        seen.own(&own);
        assert_eq!(seen.news(&own, &names, entry.severity), [], "own entries are no news");
    }
    // A file that is being written.
    let half = (0..=text.len() / 2).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let mut seen = Seen::default();
    seen.news(&text[..half], &names, Severity::Medium);
    seen.news(&text, &names, Severity::Medium);
    hold_notes(&text);
    hold_page(bytes);
}

fn hold_notes(text: &str) {
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let facts = Facts {
        agent: "security-auditor".to_owned(),
        attempt: 1,
        task: text.to_owned(),
        why: "its time box is over".to_owned(),
        met: lines.iter().map(|line| (line.clone(), line.clone())).collect(),
        open: lines.clone(),
        files: lines.clone(),
        tools: lines.iter().map(|line| (line.clone(), 1)).collect(),
        last: lines.clone(),
        findings: lines,
        partial_report: Some(text.to_owned()),
        own_words: Some(text.to_owned()),
    };
    let notes = notes::written(&facts);
    assert!(notes.len() <= notes::LIMIT, "{}", notes.len());
}

fn hold_page(bytes: &[u8]) {
    for width in [1, 20, 500] {
        let page = Page::read(bytes, &Format::Markdown, width, false, false);
        assert!(page.lines.iter().all(|line| !line.text.chars().any(is_hostile)));
        assert!(page.headings.iter().all(|heading| heading.line < page.lines.len().max(1)));
        for row in page.rows(width, true) {
            let text = &page.lines[row.line].text;
            assert!(text.is_char_boundary(row.from) && text.is_char_boundary(row.to));
        }
        for link in &page.links {
            assert!(page.lines[link.line].text.get(link.from..link.to).is_some(), "{link:?}");
        }
    }
}
