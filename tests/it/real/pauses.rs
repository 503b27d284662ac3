//! A pause stops every process of the tree, and the run time with it.

use std::time::{Duration, Instant};

use quintet::shim::ShimOrder;

use super::world::{World, assert_within, state_of};

/// User and system time of a process, in clock ticks.
fn ticks(pid: i32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("it is alive");
    let fields: Vec<&str> = stat.rsplit(')').next().expect("it has a name").split_ascii_whitespace().collect();
    fields[11].parse::<u64>().expect("a number") + fields[12].parse::<u64>().expect("a number")
}

#[tokio::test]
async fn busy_loops_in_three_sessions_stop_use_no_processor_and_go_on() {
    let mut world = World::new();
    let key = world.ready(&["busy"]).await;
    super::world::until("all three spin", Duration::from_secs(5), || world.alive().len() == 3);
    let tree = world.alive();
    let start = Instant::now();
    world.order(key, ShimOrder::Stop);
    world.acknowledged(key, 1).await;
    println!("three busy sessions stopped in {:?}", start.elapsed());
    assert_within(Duration::from_millis(200), start.elapsed(), "a pause of three busy sessions");

    let used = || tree.iter().map(|&pid| ticks(pid)).sum::<u64>();
    assert!(tree.iter().all(|&pid| state_of(pid) == Some('T')));
    let before = used();
    // The very thing that is promised is that nothing happens for a while.
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(used(), before);

    world.order(key, ShimOrder::Cont);
    world.acknowledged(key, 2).await;
    super::world::until("it goes on", Duration::from_secs(5), || used() > before + 3);
    world.order(key, ShimOrder::Kill);
    let exit = world.exited(key).await;
    assert!(exit.run_s > 0.0 && exit.run_s <= world.age(key) - 0.4, "{} s", exit.run_s);
    assert_eq!(world.alive(), [0; 0]);
}

#[tokio::test]
async fn five_hundred_processes_stop_within_200_ms() {
    let mut world = World::new();
    let key = world.ready(&["crowd", "500"]).await;
    super::world::until("all of them sleep", Duration::from_secs(5), || world.alive().len() == 501);
    let tree = world.alive();
    let start = Instant::now();
    world.order(key, ShimOrder::Stop);
    world.acknowledged(key, 1).await;
    let took = start.elapsed();
    println!("501 processes stopped in {took:?}");
    assert!(tree.iter().all(|&pid| state_of(pid) == Some('T')));
    assert_within(Duration::from_millis(200), took, "a pause of five hundred");
    world.order(key, ShimOrder::Kill);
    world.exited(key).await;
}

#[tokio::test]
async fn the_run_time_stands_while_the_tree_is_paused() {
    let mut world = World::new();
    let key = world.ready(&["obeys"]).await;
    world.order(key, ShimOrder::Stop);
    world.acknowledged(key, 1).await;
    let paused = Instant::now();
    tokio::time::sleep(Duration::from_millis(300)).await;
    world.order(key, ShimOrder::Cont);
    world.acknowledged(key, 2).await;
    let pause = paused.elapsed();
    world.order(key, ShimOrder::Term);
    let exit = world.exited(key).await;
    let wall = world.age(key);
    let off = (wall - exit.run_s - pause.as_secs_f64()).abs();
    assert!(off < 0.1, "{} s of {wall} s with a pause of {pause:?}", exit.run_s);
}
