//! Names of agents: found at the start of a heading or of an entry, cleaned of numbers and marks.

use std::sync::LazyLock;

use regex::Regex;

use super::field;
use super::outline::Words;
use super::spoken;

/// A line that may name an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Naming {
    pub name: String,
    /// What stands behind the name.
    pub mission: Option<String>,
    /// The line says "Agent 6: …".
    pub says_agent: bool,
    /// The number before the name.
    pub number: Option<u32>,
    /// A colon, dash or bracket parts name and mission.
    pub parted: bool,
}

static NUMBER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^[(\[#]?(\d{1,5})(?:[.):\]]+\s*|\s+[-–—]\s+)").expect("a valid pattern"));
static AGENT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:sub-?)?agent(?:[\s#_-]*(\d{1,5})|\s+[a-z])?\s*(?:[:.)\]]+|[-–—]\s|\s[-–—]\s|$|\(|\s+`)\s*")
        .expect("a valid pattern")
});
static AGENT_NUMBER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)^(?:sub-?)?agent\s*#?\s*(\d{1,5})\s+").expect("a valid pattern"));

impl Naming {
    /// Reads a line as a name, with or without a mission.
    pub(super) fn of(words: &Words) -> Option<Naming> {
        let text = words.text.as_str();
        let mut at = text.find(|c: char| c.is_alphanumeric() || matches!(c, '`' | '(' | '['))?;
        let mut number = None;
        let mut says_agent = false;
        for _ in 0..2 {
            if let Some(found) = NUMBER.captures(&text[at..]) {
                number = found[1].parse().ok();
                at += found[0].len();
            }
            if says_agent {
                break;
            }
            let found = AGENT.captures(&text[at..]).or_else(|| AGENT_NUMBER.captures(&text[at..]));
            if let Some(found) = found.filter(|found| !is_name_itself(&found[0], &text[at + found[0].len()..])) {
                number = found.get(1).and_then(|digits| digits.as_str().parse().ok()).or(number);
                says_agent = true;
                at += found[0].len();
            }
            at += text[at..].len() - text[at..].trim_start_matches([' ', '*', '_', '[']).len();
        }
        let rest = &text[at..];
        let bold = words.bold.checked_sub(at).filter(|bold| *bold > 0 && *bold < rest.len());
        let end = [parting(rest), bold].into_iter().flatten().min().unwrap_or(rest.len());
        let mut name = clean(&rest[..end]);
        let mut mission = rest[end..].trim();
        let parted = parting(rest).is_some();
        if name.is_empty() {
            if !says_agent {
                return None;
            }
            name = match number {
                Some(number) => format!("Agent {number}"),
                None => return None,
            };
        }
        let marks = [':', '：', ' ', '-', '–', '—', '→', '*', ']'];
        mission = mission.trim_start_matches(marks);
        if let Some(inside) = mission.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
            mission = inside;
        }
        let (mission, _) = spoken::without_limit(mission);
        let mission = Some(mission.trim_start_matches(marks).trim().to_owned()).filter(|mission| !mission.is_empty());
        Some(Naming { name, mission, says_agent, number, parted })
    }

    /// Returns whether the name is written as agents usually are: `security-auditor`, `UX_reviewer`.
    pub(super) fn is_slug_like(&self) -> bool {
        let ends_well = self.name.starts_with(char::is_alphanumeric) && self.name.ends_with(char::is_alphanumeric);
        let whole = self.name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
        ends_well && whole && self.name.contains(['-', '_']) && self.name.contains(char::is_alphabetic)
    }

    /// Returns whether it could be the name of an agent at all: one to five words, no sentence, no label.
    pub(super) fn is_name_like(&self) -> bool {
        self.is_short() && field::field_of(&self.name).is_none()
    }

    /// Returns whether it could be a name among other names, though it is a label elsewhere: `docs`, `tools`.
    pub(super) fn is_word(&self) -> bool {
        self.is_short() && !self.name.contains(char::is_whitespace)
    }

    fn is_short(&self) -> bool {
        let words = self.name.split_whitespace().count();
        let strange = [',', ';', '!', '?', '=', '<', '>', '{', '}', '$', '`', '"', '/', '\\', '%', '→'];
        (1..=5).contains(&words)
            && self.name.chars().count() <= 60
            && self.name.starts_with(char::is_alphanumeric)
            && self.name.contains(char::is_alphabetic)
            && !self.name.contains(strange)
            && !self.name.contains(". ")
    }

    /// Returns whether the name ends in a word for somebody who does something: `… auditor`.
    pub(super) fn is_somebody(&self) -> bool {
        let last = self.name.rsplit(['-', '_', ' ']).next().unwrap_or("").to_lowercase();
        const SUFFIXES: [&str; 6] = ["er", "or", "ist", "yst", "tect", "ant"];
        const OTHERS: [&str; 8] = ["agent", "expert", "lead", "scout", "critic", "bot", "qa", "dev"];
        // Things that only sound like people.
        const THINGS: &str = " order number folder header footer parameter chapter matter layer server user filter buffer \
            cluster docker router timer counter container factor vector color colour behavior behaviour refactor error list \
            checklist first other after under over paper letter further later never relevant important constant ledger \
            register roster trigger cover offer answer per whether either for or ";
        last.len() > 1
            && !THINGS.contains(&format!(" {last} "))
            && (SUFFIXES.iter().any(|suffix| last.ends_with(suffix)) || OTHERS.contains(&last.as_str()))
    }
}

/// Returns whether `agent-3:` is the name of an agent and what follows its task: `AGENT-3: load-tester` gives one.
fn is_name_itself(found: &str, rest: &str) -> bool {
    let joined = found.to_lowercase().split_once("agent").is_some_and(|(_, rest)| rest.starts_with(['-', '_']));
    joined && {
        let end = parting(rest).unwrap_or(rest.len());
        let name = clean(&rest[..end]);
        name.contains(char::is_whitespace) || !name.contains(['-', '_'])
    }
}

/// Finds where the name ends: a colon, a dash between blanks, an opening bracket.
fn parting(text: &str) -> Option<usize> {
    let marks = [": ", "：", " - ", " – ", " — ", " (", " → ", " -- "];
    let first = marks.iter().filter_map(|mark| text.find(mark)).min();
    first.or_else(|| text.trim_end().ends_with(':').then(|| text.trim_end().len() - 1))
}

fn clean(name: &str) -> String {
    let dust = |c: char| !c.is_alphanumeric() && !matches!(c, '+' | '#');
    name.trim_matches(dust).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns the name of the agent's files: `[a-z0-9-]`, at most 40 characters, maybe empty.
pub fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars().map(plain) {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() == 40 {
            break;
        }
    }
    slug.truncate(slug.trim_end_matches('-').len());
    slug
}

/// Returns the letter without its accent, for the accents that are common in Latin script.
fn plain(c: char) -> char {
    const FOLDED: [(&str, char); 8] = [
        ("àáâãäåÀÁÂÃÄÅ", 'a'),
        ("èéêëÈÉÊË", 'e'),
        ("ìíîïÌÍÎÏ", 'i'),
        ("òóôõöøÒÓÔÕÖØ", 'o'),
        ("ùúûüÙÚÛÜ", 'u'),
        ("çÇ", 'c'),
        ("ñÑ", 'n'),
        ("ßš", 's'),
    ];
    FOLDED.iter().find(|(letters, _)| letters.contains(c)).map_or(c, |(_, plain)| *plain)
}

/// Returns the name as names are compared: letters and digits only, in lower case.
pub(super) fn key(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, bold: usize) -> Naming {
        Naming::of(&Words { text: text.to_owned(), bold, ..Words::default() }).expect("a name")
    }

    #[test]
    fn names_are_found_in_every_usual_form() {
        for (text, bold, name, mission, number) in [
            ("1. architecture-analyst", 23, "architecture-analyst", None, Some(1)),
            ("AGENT 1: architecture-analyst", 0, "architecture-analyst", None, Some(1)),
            ("Agent 6: name", 0, "name", None, Some(6)),
            ("🤖 Agent #3 - Security Auditor", 0, "Security Auditor", None, Some(3)),
            (
                "integration-analyst: Cross-agent findings",
                19,
                "integration-analyst",
                Some("Cross-agent findings"),
                None,
            ),
            ("name (mission)", 0, "name", Some("mission"), None),
            ("`db-reader` — reads the schema", 0, "db-reader", Some("reads the schema"), None),
            ("security-auditor (15 min max)", 0, "security-auditor", None, None),
            ("Agent: scout", 0, "scout", None, None),
            ("Agent 2", 0, "Agent 2", None, Some(2)),
            ("Agent 2 (scout)", 0, "scout", None, Some(2)),
            ("Agent 4 scout", 0, "scout", None, Some(4)),
        ] {
            let naming = read(text, bold);
            assert_eq!(
                (naming.name.as_str(), naming.mission.as_deref(), naming.number),
                (name, mission, number),
                "{text}"
            );
        }
    }

    #[test]
    fn headings_about_agents_name_none() {
        assert!(!read("Agent Handoff Protocol:", 0).says_agent);
        assert!(!read("Agents", 0).says_agent);
        assert!(!read("Agent dependencies", 0).says_agent);
    }

    #[test]
    fn slugs_are_short_and_plain() {
        assert_eq!(slug("Security Auditor (2nd)"), "security-auditor-2nd");
        assert_eq!(slug("審査"), "");
        assert_eq!(slug(&"ab-".repeat(30)).len(), 40);
    }
}
