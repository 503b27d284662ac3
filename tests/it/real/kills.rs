//! A kill ends the whole tree. Two witnesses: the shim, which has no child left when it writes the exit, and a look
//! for the run's mark in the environment of every process.

use std::time::{Duration, Instant};

use quintet::engine::Stream;
use quintet::shell::attempts::Reading;
use quintet::shim::{Policy, Reason, ShimOrder};

use super::world::{World, assert_within, is_dead, processes};

/// Kills `hostile WORDS` when it is ready, and returns how long that took.
async fn kill(world: &mut World, words: &[&str]) -> Duration {
    let key = world.ready(words).await;
    let start = Instant::now();
    world.order(key, ShimOrder::Kill);
    let exit = world.exited(key).await;
    let took = start.elapsed();
    assert_eq!((exit.signal, exit.reason), (Some(9), Reason::Killed), "{words:?}");
    assert_eq!(exit.unkillable, [], "{words:?}");
    assert_eq!(world.alive(), [0; 0], "{words:?}");
    println!("killed {words:?} in {took:?}");
    took
}

#[tokio::test]
async fn an_agent_that_obeys_is_gone_within_250_ms_of_its_term() {
    let mut world = World::new();
    let key = world.ready(&["obeys"]).await;
    let start = Instant::now();
    world.order(key, ShimOrder::Term);
    let exit = world.exited(key).await;
    let took = start.elapsed();
    assert_eq!((exit.exit, exit.reason), (Some(0), Reason::Exited));
    assert_eq!(world.text(key), ["ready", "bye"]);
    assert_within(Duration::from_millis(250), took, "an obedient end");
}

#[tokio::test]
async fn a_deaf_agent_lives_through_its_term_and_dies_when_it_is_killed() {
    let mut world = World::new();
    let key = world.ready(&["deaf"]).await;
    world.order(key, ShimOrder::Term);
    world.acknowledged(key, 1).await;
    assert!(!world.alive().is_empty());
    world.order(key, ShimOrder::Kill);
    assert_eq!(world.exited(key).await.signal, Some(9));
    assert_eq!(world.alive(), [0; 0]);
}

#[tokio::test]
async fn sessions_of_their_own_wrappers_and_children_of_the_dead_are_killed_too() {
    let mut world = World::new();
    let modes: &[&[&str]] = &[
        &["deaf"],
        &["escapee", "stays", "deaf"],
        &["wrapper", "deaf"],
        &["wrapper", "wrapper", "session", "deaf"],
        &["hangs-after", "ready"],
    ];
    for mode in modes {
        let took = kill(&mut world, mode).await;
        assert_within(Duration::from_millis(500), took, "a kill");
    }
}

/// In a PID namespace there is nobody else: whatever is there after the kill was left behind, marked or not.
#[test]
fn in_a_namespace_of_its_own_nobody_is_left_after_a_kill() {
    let unshare = |words: &[&str]| {
        let mut command = std::process::Command::new("unshare");
        command.args(["--pid", "--fork", "--mount-proc"]).args(words);
        command
    };
    if !unshare(&["true"]).status().is_ok_and(|status| status.success()) {
        println!("no PID namespace can be made here");
        return;
    }
    let modes: &[&[&str]] = &[
        &["escapee", "stays", "deaf"],
        &["wrapper", "session", "deaf"],
        &["daemon", "nameless"],
        &["racers", "3"],
        &["crowd", "100"],
        &["busy"],
    ];
    for mode in modes {
        let world = World::new();
        let folder = world.home.path().join("agent-1");
        let (hostile, shim) = (super::world::hostile(), super::world::quintet());
        let text = |path: &std::path::Path| path.to_string_lossy().into_owned();
        let mut kill = unshare(&[&text(&hostile), "kills-alone", &text(&shim), &text(&folder)]);
        let output = kill.args(*mode).env("RUN", &world.run).output().expect("it starts");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "others: []\n", "{mode:?}");
    }
}

#[tokio::test]
async fn a_daemon_with_a_wiped_environment_is_killed_too() {
    let mut world = World::new();
    // It carries no mark: it is known by its command line.
    let home = world.home.path().to_string_lossy().into_owned();
    let key = world.ready(&["daemon", &home]).await;
    let daemons = || {
        let is_daemon = |pid: &i32| {
            std::fs::read_to_string(format!("/proc/{pid}/cmdline"))
                .is_ok_and(|line| line.ends_with(&format!("deaf\0{home}\0")))
        };
        processes().into_iter().filter(is_daemon).filter(|&pid| !is_dead(pid)).collect::<Vec<i32>>()
    };
    super::world::until("the daemon starts", Duration::from_secs(5), || !daemons().is_empty());
    world.order(key, ShimOrder::Kill);
    world.exited(key).await;
    assert_eq!(daemons(), [0; 0]);
}

#[tokio::test]
async fn fork_racers_are_killed_within_500_ms() {
    let mut world = World::new();
    let took = kill(&mut world, &["racers", "3"]).await;
    assert_within(Duration::from_millis(500), took, "a kill of fork racers");
}

#[tokio::test]
async fn five_hundred_processes_are_killed_within_500_ms() {
    let mut world = World::new();
    let took = kill(&mut world, &["crowd", "500"]).await;
    assert_within(Duration::from_millis(500), took, "a kill of five hundred");
}

#[tokio::test]
async fn a_flood_does_not_keep_its_kill_waiting() {
    let mut world = World::new();
    for reading in [Reading::Tail, Reading::EveryLine] {
        let key = world.start_with(&["floods", "100000000000"], |start| start.reading = reading);
        world.started(key).await;
        world.heard_of(key, Stream::Out).await;
        let start = Instant::now();
        world.order(key, ShimOrder::Kill);
        // All output before the end comes before the end, however much it is: the shim's word counts here.
        while !world.folder(key).exit().exists() {
            world.take_in().await;
        }
        println!("killed a flood in {:?}", start.elapsed());
        assert_within(Duration::from_millis(500), start.elapsed(), "a kill in a flood");
        assert_eq!(world.exited(key).await.reason, Reason::Killed);
    }
}

#[tokio::test]
async fn a_loop_that_takes_in_no_output_can_still_kill() {
    let mut world = World::new();
    let key = world.start_with(&["floods", "100000000000"], |start| start.reading = Reading::EveryLine);
    world.started(key).await;
    // From here on nobody empties the channel: the attempt's task waits in front of it.
    world.jam().await;
    world.order(key, ShimOrder::Kill);
    let start = Instant::now();
    while !world.folder(key).exit().exists() {
        assert_within(Duration::from_millis(500), start.elapsed(), "a kill by a jammed loop");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(world.exited(key).await.reason, Reason::Killed);
}

/// Every order in every state, in any order: the attempt stays in hand, and one kill ends it.
#[tokio::test]
async fn whatever_the_orders_were_a_kill_ends_it_and_the_run_time_is_right() {
    let mut seed = 7_u64;
    for n in 0..25 {
        let mut world = World::new();
        let key = world.ready(&["escapee", "stays", "deaf"]).await;
        let mut given = Vec::new();
        for _ in 0..12 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let order = match seed >> 61 {
                0 | 1 => ShimOrder::Stop,
                2 | 3 => ShimOrder::Cont,
                4 => ShimOrder::CloseInput,
                5 => ShimOrder::Limit(Duration::from_secs(1)),
                6 => ShimOrder::Policy(Policy::Keep),
                _ => ShimOrder::Policy(Policy::End),
            };
            given.push(order);
            world.order(key, order);
        }
        world.acknowledged(key, 12).await;
        let stands = given.iter().rev().find(|order| matches!(order, ShimOrder::Stop | ShimOrder::Cont));
        let agent = world.folder(key).read_pid().expect("it runs").agent.expect("it was started").pid;
        let is_stopped = super::world::state_of(agent) == Some('T');
        assert_eq!(is_stopped, stands == Some(&ShimOrder::Stop), "{n}: {given:?}");
        world.order(key, ShimOrder::Kill);
        let exit = world.exited(key).await;
        assert_eq!((exit.signal, exit.reason), (Some(9), Reason::Killed), "{n}: {given:?}");
        assert!(exit.run_s <= world.age(key) + 0.01, "{n}: {} s", exit.run_s);
        assert_eq!(world.alive(), [0; 0], "{n}: {given:?}");
    }
}

#[tokio::test]
async fn a_paused_tree_is_killed_and_hears_its_term() {
    let mut world = World::new();
    let paused = world.ready(&["escapee", "stays", "deaf"]).await;
    world.order(paused, ShimOrder::Stop);
    world.order(paused, ShimOrder::Kill);
    assert_eq!(world.exited(paused).await.signal, Some(9));

    let obedient = world.ready(&["obeys"]).await;
    world.order(obedient, ShimOrder::Stop);
    world.acknowledged(obedient, 1).await;
    world.order(obedient, ShimOrder::Term);
    assert_eq!(world.exited(obedient).await.exit, Some(0));
    assert_eq!(world.alive(), [0; 0]);
}

#[tokio::test]
async fn an_interrupt_reaches_the_agent_and_does_not_end_the_attempt() {
    let mut world = World::new();
    let key = world.ready(&["interruptible"]).await;
    world.order(key, ShimOrder::Int);
    world.printed(key, "interrupted").await;
    world.order(key, ShimOrder::Kill);
    assert_eq!(world.exited(key).await.reason, Reason::Killed);
}

#[tokio::test]
async fn a_place_that_ends_the_shim_gives_the_agent_its_grace() {
    let mut world = World::new();
    let obedient = world.ready(&["obeys"]).await;
    let deaf = world.start_with(&["deaf"], |start| start.spec.grace_s = 0.2);
    world.started(deaf).await;
    world.printed(deaf, "ready").await;
    for key in [obedient, deaf] {
        let shim = world.folder(key).read_pid().expect("it runs").shim.pid;
        let shim = rustix::process::Pid::from_raw(shim).expect("a pid is not 0");
        rustix::process::kill_process(shim, rustix::process::Signal::TERM).expect("it lives");
        let exit = world.exited(key).await;
        assert_eq!(exit.reason, Reason::Killed);
        assert_eq!((exit.exit, exit.signal), if key == obedient { (Some(0), None) } else { (None, Some(9)) });
    }
    assert_eq!(world.alive(), [0; 0]);
}
