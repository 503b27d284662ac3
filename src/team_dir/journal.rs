//! A line of `journal.jsonl`, which is also a line of `--json` and of an attached screen's stream.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use crate::scheduler::millis;
use crate::scheduler::{Record, Time};

/// The version of all records.
pub const VERSION: u32 = 1;

/// A record with its envelope.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    pub v: u32,
    /// 1, 2, … in the journal; 0 for events that are not journalled.
    #[serde(default)]
    pub seq: u64,
    #[serde(with = "millis")]
    pub t: DateTime<Utc>,
    /// Milliseconds since the boot that `run.started` or the last `run.resumed` names.
    #[serde(default)]
    pub mono: Time,
    pub run: String,
    #[serde(flatten)]
    pub record: Record,
}

/// What a line of a journal is.
#[derive(Debug, Clone, PartialEq)]
pub enum Line {
    Known(Box<Envelope>),
    /// Of a newer Quintet: an event that this one does not know. Passed over.
    Unknown,
    /// Not a record: torn or damaged.
    Damaged,
}

impl Envelope {
    /// Returns the line, without its newline.
    pub fn line(&self) -> String {
        serde_json::to_string(self).expect("records are plain data with string keys")
    }
}

impl Line {
    /// Reads one line. Never fails: what it is not is said.
    pub fn read(line: &[u8]) -> Line {
        if let Ok(envelope) = serde_json::from_slice::<Envelope>(line) {
            return Line::Known(Box::new(envelope));
        }
        let is_record = |value: &serde_json::Value| value.get("event").is_some_and(serde_json::Value::is_string);
        match serde_json::from_slice::<serde_json::Value>(line) {
            Ok(value) if is_record(&value) => Line::Unknown,
            _ => Line::Damaged,
        }
    }
}

/// The same as [`millis`] for a time that may be missing.
pub mod some_millis {
    use super::{DateTime, Utc, millis};
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(time: &Option<DateTime<Utc>>, to: S) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => millis::serialize(time, to),
            None => to.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<DateTime<Utc>>, D::Error> {
        Option::<DateTime<Utc>>::deserialize(from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_reads_back_as_it_was_written() {
        let envelope = Envelope {
            v: VERSION,
            seq: 7,
            t: DateTime::from_timestamp_millis(1_790_000_000_123).expect("it is a time"),
            mono: Time(42),
            run: "1122-1550-k3f".into(),
            record: Record::AttemptStarted { agent: "a".into(), attempt: 1, pid: 99, again: false },
        };
        let line = envelope.line();
        assert!(line.contains(r#""t":"2026-09-21T14:13:20.123Z""#), "{line}");
        assert!(line.contains(r#""event":"attempt.started""#), "{line}");
        assert_eq!(Line::read(line.as_bytes()), Line::Known(Box::new(envelope)));
    }

    #[test]
    fn every_time_in_a_record_is_written_with_milliseconds() {
        let at = DateTime::from_timestamp(1_790_000_000, 123_456_789).expect("it is a time");
        let records = [
            Record::AgentRetry { agent: "a".into(), at, why: "it failed".into(), after_s: 1.0 },
            Record::ThrottleOpened { engine: "e".into(), until: at, after_s: 1.0, why: "429".into() },
            Record::AskOpened {
                id: "1".into(),
                agent: "a".into(),
                attempt: 1,
                kind: "permission".into(),
                text: "may I?".into(),
                until: at,
                after_s: 1.0,
            },
        ];
        for record in records {
            let text = serde_json::to_string(&record).expect("it is plain data");
            assert!(text.contains(r#""2026-09-21T14:13:20.123Z""#), "{text}");
        }
    }

    #[test]
    fn a_newer_event_is_passed_over_and_a_torn_line_is_seen() {
        assert_eq!(Line::read(br#"{"v":1,"event":"attempt.levitated","t":"x"}"#), Line::Unknown);
        assert_eq!(Line::read(br#"{"v":1,"event":"attempt.star"#), Line::Damaged);
        assert_eq!(Line::read(b"\xff\xfe"), Line::Damaged);
    }
}
