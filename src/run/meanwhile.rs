//! What happened while nobody looked, in one line.

use chrono::{DateTime, Local, Utc};

use crate::scheduler::record::NotesAuthor;
use crate::scheduler::{AgentVerdict, Record};
use crate::team_dir::Envelope;

/// Returns what these lines of a journal amount to; `None`: nothing that matters.
pub fn words(lines: &[&Envelope]) -> Option<String> {
    let count = |wanted: fn(&Record) -> bool| lines.iter().filter(|line| wanted(&line.record)).count();
    let cost: f64 = lines.iter().fold(0.0, |sum, line| match line.record {
        Record::AttemptEnded { cost_usd: Some(cost), .. } => sum + cost,
        _ => sum,
    });
    let parts = [
        (count(|it| matches!(it, Record::AgentEnded { verdict: AgentVerdict::Done, .. })), "done"),
        (
            count(|it| matches!(it, Record::AgentEnded { verdict, .. } if *verdict != AgentVerdict::Done)),
            "ended otherwise",
        ),
        (
            count(|it| matches!(it, Record::HandoffWritten { author: NotesAuthor::Agent | NotesAuthor::Quintet, .. })),
            "handed over",
        ),
        (count(|it| matches!(it, Record::AskOpened { .. })), "asked"),
        (count(|it| matches!(it, Record::UrgentAdded { .. })), "urgent"),
    ];
    let mut said: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    said.extend(throttles(lines).iter().map(Throttle::words));
    if cost > 0.0 {
        said.push(format!("${cost:.2} spent"));
    }
    (!said.is_empty()).then(|| format!("while nobody looked: {}", said.join(", ")))
}

/// A time in which an engine started nothing because its service had too much to do, or a quota was used up.
struct Throttle<'a> {
    engine: &'a str,
    /// `None`: before the first of the lines.
    from: Option<DateTime<Utc>>,
    /// When it ended, or is to end.
    to: DateTime<Utc>,
    goes_on: bool,
}

impl Throttle<'_> {
    fn words(&self) -> String {
        let clock = |at: DateTime<Utc>| at.with_timezone(&Local).format("%H:%M").to_string();
        match self.from {
            Some(from) => format!("{} throttled {}–{}", self.engine, clock(from), clock(self.to)),
            None => format!("{} throttled until {}", self.engine, clock(self.to)),
        }
    }
}

/// Returns the throttles in these lines, in the order in which they began.
fn throttles<'a>(lines: &[&'a Envelope]) -> Vec<Throttle<'a>> {
    let mut all: Vec<Throttle<'a>> = Vec::new();
    for line in lines {
        let (engine, from, to, goes_on) = match &line.record {
            Record::ThrottleOpened { engine, until, .. } => (engine, Some(line.t), *until, true),
            Record::ThrottleClosed { engine } => (engine, None, line.t, false),
            _ => continue,
        };
        match all.iter_mut().find(|open| open.goes_on && open.engine == engine) {
            Some(open) => (open.to, open.goes_on) = (to, goes_on),
            None => all.push(Throttle { engine, from, to, goes_on }),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;
    use crate::scheduler::Time;

    fn at(hour: u32, minute: u32) -> DateTime<Utc> {
        let local = Local.with_ymd_and_hms(2026, 3, 2, hour, minute, 0);
        local.single().expect("no clock is set there").with_timezone(&Utc)
    }

    fn line(t: DateTime<Utc>, record: Record) -> Envelope {
        Envelope { v: 1, seq: 1, t, mono: Time::default(), run: "r".to_owned(), record }
    }

    fn opened(engine: &str, t: DateTime<Utc>, until: DateTime<Utc>) -> Envelope {
        let why = "HTTP 429".to_owned();
        line(t, Record::ThrottleOpened { engine: engine.to_owned(), until, after_s: 60.0, why })
    }

    fn closed(engine: &str, t: DateTime<Utc>) -> Envelope {
        line(t, Record::ThrottleClosed { engine: engine.to_owned() })
    }

    fn said(lines: &[Envelope]) -> Option<String> {
        words(&lines.iter().collect::<Vec<_>>())
    }

    #[test]
    fn a_throttle_is_told_with_its_engine_and_from_when_to_when() {
        let lines = [
            opened("claude", at(14, 2), at(14, 10)),
            opened("codex", at(14, 5), at(14, 45)),
            opened("claude", at(14, 10), at(14, 30)),
            closed("claude", at(14, 20)),
            opened("claude", at(15, 0), at(15, 5)),
        ];
        let words = "while nobody looked: claude throttled 14:02–14:20, codex throttled 14:05–14:45, claude throttled 15:00–15:05";
        assert_eq!(said(&lines).as_deref(), Some(words));
    }

    #[test]
    fn a_throttle_that_had_begun_before_is_told_with_its_end() {
        let words = "while nobody looked: claude throttled until 14:20";
        assert_eq!(said(&[closed("claude", at(14, 20))]).as_deref(), Some(words));
    }

    #[test]
    fn when_nothing_happened_nothing_is_said() {
        assert_eq!(said(&[]), None);
    }
}
