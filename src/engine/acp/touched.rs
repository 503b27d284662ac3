//! The files that a call would change, by all that its input says: every one of them is judged.

use serde_json::{Map, Value};

/// Texts under such a key are a patch, which names its files itself.
const PATCHES: [&str; 5] = ["diff", "patch", "patchtext", "unified_diff", "input"];
/// What comes before the name of a file in a patch.
const MARKS: [&str; 9] = [
    "+++ ",
    "Index: ",
    "*** Add File: ",
    "*** Update File: ",
    "*** Delete File: ",
    "*** Move to: ",
    "rename from ",
    "rename to ",
    "copy to ",
];
/// Keys that are a file's where something is moved, and else where their text looks like one.
const ENDS: [&str; 8] = ["from", "to", "source", "destination", "src", "dst", "dest", "target"];

/// Returns the paths in the input of a call. `moves`: it moves files.
pub fn files(input: &Map<String, Value>, moves: bool) -> Vec<String> {
    let mut files = Vec::new();
    input.iter().for_each(|(key, value)| gather(key, value, moves, &mut files));
    files
}

fn gather(key: &str, value: &Value, moves: bool, files: &mut Vec<String>) {
    match value {
        Value::String(text) => files.extend(named(&key.to_ascii_lowercase(), text, moves)),
        Value::Array(parts) => parts.iter().for_each(|part| gather(key, part, moves, files)),
        Value::Object(fields) => {
            // Changes of several files stand under their paths.
            if ["changes", "files"].contains(&key) {
                files.extend(fields.iter().filter(|(_, value)| !value.is_string()).map(|(path, _)| path.clone()));
            }
            fields.iter().for_each(|(key, value)| gather(key, value, moves, files));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn named(key: &str, text: &str, moves: bool) -> Vec<String> {
    if PATCHES.contains(&key) {
        return in_patch(text);
    }
    let is_content = ["text", "content", "string"].iter().any(|word| key.contains(word));
    let is_path = !is_content && ["path", "file", "uri"].iter().any(|word| key.contains(word));
    let looks_like_one = text.contains('/') && !text.contains(char::is_whitespace);
    if !is_path && !(ENDS.contains(&key) && (moves || looks_like_one)) {
        return Vec::new();
    }
    // Some join the files of a patch.
    text.split(", ").map(str::to_owned).collect()
}

fn in_patch(patch: &str) -> Vec<String> {
    let name = |line: &str| MARKS.iter().find_map(|mark| line.strip_prefix(mark)).map(path_of);
    patch.lines().filter_map(name).filter(|path| path != "/dev/null").collect()
}

/// A time may follow, behind a tab.
fn path_of(rest: &str) -> String {
    rest.split('\t').next().unwrap_or(rest).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_file_counts_and_no_content_does() {
        for (input, expected) in [
            (json!({"file_path": "a", "content": "path: b", "file_text": "c/d"}), vec!["a"]),
            (json!({"edits": [{"filePath": "a"}, {"filePath": "b"}]}), vec!["a", "b"]),
            (json!({"changes": {"a/b": {"type": "add"}}}), vec!["a/b"]),
            (json!({"patch": "*** Update File: a\n+x\n*** Move to: b\n"}), vec!["a", "b"]),
            (json!({"diff": "--- a\t2026\n+++ a\t2026\n@@ -1 +1 @@\n--- b\n+c\n"}), vec!["a"]),
            (json!({"from": "old word", "to": "new/word"}), vec!["new/word"]),
        ] {
            let input = input.as_object().expect("an object");
            assert_eq!(files(input, false), expected, "{input:?}");
        }
        let moved = json!({"from": "a", "to": "b"});
        assert_eq!(files(moved.as_object().expect("an object"), true), ["a", "b"]);
    }
}
