//! What an agent may spend, whatever plays it, and how often it is tried.

use quintet::app::msg::{Effect, Left, Msg};
use quintet::engine::Stream;
use quintet::scheduler::{By, Command, End};
use quintet::team_dir::control::Request;

use super::answered::{KEY, OTHER, TWO, World, started};

const FAILED: End = End::Exited { exit: Some(1), signal: None };

/// A run of two agents in which the first one's only attempt has failed.
fn failed(engine: &str, settings: &str, key: Option<&str>) -> World {
    let mut world = World::set_up(engine, TWO, settings, key);
    world.told(Msg::Started { key: OTHER, pid: 8 });
    world.told(Msg::Exited { key: KEY, end: End::CannotStart, why: None, left: Left::default() });
    world
}

fn retry(engine: &str, trust: bool) -> Request {
    let (verb, agent, arg) = ("retry".to_owned(), Some("alpha".to_owned()), Some(engine.to_owned()));
    Request::Order { verb, agent, id: None, attempt: None, arg, trust }
}

fn word_after<'a>(effects: &'a [Effect], word: &str) -> Option<&'a str> {
    let args = &started(effects).expect("it starts").launch.args;
    let at = args.iter().position(|arg| arg == word)?;
    args.get(at + 1).map(String::as_str)
}

#[test]
fn an_engine_that_nobody_agreed_to_plays_at_no_retry_until_somebody_does() {
    let settings = "workspace = \"shared\"\npermissions = \"full\"\n";
    let mut world = failed("builtin", settings, Some("ANTHROPIC_API_KEY"));
    let (effects, result) = world.ask(&retry("claude", false));
    assert!(started(&effects).is_none(), "{effects:?}");
    let why = result.expect_err("nobody agreed to it");
    for told in [
        "program: claude (engine claude)",
        "rights of alpha: full",
        "bill of alpha: every call of engine claude, on an API key; at most $2.00",
        "`quintet ctl retry alpha claude --trust`",
    ] {
        assert!(why.contains(told), "{why}");
    }
    // At the screen there is no other way.
    let command = Command::Retry { agent: KEY.agent, engine: Some("claude".to_owned()) };
    let effects = world.told(Msg::Person { command, by: By::Screen });
    assert!(started(&effects).is_none(), "{effects:?}");
    let (effects, result) = world.ask(&retry("claude", true));
    assert_eq!(result, Ok(()));
    assert_eq!(word_after(&effects, "--max-budget-usd"), Some("2"));
    assert_eq!(world.0.run.max_cost, Some(20.0), "the run has its cap too");
}

#[test]
fn an_engine_that_was_agreed_to_with_the_run_plays_at_a_retry() {
    let mut world =
        failed("builtin", "workspace = \"shared\"\npermissions = \"full\"\n[agents.beta]\nengine = \"claude\"\n", None);
    world.0.setup.agreed = quintet::settings::trust::to_agree(&world.0.run.plan, &world.0.setup);
    let (effects, result) = world.ask(&retry("claude", false));
    assert_eq!((result, started(&effects).is_some()), (Ok(()), true));
}

#[test]
fn a_cap_that_another_engine_cannot_keep_stands_against_it() {
    let mut world = failed("builtin", "[agents.alpha]\nmax_cost = 1.5\n", None);
    let why = world.ask(&retry("codex", true)).1.expect_err("it tells no dollars");
    assert!(why.contains("max_cost of alpha: engine codex does not tell what it costs"), "{why}");
}

#[test]
fn another_engine_asks_for_its_own_model() {
    let settings = "[engines.codex]\nmodel = \"small\"\n[agents.alpha]\nmodel = \"large\"\n";
    let mut world = failed("claude", settings, None);
    let (effects, result) = world.ask(&retry("codex", true));
    assert_eq!((result, word_after(&effects, "-m")), (Ok(()), Some("small")));
    let key = quintet::app::msg::Key { attempt: 2, ..KEY };
    world.told(Msg::Exited { key, end: End::CannotStart, why: None, left: Left::default() });
    let (effects, result) = world.ask(&retry("claude", true));
    assert_eq!((result, word_after(&effects, "--model")), (Ok(()), Some("large")), "as it was set up");
}

#[test]
fn a_retry_that_is_refused_changes_nothing_of_an_agent_that_runs() {
    let mut world = World::set_up("claude", TWO, "", None);
    let (_, result) = world.ask(&retry("codex", true));
    assert!(result.is_err(), "it runs");
    world.prints(Stream::Out, r#"{"type":"system","subtype":"init","session_id":"s-1"}"#);
    let effects = world.told(Msg::Exited { key: KEY, end: FAILED, why: None, left: Left::default() });
    assert!(!format!("{effects:?}").contains("codex"), "{effects:?}");
    let started_again = world.told_at(3_000, Msg::Tick);
    assert_eq!(started(&started_again).expect("it is tried again").launch.program, "claude");
}

const INIT: &str = r#"{"type":"system","subtype":"init","session_id":"s-1"}"#;

fn result(cost: f64, of_error: &str) -> String {
    format!(r#"{{"type":"result","is_error":true,"total_cost_usd":{cost},{of_error},"modelUsage":{{}}}}"#)
}

#[test]
fn each_attempt_gets_what_those_before_it_left_of_the_agents_cap() {
    let mut world = World::set_up("claude", TWO, "", Some("ANTHROPIC_API_KEY"));
    world.prints(Stream::Out, INIT);
    world.prints(Stream::Out, &result(0.75, r#""result":"the server is down""#));
    world.told(Msg::Exited { key: KEY, end: FAILED, why: None, left: Left::default() });
    let effects = world.told_at(3_000, Msg::Tick);
    assert_eq!(word_after(&effects, "--max-budget-usd"), Some("1.25"));
}

#[test]
fn a_session_that_goes_on_after_a_quota_gets_no_second_cap() {
    let mut world = World::set_up("claude", TWO, "", Some("ANTHROPIC_API_KEY"));
    world.prints(Stream::Out, INIT);
    world.prints(Stream::Out, &result(0.75, r#""api_error_status":429,"result":"Rate limited""#));
    world.told(Msg::Exited { key: KEY, end: FAILED, why: None, left: Left::default() });
    let effects = world.told_at(400_000, Msg::Tick);
    // The program counts from the birth of its session.
    assert_eq!(word_after(&effects, "--resume"), Some("s-1"));
    assert_eq!(word_after(&effects, "--max-budget-usd"), Some("2"));
}

#[test]
fn no_attempt_gets_more_than_the_run_has_left() {
    let mut world = World::set_up("claude", TWO, "max_cost = 1.0\n", Some("ANTHROPIC_API_KEY"));
    world.prints(Stream::Out, INIT);
    world.prints(Stream::Out, &result(0.75, r#""result":"the server is down""#));
    world.told(Msg::Exited { key: KEY, end: FAILED, why: None, left: Left::default() });
    let effects = world.told_at(3_000, Msg::Tick);
    assert_eq!(word_after(&effects, "--max-budget-usd"), Some("0.25"));
}

#[test]
fn an_agent_that_has_spent_its_cap_is_not_tried_again() {
    let mut world = World::set_up("claude", TWO, "", Some("ANTHROPIC_API_KEY"));
    world.prints(Stream::Out, INIT);
    world.prints(Stream::Out, &result(2.1, r#""result":"the server is down""#));
    world.told(Msg::Exited { key: KEY, end: FAILED, why: None, left: Left::default() });
    let effects = world.told_at(3_000, Msg::Tick);
    assert!(started(&effects).is_none(), "{effects:?}");
    let why = world.ask(&retry("claude", true)).1.expect_err("nothing is left");
    assert!(why.contains("alpha has spent what it may"), "{why}");
}

#[test]
fn the_servers_of_an_agent_are_tried_before_another_engine_plays_it() {
    let plan = "# Keys\n\n## Agents\n\n1. **alpha**: look\n   - MCP: `mcp__docs__search`\n2. **beta**: wait\n";
    let mut world = World::set_up("builtin", plan, "[mcp.docs]\ncommand = [\"docs\"]\n", None);
    world.told(Msg::Started { key: OTHER, pid: 8 });
    world.told(Msg::Exited { key: KEY, end: End::CannotStart, why: None, left: Left::default() });
    let why = world.ask(&retry("claude", false)).1.expect_err("nobody agreed to it");
    assert!(why.contains("MCP server docs: docs"), "{why}");
    let (effects, result) = world.ask(&retry("claude", true));
    assert_eq!((result, started(&effects).is_some()), (Ok(()), false));
    let tried = effects.into_iter().find_map(|effect| match effect {
        Effect::Try { command, by, servers } => Some((command, by, servers)),
        _ => None,
    });
    let (command, by, servers) = tried.expect("they are tried");
    assert_eq!(servers.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["docs"]);
    let found = vec![("docs".to_owned(), Some("it ended without an answer".to_owned()))];
    let effects = world.told(Msg::Tried { command, by, found });
    let start = started(&effects).expect("it starts then");
    let servers = start.files.iter().find(|(path, _)| path.ends_with("mcp.json")).expect("its servers");
    assert!(!servers.1.contains("docs"), "it does without the one that does not work: {}", servers.1);
    assert_eq!(world.0.run.without["docs"], "it ended without an answer");
}
