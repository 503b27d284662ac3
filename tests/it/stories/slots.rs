//! Always five, never six.

use std::time::Duration;

use quintet::scheduler::Command;

use super::process::Fate;
use super::world::World;

#[test]
fn five_start_and_the_sixth_waits_for_the_first_end() {
    let mut world = World::of("a, b, c, d, e, f").fates("c", [Fate::done(20)]).begin();
    world.pass(10.0);
    assert_eq!(world.picture(), "a running, b running, c running, d running, e running, f ready");

    world.pass(11.0);

    assert_eq!(world.picture(), "a running, b running, c done, d running, e running, f running");
    assert_eq!(world.starts("f"), [20.0]);
}

#[test]
fn the_longest_chain_goes_first_then_plan_order() {
    let world = World::of("short, long, middle: long, last: middle, other").settings(|it| it.slots = 2).begin();
    assert_eq!(world.picture(), "short starting, long starting, middle waiting, last waiting, other ready");
}

#[test]
fn who_is_told_to_go_next_goes_first() {
    let mut world = World::of("a, b, c, d").settings(|it| it.slots = 1).begin();

    world.person(Command::Next { agent: world.id("d") });
    world.run();

    assert_eq!([world.starts("a"), world.starts("d"), world.starts("b")], [[0.0], [60.0], [120.0]]);
}

#[test]
fn lowering_the_slots_kills_nobody_and_starts_nobody() {
    let mut world = World::of("a, b, c, d").settings(|it| it.slots = 3).begin();
    world.pass(1.0);

    world.person(Command::Slots(1));
    assert_eq!(world.picture(), "a running, b running, c running, d ready");
    world.pass(60.0);

    assert_eq!(world.picture(), "a done, b done, c done, d running");
}

#[test]
fn raising_the_slots_starts_at_once() {
    let mut world = World::of("a, b, c").settings(|it| it.slots = 1).begin();
    world.pass(1.0);
    world.person(Command::Slots(3));
    world.pass(0.1);
    assert_eq!(world.picture(), "a running, b running, c running");
}

#[test]
fn a_run_without_slots_is_refused() {
    let mut world = World::of("a").begin();
    world.person(Command::Slots(0));
    assert_eq!(world.refused, ["a run needs at least one slot"]);
}

#[test]
fn a_paused_attempt_holds_its_slot_and_a_parked_one_does_not() {
    let mut world = World::of("a, b, c").settings(|it| it.slots = 1).begin();
    world.pass(1.0);
    world.person(Command::Pause { agent: world.id("a"), attempt: None, hard: false });
    world.pass(600.0);
    assert_eq!(world.picture(), "a paused, b ready, c ready");

    world.person(Command::Park { agent: world.id("a"), attempt: None });
    world.pass(30.0);

    assert_eq!(world.picture(), "a paused, b running, c ready");
}

#[test]
fn a_place_with_a_limit_of_its_own_is_never_over_it() {
    let mut world = World::of("a, b, c").settings(|it| it.place_slots = vec![("local".into(), 2)]).begin();
    world.pass(1.0);
    assert_eq!(world.picture(), "a running, b running, c ready");
}

#[test]
fn each_place_has_its_own_slots_beside_those_of_the_run() {
    let limits = |it: &mut quintet::scheduler::Settings| {
        it.slots = 3;
        it.place_slots = vec![("slurm".into(), 2)];
    };
    let mut world = World::of("a, b, c, d, e").far("a").far("b").far("c").settings(limits).begin();
    world.pass(1.0);
    assert_eq!(world.picture(), "a queued, b queued, c ready, d running, e ready");
    world.pass(60.0);
    assert_eq!(world.picture(), "a running, b running, c ready, d done, e running");
    world.run();
    assert_eq!(world.slot_use().max_active, 3);
}

#[test]
fn the_run_knows_how_well_its_slots_were_used() {
    let mut world = World::of("a, b, c, d").settings(|it| it.slots = 2).begin();
    world.run();
    let slots = world.slot_use();
    assert_eq!((slots.max_active, slots.idle_p50_ms, slots.idle_p99_ms), (2, 2.0, 2.0));
}

#[test]
fn a_retry_that_waits_holds_no_slot() {
    let fates = [Fate::failed(10, "it broke"), Fate::done(10)];
    let mut world = World::of("a, b").settings(|it| it.slots = 1).fates("a", fates).begin();
    world.pass(10.5);
    assert_eq!(world.picture(), "a ready, b running");
    world.run();
    assert_eq!(world.picture(), "a done, b done");
    assert_eq!(world.starts("a"), [0.0, 70.0]);
}

#[test]
fn a_thousand_agents_on_fifty_slots_are_planned_in_no_time() {
    let names: Vec<String> = (0..1_000).map(|n| format!("agent-{n}")).collect();
    let mut world = World::of(&names.join(",")).settings(|it| it.slots = 50).begin();
    world.run();
    let minute = Duration::from_secs(60);
    assert!(world.state().agents.iter().all(|agent| agent.word().as_str() == "done"));
    assert_eq!(
        world.state().ended.map(|end| end.since(quintet::scheduler::Time(1_000))),
        Some(minute * 20 + Duration::from_millis(10))
    );
}
