//! What every recording becomes.

use std::fmt::Write as _;
use std::path::Path;

use quintet::engine::{self, Activity, Engine, Judge, Kind, Stream};
use quintet::plan::Permissions;
use quintet::scheduler::End;

use super::{OWN_PROGRAM, briefing, engine, recordings};

#[test]
fn every_recording_of_claude_code_is_understood() {
    insta::assert_snapshot!(all_of("claude", &engine(Kind::Claude)));
}

#[test]
fn every_recording_of_codex_is_understood() {
    insta::assert_snapshot!(all_of("codex", &engine(Kind::Codex)));
}

#[test]
fn every_recording_of_gemini_is_understood() {
    let plain = Engine { args: vec!["-o".to_owned(), "stream-json".to_owned()], ..engine(Kind::Gemini) };
    insta::assert_snapshot!(all_of("gemini", &plain));
}

#[test]
fn every_recording_of_opencode_is_understood() {
    insta::assert_snapshot!(all_of("opencode", &engine(Kind::Opencode)));
}

#[test]
fn every_recording_of_an_acp_agent_is_understood() {
    insta::assert_snapshot!(all_of("acp", &engine(Kind::Acp)));
}

#[test]
fn a_line_of_sixteen_megabytes_is_heard_and_broken_ones_are_text() {
    for kind in [Kind::Claude, Kind::Codex, Kind::Opencode, Kind::Acp] {
        let mut session = engine::session(&engine(kind), &briefing(Permissions::ReadOnly), Path::new(OWN_PROGRAM));
        let long = "x".repeat(16 << 20);
        let line = format!(r#"{{"type":"text","sessionID":"s","part":{{"text":"{long}"}}}}"#);
        session.line(Stream::Out, line.as_bytes());
        for broken in [&b"{\"type\":"[..], b"\xff\xfe", b"[]", b"null", b"{}", b"{\"type\":7,\"message\":[]}"] {
            session.line(Stream::Out, broken);
            session.line(Stream::Err, broken);
            session.line(Stream::Said, broken);
        }
        let heard = session.line(Stream::Out, b"plain words\r");
        assert_eq!(heard.activities, [Activity::Text { text: "plain words".to_owned() }]);
    }
}

#[test]
fn a_session_that_is_continued_counts_only_its_own_use() {
    let mut briefing = briefing(Permissions::ReadOnly);
    briefing.session = Some("0b4bd0ba".to_owned());
    briefing.session_spent = engine::Spent { input_tokens: 1000, output_tokens: 19, cost_usd: 0.00248 };
    let mut session = engine::session(&engine(Kind::Claude), &briefing, Path::new(OWN_PROGRAM));
    let text = std::fs::read(recordings().join("claude/session-resume.jsonl")).expect("a recording");
    let heard: Vec<Activity> =
        text.split(|byte| *byte == b'\n').flat_map(|line| session.line(Stream::Out, line).activities).collect();
    let usage = heard.iter().rev().find_map(|activity| match activity {
        Activity::Usage { input_tokens, output_tokens, cost_usd } => Some((*input_tokens, *output_tokens, *cost_usd)),
        _ => None,
    });
    assert_eq!(usage, Some((1000, 19, Some(0.00248))));
}

/// Tells every recording of a folder, by name.
fn all_of(folder: &str, engine: &Engine) -> String {
    let entries = std::fs::read_dir(recordings().join(folder)).expect("recordings");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    let mut told = String::new();
    for file in files {
        let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
        let recording = std::fs::read_to_string(&file).expect("text");
        writeln!(told, "== {name}").expect("a string takes everything");
        told.push_str(&one(engine, &recording));
    }
    told
}

fn one(engine: &Engine, recording: &str) -> String {
    let mut session = engine::session(engine, &briefing(Permissions::ReadOnly), Path::new(OWN_PROGRAM));
    let mut judge = Judge::new(engine);
    let mut told = String::new();
    for line in recording.lines().filter_map(said) {
        let heard = session.line(Stream::Out, line.as_bytes());
        judge.hear(Stream::Out, line.as_bytes(), &heard.activities);
        for activity in &heard.activities {
            writeln!(told, "{}", shortened(&format!("{activity:?}"))).expect("a string takes everything");
        }
        for reply in String::from_utf8_lossy(&heard.reply).lines() {
            writeln!(told, "> {}", shortened(reply)).expect("a string takes everything");
        }
    }
    let judgement = judge.judge(End::Exited { exit: Some(0), signal: None });
    writeln!(told, "=> {}\n", shortened(&format!("{judgement:?}"))).expect("a string takes everything");
    told
}

/// Of a recording with both directions, what the agent said.
fn said(line: &str) -> Option<String> {
    let Ok(value) = serde_json::from_str::<serde_json::Value>(line) else { return Some(line.to_owned()) };
    match value["dir"].as_str() {
        None => Some(line.to_owned()),
        Some("agent->client") => Some(value["msg"].to_string()),
        Some(_) => None,
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(260) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
