//! What becomes of an agent that has said its last word, and of a question that it asked.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use quintet::app::msg::{Effect, Key, Msg};
use quintet::app::{App, Home};
use quintet::engine::Stream;
use quintet::plan::{self, AgentId};
use quintet::run::Run;
use quintet::scheduler::{By, Time};
use quintet::settings::{File, Flags, merge};
use quintet::shim::ShimOrder;
use quintet::team_dir::TeamDir;
use quintet::team_dir::secrets::Secrets;

const KEY: Key = Key { agent: AgentId(0), attempt: 1 };

/// One agent, played by `engine`, that has been started.
struct World(App);

impl World {
    fn of(engine: &str) -> World {
        let text = "# Keys\n\n#### **1. security-auditor**\n- **MICRO-TASK**: Find weak keys\n";
        let plan = plan::read(text).plan.expect("a plan");
        let flags = Flags { engine: Some(engine.to_owned()), ..Flags::default() };
        let setup = merge(&plan, &flags, &File::default(), &File::default()).expect("a setup");
        let team = TeamDir::new(Path::new("/p"), &plan.files);
        let home = Home { run: team.run("r"), team, own_program: PathBuf::from("/bin/quintet") };
        let run = Run::new("r", plan, PathBuf::from("plan.md"), PathBuf::from("/p"));
        let mut world = World(App::new(run, setup, home, Secrets::of([]), true));
        world.told(Msg::Begin);
        world.told(Msg::Started { key: KEY, pid: 7 });
        world
    }

    fn told(&mut self, msg: Msg) -> Vec<Effect> {
        self.0.update(Time(1_000), DateTime::<Utc>::UNIX_EPOCH, msg)
    }

    fn prints(&mut self, stream: Stream, line: &str) -> Vec<Effect> {
        let lines = vec![line.as_bytes().to_vec()];
        self.told(Msg::Output { key: KEY, stream, lines, skipped: 0 })
    }
}

fn written(effects: &[Effect]) -> String {
    let written = effects.iter().filter_map(|effect| match effect {
        Effect::Write { bytes, .. } => Some(String::from_utf8_lossy(bytes).into_owned()),
        _ => None,
    });
    written.collect()
}

fn orders(effects: &[Effect]) -> Vec<&ShimOrder> {
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
