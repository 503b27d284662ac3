//! Small ways into JSON whose shape belongs to somebody else: what is missing or of another kind is simply not there.

use serde_json::Value;

/// Returns the text at a pointer such as `/message/id`.
pub fn text_at<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer)?.as_str()
}

/// Returns the number at a pointer, 0 if there is none.
pub fn count_at(value: &Value, pointer: &str) -> u64 {
    value.pointer(pointer).and_then(Value::as_u64).unwrap_or(0)
}

/// Returns the list at a pointer, empty if there is none.
pub fn list_at<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Returns the object in a line, if it is one.
pub fn object(line: &[u8]) -> Option<Value> {
    serde_json::from_slice(line).ok().filter(Value::is_object)
}

/// Returns a JSON value as one line of input.
pub fn line(value: &Value) -> Vec<u8> {
    let mut line = value.to_string().into_bytes();
    line.push(b'\n');
    line
}

/// Returns the first line of a text that says something, at most `longest` characters of it.
pub fn first_line(text: &str, longest: usize) -> String {
    let is_telling = |line: &&str| !line.trim().is_empty() && !line.starts_with("```");
    let line = text.lines().find(is_telling).unwrap_or_default().trim();
    match line.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}
