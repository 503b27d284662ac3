//! A pause, as each engine can.

use quintet::app::msg::{Effect, Left, Msg};
use quintet::engine::Stream;
use quintet::scheduler::{AttemptVerdict, By, Command, End, Record};
use quintet::shim::ShimOrder;

use super::answered::{KEY, World, orders, written};

const TASK: &str = "# Keys\n\n#### **1. security-auditor**\n- **MICRO-TASK**: Find weak keys\n";

fn pause(world: &mut World, ms: u64) -> Vec<Effect> {
    let command = Command::Pause { agent: KEY.agent, attempt: None, hard: false };
    world.told_at(ms, Msg::Person { command, by: By::Screen })
}

fn resume(world: &mut World, ms: u64) -> Vec<Effect> {
    let command = Command::Resume { agent: KEY.agent, attempt: None };
    world.told_at(ms, Msg::Person { command, by: By::Screen })
}

/// What the journal tells of a pause: whether the tree is stopped.
fn frozen(effects: &[Effect]) -> Vec<bool> {
    let told = effects.iter().filter_map(|effect| match effect {
        Effect::Journal(Record::AttemptPaused { frozen, .. }) => Some(*frozen),
        _ => None,
    });
    told.collect()
}

#[test]
fn one_whose_turn_cannot_be_interrupted_is_frozen_and_goes_on_where_it_was() {
    for (engine, begins) in [
        ("codex", r#"{"type":"thread.started","thread_id":"s-1"}"#),
        ("opencode", r#"{"type":"step_start","sessionID":"s-1"}"#),
    ] {
        let mut world = World::set_up(engine, TASK, "", None);
        world.prints(Stream::Out, begins);
        let effects = pause(&mut world, 20_000);
        assert_eq!((orders(&effects), frozen(&effects)), (vec![&ShimOrder::Stop], vec![true]), "{engine}");
        let effects = resume(&mut world, 60_000);
        assert_eq!(orders(&effects), [&ShimOrder::Cont], "{engine}");
        let again = effects.iter().any(|effect| matches!(effect, Effect::Relaunch(_)));
        assert!(!again && written(&effects).is_empty(), "{engine} works on, nobody need tell it: {effects:?}");
        // Its connection broke meanwhile.
        let end = End::Exited { exit: Some(1), signal: None };
        let effects = world.told_at(70_000, Msg::Exited { key: KEY, end, why: None, left: Left::default() });
        let uncounted = |effect: &Effect| {
            matches!(
                effect,
                Effect::Journal(Record::AttemptEnded { verdict: AttemptVerdict::Failed, counted: false, .. })
            )
        };
        assert!(effects.iter().any(uncounted), "{engine}: {effects:?}");
    }
}

#[test]
fn the_journal_tells_of_a_freeze_where_there_was_no_turn_to_interrupt() {
    let mut world = World::set_up("gemini", TASK, "", None);
    let effects = pause(&mut world, 20_000);
    assert_eq!((orders(&effects), frozen(&effects)), (vec![&ShimOrder::Stop], vec![false, true]), "{effects:?}");
    let effects = resume(&mut world, 60_000);
    assert_eq!((orders(&effects), written(&effects).as_str()), (vec![&ShimOrder::Cont], ""));
}
