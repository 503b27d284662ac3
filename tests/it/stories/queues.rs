//! A place may let an attempt wait before it begins.

use quintet::scheduler::{Command, Record};

use super::process::Fate;
use super::world::World;

#[test]
fn the_box_starts_when_the_agent_does_and_the_queue_is_told_apart() {
    let mut world = World::of("a").far("a").time_box("a", 100).fates("a", [Fate::endless()]).begin();
    world.pass(30.0);
    assert_eq!(world.picture(), "a queued");
    world.pass(100.0);
    assert_eq!(world.picture(), "a running", "130 s after its submission, 90 s of its 100 s are over");
    world.pass(15.0);

    let ended = world.log.iter().find_map(|(_, record)| match record {
        Record::AttemptEnded { run_s, queued_s, wall_s, .. } => Some((*run_s, *queued_s, *wall_s)),
        _ => None,
    });
    let (run, queued, wall) = ended.expect("its box is over");
    assert!((100.0..100.5).contains(&run), "it ran {run} s");
    assert!((40.0..40.1).contains(&queued), "it was queued for {queued} s");
    assert!((wall - run - queued).abs() < 0.01, "{wall} s in all");
}

#[test]
fn what_is_queued_is_taken_out_of_the_queue_when_it_is_killed() {
    let mut world = World::of("a").far("a").begin();
    world.pass(10.0);
    world.person(Command::Kill { agent: world.id("a"), attempt: None });
    world.run();
    assert_eq!(world.picture(), "a killed");
    assert_eq!(world.starts("a"), [0.0], "it never ran");
}

#[test]
fn what_is_queued_cannot_be_paused_and_is_paused_as_soon_as_it_begins_when_all_is_paused() {
    let mut world = World::of("a, b").far("a").begin();
    world.pass(1.0);
    world.person(Command::Pause { agent: world.id("a"), attempt: None, hard: false });
    assert_eq!(world.refused, ["a is not running: it is queued"]);

    world.person(Command::PauseAll);
    world.pass(60.0);
    assert_eq!(world.picture(), "a paused, b paused");
    world.person(Command::ResumeAll);
    world.run();
    assert_eq!(world.picture(), "a done, b done");
}

#[test]
fn the_queue_survives_a_crash_of_quintet() {
    let mut world = World::of("a").far("a").begin();
    world.pass(10.0);
    world.die_and_come_back();
    world.pass(5.0);
    assert_eq!(world.picture(), "a queued");
    world.run();
    assert_eq!(world.picture(), "a done");
    assert_eq!(world.verdicts("a"), ["done"]);
}
