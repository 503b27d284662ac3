//! What an earlier Quintet had said to a program when this one came: the program's lines are heard again, and only what
//! was not answered then is answered now.

use serde_json::Value;

/// The lines of an attempt's input, as far as they are JSON.
#[derive(Debug, Default)]
pub struct Sent(Vec<Value>);

impl Sent {
    /// Reads what was written to an attempt's input.
    pub fn read(input: &[u8]) -> Sent {
        let lines = input.split(|byte| *byte == b'\n');
        Sent(lines.filter_map(|line| serde_json::from_slice(line).ok()).collect())
    }

    /// Returns what of a reply was not sent yet.
    pub fn missing(&self, reply: &[u8]) -> Vec<u8> {
        let lines = reply.split_inclusive(|byte| *byte == b'\n');
        lines.filter(|line| !self.covers(line)).flatten().copied().collect()
    }

    /// Returns how many turns were begun in it, not counting those that were cancelled, by programs that count turns.
    pub fn turns(&self) -> usize {
        self.asked_for(&["session/prompt", "turn/start"]).saturating_sub(self.cancels())
    }

    /// Returns how often a turn was cancelled.
    pub fn cancels(&self) -> usize {
        self.asked_for(&["session/cancel", "turn/interrupt"])
    }

    /// Returns whether this was said, somewhere in a line.
    pub fn says(&self, text: &str) -> bool {
        let written = serde_json::to_string(text).expect("a text is JSON");
        self.0.iter().any(|line| line.to_string().contains(written.trim_matches('"')))
    }

    fn asked_for(&self, methods: &[&str]) -> usize {
        let is_one = |line: &&Value| line["method"].as_str().is_some_and(|method| methods.contains(&method));
        self.0.iter().filter(is_one).count()
    }

    /// Returns whether a request of the program with this id was answered.
    pub fn answers(&self, id: &str) -> bool {
        let is_it = |value: &Value| match value {
            // The ids of some programs are kept as they stand in their JSON.
            Value::String(text) => text == id || id.trim_matches('"') == text,
            Value::Number(number) => number.to_string() == id,
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => false,
        };
        self.0.iter().filter(|line| line.get("method").is_none()).any(|line| answered(line).is_some_and(is_it))
    }

    /// An answer is known by the request that it answers; a request of ours by what it asks for, since its number depends
    /// on what else was said.
    fn covers(&self, line: &[u8]) -> bool {
        let Ok(line) = serde_json::from_slice::<Value>(line) else { return false };
        let same = |sent: &&Value| match (line.get("method"), answered(&line)) {
            (Some(method), _) => sent.get("method") == Some(method),
            (None, Some(id)) => sent.get("method").is_none() && answered(sent) == Some(id),
            (None, None) => **sent == line,
        };
        self.0.iter().any(|sent| same(&sent))
    }
}

/// Returns the id that a line answers, by JSON-RPC or as Claude Code has it.
fn answered(line: &Value) -> Option<&Value> {
    line.get("id").or_else(|| line.get("response")?.get("request_id"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENT: &[u8] = br#"{"type":"user","message":"do it"}
{"type":"control_response","response":{"subtype":"success","request_id":"r-1","response":{"behavior":"allow"}}}
{"jsonrpc":"2.0","id":0,"method":"initialize","params":{}}
{"jsonrpc":"2.0","id":7,"result":{"outcome":{}}}
"#;

    #[test]
    fn what_was_said_is_not_said_again_and_the_rest_is() {
        let sent = Sent::read(SENT);
        let again = br#"{"type":"control_response","response":{"request_id":"r-1"}}
{"jsonrpc":"2.0","id":3,"method":"initialize","params":{}}
{"jsonrpc":"2.0","id":7,"result":{}}
"#;
        assert_eq!(sent.missing(again), b"");
        let new = br#"{"type":"control_response","response":{"request_id":"r-2"}}
{"jsonrpc":"2.0","id":1,"method":"session/new","params":{}}
"#;
        assert_eq!(sent.missing(&[&again[..], new].concat()), new);
    }

    #[test]
    fn a_request_counts_as_answered_by_its_id_alone() {
        let sent = Sent::read(SENT);
        assert!(sent.answers("r-1") && sent.answers("7"));
        assert!(!sent.answers("r-2"));
        assert!(!sent.answers("0"), "that is a request of ours");
    }
}
