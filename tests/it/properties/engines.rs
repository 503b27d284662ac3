//! No output of a program makes a reader panic; what it is answered is JSON, a line each.

use std::path::Path;

use quintet::engine::{Engine, Judge, Kind, Output, Stream, Tell, Told, session};
use quintet::plan::Permissions;
use quintet::scheduler::End;

use crate::engines::world::{OWN_PROGRAM, briefing, engine};

/// Every way in which output is read.
fn readers() -> Vec<Engine> {
    let plain_gemini = Engine { args: vec!["-o".to_owned(), "stream-json".to_owned()], ..engine(Kind::Gemini) };
    let command = Engine { output: Output::Jsonl, ..engine(Kind::Command) };
    let kinds = [Kind::Builtin, Kind::Claude, Kind::Codex, Kind::Opencode, Kind::Acp, Kind::Command];
    kinds.map(engine).into_iter().chain([plain_gemini, command]).collect()
}

/// Holds for the output of a program.
pub fn hold(bytes: &[u8]) {
    readers().iter().for_each(|engine| hold_of(engine, bytes));
}

fn hold_of(engine: &Engine, bytes: &[u8]) {
    let mut session = session(engine, &briefing(Permissions::ReadOnly), Path::new(OWN_PROGRAM));
    let mut judge = Judge::new(engine);
    for line in bytes.split(|byte| *byte == b'\n') {
        // As recordings of both directions have it.
        let inner = serde_json::from_slice::<serde_json::Value>(line).ok().and_then(|it| it.get("msg").cloned());
        let inner = inner.map(|msg| msg.to_string());
        for stream in [Stream::Out, Stream::Err, Stream::Said] {
            for line in [Some(line), inner.as_ref().map(String::as_bytes)].into_iter().flatten() {
                let heard = session.line(stream, line);
                judge.hear(stream, line, &heard.activities);
                is_json(&heard.reply);
            }
        }
    }
    let told = [
        Tell::Warning { left_s: 90 },
        Tell::Message { text: "look at \u{1b}[1m this\n\u{0}".to_owned() },
        Tell::Answer { id: "1".to_owned(), answer: "allow".to_owned() },
        Tell::Interrupt,
        Tell::Continue,
        Tell::AskReport { report: "report.md".to_owned() },
        Tell::WrapUp { left_s: 60, notes: "notes.md".to_owned(), report: "report.md".to_owned() },
    ];
    for tell in &told {
        match session.tell(tell) {
            Told::Write(bytes) => is_json(&bytes),
            Told::Relaunch(_) | Told::Cannot => {}
        }
    }
    for end in [End::Exited { exit: Some(0), signal: None }, End::Exited { exit: None, signal: Some(9) }, End::Lost] {
        judge.judge(end);
    }
}

fn is_json(reply: &[u8]) {
    let text = std::str::from_utf8(reply).expect("text");
    assert!(text.is_empty() || text.ends_with('\n'), "{text}");
    text.lines().for_each(|line| assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "{line}"));
}
