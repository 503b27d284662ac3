//! How long the wires take: figures in the output, and bounds that a busy machine keeps too.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use super::world::World;

/// Nanoseconds on the clock that all processes share.
fn clock() -> i64 {
    let now = clock_gettime(ClockId::Monotonic);
    now.tv_sec * 1_000_000_000 + now.tv_nsec
}

/// The middle one, and the one that only a hundredth exceeds.
fn middle_and_worst(mut nanos: Vec<i64>) -> (Duration, Duration) {
    nanos.sort();
    let at = |part: usize| Duration::from_nanos(nanos[(nanos.len() - 1) * part / 100] as u64);
    (at(50), at(99))
}

#[tokio::test]
async fn the_end_of_an_agent_is_known_within_milliseconds() {
    let mut world = World::new();
    let (mut starts, mut ends) = (Vec::new(), Vec::new());
    for _ in 0..60 {
        let before = clock();
        let key = world.start(&["clocks"]);
        world.started(key).await;
        world.exited(key).await;
        let after = clock();
        let was_there: i64 = world.text(key)[0].parse().expect("a clock");
        starts.push(was_there - before);
        ends.push(after - was_there);
    }
    let (start, worst_start) = middle_and_worst(starts);
    let (end, worst_end) = middle_and_worst(ends);
    println!("start to first instruction: p50 {start:?}, p99 {worst_start:?}");
    println!("last words to fact: p50 {end:?}, p99 {worst_end:?}");
    assert!(end < Duration::from_millis(20), "{end:?}");
    assert!(start < Duration::from_millis(100), "{start:?}");
}

#[tokio::test]
async fn a_shim_is_small() {
    let mut world = World::new();
    let key = world.ready(&["obeys"]).await;
    let shim = world.folder(key).read_pid().expect("it runs").shim.pid;
    let rollup = std::fs::read_to_string(format!("/proc/{shim}/smaps_rollup")).expect("it lives");
    let kb = |name: &str| -> u64 {
        let line = rollup.lines().find(|line| line.starts_with(name)).expect("the kernel counts it");
        line.split_ascii_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
    };
    let private = kb("Private_Dirty:") + kb("Private_Clean:");
    println!("a shim: {} KB written, {private} KB private, {} KB resident", kb("Private_Dirty:"), kb("Rss:"));
    world.order(key, quintet::shim::ShimOrder::Term);
    world.exited(key).await;
    assert!(kb("Private_Dirty:") < 3000);
}
