//! What becomes of an agent that has said its last word, and of a question that it asked.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use quintet::app::msg::{Effect, Key, Left, Msg, Start};
use quintet::app::{App, Home};
use quintet::engine::Stream;
use quintet::plan::{self, AgentId};
use quintet::run::Run;
use quintet::scheduler::{AttemptVerdict, By, Command, End, Record, Time};
use quintet::settings::{File, Flags, merge, spend};
use quintet::shim::ShimOrder;
use quintet::team_dir::TeamDir;
use quintet::team_dir::control::Request;
use quintet::team_dir::secrets::Secrets;

pub(super) const KEY: Key = Key { agent: AgentId(0), attempt: 1 };

/// One agent, played by `engine`, that has been started.
pub(super) struct World(pub App);

impl World {
    fn of(engine: &str) -> World {
        World::with(engine, "# Keys\n\n#### **1. security-auditor**\n- **MICRO-TASK**: Find weak keys\n")
    }

    fn with(engine: &str, text: &str) -> World {
        World::set_up(engine, text, "", None)
    }

    /// The same with these settings of the project, and with a key that Quintet itself has.
    pub(super) fn set_up(engine: &str, text: &str, settings: &str, key: Option<&str>) -> World {
        let mut world = World::not_begun(engine, text, settings, key);
        world.told(Msg::Begin);
        world.told(Msg::Started { key: KEY, pid: 7 });
        world
    }

    pub(super) fn not_begun(engine: &str, text: &str, settings: &str, key: Option<&str>) -> World {
        let plan = plan::read(text).plan.expect("a plan");
        let flags = Flags { engine: Some(engine.to_owned()), ..Flags::default() };
        let (settings, _) = File::read("quintet.toml", settings).expect("settings");
        let mut setup = merge(&plan, &flags, &settings, &File::default()).expect("a setup");
        spend::settle(&mut setup, |name| key == Some(name));
        let team = TeamDir::new(Path::new("/p"), &plan.files);
        let home = Home { run: team.run("r"), later: Vec::new(), team, own_program: PathBuf::from("/bin/quintet") };
        let run = Run::new("r", plan, PathBuf::from("plan.md"), PathBuf::from("/p"));
        World(App::new(run, setup, home, Secrets::of([]), true))
    }

    pub(super) fn told(&mut self, msg: Msg) -> Vec<Effect> {
        self.told_at(1_000, msg)
    }

    pub(super) fn told_at(&mut self, ms: u64, msg: Msg) -> Vec<Effect> {
        self.0.update(Time(ms), DateTime::<Utc>::UNIX_EPOCH, msg)
    }

    pub(super) fn prints(&mut self, stream: Stream, line: &str) -> Vec<Effect> {
        self.prints_of(KEY, stream, line)
    }

    pub(super) fn prints_of(&mut self, key: Key, stream: Stream, line: &str) -> Vec<Effect> {
        let lines = vec![line.as_bytes().to_vec()];
        self.told(Msg::Output { key, stream, lines, offset: 1, skipped: 0 })
    }

    pub(super) fn ask(&mut self, request: &Request) -> (Vec<Effect>, Result<(), String>) {
        self.0.ask(Time(1_000), DateTime::<Utc>::UNIX_EPOCH, request)
    }
}

pub(super) fn written(effects: &[Effect]) -> String {
    let written = effects.iter().filter_map(|effect| match effect {
        Effect::Write { bytes, .. } => Some(String::from_utf8_lossy(bytes).into_owned()),
        _ => None,
    });
    written.collect()
}

pub(super) fn orders(effects: &[Effect]) -> Vec<&ShimOrder> {
    let orders = effects.iter().filter_map(|effect| match effect {
        Effect::Shim { order, .. } => Some(order),
        _ => None,
    });
    orders.collect()
}

#[test]
fn an_agent_with_a_final_answer_has_its_input_closed() {
    let mut world = World::of("claude");
    let effects = world.prints(Stream::Out, r#"{"type":"result","is_error":false,"result":"All strong."}"#);
    assert_eq!(orders(&effects), [&ShimOrder::CloseInput]);
    assert_eq!(written(&effects), "");
}

#[test]
fn an_agent_without_answer_and_report_is_asked_for_the_report_once() {
    let mut world = World::of("claude");
    let ends = r#"{"type":"result","is_error":false,"result":""}"#;
    let effects = world.prints(Stream::Out, ends);
    assert!(written(&effects).contains("/p/.claude-team/reports/security-auditor.md"), "{effects:?}");
    assert_eq!(orders(&effects), Vec::<&ShimOrder>::new());
    assert_eq!(orders(&world.prints(Stream::Out, ends)), [&ShimOrder::CloseInput]);
}

#[test]
fn an_agent_that_handed_in_its_report_is_not_asked_for_it() {
    let mut world = World::of("claude");
    world.prints(Stream::Said, r#"{"type":"report","path":"/p/.claude-team/reports/security-auditor.md"}"#);
    let effects = world.prints(Stream::Out, r#"{"type":"result","is_error":false,"result":""}"#);
    assert_eq!(orders(&effects), [&ShimOrder::CloseInput]);
}

#[test]
fn an_analyst_ends_by_itself() {
    let mut world = World::of("builtin");
    assert_eq!(orders(&world.prints(Stream::Out, r#"{"type":"result","ok":true}"#)), Vec::<&ShimOrder>::new());
}

#[test]
fn whatever_plays_an_agent_is_ended_when_it_hangs_after_its_result_and_the_result_counts() {
    let claude = r#"{"type":"result","is_error":false,"result":"All strong."}"#;
    let codex = r#"{"type":"item.completed","item":{"type":"agent_message","text":"All strong."}}"#;
    let opencode = r#"{"type":"text","part":{"text":"All strong."}}"#;
    for (engine, lines) in [
        ("claude", &[claude][..]),
        ("codex", &[codex, r#"{"type":"turn.completed","usage":{}}"#]),
        ("opencode", &[opencode, r#"{"type":"step_finish","part":{"reason":"stop","tokens":{}}}"#]),
        ("builtin", &[r#"{"type":"result","ok":true,"text":"All strong."}"#]),
    ] {
        let mut world = World::of(engine);
        for line in lines {
            world.prints(Stream::Out, line);
        }
        assert_eq!(orders(&world.told_at(15_900, Msg::Tick)), Vec::<&ShimOrder>::new(), "{engine}");
        assert_eq!(orders(&world.told_at(16_000, Msg::Tick)), [&ShimOrder::Term], "{engine}");
        assert_eq!(orders(&world.told_at(26_000, Msg::Tick)), [&ShimOrder::Kill], "{engine}");
        let end = End::Exited { exit: None, signal: Some(9) };
        let effects = world.told_at(26_050, Msg::Exited { key: KEY, end, why: None, left: Left::default() });
        let is_done = |effect: &Effect| {
            matches!(effect, Effect::Journal(Record::AttemptEnded { verdict: AttemptVerdict::Done, .. }))
        };
        assert!(effects.iter().any(is_done), "{engine}: {effects:?}");
    }
}

#[test]
fn an_agent_whose_sub_agents_still_work_is_not_taken_for_finished() {
    let mut world = World::of("claude");
    let tasks = |tasks: &str| format!(r#"{{"type":"system","subtype":"background_tasks_changed","tasks":{tasks}}}"#);
    let result = r#"{"type":"result","is_error":false,"result":"They look for keys."}"#;
    world.prints(Stream::Out, &tasks(r#"[{"task_type":"local_agent"}]"#));
    assert_eq!(orders(&world.prints(Stream::Out, result)), Vec::<&ShimOrder>::new());
    world.prints(Stream::Out, &tasks("[]"));
    assert_eq!(orders(&world.prints(Stream::Out, result)), [&ShimOrder::CloseInput]);
}

#[test]
fn the_answer_to_a_question_goes_where_the_agents_tools_look() {
    let mut world = World::of("claude");
    world.prints(Stream::Said, r#"{"type":"ask","id":"ask-1","text":"Which region?"}"#);
    let (id, answer) = ("ask-1".to_owned(), "eu-west".to_owned());
    let effects = world.told(Msg::Answer { agent: KEY.agent, id, answer, by: By::Screen });
    let line = effects.iter().find_map(|effect| match effect {
        Effect::Answer { path, line } if path.ends_with("security-auditor-1/answers.jsonl") => Some(line.as_str()),
        _ => None,
    });
    assert_eq!(line, Some("{\"answer\":\"eu-west\",\"id\":\"ask-1\"}\n"));
}

#[test]
fn an_answer_that_comes_after_nobodys_reaches_the_agent_as_a_message() {
    let mut world = World::of("claude");
    let asks = r#"{"type":"ask","id":"ask-1","text":"Which region?"}"#;
    world.prints(Stream::Said, asks);
    world.told_at(62_000, Msg::Tick);
    let answer = || Msg::Answer { agent: KEY.agent, id: "ask-1".into(), answer: "eu-west".into(), by: By::Ctl };
    let told = written(&world.told_at(70_000, answer()));
    assert!(told.contains("Which region?") && told.contains("eu-west"), "{told:?}");
    assert_eq!(written(&world.told_at(71_000, answer())), "", "it was told twice");
    // The file of its questions is read again by the next Quintet, and nothing of it is asked again.
    world.told_at(
        72_000,
        Msg::Output { key: KEY, stream: Stream::Said, lines: vec![asks.into()], offset: 9, skipped: 0 },
    );
    assert_eq!(written(&world.told_at(140_000, answer())), "");
}

#[test]
fn what_was_asked_while_quintet_was_away_is_answered_when_it_is_back() {
    let asks = |id: &str, tool: &str, input: &str| {
        format!(
            r#"{{"type":"control_request","request_id":"{id}","request":{{"subtype":"can_use_tool","tool_name":"{tool}","input":{input}}}}}"#
        )
    };
    let read = |id| asks(id, "Read", r#"{"file_path":"/p/main.go"}"#);
    let mut before = World::of("claude");
    let sent = written(&before.prints(Stream::Out, &read("r1")));
    assert!(sent.contains("allow"), "{sent}");

    let mut world = World::of("claude");
    let shell = asks("r3", "Bash", r#"{"command":"cargo test"}"#);
    let lines: Vec<Vec<u8>> = [read("r1"), read("r2"), shell].map(String::into_bytes).into();
    world.0.catch_up(KEY, 10_000, sent.as_bytes());
    let effects = world.told(Msg::Output { key: KEY, stream: Stream::Out, lines, offset: 10_000, skipped: 0 });
    let said = written(&effects);
    assert!(said.contains(r#""request_id":"r2""#) && !said.contains("r1"), "{said}");
    let opened =
        effects.iter().any(|effect| matches!(effect, Effect::Journal(Record::AskOpened { id, .. }) if id == "r3"));
    assert!(opened, "nobody was asked: {effects:?}");
}

#[test]
fn what_the_person_allows_for_good_is_noted_for_later_attempts_and_another_quintet() {
    let mut world = World::of("claude");
    world.prints(Stream::Out, r#"{"type":"control_request","request_id":"r1","request":{"subtype":"can_use_tool","tool_name":"Bash","input":{"command":"cargo test"}}}"#);
    let answer =
        |id: &str| Msg::Answer { agent: KEY.agent, id: id.to_owned(), answer: "always".to_owned(), by: By::Screen };
    let effects = world.told(answer("r1"));
    let noted = effects.iter().find_map(|effect| match effect {
        Effect::Journal(Record::PermissionKept { agent, rule }) => Some((agent.clone(), rule.clone())),
        _ => None,
    });
    let (agent, rule) = noted.expect("a record");
    assert_eq!((agent.as_str(), rule.len()), ("security-auditor", 32));
    let later = Key { agent: KEY.agent, attempt: 2 };
    let briefing = world.0.briefing(later, std::time::Duration::from_secs(60), None, false);
    assert!(briefing.always.contains(&rule));
}

#[test]
fn a_command_with_a_secret_in_it_is_shown_without_it_and_allowed_as_it_is() {
    const TOKEN: &str = "ghp_canary0123456789abcdefghijklmnopqrstu";
    let asks = format!(
        r#"{{"type":"control_request","request_id":"r1","request":{{"subtype":"can_use_tool","tool_name":"Bash","input":{{"command":"curl -H {TOKEN} x"}}}}}}"#
    );
    let mut world = World::of("claude");
    let effects = world.prints(Stream::Out, &asks);
    let asked = effects.iter().find_map(|effect| match effect {
        Effect::Journal(Record::AskOpened { text, .. }) => Some(text.as_str()),
        _ => None,
    });
    assert_eq!(asked, Some("Bash: curl -H [secret] x"));
    assert!(!format!("{effects:?}").contains(TOKEN));
    let answer = Msg::Answer { agent: KEY.agent, id: "r1".to_owned(), answer: "allow".to_owned(), by: By::Screen };
    let effects = world.told(answer);
    assert!(written(&effects).contains(&format!(r#""command":"curl -H {TOKEN} x""#)), "{effects:?}");
}

#[test]
fn an_agent_that_was_asked_for_its_report_goes_on_writing_it_while_quintet_comes_back() {
    let ends = r#"{"type":"result","is_error":false,"result":""}"#;
    let mut before = World::of("claude");
    let sent = written(&before.prints(Stream::Out, ends));
    assert!(sent.contains("no report of yours"), "{sent}");
    for (sent, goes_on) in [(sent.as_str(), true), ("", false)] {
        let mut world = World::of("claude");
        world.0.catch_up(KEY, 1_000, sent.as_bytes());
        let lines = vec![ends.into()];
        let effects = world.told(Msg::Output { key: KEY, stream: Stream::Out, lines, offset: 1_000, skipped: 0 });
        assert_eq!(orders(&effects), [&ShimOrder::CloseInput; 0], "{effects:?}");
        // Nobody had asked: it is asked now.
        assert_eq!(written(&effects).is_empty(), goes_on, "{effects:?}");
    }
}

#[test]
fn an_answer_that_came_due_while_quintet_was_away_waits_until_the_prompt_is_heard_again() {
    let asks = r#"{"type":"control_request","request_id":"r1","request":{"subtype":"can_use_tool","tool_name":"Bash","input":{"command":"cargo test"}}}"#;
    let mut world = World::of("claude");
    world.prints(Stream::Out, asks);
    // Another Quintet with the same records: it has not heard the prompt yet.
    world.0.adopt();
    world.0.catch_up(KEY, 1_000, b"");
    let effects = world.told_at(70_000, Msg::Tick);
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Answer { .. })), "{effects:?}");
    let effects = world.told_at(
        70_100,
        Msg::Output { key: KEY, stream: Stream::Out, lines: vec![asks.into()], offset: 1_000, skipped: 0 },
    );
    assert!(written(&effects).contains(r#""behavior":"deny""#), "{effects:?}");
}

pub(super) const TWO: &str =
    "# Keys\n\n#### **1. alpha**\n- **MICRO-TASK**: Find keys\n\n#### **2. beta**\n- **MICRO-TASK**: Find locks\n";
pub(super) const OTHER: Key = Key { agent: AgentId(1), attempt: 1 };

/// Two agents that ask a question of the same id.
fn two_that_ask() -> World {
    let mut world = World::with("claude", TWO);
    world.told(Msg::Started { key: OTHER, pid: 8 });
    for key in [KEY, OTHER] {
        world.prints_of(key, Stream::Said, r#"{"type":"ask","id":"1","text":"Which region?"}"#);
    }
    world
}

fn answered(effects: &[Effect]) -> Vec<&Path> {
    let paths = effects.iter().filter_map(|effect| match effect {
        Effect::Answer { path, .. } => path.parent().and_then(Path::file_name).map(Path::new),
        _ => None,
    });
    paths.collect()
}

fn ctl_answer(said: &str) -> Request {
    let (verb, arg) = ("answer".to_owned(), Some("eu".to_owned()));
    Request::Order { verb, agent: Some(said.to_owned()), id: None, attempt: None, arg, trust: false }
}

#[test]
fn a_question_that_several_agents_ask_is_answered_by_agent_and_id() {
    let mut world = two_that_ask();
    let (effects, result) = world.ask(&ctl_answer("1"));
    assert_eq!(answered(&effects), Vec::<&Path>::new());
    let why = result.expect_err("it is ambiguous");
    assert!(why.contains("alpha, beta") && why.contains("`alpha:1`"), "{why}");
    let (effects, result) = world.ask(&ctl_answer("beta:1"));
    assert_eq!((answered(&effects), result), (vec![Path::new("beta-1")], Ok(())));
    let (effects, result) = world.ask(&ctl_answer("1"));
    assert_eq!((answered(&effects), result), (vec![Path::new("alpha-1")], Ok(())));
}

#[test]
fn an_attached_screen_answers_the_agent_that_it_shows() {
    let mut world = two_that_ask();
    let msg = Msg::Answer { agent: OTHER.agent, id: "1".to_owned(), answer: "eu".to_owned(), by: By::Screen };
    let request = Request::of(msg, &world.0.run.plan).expect("it is sent");
    let (effects, result) = world.ask(&request);
    assert_eq!((answered(&effects), result), (vec![Path::new("beta-1")], Ok(())));
}

#[test]
fn an_order_of_a_screen_with_another_plan_is_refused() {
    let mut world = World::with("claude", TWO);
    let kill = || Msg::Person { command: Command::Kill { agent: KEY.agent, attempt: None }, by: By::Screen };
    let other = world.0.run.plan.only(&["beta".to_owned()]);
    let (_, result) = world.ask(&Request::of(kill(), &other).expect("it is sent"));
    let why = result.expect_err("it means another agent");
    assert!(why.contains("attach again"), "{why}");
    let same = Request::of(kill(), &world.0.run.plan).expect("it is sent");
    assert_eq!(world.ask(&same).1, Ok(()));
}

#[test]
fn a_throttled_agent_goes_on_in_its_session_with_the_time_it_had_left() {
    for (engine, lines) in [
        (
            "claude",
            &[
                r#"{"type":"system","subtype":"init","session_id":"s-1"}"#,
                r#"{"type":"result","is_error":true,"api_error_status":429,"result":"Rate limited"}"#,
            ],
        ),
        (
            "codex",
            &[
                r#"{"type":"thread.started","thread_id":"s-1"}"#,
                r#"{"type":"turn.failed","error":{"message":"last status: 429 Too Many Requests"}}"#,
            ],
        ),
    ] {
        let mut world = World::of(engine);
        for line in lines {
            world.prints(Stream::Out, line);
        }
        let end = End::Exited { exit: Some(1), signal: None };
        let exited = Msg::Exited { key: KEY, end, why: None, left: Left::default() };
        assert!(started(&world.told_at(300_000, exited)).is_none(), "{engine} starts while its quota is spent");
        assert!(started(&world.told_at(599_000, Msg::Tick)).is_none(), "{engine} starts while its quota is spent");
        let effects = world.told_at(601_000, Msg::Tick);
        let start = started(&effects).expect("it goes on");
        let input = String::from_utf8_lossy(&start.launch.input);
        assert!(start.launch.args.iter().any(|arg| arg == "s-1"), "{engine}: {:?}", start.launch.args);
        assert!(input.contains("Continue your task") && input.contains("10 minutes 1 second left"), "{input}");
        let prompt = start.files.iter().find(|(path, _)| path.ends_with("prompt.md")).expect("a prompt");
        assert!(prompt.1.contains("Find weak keys"), "the file keeps the whole task");
    }
}

pub(super) fn started(effects: &[Effect]) -> Option<&Start> {
    effects.iter().find_map(|effect| match effect {
        Effect::Start(start) => Some(&**start),
        _ => None,
    })
}

#[test]
fn a_message_that_cannot_be_told_is_refused_with_the_reason() {
    let message = |agent: &str| Request::Order {
        verb: "message".to_owned(),
        agent: Some(agent.to_owned()),
        id: None,
        attempt: None,
        arg: Some("look at main.go".to_owned()),
        trust: false,
    };
    let mut world = World::of("codex");
    let why = world.ask(&message("security-auditor")).1.expect_err("its thread has not begun");
    assert!(why.contains("codex has no session yet"), "{why}");
    world.prints(Stream::Out, r#"{"type":"thread.started","thread_id":"t-1"}"#);
    assert_eq!(world.ask(&message("security-auditor")).1, Ok(()));
    let mut world = World::of("claude");
    world.prints(Stream::Out, r#"{"type":"result","is_error":false,"result":"All strong."}"#);
    let (effects, result) = world.ask(&message("security-auditor"));
    assert!(result.is_err_and(|why| why.contains("it has given its result")), "{effects:?}");
    assert_eq!(written(&effects), "");
}

#[test]
fn a_session_that_a_person_gives_back_is_continued_by_a_process_that_knows_what_was_said() {
    for (engine, first, opens) in [
        ("claude", r#"{"type":"system","subtype":"init","session_id":"s-1"}"#, ["claude", "--resume", "s-1"]),
        ("codex", r#"{"type":"thread.started","thread_id":"s-1"}"#, ["codex", "resume", "s-1"]),
        ("opencode", r#"{"type":"step_start","sessionID":"s-1"}"#, ["opencode", "-s", "s-1"]),
    ] {
        let mut world = World::of(engine);
        assert!(world.0.open_session(KEY.agent).is_err(), "{engine}: it has no session yet");
        world.prints(Stream::Out, first);
        let launch = world.0.open_session(KEY.agent).expect("it can be opened");
        assert_eq!(std::iter::once(launch.program).chain(launch.args).collect::<Vec<_>>(), opens);
        let pause = Command::Pause { agent: KEY.agent, attempt: Some(1), hard: false };
        world.told(Msg::Person { command: pause, by: By::Screen });
        let effects = world.told(Msg::GivenBack { key: KEY });
        let next = effects.iter().find_map(|effect| match effect {
            Effect::Relaunch(start) => Some(start),
            _ => None,
        });
        let launch = &next.unwrap_or_else(|| panic!("{engine}: {effects:?}")).launch;
        assert!(launch.args.iter().any(|arg| arg == "s-1"), "{engine}: {:?}", launch.args);
        let input = String::from_utf8_lossy(&launch.input);
        assert!(input.contains("has worked in this session meanwhile"), "{engine}: {input}");
        assert_eq!(written(&effects), "", "{engine}: the process that ends is told nothing");
        let resumed = |effect: &Effect| matches!(effect, Effect::Journal(Record::AttemptResumed { .. }));
        assert!(effects.iter().any(resumed), "{engine}: its clock stands still");
    }
}

#[test]
fn whatever_plays_an_agent_is_asked_once_in_its_session_for_a_report_that_is_missing() {
    let report = "/p/.claude-team/reports/security-auditor.md";
    for (engine, begins, ends) in [
        ("codex", r#"{"type":"thread.started","thread_id":"s-1"}"#, r#"{"type":"turn.completed","usage":{}}"#),
        (
            "opencode",
            r#"{"type":"step_start","sessionID":"s-1"}"#,
            r#"{"type":"step_finish","part":{"reason":"stop","tokens":{}}}"#,
        ),
        ("gemini", r#"{"id":3,"result":{"sessionId":"s-1"}}"#, r#"{"id":4,"result":{"stopReason":"end_turn"}}"#),
    ] {
        let mut world = World::of(engine);
        world.prints(Stream::Out, begins);
        let effects = world.prints(Stream::Out, ends);
        let asked = effects.iter().find_map(|effect| match effect {
            Effect::Relaunch(start) => Some(start.launch.input.clone()),
            Effect::Write { bytes, .. } => Some(bytes.clone()),
            _ => None,
        });
        let asked = String::from_utf8(asked.unwrap_or_default()).expect("text");
        assert!(asked.contains(report), "{engine}: {effects:?}");
        assert_eq!(orders(&effects), Vec::<&ShimOrder>::new(), "{engine} is not ended meanwhile");
        assert_eq!(orders(&world.prints(Stream::Out, ends)).len(), 1, "{engine} is asked once only");
    }
}

#[test]
fn one_that_is_slow_to_begin_is_asked_for_its_notes_as_soon_as_it_can_be() {
    let mut world = World::of("opencode");
    let effects = world.told_at(815_000, Msg::Tick);
    let asked = |effects: &[Effect]| effects.iter().any(|effect| matches!(effect, Effect::Relaunch(_)));
    assert!(!asked(&effects), "it has no session yet");
    let line = br#"{"type":"step_start","sessionID":"s-1"}"#.to_vec();
    let output = |offset| Msg::Output { key: KEY, stream: Stream::Out, lines: vec![line.clone()], offset, skipped: 0 };
    let effects = world.told_at(830_000, output(1));
    let launch = effects.iter().find_map(|effect| match effect {
        Effect::Relaunch(start) => Some(&start.launch),
        _ => None,
    });
    let input = String::from_utf8_lossy(&launch.expect("it is asked now").input).into_owned();
    assert!(input.contains("1 minute 11 seconds left"), "{input}");
    assert!(!asked(&world.told_at(831_000, output(2))), "once is enough");
}
