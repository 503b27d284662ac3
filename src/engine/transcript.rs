//! What a log says to a person: the records that programs print, in words.

use std::path::Path;

use super::{Activity, Briefing, Kind, Session, Stream, known, lines, session};

/// Reads the lines of one log in their order.
pub struct Transcript {
    /// Who may have printed it; once one has understood a line, the others are not asked again.
    readers: Vec<Box<dyn Session>>,
    /// A record was understood: what is none of ours is not shown any more.
    is_of_records: bool,
}

impl Default for Transcript {
    fn default() -> Transcript {
        let kinds = [Kind::Claude, Kind::Codex, Kind::Acp, Kind::Opencode];
        let nobody = Briefing::default();
        let reader = |kind| session(&known::plain(kind), &nobody, Path::new(""));
        Transcript { readers: kinds.into_iter().map(reader).collect(), is_of_records: false }
    }
}

impl Transcript {
    /// Returns what a line says; `None`: it is no record, and is shown as it is.
    pub fn line(&mut self, line: &[u8]) -> Option<Vec<String>> {
        if !line.starts_with(b"{") {
            return None;
        }
        if let Some(activity) = lines::parse(line) {
            self.is_of_records = true;
            return Some(words(&[activity]));
        }
        let heard = self.readers.iter_mut().enumerate().find_map(|(at, reader)| {
            let heard = reader.line(Stream::Out, line);
            (!heard.activities.is_empty()).then_some((at, heard.activities))
        });
        if let Some((at, activities)) = heard {
            self.is_of_records = true;
            if self.readers.len() > 1 {
                self.readers = vec![self.readers.swap_remove(at)];
            }
            return Some(words(&activities));
        }
        self.is_of_records.then(Vec::new)
    }
}

fn words(activities: &[Activity]) -> Vec<String> {
    let said = activities.iter().filter_map(Activity::said);
    said.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_told_in_words_and_everything_else_as_it_is() {
        let mut transcript = Transcript::default();
        assert_eq!(transcript.line(b"compiling"), None);
        assert_eq!(transcript.line(br#"{"level":"info","msg":"a log of its own"}"#), None);
        let said = transcript.line(br#"{"type":"tool","name":"Read","summary":"read a.go"}"#);
        assert_eq!(said, Some(vec!["read a.go".to_owned()]));
        // A count of tokens says nothing to a reader.
        assert_eq!(transcript.line(br#"{"type":"usage","input_tokens":1,"output_tokens":2}"#), Some(Vec::new()));
    }

    #[test]
    fn what_a_program_prints_is_told_by_the_one_who_knows_it() {
        let mut transcript = Transcript::default();
        let init = br#"{"type":"system","subtype":"init","session_id":"s1","model":"m"}"#;
        assert_eq!(transcript.line(init), Some(Vec::new()));
        let text = br#"{"type":"assistant","message":{"content":[{"type":"text","text":"First line.\nSecond."}]}}"#;
        assert_eq!(transcript.line(text), Some(vec!["First line.".to_owned(), "Second.".to_owned()]));
    }
}
