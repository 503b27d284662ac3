//! What programs are told, and how.

use std::path::Path;

use quintet::engine::{self, Kind, Session, Stream, Tell, Told};
use quintet::plan::Permissions;

use super::{OWN_PROGRAM, briefing, engine};

fn session(kind: Kind) -> Box<dyn Session> {
    engine::session(&engine(kind), &briefing(Permissions::ReadOnly), Path::new(OWN_PROGRAM))
}

fn hear(session: &mut Box<dyn Session>, lines: &[&str]) -> String {
    let replies = lines.iter().map(|line| session.line(Stream::Out, line.as_bytes()).reply);
    String::from_utf8(replies.collect::<Vec<_>>().concat()).expect("text")
}

fn written(told: Told) -> String {
    match told {
        Told::Write(bytes) => String::from_utf8(bytes).expect("text"),
        told => panic!("not written: {told:?}"),
    }
}

fn wrap_up() -> Tell {
    Tell::WrapUp { left_s: 90, notes: "/n.md".to_owned(), report: "/r.md".to_owned() }
}

#[test]
fn claude_code_is_interrupted_and_asked_for_notes_in_one_breath() {
    let mut claude = session(Kind::Claude);
    let lines = written(claude.tell(&wrap_up()));
    let (first, second) = lines.split_once('\n').expect("two lines");
    assert!(first.contains(r#""subtype":"interrupt""#), "{first}");
    assert!(second.contains("1 minute 30 seconds left") && second.contains("/n.md"), "{second}");
    let aborted =
        r#"{"type":"result","subtype":"error_during_execution","is_error":true,"terminal_reason":"aborted_tools"}"#;
    hear(&mut claude, &[r#"{"type":"control_response","response":{"request_id":"quintet-interrupt-1"}}"#]);
    let ended = |heard: engine::Heard| heard.activities.iter().any(|a| matches!(a, engine::Activity::Result { .. }));
    assert!(!ended(claude.line(Stream::Out, aborted.as_bytes())), "the interrupt that was asked for is no end");
    assert!(ended(claude.line(Stream::Out, aborted.as_bytes())), "another one is");
}

#[test]
fn a_permission_prompt_of_claude_code_waits_for_the_person() {
    let mut claude = session(Kind::Claude);
    let asks = CLAUDE_ASKS;
    assert_eq!(hear(&mut claude, &[asks]), "");
    let answer = |answer: &str| Tell::Answer { id: "r1".to_owned(), answer: answer.to_owned() };
    let line = written(claude.tell(&answer("always")));
    assert!(line.contains(r#""behavior":"allow""#), "{line}");
    assert_eq!(claude.tell(&answer("allow")), Told::Cannot, "it was answered");
    hear(&mut claude, &[&asks.replace("r1", "r2").replace("Bash", "WebFetch")]);
    let answer = Tell::Answer { id: "r2".to_owned(), answer: "use the file instead".to_owned() };
    let line = written(claude.tell(&answer));
    assert!(line.contains(r#""behavior":"deny""#) && line.contains("use the file instead"), "{line}");
}

const CLAUDE_ASKS: &str = r#"{"type":"control_request","request_id":"r1","request":{"subtype":"can_use_tool","tool_name":"Bash","input":{"command":"cargo test","description":"Tests"},"permission_suggestions":[{"type":"addRules","destination":"localSettings"},{"type":"setMode","mode":"acceptEdits"}]}}"#;

#[test]
fn what_is_allowed_for_good_is_this_call_and_the_program_is_told_of_this_once_only() {
    let briefing = briefing(Permissions::ReadOnly);
    let claude = |briefing: &_| engine::session(&engine(Kind::Claude), briefing, Path::new(OWN_PROGRAM));
    let mut first = claude(&briefing);
    hear(&mut first, &[CLAUDE_ASKS]);
    let line = written(first.tell(&Tell::Answer { id: "r1".to_owned(), answer: "always".to_owned() }));
    assert!(!line.contains("updatedPermissions") && !line.contains("addRules"), "{line}");
    let later = quintet::engine::Briefing { always: first.kept(), ..briefing.clone() };
    for mut session in [first, claude(&later)] {
        let again = CLAUDE_ASKS.replace("r1", "r2").replace("Tests", "Tests again");
        assert!(hear(&mut session, &[&again]).contains(r#""behavior":"allow""#));
        let other = CLAUDE_ASKS.replace("r1", "r3").replace("cargo test", "cargo test; rm -r src");
        assert_eq!(hear(&mut session, &[&other]), "", "it is another command");
    }
}

#[test]
fn a_question_about_a_command_shows_all_of_it() {
    let asks = CLAUDE_ASKS.replace("cargo test", r"ls -l\nrm -r src");
    let heard = session(Kind::Claude).line(Stream::Out, asks.as_bytes());
    let [engine::Activity::Asked { text, .. }] = &heard.activities[..] else { panic!("{heard:?}") };
    assert_eq!(text, "Bash: ls -l ⏎ rm -r src");
    let asks = asks_for(serde_json::json!({"kind": "execute", "title": "ls -l\nrm -r src"}));
    let heard = session(Kind::Acp).line(Stream::Out, asks.as_bytes());
    let Some(engine::Activity::Asked { text, .. }) = heard.activities.last() else { panic!("{heard:?}") };
    assert_eq!(text, "Bash: ls -l ⏎ rm -r src");
}

#[test]
fn what_an_acp_agent_may_do_for_good_is_kept_by_quintet_and_not_by_the_agent() {
    let call = |title: &str| asks_for(serde_json::json!({"kind": "execute", "title": title}));
    let mut acp = session(Kind::Acp);
    assert_eq!(hear(&mut acp, &[&call("cargo test")]), "");
    let line = written(acp.tell(&Tell::Answer { id: "7".to_owned(), answer: "always".to_owned() }));
    assert!(line.contains("\"yes\"") && !line.contains("for-good"), "{line}");
    assert!(hear(&mut acp, &[&call("cargo test")]).contains("\"yes\""));
    assert_eq!(hear(&mut acp, &[&call("cargo test --all")]), "");
}

#[test]
fn codex_and_opencode_are_started_again_in_their_session() {
    for (kind, first, resume) in [
        (Kind::Codex, r#"{"type":"thread.started","thread_id":"t-1"}"#, ["resume", "t-1"]),
        (Kind::Opencode, r#"{"type":"step_start","sessionID":"t-1"}"#, ["--session", "t-1"]),
    ] {
        let mut session = session(kind);
        assert_eq!(session.tell(&wrap_up()), Told::Cannot, "{kind:?} has no session yet");
        hear(&mut session, &[first]);
        let Told::Relaunch(launch) = session.tell(&wrap_up()) else { panic!("{kind:?} is not started again") };
        assert!(launch.args.windows(2).any(|words| words == resume), "{:?}", launch.args);
        assert!(String::from_utf8_lossy(&launch.input).contains("/n.md"));
        assert_eq!(session.tell(&Tell::Warning { left_s: 180 }), Told::Cannot);
    }
}

#[test]
fn an_acp_agent_is_met_prompted_cancelled_and_prompted_again() {
    let mut acp = session(Kind::Acp);
    assert_eq!(acp.tell(&wrap_up()), Told::Cannot, "there is no session yet");
    let opens = hear(&mut acp, &[r#"{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":1,"agentCapabilities":{}}}"#]);
    assert!(opens.contains("session/new") && opens.contains(r#""name":"quintet""#), "{opens}");
    let new = r#"{"jsonrpc":"2.0","id":3,"result":{"sessionId":"s-1","modes":{"currentModeId":"auto","availableModes":[{"id":"default"},{"id":"auto"}]}}}"#;
    let prompts = hear(&mut acp, &[new]);
    let (mode, prompt) = prompts.split_once('\n').expect("two lines");
    assert!(mode.contains(r#""modeId":"default""#) && prompt.contains("Do it."), "{prompts}");
    let cancel = written(acp.tell(&wrap_up()));
    assert!(cancel.contains("session/cancel") && !cancel.contains("/n.md"), "{cancel}");
    let notes = hear(&mut acp, &[r#"{"jsonrpc":"2.0","id":5,"result":{"stopReason":"cancelled"}}"#]);
    assert!(notes.contains("session/prompt") && notes.contains("/n.md"), "{notes}");
}

#[test]
fn an_acp_agent_that_can_be_steered_is_not_cancelled_for_a_message() {
    let mut acp = session(Kind::Acp);
    hear(
        &mut acp,
        &[
            r#"{"id":1,"result":{"protocolVersion":1,"_meta":{"steering":{"supported":true}}}}"#,
            r#"{"id":3,"result":{"sessionId":"s-1"}}"#,
        ],
    );
    let line = written(acp.tell(&Tell::Message { text: "look at main.go".to_owned() }));
    assert!(line.contains("_session/steering") && line.contains("look at main.go"), "{line}");
    assert!(written(acp.tell(&Tell::Warning { left_s: 180 })).contains("_session/steering"));
}

#[test]
fn a_prompt_of_an_acp_agent_is_answered_by_the_agents_rights() {
    let asks = |path: &str| {
        format!(
            r#"{{"id":7,"method":"session/request_permission","params":{{"toolCall":{{"toolCallId":"c","kind":"edit","title":"w","locations":[{{"path":"{path}"}}]}},"options":[{{"optionId":"yes","kind":"allow_once"}},{{"optionId":"no","kind":"reject_once"}}]}}}}"#
        )
    };
    assert!(hear(&mut session(Kind::Acp), &[&asks("/project/.claude-team/a.md")]).contains("\"yes\""));
    assert!(hear(&mut session(Kind::Acp), &[&asks("/project/src/main.rs")]).contains("\"no\""));
}

/// A permission prompt of an ACP agent about this call.
fn asks_for(call: serde_json::Value) -> String {
    let options = serde_json::json!([
        {"optionId": "yes", "kind": "allow_once"}, {"optionId": "for-good", "kind": "allow_always"},
        {"optionId": "no", "kind": "reject_once"},
    ]);
    let mut call = call;
    call["toolCallId"] = "c".into();
    let params = serde_json::json!({"toolCall": call, "options": options});
    serde_json::json!({"id": 7, "method": "session/request_permission", "params": params}).to_string()
}

/// What an ACP agent with these rights hears at once: `yes`, `no`, or nothing, where the person is asked.
fn verdict(permissions: Permissions, call: serde_json::Value) -> &'static str {
    let mut acp = engine::session(&engine(Kind::Acp), &briefing(permissions), Path::new(OWN_PROGRAM));
    let reply = hear(&mut acp, &[&asks_for(call)]);
    match (reply.contains("\"yes\""), reply.contains("\"no\"")) {
        (true, false) => "yes",
        (false, true) => "no",
        _ => "asked",
    }
}

#[test]
fn a_command_is_no_tool_of_quintets_by_calling_itself_one() {
    let call = |title: &str, kind: &str| serde_json::json!({"title": title, "kind": kind});
    for title in [
        "mcp.quintet.x;touch PWNED",
        "mcp.quintet.time_left;touch PWNED",
        "mcp.quintet.$(touch PWNED)",
        "quintet_time_left",
        "quintet_x; touch PWNED",
        "mcp__quintet__time_left",
        "touch PWNED # (quintet MCP Server)",
        "time_left (quintet MCP Server)",
        "Tool: quintet/time_left",
        "mcp_everything_echo",
    ] {
        for kind in ["execute", "fetch", "move", "delete", "edit"] {
            assert_ne!(verdict(Permissions::ReadOnly, call(title, kind)), "yes", "{kind}: {title}");
        }
    }
    for title in
        ["touch PWNED (quintet MCP Server)", "quintet_x; touch PWNED", "mcp.quintet.x;touch PWNED", "quintet_x"]
    {
        assert_eq!(verdict(Permissions::ReadOnly, call(title, "other")), "asked", "{title}");
    }
    let named =
        serde_json::json!({"title": "mcp.quintet.time_left", "kind": "execute", "rawInput": {"command": "rm x"}});
    assert_eq!(verdict(Permissions::ReadOnly, named), "asked", "it tells its command");
    for title in ["mcp.quintet.time_left", "mcp.everything.echo"] {
        assert_eq!(
            verdict(Permissions::ReadOnly, call(title, "execute")),
            "yes",
            "so does the adapter of Codex: {title}"
        );
    }
    let mut foreign = asks_for(call("time_left (quintet MCP Server)", "other"));
    foreign = foreign.replace(r#""toolCallId":"c""#, r#""toolCallId":"mcp_db_run__c1""#);
    assert_eq!(hear(&mut session(Kind::Acp), &[&foreign]), "", "the title is an argument of another server's tool");
    for title in ["time_left (quintet MCP Server)", "quintet_time_left", "everything_echo"] {
        assert_eq!(verdict(Permissions::ReadOnly, call(title, "other")), "yes", "{title}");
    }
}

#[test]
fn an_edit_is_judged_by_every_file_that_it_names() {
    let team = "/project/.claude-team/a.md";
    let diff = "--- /project/.claude-team/a.md\n+++ /project/src/main.rs\n";
    for (kind, told) in [
        ("edit", serde_json::json!({"rawInput": {"path": team}, "locations": [{"path": "/project/src/main.rs"}]})),
        (
            "edit",
            serde_json::json!({"content": [{"type": "diff", "path": team}, {"type": "diff", "path": "src/main.rs"}]}),
        ),
        ("edit", serde_json::json!({"rawInput": {"filepath": format!("{team}, src/main.rs")}})),
        ("edit", serde_json::json!({"rawInput": {"filepath": team, "diff": diff}})),
        ("edit", serde_json::json!({"rawInput": {"changes": {team: {}, "/project/src/main.rs": {"type": "add"}}}})),
        ("edit", serde_json::json!({"rawInput": {"files": [{"filePath": team, "movePath": "src/main.rs"}]}})),
        ("edit", serde_json::json!({"rawInput": {"file_path": team, "patch": "*** Delete File: src/main.rs\n"}})),
        ("move", serde_json::json!({"rawInput": {"source": "src/main.rs", "destination": team}})),
        ("move", serde_json::json!({"locations": [{"path": team}, {"path": "src/main.rs"}]})),
        ("delete", serde_json::json!({"rawInput": {"paths": [team, "src/main.rs"]}})),
        ("delete", serde_json::json!({"rawInput": {"path": "file:///project/.claude-team/../src/main.rs"}})),
    ] {
        let mut call = told.clone();
        call["kind"] = kind.into();
        call["title"] = "w".into();
        assert_eq!(verdict(Permissions::ReadOnly, call), "no", "{told}");
    }
    let inside = serde_json::json!({"kind": "edit", "title": "w", "locations": [{"path": team}], "rawInput": {
        "filepath": team, "diff": "Index: /project/.claude-team/a.md\n--- /project/.claude-team/a.md\n+++ /project/.claude-team/a.md\n@@ -0,0 +1 @@\n+see src/main.rs\n",
        "content": "path: src/main.rs\n"}});
    assert_eq!(verdict(Permissions::ReadOnly, inside), "yes");
    let nothing = serde_json::json!({"kind": "edit", "title": "w"});
    assert_eq!(verdict(Permissions::Edit, nothing), "asked", "it does not say what it changes");
    let outside =
        serde_json::json!({"kind": "edit", "title": "w", "rawInput": {"path": "src/a.rs", "to": "/etc/hosts"}});
    assert_eq!(verdict(Permissions::Edit, outside), "asked");
}

#[test]
fn a_command_cannot_be_told_anything() {
    for tell in [wrap_up(), Tell::Interrupt, Tell::Continue, Tell::Message { text: "x".to_owned() }] {
        assert_eq!(session(Kind::Builtin).tell(&tell), Told::Cannot);
    }
}

#[test]
fn a_session_of_an_acp_agent_is_loaded_and_what_was_said_in_it_is_not_told_again() {
    let briefing = quintet::engine::Briefing { session: Some("s-1".to_owned()), ..briefing(Permissions::ReadOnly) };
    let mut acp = engine::session(&engine(Kind::Acp), &briefing, Path::new(OWN_PROGRAM));
    let loads =
        hear(&mut acp, &[r#"{"id":1,"result":{"protocolVersion":1,"agentCapabilities":{"loadSession":true}}}"#]);
    assert!(loads.contains("session/load") && loads.contains("s-1"), "{loads}");
    let old = r#"{"method":"session/update","params":{"update":{"sessionUpdate":"agent_message_chunk","content":{"text":"old\n"}}}}"#;
    assert_eq!(acp.line(Stream::Out, old.as_bytes()).activities, []);
    let loaded = acp.line(Stream::Out, br#"{"id":3,"result":{}}"#);
    assert_eq!(loaded.activities, [engine::Activity::Session { id: "s-1".to_owned(), model: None }]);
    let opening = String::from_utf8_lossy(&loaded.reply).into_owned();
    assert!(opening.contains("Continue your task") && !opening.contains("Do it."), "{opening}");
}

#[test]
fn a_session_that_is_lost_is_followed_by_a_new_one() {
    let briefing = quintet::engine::Briefing { session: Some("s-1".to_owned()), ..briefing(Permissions::ReadOnly) };
    let mut acp = engine::session(&engine(Kind::Acp), &briefing, Path::new(OWN_PROGRAM));
    hear(&mut acp, &[r#"{"id":1,"result":{"protocolVersion":1,"agentCapabilities":{"loadSession":true}}}"#]);
    let lost = acp.line(Stream::Out, br#"{"id":3,"error":{"code":-32601,"message":"Method not found"}}"#);
    assert!(matches!(lost.activities[..], [engine::Activity::Trouble { .. }]), "{lost:?}");
    assert!(String::from_utf8_lossy(&lost.reply).contains("session/new"));
    let anew = acp.line(Stream::Out, br#"{"id":4,"result":{"sessionId":"s-2"}}"#);
    assert!(String::from_utf8_lossy(&anew.reply).contains("Do it."), "the new one must hear the whole task");
}

#[test]
fn an_attempt_that_continues_a_session_is_told_to_go_on_and_how_long_it_has() {
    let limit = std::time::Duration::from_secs(240);
    let session = Some("s-1".to_owned());
    let briefing = quintet::engine::Briefing { session, limit, ..briefing(Permissions::ReadOnly) };
    for kind in [Kind::Claude, Kind::Codex, Kind::Opencode] {
        let launch = engine::launch(&engine(kind), &briefing, Path::new(OWN_PROGRAM)).expect("a launch");
        let input = String::from_utf8(launch.input).expect("text");
        assert!(input.contains("Continue your task") && input.contains("4 minutes left"), "{kind:?}: {input}");
        assert!(!input.contains("Do it."), "{kind:?} has its prompt already");
        assert!(launch.args.iter().any(|arg| arg == "s-1"), "{:?}", launch.args);
    }
}

#[test]
fn codex_is_steered_and_interrupted_by_its_own_protocol() {
    let mut engine = engine(Kind::Codex);
    engine.command = ["codex", "app-server"].map(str::to_owned).to_vec();
    let briefing = briefing(Permissions::ReadOnly);
    let launch = engine::launch(&engine, &briefing, Path::new(OWN_PROGRAM)).expect("a launch");
    assert!(launch.keep_input_open && launch.args.last().is_some_and(|last| last == "app-server"), "{launch:?}");
    let mut codex = engine::session(&engine, &briefing, Path::new(OWN_PROGRAM));
    let starts = hear(&mut codex, &[r#"{"id":1,"result":{"userAgent":"codex"}}"#]);
    assert!(starts.contains("initialized") && starts.contains("thread/start"), "{starts}");
    let says = hear(&mut codex, &[r#"{"id":2,"result":{"thread":{"id":"t-1"},"model":"m"}}"#]);
    assert!(says.contains("turn/start") && says.contains("Do it."), "{says}");
    hear(&mut codex, &[r#"{"method":"turn/started","params":{"threadId":"t-1","turn":{"id":"u-1"}}}"#]);
    let steers = written(codex.tell(&Tell::Warning { left_s: 180 }));
    assert!(steers.contains("turn/steer") && steers.contains(r#""expectedTurnId":"u-1""#), "{steers}");
    let breaks = written(codex.tell(&wrap_up()));
    assert!(breaks.contains("turn/interrupt") && !breaks.contains("/n.md"), "{breaks}");
    let ended = r#"{"method":"turn/completed","params":{"threadId":"t-1","turn":{"id":"u-1","status":"interrupted"}}}"#;
    let notes = hear(&mut codex, &[ended]);
    assert!(notes.contains("turn/start") && notes.contains("/n.md"), "{notes}");
    let other = ended.replace("t-1", "t-2").replace("interrupted", "completed");
    assert_eq!(codex.line(Stream::Out, other.as_bytes()), engine::Heard::default(), "a helper's turn is no end");
    hear(&mut codex, &[r#"{"method":"turn/started","params":{"threadId":"t-1","turn":{"id":"u-2"}}}"#]);
    let heard = codex.line(Stream::Out, ended.replace("interrupted", "completed").as_bytes());
    assert!(matches!(heard.activities[..], [engine::Activity::Result { ok: true, .. }]), "{heard:?}");
}

#[test]
fn what_came_too_late_for_a_turn_of_codex_begins_another() {
    let mut engine = engine(Kind::Codex);
    engine.command.push("app-server".to_owned());
    let mut codex = engine::session(&engine, &briefing(Permissions::ReadOnly), Path::new(OWN_PROGRAM));
    let turn = |what: &str| {
        format!(
            r#"{{"method":"turn/{what}","params":{{"threadId":"t-1","turn":{{"id":"u-1","status":"completed"}}}}}}"#
        )
    };
    hear(&mut codex, &[r#"{"id":2,"result":{"thread":{"id":"t-1"}}}"#, &turn("started")]);
    let steers = written(codex.tell(&Tell::Message { text: "look at main.go".to_owned() }));
    let id = steers.split_once(r#""id":"#).and_then(|(_, rest)| rest.split(',').next()).expect("an id");
    hear(&mut codex, &[&turn("completed")]);
    let refused = format!(r#"{{"id":{id},"error":{{"code":-32600,"message":"no active turn to steer"}}}}"#);
    let again = hear(&mut codex, &[&refused]);
    assert!(again.contains("turn/start") && again.contains("look at main.go"), "{again}");
}
