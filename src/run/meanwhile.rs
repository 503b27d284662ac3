//! What happened while nobody looked, in one line.

use crate::scheduler::record::NotesAuthor;
use crate::scheduler::{AgentVerdict, Record};

/// Returns what these records amount to; `None`: nothing that matters.
pub fn words(records: &[&Record]) -> Option<String> {
    let count = |wanted: fn(&Record) -> bool| records.iter().filter(|record| wanted(record)).count();
    let cost: f64 = records.iter().fold(0.0, |sum, record| match record {
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
        (count(|it| matches!(it, Record::ThrottleOpened { .. })), "throttled"),
        (count(|it| matches!(it, Record::AskOpened { .. })), "asked"),
        (count(|it| matches!(it, Record::UrgentAdded { .. })), "urgent"),
    ];
    let mut said: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    if cost > 0.0 {
        said.push(format!("${cost:.2} spent"));
    }
    (!said.is_empty()).then(|| format!("while nobody looked: {}", said.join(", ")))
}
