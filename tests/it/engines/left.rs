//! What attempts leave for those that follow: a report, a session.

use std::path::Path;

use quintet::app::msg::{Effect, Key, Left, Msg, Paper};
use quintet::engine::Stream;
use quintet::scheduler::{AttemptVerdict, By, Command, End, Record, Time};

use super::answered::{KEY, World, started};

const TASK: &str = "# Keys\n\n#### **1. security-auditor**\n- **MICRO-TASK**: Find weak keys\n";
const REPORT: &str = ".claude-team/reports/security-auditor.md";
const ENDED: End = End::Exited { exit: Some(0), signal: None };

#[test]
fn a_successors_last_words_replace_no_report() {
    let mut world = World::set_up("claude", TASK, "", None);
    let command = Command::HandOver { agent: KEY.agent, attempt: None };
    world.told(Msg::Person { command, by: By::Screen });
    let report = Paper { path: REPORT.to_owned(), text: "# Ten weak keys".to_owned() };
    let left = Left { report: Some(report), notes: None };
    world.told(Msg::Exited { key: KEY, end: ENDED, why: None, left });
    let key = Key { attempt: 2, ..KEY };
    world.told(Msg::Started { key, pid: 9 });
    world.prints_of(key, Stream::Out, r#"{"type":"result","is_error":false,"result":"Nothing to add."}"#);
    let effects = world.told(Msg::Exited { key, end: ENDED, why: None, left: Left::default() });
    let path = Path::new("/p").join(REPORT);
    let put = effects.iter().find_map(|effect| match effect {
        Effect::Append { path: at, text } if *at == path => Some(text),
        Effect::Save { path: at, .. } => {
            assert_ne!(*at, path, "the report is gone");
            None
        }
        _ => None,
    });
    let put = put.expect("its answer is kept");
    assert!(put.contains("## Final answer of attempt 2") && put.contains("Nothing to add."), "{put}");
    let is_done = |effect: &Effect| matches!(effect, Effect::Journal(Record::AttemptEnded { verdict: AttemptVerdict::Done, report: Some(at), .. }) if at == REPORT);
    assert!(effects.iter().any(is_done), "{effects:?}");
}

fn journal(effects: Vec<Effect>) -> Vec<Record> {
    let records = effects.into_iter().filter_map(|effect| match effect {
        Effect::Journal(record) => Some(record),
        _ => None,
    });
    records.collect()
}

const INIT: &str = r#"{"type":"system","subtype":"init","session_id":"s-1"}"#;

fn limited(cost: f64, tokens: u64) -> String {
    let used = format!(r#""total_cost_usd":{cost},"modelUsage":{{"m":{{"inputTokens":{tokens},"outputTokens":10}}}}"#);
    format!(r#"{{"type":"result","is_error":true,"api_error_status":429,"result":"Rate limited",{used}}}"#)
}

/// Another Quintet that has read this journal.
fn carried_on(records: &[(u64, Record)]) -> World {
    let mut world = World::not_begun("claude", TASK, "", None);
    for (ms, record) in records {
        world.0.replay(Time(*ms), chrono::DateTime::UNIX_EPOCH, record);
    }
    world
}

#[test]
fn a_session_that_a_quota_stopped_goes_on_after_a_crash_and_counts_its_own_use_alone() {
    let mut records: Vec<(u64, Record)> = Vec::new();
    let mut world = World::not_begun("claude", TASK, "", None);
    let mut note = |ms, effects| records.extend(journal(effects).into_iter().map(|record| (ms, record)));
    note(1_000, world.told(Msg::Begin));
    note(1_000, world.told(Msg::Started { key: KEY, pid: 7 }));
    note(1_000, world.prints(Stream::Out, INIT));
    note(1_000, world.prints(Stream::Out, &limited(0.75, 1000)));
    let exited = Msg::Exited { key: KEY, end: ENDED, why: None, left: Left::default() };
    note(2_000, world.told_at(2_000, exited));
    // Quintet dies before the engine has rested.
    let mut world = carried_on(&records);
    assert!(world.0.adopt().is_empty(), "nothing runs");
    let mut note = |ms, effects| records.extend(journal(effects).into_iter().map(|record| (ms, record)));
    note(3_000, world.told_at(3_000, Msg::Begin));
    let effects = world.told_at(400_000, Msg::Tick);
    let start = started(&effects).expect("it goes on");
    assert!(start.launch.args.iter().any(|arg| arg == "s-1"), "{:?}", start.launch.args);
    note(400_000, effects);
    // And once more, while it goes on.
    let mut world = carried_on(&records);
    let key = Key { attempt: 2, ..KEY };
    assert_eq!(world.0.adopt().len(), 1);
    world.told_at(410_000, Msg::Begin);
    world.told_at(410_000, Msg::Adopted { key, pid: 8 });
    world.prints_of(key, Stream::Out, INIT);
    world.prints_of(key, Stream::Out, &limited(1.0, 1500));
    let live = &world.0.run.live[0];
    assert_eq!((live.cost_usd, live.tokens), (Some(0.25), Some(500)), "the first attempt's use is counted twice");
}

#[test]
fn a_quota_that_is_over_already_or_never_ends_does_neither_spin_nor_hold_for_ever() {
    for (told, seconds) in [("1", 60.0), ("2000000000000", 300.0)] {
        let mut world = World::set_up("claude", TASK, "", None);
        let limit =
            format!(r#"{{"type":"rate_limit_event","rate_limit_info":{{"status":"rejected","resetsAt":{told}}}}}"#);
        world.prints(Stream::Out, &limit);
        world.prints(Stream::Out, &limited(0.1, 10));
        let effects = world.told(Msg::Exited { key: KEY, end: ENDED, why: None, left: Left::default() });
        let said = effects.iter().any(|effect| {
            matches!(effect, Effect::Publish(Record::RunTroubled { what }) if what.contains("hard to believe"))
        });
        assert_eq!(said, seconds > 60.0, "{effects:?}");
        let opened = journal(effects).into_iter().find_map(|record| match record {
            Record::ThrottleOpened { after_s, .. } => Some(after_s),
            _ => None,
        });
        assert_eq!(opened, Some(seconds), "{told}");
    }
}

#[test]
fn when_one_engine_rests_another_of_its_account_starts_nothing() {
    let two = "# Keys\n\n#### **1. alpha**\n- **MICRO-TASK**: x\n\n#### **2. beta**\n- **MICRO-TASK**: y\n";
    for (other, starts) in [("model = \"small\"", false), ("env = { CLAUDE_CONFIG_DIR = \"/other\" }", true)] {
        let settings =
            format!("slots = 1\n[engines.fast]\nkind = \"claude\"\n{other}\n[agents.beta]\nengine = \"fast\"\n");
        let mut world = World::set_up("claude", two, &settings, None);
        world.prints(Stream::Out, &limited(0.1, 10));
        let effects = world.told(Msg::Exited { key: KEY, end: ENDED, why: None, left: Left::default() });
        assert_eq!(started(&effects).is_some(), starts, "{other}: {effects:?}");
    }
}
