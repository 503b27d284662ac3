//! What a normal exit leaves behind is seen, named, and ended; it holds the slot for two seconds at most.

use std::time::{Duration, Instant};

use quintet::shim::Reason;

use super::world::{World, assert_within};

#[tokio::test]
async fn a_grandchild_that_keeps_the_pipes_is_ended_and_the_tail_and_status_are_kept() {
    let mut world = World::new();
    let key = world.start(&["leaks", "the tail of a failed attempt"]);
    world.started(key).await;
    let start = Instant::now();
    let exit = world.exited(key).await;
    println!("a leaked sleep was ended in {:?}", start.elapsed());
    assert_eq!((exit.exit, exit.reason), (Some(1), Reason::Exited));
    assert_eq!(exit.leftovers.iter().map(|left| left.name.as_str()).collect::<Vec<_>>(), ["sleep"]);
    assert_eq!(world.text(key), ["the tail of a failed attempt"]);
    assert_within(Duration::from_secs(1), start.elapsed(), "the end of a leaked sleep");
    assert_eq!(world.alive(), [0; 0]);
}

#[tokio::test]
async fn a_deaf_child_in_another_session_holds_the_slot_for_two_seconds_at_most() {
    let mut world = World::new();
    let key = world.start(&["escapee", "leaves", "deaf"]);
    world.started(key).await;
    let start = Instant::now();
    let exit = world.exited(key).await;
    println!("a deaf leftover was ended in {:?}", start.elapsed());
    assert_eq!((exit.exit, exit.reason, exit.leftovers.len()), (Some(0), Reason::Exited, 1));
    assert_within(Duration::from_secs(2), start.elapsed(), "the end of a deaf leftover");
    assert_eq!(world.alive(), [0; 0]);
}

#[tokio::test]
async fn children_that_end_a_moment_after_their_parent_are_no_leftovers() {
    let mut world = World::new();
    let key = world.start_with(&[], |start| {
        start.spec.program = "sh".into();
        start.spec.args = vec!["-c".into(), "(sleep 0.01; echo late) & echo early".into()];
    });
    world.started(key).await;
    let exit = world.exited(key).await;
    assert_eq!(exit.leftovers, []);
    assert_eq!(world.text(key), ["early", "late"]);
}
