//! When a run is held, and when it ends.

use quintet::scheduler::{Command, Mode, Order, Record};

use super::process::Fate;
use super::world::World;

fn compiles(world: &World) -> usize {
    world.orders.iter().filter(|(_, order)| *order == Order::Compile).count()
}

#[test]
fn the_final_report_is_written_once_when_nothing_can_run() {
    let mut world = World::of("a, b: a, c").fates("a", [Fate::silent(10)]).begin();
    world.pass(59.0);
    assert_eq!(compiles(&world), 0, "c runs");
    world.run();
    assert_eq!(world.picture(), "a failed, b blocked, c done");
    assert_eq!((compiles(&world), world.has_ended()), (1, true));
}

#[test]
fn two_agents_that_fail_for_the_same_reason_hold_the_run() {
    let login = Fate::failed(10, "HTTP 401: log in").with(|outcome| outcome.hopeless = true);
    let mut world = World::of("a, b, c").settings(|it| (it.slots, it.headless) = (1, false));
    world = world.fates("a", [login.clone()]).fates("b", [login, Fate::done(5)]).begin();
    world.run();
    let why = "a and b failed for the same reason: HTTP 401: log in".to_owned();
    assert_eq!(world.state().mode, Mode::Held { why });
    assert_eq!(world.picture(), "a failed, b failed, c ready");
    assert!(world.log.iter().any(|(_, record)| matches!(record, Record::UrgentAdded { .. })));

    world.person(Command::Release);
    world.run();

    assert_eq!(world.picture(), "a failed, b failed, c done");
}

#[test]
fn resume_all_ends_a_hold_whatever_it_is_for() {
    let login = Fate::failed(10, "HTTP 401: log in").with(|outcome| outcome.hopeless = true);
    let mut world = World::of("a, b, c").settings(|it| (it.slots, it.headless) = (1, false));
    world = world.fates("a", [login.clone()]).fates("b", [login, Fate::done(5)]).begin();
    world.run();
    assert!(matches!(world.state().mode, Mode::Held { .. }));

    world.person(Command::ResumeAll);
    world.run();

    assert_eq!(world.picture(), "a failed, b failed, c done");
}

#[test]
fn a_success_between_two_failures_holds_nothing() {
    let login = Fate::failed(10, "HTTP 401: log in").with(|outcome| outcome.hopeless = true);
    let mut world = World::of("a, b, c, d").settings(|it| it.slots = 1);
    world = world.fates("a", [login.clone()]).fates("c", [login]).begin();
    world.run();
    assert_eq!(world.picture(), "a failed, b done, c failed, d done");
}

#[test]
fn without_a_person_a_held_run_ends_after_what_runs() {
    let login = Fate::failed(10, "HTTP 401: log in").with(|outcome| outcome.hopeless = true);
    let mut world = World::of("a, b, c, d, e").settings(|it| it.slots = 3);
    world = world.fates("a", [login.clone()]).fates("b", [login]).begin();
    world.run();
    assert_eq!(world.picture(), "a failed, b failed, c done, d done, e ready");
    assert!(world.has_ended());
    assert!(world.log.iter().any(|(_, record)| matches!(record, Record::RunStopped { .. })));
}

#[test]
fn a_run_in_which_all_is_done_was_not_stopped() {
    let mut world = World::of("a").begin();
    world.person(Command::Drain);
    world.run();
    assert_eq!(world.picture(), "a done");
    assert!(!world.log.iter().any(|(_, record)| matches!(record, Record::RunStopped { .. })));
}

#[test]
fn an_agent_that_would_have_gone_on_is_partial_when_the_run_is_stopped() {
    let mut world = World::of("a, b").fates("a", [Fate::endless()]).fates("b", [Fate::failed(5, "no")]).begin();
    world.pass(5.5);
    world.person(Command::StopAll);
    world.run();
    assert_eq!(world.picture(), "a partial, b killed");
}
