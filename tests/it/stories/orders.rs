//! What the person orders, and what is refused.

use std::time::Duration;

use quintet::scheduler::{Command, Event};

use super::process::Fate;
use super::world::World;

#[test]
fn hand_over_now_asks_for_notes_and_starts_a_successor() {
    let mut world = World::of("a").llm("a").fates("a", [Fate::endless(), Fate::done(60)]).begin();
    world.pass(100.0);
    world.person(Command::HandOver { agent: world.id("a"), attempt: Some(1) });
    world.run();
    assert_eq!(
        world.told("a"),
        ["start 1, 900 s", "wrap up, 90 s left", "notes of 1: handed over by the person", "start 2 after 1, 900 s",],
    );
    assert_eq!(world.verdicts("a"), ["out_of_time", "done"]);
}

#[test]
fn who_writes_no_notes_when_handed_over_is_stopped_when_the_time_for_them_is_over() {
    let mut world = World::of("a").llm("a").fates("a", [Fate::deaf(), Fate::done(60)]).begin();
    world.pass(100.0);
    world.person(Command::HandOver { agent: world.id("a"), attempt: None });
    world.pass(101.0);
    assert_eq!(world.told("a")[1..4], ["wrap up, 90 s left", "term", "kill"]);
}

#[test]
fn a_hand_over_has_its_successor_even_after_the_last_one() {
    let mut world = World::of("a").settings(|it| it.successors = 0).fates("a", [Fate::endless()]).begin();
    for _ in 0..5 {
        world.pass(10.0);
        world.person(Command::HandOver { agent: world.id("a"), attempt: None });
        world.pass(10.0);
    }
    assert_eq!(world.state().agents[0].last_attempt(), 6);
    assert_eq!(world.state().agents[0].successors_used, 0);
}

#[test]
fn a_stopped_agent_is_partial_and_its_dependants_go_on() {
    let mut world = World::of("a, b: a").fates("a", [Fate::endless()]).begin();
    world.pass(10.0);
    world.person(Command::Stop { agent: world.id("a"), attempt: None });
    world.pass(1.0);
    assert_eq!(world.picture(), "a partial, b running");
    assert_eq!(world.why("a"), "stopped by the person");
}

#[test]
fn a_killed_agent_blocks_its_dependants_and_theirs() {
    let mut world = World::of("a, b: a, c: b, d").fates("a", [Fate::deaf()]).begin();
    world.pass(10.0);
    world.person(Command::Kill { agent: world.id("a"), attempt: None });
    world.pass(1.0);
    assert_eq!(world.picture(), "a killed, b blocked, c blocked, d running");
    assert_eq!((world.why("b"), world.why("c")), ("needs a: killed".into(), "needs b: blocked".into()));
}

#[test]
fn a_kill_works_while_paused() {
    let mut world = World::of("a").begin();
    world.pass(10.0);
    world.person(Command::Pause { agent: world.id("a"), attempt: None, hard: true });
    world.person(Command::Kill { agent: world.id("a"), attempt: None });
    world.run();
    assert_eq!(world.picture(), "a killed");
}

#[test]
fn a_retry_unblocks_what_the_failure_blocked() {
    let fates = [Fate::silent(10), Fate::done(10)];
    let mut world = World::of("a, b: a, c: b, other").fates("a", fates).begin();
    world.pass(20.0);
    assert_eq!(world.picture(), "a failed, b blocked, c blocked, other running");
    world.person(Command::Retry { agent: world.id("a"), engine: None });
    assert_eq!(world.picture(), "a starting, b waiting, c waiting, other running");
    world.run();
    assert_eq!(world.picture(), "a done, b done, c done, other done");
    assert_eq!(world.state().agents[0].last_attempt(), 2, "numbers only grow");
}

#[test]
fn a_skip_satisfies_dependants_also_of_a_running_agent() {
    let mut world = World::of("a, b: a").fates("a", [Fate::endless()]).begin();
    world.pass(10.0);
    world.person(Command::Skip { agent: world.id("a") });
    world.pass(1.0);
    assert_eq!(world.picture(), "a skipped, b running");
}

#[test]
fn a_forced_agent_runs_without_its_needs() {
    let mut world = World::of("a, b: a, other").fates("a", [Fate::silent(10)]).begin();
    world.pass(20.0);
    world.person(Command::Force { agent: world.id("b") });
    world.pass(1.0);
    assert_eq!(world.picture(), "a failed, b running, other running");
}

#[test]
fn a_parked_agent_goes_on_from_its_notes_when_it_is_resumed() {
    let mut world = World::of("a, b").settings(|it| it.slots = 1).fates("a", [Fate::endless(), Fate::done(5)]).begin();
    world.pass(10.0);
    world.person(Command::Park { agent: world.id("a"), attempt: None });
    world.pass(100.0);
    assert_eq!(world.picture(), "a paused, b done");
    assert!(!world.has_ended());
    world.person(Command::Resume { agent: world.id("a"), attempt: None });
    world.run();
    assert_eq!(world.told("a")[3], "start 2 after 1, 900 s");
    assert_eq!(world.picture(), "a done, b done");
    assert_eq!(world.state().agents[0].successors_used, 0);
}

#[test]
fn an_order_for_an_attempt_that_is_over_is_refused() {
    let mut world = World::of("a").fates("a", [Fate::endless()]).begin();
    world.pass(950.0);
    world.person(Command::Kill { agent: world.id("a"), attempt: Some(1) });
    assert_eq!(world.refused, ["attempt 1 is over: 2 is the newest"]);
    assert_eq!(world.picture(), "a running");
}

#[test]
fn a_command_takes_no_messages() {
    let mut world = World::of("a, b").llm("b").begin();
    world.pass(1.0);
    for agent in ["a", "b"] {
        world.person(Command::Message { agent: world.id(agent), attempt: None, text: "look at auth".into() });
    }
    assert_eq!(world.refused, ["a cannot be told anything: its engine takes no messages"]);
    assert_eq!(world.told("b")[1], "message look at auth");
}

#[test]
fn pause_all_pauses_and_starts_nothing_meanwhile() {
    let fates = [Fate::failed(10, "it broke"), Fate::done(10)];
    let mut world = World::of("a, b").fates("a", fates).begin();
    world.pass(10.5);
    world.person(Command::PauseAll);
    world.pass(100.0);
    assert_eq!(world.picture(), "a ready, b paused");
    world.person(Command::ResumeAll);
    world.pass(1.0);
    assert_eq!(world.picture(), "a running, b running");
}

#[test]
fn a_run_that_has_spent_its_budget_starts_nothing_and_stops_what_runs() {
    let fates = [Fate::endless()];
    let mut world =
        World::of("a, b").settings(|it| (it.slots, it.max_cost) = (1, Some(10.0))).fates("a", fates).begin();
    world.pass(10.0);
    let spent = |run_cost_usd| Event::Spent {
        agent: quintet::plan::AgentId(0),
        run_cost_usd,
        run_tokens: 0,
        over_own_cap: false,
    };
    world.say(spent(9.9));
    assert_eq!(world.picture(), "a running, b ready");
    world.say(spent(10.0));
    assert_eq!(world.picture(), "a stopping, b blocked");
    assert_eq!(world.why("b"), "the run's budget is spent");
    world.run();
    assert_eq!(world.picture(), "a partial, b blocked");
    assert!(world.has_ended());
}

#[test]
fn an_agent_over_its_own_cap_gets_no_successor() {
    let mut world = World::of("a, b").fates("a", [Fate::endless()]).begin();
    world.pass(10.0);
    world.say(Event::Spent { agent: world.id("a"), run_cost_usd: 3.0, run_tokens: 0, over_own_cap: true });
    world.run();
    assert_eq!(world.verdicts("a"), ["out_of_time"]);
    assert_eq!(world.picture(), "a partial, b done");
}

#[test]
fn an_agent_whose_budget_is_spent_is_not_tried_again_however_its_attempt_ends() {
    let spent =
        |world: &World| Event::Spent { agent: world.id("a"), run_cost_usd: 2.0, run_tokens: 0, over_own_cap: true };
    let mut world = World::of("a, b").llm("a").fates("a", [Fate::endless()]).fates("b", [Fate::endless()]).begin();
    world.pass(10.0);
    world.person(Command::Park { agent: world.id("a"), attempt: None });
    let event = spent(&world);
    world.say(event);
    world.pass(200.0);
    assert_eq!(world.picture(), "a partial, b running", "it was told to park before its spend was told");
    assert_eq!(world.starts("a").len(), 1);
    world.person(Command::Retry { agent: world.id("a"), engine: None });
    assert_eq!(world.refused, ["a has spent what it may (max_cost, max_tokens)"]);
}

#[test]
fn stop_all_wraps_up_and_ends_the_run() {
    let mut world = World::of("a, b, c, d: a").llm("a").settings(|it| it.slots = 2);
    world = world.fates("a", [Fate::endless()]).fates("b", [Fate::endless()]).begin();
    world.pass(10.0);
    world.person(Command::StopAll);
    world.run();
    assert_eq!(world.picture(), "a partial, b partial, c ready, d waiting");
    assert!(world.has_ended());
    assert_eq!(world.told("a")[1], "wrap up, 90 s left");
    assert_eq!(world.told("b")[1], "term");
}

#[test]
fn kill_all_is_over_at_once() {
    let mut world = World::of("a, b").llm("a").fates("a", [Fate::deaf()]).fates("b", [Fate::deaf()]).begin();
    world.pass(10.0);
    world.person(Command::StopAll);
    world.pass(1.0);
    world.person(Command::KillAll);
    world.pass(0.1);
    assert_eq!(world.picture(), "a killed, b killed");
    assert!(world.has_ended());
}

#[test]
fn a_drained_run_lets_what_runs_end() {
    let mut world = World::of("a, b").settings(|it| it.slots = 1).begin();
    world.pass(10.0);
    world.person(Command::Drain);
    world.run();
    assert_eq!(world.picture(), "a done, b ready");
    assert!(world.has_ended());
}

#[test]
fn nothing_is_ordered_of_a_run_that_has_ended() {
    let mut world = World::of("a").fates("a", [Fate::silent(1)]).begin();
    world.run();
    world.person(Command::Retry { agent: world.id("a"), engine: None });
    assert_eq!(world.refused, ["the run has ended"]);
}

#[test]
fn a_retry_on_another_engine_is_played_by_it() {
    let mut world = World::of("a, b").fates("a", [Fate::silent(1), Fate::done(5)]).begin();
    world.pass(2.0);
    world.person(Command::Retry { agent: world.id("a"), engine: Some("codex".into()) });
    world.run();
    let engines: Vec<&str> = world.state().agents[0].attempts.iter().map(|it| it.engine.as_str()).collect();
    assert_eq!(engines, ["sh", "codex"]);
}

#[test]
fn a_longer_box_lasts_longer() {
    let mut world = World::of("a").fates("a", [Fate::done(1_000)]).begin();
    world.pass(10.0);
    world.person(Command::Extend { agent: world.id("a"), attempt: None, by: Duration::from_secs(300) });
    world.run();
    assert_eq!(world.verdicts("a"), ["done"]);
}
