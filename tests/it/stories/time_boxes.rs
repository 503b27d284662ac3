//! The box, its warnings, its notes and its end.

use std::time::Duration;

use quintet::scheduler::{Command, Event};

use super::process::Fate;
use super::world::World;

#[test]
fn a_command_gets_term_when_its_time_is_up_and_a_successor_with_its_notes() {
    let mut world = World::of("a").fates("a", [Fate::endless(), Fate::done(60)]).begin();
    world.run();
    assert_eq!(world.told("a"), ["start 1, 900 s", "term", "notes of 1: its time is up", "start 2 after 1, 900 s"],);
    assert_eq!(world.verdicts("a"), ["out_of_time", "done"]);
    assert_eq!(world.picture(), "a done");
}

#[test]
fn a_deaf_agent_dies_when_its_grace_ends() {
    let mut world = World::of("a").fates("a", [Fate::deaf(), Fate::done(60)]).begin();
    world.pass(905.0);
    assert_eq!(world.picture(), "a stopping");
    world.pass(5.1);
    assert_eq!(world.told("a")[..3], ["start 1, 900 s", "term", "kill"]);
    assert_eq!(world.verdicts("a"), ["out_of_time"]);
}

#[test]
fn a_language_model_is_warned_then_asked_for_notes_then_stopped() {
    let mut world = World::of("a").llm("a").fates("a", [Fate::deaf(), Fate::done(60)]).begin();
    world.pass(920.0);
    assert_eq!(
        world.told("a"),
        [
            "start 1, 900 s",
            "warn, 180 s left",
            "wrap up, 90 s left",
            "term",
            "kill",
            "notes of 1: its time is up, and it did not end in its grace",
            "start 2 after 1, 900 s",
        ],
    );
}

#[test]
fn a_next_process_of_the_same_attempt_is_not_told_its_order_twice() {
    let mut world = World::of("a").llm("a").fates("a", [Fate::deaf()]).begin();
    world.pass(815.0);
    let agent = world.id("a");
    world.say(Event::Started { agent, attempt: 1, pid: 4242 });
    world.pass(10.0);
    let orders = world.told("a");
    assert_eq!(orders.iter().filter(|order| order.starts_with("wrap up")).count(), 1, "{orders:?}");
    assert_eq!(world.state().agent(agent).active().and_then(|active| active.pid), Some(4242));
}

#[test]
fn a_short_box_keeps_half_of_it_for_notes() {
    let mut world = World::of("a").llm("a").time_box("a", 40).fates("a", [Fate::deaf()]).begin();
    world.pass(21.0);
    assert_eq!(world.told("a"), ["start 1, 40 s", "wrap up, 20 s left"]);
}

#[test]
fn a_process_that_ends_well_after_term_was_out_of_time_all_the_same() {
    let mut world = World::of("a").settings(|it| it.successors = 0).fates("a", [Fate::endless()]).begin();
    world.run();
    assert_eq!(world.verdicts("a"), ["out_of_time"]);
    assert_eq!(world.picture(), "a partial");
}

#[test]
fn a_pause_stops_the_clock() {
    let mut world = World::of("a").fates("a", [Fate::endless()]).begin();
    world.pass(100.0);
    world.person(Command::Pause { agent: world.id("a"), attempt: Some(1), hard: false });
    world.pass(5_000.0);
    world.person(Command::Resume { agent: world.id("a"), attempt: Some(1) });
    world.pass(799.9);
    assert_eq!(world.picture(), "a running");
    world.pass(0.2);
    assert_eq!(world.picture(), "a stopping");
    assert_eq!(world.told("a"), ["start 1, 900 s", "hard freeze", "hard thaw", "term"]);
}

#[test]
fn a_language_model_is_paused_at_its_turn() {
    let mut world = World::of("a").llm("a").begin();
    world.pass(10.0);
    world.person(Command::Pause { agent: world.id("a"), attempt: None, hard: false });
    world.person(Command::Resume { agent: world.id("a"), attempt: None });
    assert_eq!(world.told("a"), ["start 1, 900 s", "soft freeze", "soft thaw"]);
}

#[test]
fn a_pause_while_it_starts_reaches_the_process_when_it_is_there() {
    let mut world = World::of("a").begin();
    world.person(Command::Pause { agent: world.id("a"), attempt: None, hard: false });
    assert_eq!(world.told("a"), ["start 1, 900 s"]);
    world.pass(1.0);
    assert_eq!(world.told("a"), ["start 1, 900 s", "limit 900 s", "hard freeze"]);
    assert_eq!(world.picture(), "a paused");
}

#[test]
fn a_longer_box_warns_again() {
    let mut world = World::of("a").llm("a").fates("a", [Fate::deaf()]).begin();
    world.pass(750.0);
    world.person(Command::Extend { agent: world.id("a"), attempt: None, by: Duration::from_secs(300) });
    world.pass(400.0);
    assert_eq!(
        world.told("a"),
        ["start 1, 900 s", "warn, 180 s left", "limit 1200 s", "warn, 240 s left", "wrap up, 120 s left"],
    );
}

#[test]
fn more_time_while_it_writes_its_notes_lets_a_language_model_go_on() {
    let mut world = World::of("a").llm("a").fates("a", [Fate { wraps_up: None, ..Fate::done(1_000) }]).begin();
    world.pass(820.0);
    assert_eq!(world.picture(), "a wrapping_up");
    world.person(Command::Extend { agent: world.id("a"), attempt: None, by: Duration::from_secs(600) });
    assert_eq!(world.picture(), "a running");
    world.run();
    assert_eq!(world.verdicts("a"), ["done"]);
}

#[test]
fn more_time_after_term_is_refused_with_the_reason() {
    let mut world = World::of("a").fates("a", [Fate::deaf()]).begin();
    world.pass(905.0);
    world.person(Command::Extend { agent: world.id("a"), attempt: None, by: Duration::from_secs(300) });
    assert_eq!(world.refused, ["a is stopping: its end cannot be changed any more"]);
}

#[test]
fn a_question_stops_the_box_for_a_minute_and_then_nobody_is_here() {
    let fate = Fate { asks_after: Some(Duration::from_secs(100)), ..Fate::endless() };
    let mut world = World::of("a").llm("a").fates("a", [fate]).begin();
    world.pass(156.9);
    assert_eq!(world.picture(), "a asking");
    world.pass(0.2);
    assert_eq!(world.told("a")[1], "answer nobody is here, decide and record the assumption");
    world.pass(720.0 - 57.0 - 43.2);
    assert_eq!(world.told("a").len(), 2, "the minute of the question is no time of the box");
    world.pass(0.3 + 57.0);
    assert_eq!(world.told("a")[2], "warn, 180 s left");
}

#[test]
fn a_question_that_is_answered_lets_the_box_run_on() {
    let fate = Fate { asks_after: Some(Duration::from_secs(100)), ..Fate::done(200) };
    let mut world = World::of("a").llm("a").fates("a", [fate]).begin();
    world.pass(110.0);
    world.say(quintet::scheduler::Event::Answered {
        agent: world.id("a"),
        id: "q1".into(),
        answer: "main".into(),
        by: quintet::scheduler::By::Ctl,
    });
    assert_eq!(world.picture(), "a running");
    world.run();
    assert_eq!(world.told("a"), ["start 1, 900 s", "answer main"]);
    assert_eq!(world.picture(), "a done");
}

#[test]
fn a_process_that_hangs_after_its_result_is_ended_within_half_a_minute_and_its_result_counts() {
    let mut world = World::of("a").llm("a").fates("a", [Fate::deaf()]).begin();
    world.pass(790.0);
    world.say(Event::Finished { agent: world.id("a"), attempt: 1 });
    world.pass(29.0);
    assert_eq!(world.told("a"), ["start 1, 900 s", "warn, 180 s left", "term", "kill"]);
    assert_eq!(world.verdicts("a"), ["done"], "it is not asked for notes any more, and not out of time");
}

#[test]
fn one_that_works_on_after_a_result_is_left_alone() {
    let mut world = World::of("a").llm("a").fates("a", [Fate::done(300)]).begin();
    world.pass(100.0);
    let agent = world.id("a");
    world.say(Event::Finished { agent, attempt: 1 });
    world.pass(10.0);
    world.say(Event::WorksOn { agent, attempt: 1 });
    world.run();
    assert_eq!(world.told("a"), ["start 1, 900 s"]);
    assert_eq!(world.verdicts("a"), ["done"]);
}
