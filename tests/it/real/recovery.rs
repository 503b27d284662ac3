//! What the next Quintet finds in a folder, and what it does about it.

use std::time::Duration;

use quintet::shell::attempts::{Fact, Offsets};
use quintet::shim::{Reason, ShimOrder};

use super::world::{World, kill_9, quintet, until};

#[tokio::test]
async fn an_attempt_that_ended_meanwhile_is_taken_with_all_its_output() {
    let mut world = World::new();
    let key = world.start(&["tail", "32", "3"]);
    world.started(key).await;
    world.exited(key).await;
    let mut world = world.another_quintet();
    world.adopt(key, Offsets::default());
    assert_eq!(world.exited(key).await.exit, Some(3));
    assert_eq!(world.text(key), ["0123456789abcde"; 2]);
}

#[tokio::test]
async fn a_folder_without_a_pid_is_started_and_one_with_a_pid_never_again() {
    let mut world = World::new();
    // A Quintet that wrote the folder and died before the shim was there.
    let key = world.start_with(&["exits", "0"], |start| start.spec.program = "/bin/true".into());
    world.started(key).await;
    world.exited(key).await;
    let folder = world.folder(key);
    for trace in [folder.pid(), folder.exit(), folder.sock()] {
        std::fs::remove_file(trace).expect("it was there");
    }
    let mut world = world.another_quintet();
    world.adopt(key, Offsets::default());
    world.started(key).await;
    assert_eq!(world.exited(key).await.exit, Some(0));

    until("the shim leaves", Duration::from_secs(5), || !quintet::shim::is_held(&folder));
    let again = std::process::Command::new(quintet()).arg("__shim").arg(folder.path()).output().expect("it starts");
    assert_eq!(again.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&again.stderr).contains("it ran already"));
}

#[tokio::test]
async fn a_second_shim_in_a_living_folder_refuses() {
    let mut world = World::new();
    let key = world.ready(&["obeys"]).await;
    let second =
        std::process::Command::new(quintet()).arg("__shim").arg(world.folder(key).path()).output().expect("it starts");
    assert_eq!(second.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&second.stderr).contains("another shim owns it"));
    world.order(key, ShimOrder::Term);
    assert_eq!(world.exited(key).await.exit, Some(0));
}

#[tokio::test]
async fn when_the_shim_is_killed_its_tree_is_ended_by_its_mark_and_the_attempt_is_lost() {
    for words in [&["deaf"] as &[&str], &["escapee", "stays", "deaf"], &["wrapper", "session", "deaf"]] {
        let mut world = World::new();
        let key = world.ready(words).await;
        assert!(!world.alive().is_empty());
        kill_9(world.folder(key).read_pid().expect("it runs").shim.pid);
        assert_eq!(world.fact().await, Fact::Lost { key, why: None }, "{words:?}");
        assert_eq!(world.alive(), [0; 0], "{words:?}");
        assert_eq!(world.text(key)[0], "ready");
    }
}

#[tokio::test]
async fn a_shim_that_died_with_its_quintet_is_lost_too_and_a_folder_that_was_never_complete() {
    let mut world = World::new();
    let key = world.ready(&["deaf"]).await;
    let shim = world.folder(key).read_pid().expect("it runs").shim;
    let unwritten = world.key();
    let mut world = world.another_quintet();
    kill_9(shim.pid);
    world.adopt(key, Offsets::default());
    assert_eq!(world.fact().await, Fact::Lost { key, why: None });
    assert_eq!(world.alive(), [0; 0]);
    world.adopt(unwritten, Offsets::default());
    assert_eq!(world.fact().await, Fact::Lost { key: unwritten, why: None });
}

#[tokio::test]
async fn a_shim_without_a_socket_is_followed_by_its_files() {
    let mut world = World::new();
    let key = world.start_with(&["obeys"], |start| start.spec.place = "elsewhere".into());
    world.started(key).await;
    world.printed(key, "ready").await;
    let mut world = world.another_quintet();
    world.adopt(key, Offsets::default());
    assert!(matches!(world.fact().await, Fact::Adopted { .. }));
    world.printed(key, "ready").await;
    world.order(key, ShimOrder::Term);
    let exit = world.exited(key).await;
    assert_eq!((exit.exit, exit.reason), (Some(0), Reason::Exited));
}
