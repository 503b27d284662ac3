//! Quintet dies, and another one carries on.

use std::time::Duration;

use quintet::scheduler::{Command, Event, Record, Time};

use super::process::Fate;
use super::world::World;

#[test]
fn the_journal_tells_the_whole_state() {
    let fates = [Fate::failed(10, "it broke"), Fate::endless()];
    let mut world = World::of("a, b: a, c").llm("a").fates("a", fates).begin();
    for _ in 0..100 {
        world.pass(20.0);
        assert_eq!(world.replayed().state(), world.state());
    }
}

#[test]
fn what_runs_is_found_again_and_its_timers_continue() {
    let mut world = World::of("a").fates("a", [Fate::endless()]).begin();
    world.downtime = Duration::from_secs(30);
    world.pass(100.0);
    world.die_and_come_back();
    world.pass(769.9);
    assert_eq!(world.picture(), "a running");
    world.pass(0.2);
    assert_eq!(world.picture(), "a stopping");
    assert_eq!(world.starts("a"), [0.0], "it is the same process");
}

#[test]
fn what_ended_meanwhile_is_judged_by_its_exit_file() {
    let mut world = World::of("a").fates("a", [Fate::done(850)]).begin();
    world.downtime = Duration::from_secs(500);
    world.pass(800.0);
    world.die_and_come_back();
    world.run();
    assert_eq!(world.verdicts("a"), ["done"]);
}

#[test]
fn a_pause_outlives_a_crash() {
    let mut world = World::of("a").fates("a", [Fate::endless()]).begin();
    world.pass(100.0);
    world.person(Command::Pause { agent: world.id("a"), attempt: None, hard: false });
    world.downtime = Duration::from_secs(5_000);
    world.die_and_come_back();
    world.pass(1.0);
    assert_eq!(world.picture(), "a paused");
    world.person(Command::Resume { agent: world.id("a"), attempt: None });
    world.pass(799.0);
    assert_eq!(world.picture(), "a running");
}

#[test]
fn an_order_that_had_reached_only_the_journal_is_carried_out() {
    let mut world = World::of("a").fates("a", [Fate::endless()]).begin();
    world.pass(100.0);
    world.dies_after = Some(1);
    world.person(Command::Stop { agent: world.id("a"), attempt: None });
    world.run();
    assert_eq!(world.picture(), "a partial");
    assert_eq!(world.told("a"), ["start 1, 900 s", "limit 900 s", "term", "notes of 1: stopped by the person"]);
}

#[test]
fn an_end_without_its_consequence_is_settled() {
    let mut world = World::of("a").fates("a", [Fate::failed(10, "it broke"), Fate::done(10)]).begin();
    world.pass(9.0);
    world.dies_after = Some(1);
    world.run();
    assert_eq!(world.verdicts("a"), ["failed", "done"]);
}

#[test]
fn what_was_to_come_keeps_its_distance_when_the_machine_was_started_anew() {
    let mut world = World::of("a").fates("a", [Fate::failed(10, "it broke")]).begin();
    world.say(Event::Noted(run_started("first")));
    world.pass(10.5);
    let mut scheduler = world.replayed();

    let after_boot = Time(200);
    scheduler.handle(after_boot, world.wall(), Event::Noted(Record::RunResumed { boot: "second".into() }));
    scheduler.handle(after_boot, world.wall(), Event::Begin);

    assert_eq!(scheduler.poll_timeout(), Some(Time(1_200)), "the retry was a second after the newest record");
}

fn run_started(boot: &str) -> Record {
    Record::RunStarted {
        plan: "plan.md".into(),
        plan_hash: "0".into(),
        project: ".".into(),
        agents: vec!["a".into()],
        slots: 5,
        boot: boot.into(),
        options: serde_json::Value::Null,
    }
}
