//! What the end of an attempt means for its agent.

use std::time::Duration;

use quintet::scheduler::Command;

use super::process::Fate;
use super::world::World;

#[test]
fn a_good_end_with_a_report_is_done() {
    let mut world = World::of("a").begin();
    world.run();
    assert_eq!(world.picture(), "a done");
}

#[test]
fn exit_0_without_a_report_is_no_success_and_is_not_tried_again() {
    let mut world = World::of("a").fates("a", [Fate::silent(10)]).begin();
    world.run();
    assert_eq!((world.picture().as_str(), world.why("a").as_str()), ("a failed", "no report"));
    assert_eq!(world.verdicts("a"), ["failed"]);
}

#[test]
fn an_engine_that_owes_no_report_is_done_without() {
    let fate = Fate::silent(10).with(|outcome| outcome.report_optional = true);
    let mut world = World::of("a").fates("a", [fate]).begin();
    world.run();
    assert_eq!(world.picture(), "a done");
}

#[test]
fn what_is_partly_done_by_its_own_account_is_partial_and_has_no_successor() {
    let fate = Fate::done(10).with(|outcome| outcome.partial = true);
    let mut world = World::of("a, b: a").fates("a", [fate]).begin();
    world.run();
    assert_eq!((world.verdicts("a"), world.picture().as_str()), (vec!["done".into()], "a partial, b done"));
}

#[test]
fn a_failure_is_tried_again_after_1_s_then_after_5_s_and_then_no_more() {
    let mut world = World::of("a").fates("a", [Fate::failed(10, "it broke")]).begin();
    world.run();
    assert_eq!(world.starts("a"), [0.0, 11.0, 26.0]);
    assert_eq!((world.picture().as_str(), world.why("a").as_str()), ("a failed", "it broke"));
}

#[test]
fn a_missing_program_is_not_tried_again() {
    let mut world = World::of("a").fates("a", [Fate::cannot_start()]).begin();
    world.run();
    assert_eq!(world.starts("a").len(), 1);
    assert_eq!((world.picture().as_str(), world.why("a").as_str()), ("a failed", "no such program"));
}

#[test]
fn a_start_that_the_machine_has_no_room_for_is_tried_again_and_takes_nothing_from_the_agent() {
    let room_at_last = std::iter::repeat_with(Fate::no_room).take(5).chain([Fate::done(10)]);
    let mut world = World::of("a, b").fates("a", room_at_last.clone()).fates("b", room_at_last).begin();
    world.run();
    // Two that fail alike hold a run; this is not the agents' failure.
    assert_eq!(world.picture(), "a done, b done");
    let pauses: Vec<f64> = world.starts("a").windows(2).map(|two| (two[1] - two[0]).floor()).collect();
    assert_eq!(pauses, [1.0, 5.0, 5.0, 5.0, 5.0]);
}

#[test]
fn a_machine_that_never_has_room_ends_the_run_after_some_minutes() {
    let mut world = World::of("a").fates("a", [Fate::no_room()]).begin();
    world.run();
    assert_eq!((world.picture().as_str(), world.starts("a").len()), ("a failed", 30));
}

#[test]
fn three_boxes_without_an_end_are_partial_since_there_are_notes() {
    let mut world = World::of("a").fates("a", [Fate::endless()]).begin();
    world.run();
    assert_eq!(world.verdicts("a"), ["out_of_time", "out_of_time", "out_of_time"]);
    assert_eq!(world.picture(), "a partial");
}

#[test]
fn successors_and_retries_are_three_attempts_together() {
    let fates = [Fate::endless(), Fate::failed(10, "it broke"), Fate::endless()];
    let mut world = World::of("a").fates("a", fates).begin();
    world.run();
    assert_eq!(world.verdicts("a"), ["out_of_time", "failed", "out_of_time"]);
    assert_eq!(world.picture(), "a partial");
}

#[test]
fn no_successor_follows_a_successor_without_progress() {
    let idle = Fate::endless().with(|outcome| outcome.progress = false);
    let mut world = World::of("a").fates("a", [idle]).begin();
    world.run();
    assert_eq!(world.verdicts("a"), ["out_of_time", "out_of_time"]);
    assert_eq!(world.why("a"), "its time is up; its successor made no progress");
}

#[test]
fn a_lost_attempt_is_not_counted_but_three_in_a_row_are_the_end() {
    let mut world = World::of("a").fates("a", [Fate::lost(10), Fate::lost(10), Fate::done(10)]).begin();
    world.run();
    assert_eq!(world.picture(), "a done");

    let mut world = World::of("a").fates("a", [Fate::lost(10)]).begin();
    world.run();
    assert_eq!(world.verdicts("a"), ["lost", "lost", "lost"]);
    assert_eq!(world.picture(), "a failed");
}

#[test]
fn a_verify_command_has_the_last_word() {
    let refused = Fate { verify_ok: false, ..Fate::done(10) };
    let mut world = World::of("a").verifies("a").fates("a", [refused, Fate::done(10)]).begin();
    world.run();
    assert_eq!(
        world.told("a"),
        [
            "start 1, 900 s",
            "verify",
            "notes of 1: running 3 tests\ntest login ... FAILED",
            "start 2 after 1, 900 s",
            "verify",
        ],
    );
    assert_eq!((world.verdicts("a"), world.picture().as_str()), (vec!["failed".into(), "done".into()], "a done"));
}

#[test]
fn a_verify_command_runs_in_the_slot_of_its_attempt() {
    let mut world = World::of("a, b").verifies("a").settings(|it| it.slots = 1).fates("a", [Fate::done(10)]).begin();
    world.pass(12.0);
    assert_eq!(world.picture(), "a running, b ready");
    world.pass(2.0);
    assert_eq!(world.picture(), "a done, b running");
}

#[test]
fn a_throttled_engine_rests_and_its_attempt_goes_on_with_the_time_it_had_left() {
    let wait = Duration::from_secs(3_600);
    let mut world = World::of("a, b")
        .llm("a")
        .settings(|it| it.slots = 1)
        .fates("a", [Fate::throttled(300, wait), Fate::done(60)])
        .fates("b", [Fate::done(10)])
        .begin();
    world.pass(305.0);
    assert_eq!(world.picture(), "a ready, b running", "another engine takes the slot");
    world.run();
    assert_eq!(world.told("a"), ["start 1, 900 s", "resume 2 after 1, 600 s"]);
    assert_eq!(world.starts("a"), [0.0, 3_900.0]);
    assert_eq!(world.verdicts("a"), ["throttled", "done"]);
}

#[test]
fn an_error_soon_after_a_hard_freeze_is_no_failure() {
    let fates = [Fate::failed(120, "connection reset"), Fate::done(10)];
    let mut world = World::of("a").llm("a").fates("a", fates).begin();
    world.pass(100.0);
    world.person(Command::Pause { agent: world.id("a"), attempt: None, hard: true });
    world.pass(100.0);
    world.person(Command::Resume { agent: world.id("a"), attempt: None });
    world.run();
    assert_eq!(world.verdicts("a"), ["failed", "done"]);
    assert_eq!(world.state().agents[0].retries_used, 0);
}
