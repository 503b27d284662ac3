//! Entries of `urgent-issues.md` and `cross-agent-findings.md`: appended by agents, edited by people, half-written at
//! times. Reading is tolerant; nothing is dropped, what makes no sense is shown as it is.
//!
//! An entry is a heading of level two or deeper with what follows it, or else a top-level list item or paragraph.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::{DateTime, SecondsFormat, Utc};
use regex::Regex;

use crate::scheduler::Severity;

/// One entry, as far as it was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub severity: Severity,
    /// An agent's or a person's name, if one is said.
    pub source: Option<String>,
    /// One line: what it is about.
    pub text: String,
    pub file: Option<String>,
    pub line: Option<u32>,
}

/// What has been seen of one file, so that only news is news.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// First lines, and how often each is known.
    known: BTreeMap<String, usize>,
    /// The same as the file had them last.
    there: BTreeMap<String, usize>,
}

/// A path with a line, as in `internal/auth/auth.go:88`.
static PLACE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"([A-Za-z0-9_@./-]*[A-Za-z0-9_-]\.[A-Za-z0-9]{1,10}):(\d{1,7})").expect("constant"));

/// `Source: name`, `Agent: name`, `by name`, `[name]`.
static SOURCE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\*{0,2}(?:source|agent|reported by|from|by)\*{0,2}:?\*{0,2}\s+`?\[?([A-Za-z0-9][A-Za-z0-9_.-]{1,39})",
    )
    .expect("constant")
});

impl Seen {
    /// Returns the entries of `text` that were not there before, in their order. `names`: the agents of the plan.
    ///
    /// An entry is known by its first line (and how often that line came before), so a body that is still being written
    /// does not make it new again.
    pub fn news(&mut self, text: &str, names: &[&str], usual: Severity) -> Vec<Entry> {
        self.there.clear();
        let new = blocks(text).into_iter().filter(|block| self.is_new(block));
        new.map(|block| understand(&block, names, usual)).collect()
    }

    /// Takes in text of Quintet's own that is appended to the file as it was seen last: it is no news.
    pub fn own(&mut self, text: &str) {
        for block in blocks(text) {
            self.is_new(&block);
        }
    }

    /// Counts the next entry of the file; returns whether it was not known.
    fn is_new(&mut self, block: &[&str]) -> bool {
        let first = block.first().copied().unwrap_or_default().trim();
        let nth = self.there.entry(first.to_owned()).or_default();
        *nth += 1;
        let known = self.known.entry(first.to_owned()).or_default();
        let is_new = *nth > *known;
        *known = (*known).max(*nth);
        is_new
    }
}

/// Returns how Quintet writes an entry, to be appended to the file.
pub fn written(entry: &Entry, at: DateTime<Utc>) -> String {
    let source = entry.source.as_deref().unwrap_or("quintet");
    let time = at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let mut text =
        format!("\n### {}: {}\n\n- source: {source}\n- at: {time}\n", word(entry.severity), entry.text.trim());
    if let Some(file) = &entry.file {
        let line = entry.line.map(|line| format!(":{line}")).unwrap_or_default();
        text.push_str(&format!("- where: `{file}{line}`\n"));
    }
    text
}

/// Returns those of `entries` that are not `known`, each of which accounts for one.
///
/// They are compared as they read once Quintet has written them: an entry and its record are the same then.
pub fn unknown(entries: Vec<Entry>, known: &[Entry]) -> Vec<Entry> {
    let mut left = BTreeMap::<_, usize>::new();
    for entry in known {
        *left.entry(read_back(entry)).or_default() += 1;
    }
    let is_unknown = |entry: &Entry| match left.get_mut(&read_back(entry)) {
        Some(times) if *times > 0 => {
            *times -= 1;
            false
        }
        _ => true,
    };
    let mut entries = entries;
    entries.retain(is_unknown);
    entries
}

fn read_back(entry: &Entry) -> (String, Option<String>, Option<u32>) {
    let text = written(entry, DateTime::UNIX_EPOCH);
    let read = blocks(&text).first().map(|block| understand(block, &[], entry.severity));
    let read = read.unwrap_or_else(|| entry.clone());
    (read.text, read.file, read.line)
}

/// Returns the word of a severity as it is written in the files.
pub fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "CRITICAL",
        Severity::High => "HIGH",
        Severity::Medium => "MEDIUM",
        Severity::Low => "LOW",
        Severity::Info => "INFO",
    }
}

/// Cuts the text into the lines of its entries.
fn blocks(text: &str) -> Vec<Vec<&str>> {
    let mut blocks: Vec<Vec<&str>> = Vec::new();
    let mut under_heading = false;
    let mut open = false;
    for line in text.lines() {
        let level = line.len() - line.trim_start_matches('#').len();
        let is_heading = level > 0 && line[level..].starts_with(' ');
        if is_heading {
            // The title of the file is no entry.
            under_heading = level >= 2;
            open = under_heading;
            if open {
                blocks.push(vec![line]);
            }
        } else if under_heading {
            blocks.last_mut().expect("a heading opened it").push(line);
        } else if line.trim().is_empty() {
            open = false;
        } else if line.starts_with(['-', '*', '+']) && line[1..].starts_with(' ') || !open {
            blocks.push(vec![line]);
            open = true;
        } else {
            blocks.last_mut().expect("the branch above opened one").push(line);
        }
    }
    let is_rule = |block: &Vec<&str>| block.iter().all(|line| line.trim().chars().all(|c| "-*_=<>! ".contains(c)));
    let is_comment = |block: &Vec<&str>| block[0].trim_start().starts_with("<!--");
    blocks.retain(|block| !is_rule(block) && !is_comment(block));
    blocks
}

fn understand(block: &[&str], names: &[&str], usual: Severity) -> Entry {
    let whole = block.join("\n");
    let lower = whole.to_lowercase();
    let severity = [
        ("critical", Severity::Critical),
        ("high", Severity::High),
        ("medium", Severity::Medium),
        ("low", Severity::Low),
        ("info", Severity::Info),
    ]
    .into_iter()
    .filter_map(|(word, severity)| find_word(&lower, word).map(|at| (at, severity)))
    .min_by_key(|(at, _)| *at)
    .map_or(usual, |(_, severity)| severity);
    let named = names.iter().filter_map(|name| whole.find(name).map(|at| (at, *name))).min_by_key(|(at, _)| *at);
    let said = SOURCE.captures(&whole).map(|found| found[1].trim_end_matches('.').to_owned());
    let source = named.map(|(_, name)| name.to_owned()).or(said);
    let place = PLACE.captures(&whole);
    Entry {
        severity,
        source,
        text: title(block),
        file: place.as_ref().map(|found| found[1].to_owned()),
        line: place.and_then(|found| found[2].parse().ok()),
    }
}

/// Returns the entry's first line without its marks.
fn title(block: &[&str]) -> String {
    let bare = |line: &str| {
        let line = line.trim().trim_start_matches(['#', '-', '*', '+', '>']).trim();
        line.replace("**", "").replace("__", "").trim().to_owned()
    };
    let first = bare(block[0]);
    let only_word = first.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let says_nothing =
        ["", "urgent", "critical", "high", "medium", "low", "info", "issue", "finding"].contains(&&*only_word);
    let next = block.iter().skip(1).map(|line| bare(line)).find(|line| !line.is_empty());
    let text = if says_nothing { next.unwrap_or(first) } else { first };
    for severity in [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Info] {
        if let Some(rest) = text.strip_prefix(word(severity)).and_then(|rest| rest.strip_prefix(": ")) {
            return rest.to_owned();
        }
    }
    text
}

/// Returns where `word` stands as a whole word.
fn find_word(text: &str, word: &str) -> Option<usize> {
    let is_edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    text.match_indices(word)
        .find(|(at, _)| is_edge(text[..*at].chars().next_back()) && is_edge(text[at + word.len()..].chars().next()))
        .map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn news(text: &str) -> Vec<Entry> {
        Seen::default().news(text, &["security-auditor", "testing-engineer"], Severity::High)
    }

    #[test]
    fn what_quintet_writes_reads_back() {
        let entry = Entry {
            severity: Severity::Critical,
            source: Some("security-auditor".into()),
            text: "any tenant can read another's calls".into(),
            file: Some("internal/spanner/repository.go".into()),
            line: Some(88),
        };
        let text = format!("# Urgent issues\n{}", written(&entry, DateTime::UNIX_EPOCH));
        assert_eq!(news(&text), vec![entry]);
    }

    #[test]
    fn entries_are_understood_as_agents_and_people_write_them() {
        let text = "# Urgent issues\n\n- **CRITICAL** [security-auditor] keys in the image, Dockerfile.prod:7\n- disk nearly full\n\n\
                    ## 🚨 Tests do not compile\n**Agent**: testing-engineer\n**Severity**: medium\nsee `a_test.go:3`\n\nJust a line";
        let entries = news(text);
        let seen: Vec<_> = entries
            .iter()
            .map(|entry| (entry.severity, entry.source.as_deref(), entry.file.as_deref(), entry.line))
            .collect();
        assert_eq!(
            seen,
            vec![
                (Severity::Critical, Some("security-auditor"), Some("Dockerfile.prod"), Some(7)),
                (Severity::High, None, None, None),
                (Severity::Medium, Some("testing-engineer"), Some("a_test.go"), Some(3)),
            ]
        );
        assert_eq!(entries[2].text, "🚨 Tests do not compile");
    }

    #[test]
    fn only_news_is_news_while_an_entry_is_still_being_written() {
        let mut seen = Seen::default();
        let names = ["a"];
        assert_eq!(seen.news("## first\n", &names, Severity::High).len(), 1);
        assert_eq!(seen.news("## first\nwith its body\n", &names, Severity::High).len(), 0);
        assert_eq!(seen.news("## first\nbody\n## first\nagain\n", &names, Severity::High).len(), 1);
        assert_eq!(seen.news("", &names, Severity::High).len(), 0);
    }

    #[test]
    fn own_entries_with_the_same_first_line_are_no_news() {
        let mut seen = Seen::default();
        let before = "# Findings\n\n### LOW: too long\n\n- where: `a.rs:1`\n";
        let own = "\n### LOW: too long\n\n- where: `b.rs:2`\n";
        assert_eq!(seen.news(before, &[], Severity::Info).len(), 1);
        seen.own(own);
        seen.own(own);
        let text = format!("{before}{own}{own}");
        assert_eq!(seen.news(&text, &[], Severity::Info).len(), 0);
        let other = format!("{text}\n### LOW: too long\n\n- where: `c.rs:3`\n");
        let news = seen.news(&other, &[], Severity::Info);
        assert_eq!(news.iter().map(|entry| entry.line).collect::<Vec<_>>(), [Some(3)]);
    }

    #[test]
    fn what_a_record_tells_is_known_in_the_file_as_often_as_it_is_told() {
        let entry = |text: &str, line| Entry {
            severity: Severity::High,
            source: None,
            text: text.to_owned(),
            file: Some("a.rs".to_owned()),
            line,
        };
        // A file without a line, and marks in the text, do not read back as they were.
        let known = [entry("**bold** words", None), entry("plain", Some(3))];
        let texts: Vec<String> = known.iter().map(|entry| written(entry, DateTime::UNIX_EPOCH)).collect();
        let in_file = news(&texts.concat());
        assert_ne!(in_file, known);
        assert_eq!(unknown(in_file, &known), []);
        let twice = vec![entry("plain", Some(3)), entry("plain", Some(4)), entry("plain", Some(3))];
        assert_eq!(unknown(twice.clone(), &known), twice[1..]);
    }
}
