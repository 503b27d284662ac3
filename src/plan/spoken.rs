//! Numbers inside sentences: the time box, the slots.

use std::ops::Range;
use std::sync::LazyLock;
use std::time::Duration;

use regex::Regex;

/// A time box is never longer; a plan that speaks of weeks speaks of something else.
pub(super) const LONGEST: Duration = Duration::from_secs(24 * 3600);

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a valid pattern")
}

const UNIT: &str = r"(hours?|hrs?|h|minutes?|mins?|min\.|m|seconds?|secs?|s)\b";
const NUMBER: &str = r"(\d{1,6}(?:\.\d+)?)";
const COUNT: &str = r"(\d{1,4}|one|two|three|four|five|six|seven|eight|nine|ten|twelve)";

static DURATION: LazyLock<Regex> = LazyLock::new(|| {
    // Without a word's end: in `1h30m` none stands between the two.
    pattern(&format!(r"(?i){NUMBER}\s*[- ]?\s*{}", UNIT.trim_end_matches(r"\b")))
});

/// A number of minutes with words around it that make it a limit.
static LIMITS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let limit = r"(?:time[- ]?limit|limit|time[- ]?box(?:ed|es)?|max(?:imum)?(?:\s+time)?|micro-?\s?tasks?|target|cap|deadline|timeout|sprints?|windows?)";
    let between = r"[\s*_:,()=≤<~-]*(?:of|is|to|at|a|the|each|for|per|hard|strict)?[\s*_:,()=≤<~-]*";
    vec![
        pattern(&format!(r"(?i){NUMBER}\s*[- ]?\s*{UNIT}{between}{limit}\b")),
        pattern(&format!(r"(?i)\b{limit}{between}{NUMBER}\s*[- ]?\s*{UNIT}")),
        pattern(&format!(
            r"(?i){NUMBER}\s*[- ]?\s*{UNIT}\s*(?:each\b|(?:per|for each|an|for every)\s+(?:agent|task|attempt|micro-?task))"
        )),
        pattern(&format!(
            r"(?i)\b(?:each|every|all)\s+(?:agents?|tasks?|attempts?|micro-?tasks?)\s+(?:\w+\s+){{0,4}}?{NUMBER}\s*[- ]?\s*{UNIT}"
        )),
    ]
});

/// Words that make a number of minutes a rhythm or a moment, not a limit.
static RHYTHM: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\b(?:every|after|within|in the (?:first|last)|at least|wait|before)\s*$"));

static SLOTS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let agents = r"(?:agents?|attempts?|workers?|processes)";
    let at_once = r"(?:in parallel|parallel|concurrent|at once|concurrently|simultaneously|at a time|at any time|at the same time|active|running)";
    vec![
        pattern(&format!(
            r"(?i)\b(?:slots|parallelism|concurrency|max[- ]?parallel|max[- ]?concurrent(?:\s{agents})?)\s*[:=]\s*\**{COUNT}\b"
        )),
        pattern(&format!(r"(?i)\b{COUNT}\s+slots\b")),
        pattern(&format!(
            r"(?i)\b(?:always|exactly|max(?:imum)?(?: of)?|up to|at most|no more than|never (?:more|fewer|less) than|keep|maintain|limit of)\s+{COUNT}\s+(?:{agents}\s+)?(?:(?:are|stay)\s+)?(?:always\s+)?{at_once}"
        )),
        pattern(&format!(r"(?i)\b{COUNT}\s+(?:active|parallel|concurrent|simultaneous)\s+{agents}")),
        pattern(&format!(
            r"(?i)\b{COUNT}\s+{agents}\s+(?:(?:are|stay|must be|run|running|working|work)\s+)*(?:always\s+)?{at_once}"
        )),
        pattern(&format!(
            r"(?i)\b{COUNT}[- ]agent\s+(?:\w+\s+)?(?:deployment|team|orchestration|parallel|swarm|fleet|pool|run|crew|squad)"
        )),
        pattern(&format!(r"(?i)\b{COUNT}-agent\b")),
    ]
});

/// Returns the limit of time that a sentence sets.
pub(super) fn time_limit(text: &str) -> Option<Duration> {
    LIMITS.iter().enumerate().find_map(|(at, limit)| {
        // "after 20 minutes max" is one: the word behind the number says so.
        let outright = at == 0;
        limit.captures_iter(text).find_map(|found| {
            let before = &text[..found.get(1)?.start()];
            let told = duration(&found[1], &found[2])?;
            ((outright || !RHYTHM.is_match(before)) && told <= LONGEST && !told.is_zero()).then_some(told)
        })
    })
}

/// Returns the durations in a text, with where they stand.
fn durations(text: &str) -> impl Iterator<Item = (Duration, Range<usize>)> {
    DURATION.captures_iter(text).filter_map(|found| {
        let range = found.get(0)?.range();
        let word_goes_on = text[range.end..].starts_with(char::is_alphabetic);
        let told = duration(&found[1], &found[2]).filter(|_| !word_goes_on)?;
        Some((told, range))
    })
}

/// Returns the first duration of a text: `15 minutes`, `90s`, `15`, `1h 30m`.
///
/// A bare number is minutes: that is what people mean behind `TIME LIMIT:`.
pub(super) fn duration_of(text: &str) -> Option<Duration> {
    let text = text.trim();
    let mut total: Option<Duration> = None;
    let mut end = 0;
    for (told, range) in durations(text) {
        let between = text[end..range.start].trim_matches([' ', ',']).trim_start_matches("and");
        if total.is_some() && !between.trim().is_empty() {
            break;
        }
        total = Some(total.unwrap_or_default().saturating_add(told));
        end = range.end;
    }
    total.or_else(|| {
        let number = text.trim_start_matches(['~', '≤', '<', ' ']);
        number.chars().all(|c| c.is_ascii_digit()).then(|| duration(number, "m"))?
    })
}

/// Returns the duration that a text is, and nothing else: `15m`, `1h30m`, `90 seconds`.
pub(super) fn exact_duration(text: &str) -> Option<Duration> {
    duration_of(text).filter(|_| without_durations(text).trim().is_empty())
}

fn without_durations(text: &str) -> String {
    let mut left = String::new();
    let mut end = 0;
    for (_, range) in durations(text) {
        left.push_str(&text[end..range.start]);
        end = range.end;
    }
    left + &text[end..]
}

/// Returns a duration as people say it: `15m`, `90s`.
pub(super) fn said(told: Duration) -> String {
    let seconds = told.as_secs_f64();
    if seconds >= 60.0 && seconds % 60.0 == 0.0 { format!("{}m", seconds / 60.0) } else { format!("{seconds}s") }
}

fn duration(number: &str, unit: &str) -> Option<Duration> {
    let number: f64 = number.parse().ok()?;
    let factor = match unit.as_bytes().first()?.to_ascii_lowercase() {
        b'h' => 3600.0,
        b'm' => 60.0,
        _ => 1.0,
    };
    Duration::try_from_secs_f64(number * factor).ok()
}

/// Takes a bracket that only sets a limit out of a text: `Look at auth (15 min max)`.
pub(super) fn without_limit(text: &str) -> (String, Option<Duration>) {
    static BRACKET: LazyLock<Regex> = LazyLock::new(|| {
        pattern(&format!(
            r"(?i)\s*[(\[]\s*(?:⏱\u{{fe0f}}?\s*)?((?:max(?:imum)?|limit|time[- ]?(?:limit|box)|target|≤|<|~)?[\s:.]*{NUMBER}\s*[- ]?\s*{UNIT}[\s-]*(?:max(?:imum)?|limit|target|time[- ]?(?:limit|box)|box|cap|micro-?task|each)?\.?)\s*[)\]]"
        ))
    });
    match BRACKET.captures(text) {
        Some(found) => {
            let whole = found.get(0).expect("the whole match");
            let rest = format!("{}{}", &text[..whole.start()], &text[whole.end()..]);
            (rest.trim().to_owned(), duration_of(&found[1]).filter(|told| *told <= LONGEST && !told.is_zero()))
        }
        None => {
            let only = durations(text).next().is_some() && {
                let left = without_durations(text).to_lowercase();
                left.split(|c: char| !c.is_alphabetic())
                    .all(|word| matches!(word, "" | "max" | "maximum" | "limit" | "target" | "micro" | "task" | "each"))
            };
            if only { (String::new(), duration_of(text)) } else { (text.to_owned(), None) }
        }
    }
}

/// Returns how many may run at once by this sentence, and how plainly it says so (0 is plainest).
pub(super) fn slots(text: &str) -> Option<(usize, usize)> {
    SLOTS.iter().enumerate().find_map(|(rank, slots)| {
        let found = slots.captures(text)?;
        Some((count(&found[1])?, rank))
    })
}

fn count(word: &str) -> Option<usize> {
    let words =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    let lower = word.to_lowercase();
    words.iter().position(|known| *known == lower).or_else(|| lower.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_limits_are_found_in_sentences() {
        for (text, seconds) in [
            ("IMMEDIATE 5-AGENT DEPLOYMENT (15-min micro-tasks)", 900),
            ("15-minute time limit enforced for all micro-tasks", 900),
            ("Analyze Go microservices (15 min max)", 900),
            ("a 10-min target", 600),
            ("TIME LIMIT: 20 minutes", 1200),
            ("**Max time**: 90 s", 90),
            ("Each agent has 12 minutes", 720),
            ("Time box of 1 hour", 3600),
            ("5 minutes each", 300),
            ("Every agent stops after 20 minutes max.", 1200),
            ("15-Minute Micro-Tasks: Enforce time limits to prevent bottlenecks", 900),
        ] {
            assert_eq!(time_limit(text), Some(Duration::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn other_times_are_no_limits() {
        for text in [
            "26-week implementation (5-7 engineers)",
            "If incomplete after 15 min → create handoff notes",
            "post progress every 5 minutes",
            "answers within 200 s",
            "p99 latency of 3 s",
        ] {
            assert_eq!(time_limit(text), None, "{text}");
        }
    }

    #[test]
    fn slots_are_found_in_sentences() {
        for (text, count) in [
            ("IMMEDIATE 5-AGENT DEPLOYMENT", 5),
            ("NEVER WAIT - ALWAYS 5 ACTIVE AGENTS", 5),
            ("Keep exactly 5 active", 5),
            ("max 3 in parallel", 3),
            ("Run up to four agents at once", 4),
            ("Slots: 2", 2),
            ("Maintain 5 Active Agents: Never fewer than 5 agents running", 5),
            ("No more than 6 agents running", 6),
            ("never more than 2 at a time", 2),
        ] {
            assert_eq!(slots(text).map(|found| found.0), Some(count), "{text}");
        }
        for text in ["All 10 agents have completed", "don't wait for all 5", "5 initial + 5 follow-up", "5-7 engineers"]
        {
            assert_eq!(slots(text), None, "{text}");
        }
    }

    #[test]
    fn a_bracket_that_only_sets_a_limit_is_no_part_of_the_task() {
        let read = |text: &str| {
            let (rest, limit) = without_limit(text);
            (rest, limit.map(|limit| limit.as_secs()))
        };
        assert_eq!(read("Look at auth (15 min max)"), ("Look at auth".into(), Some(900)));
        assert_eq!(read("Look (max 5 minutes) at auth"), ("Look at auth".into(), Some(300)));
        assert_eq!(read("Look at auth (Go)"), ("Look at auth (Go)".into(), None));
        assert_eq!(read("15 min max"), (String::new(), Some(900)));
    }
}
