//! How long the wires take: figures in the output, and bounds that a busy machine keeps too.

use std::time::{Duration, Instant};

use quintet::shell::attempts::{Fact, Key};
use quintet::shim::ShimOrder;
use rustix::time::{ClockId, clock_gettime};

use super::world::{World, assert_within};

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
    assert_within(Duration::from_millis(20), end, "half of the ends");
    assert_within(Duration::from_millis(100), start, "half of the starts");
}

#[tokio::test]
async fn five_slots_are_refilled_without_a_pause() {
    let mut world = World::new();
    let (mut open, mut started, mut in_start) = (0, 0, Duration::ZERO);
    let begin = Instant::now();
    while started < 200 || open > 0 {
        while open < 5 && started < 200 {
            let before = Instant::now();
            world.start_with(&[], |start| start.spec.program = "true".into());
            in_start += before.elapsed();
            (open, started) = (open + 1, started + 1);
        }
        if let Fact::Exited { exit, .. } = world.fact().await {
            assert_eq!(exit.exit, Some(0));
            open -= 1;
        }
    }
    let rate = 200.0 / begin.elapsed().as_secs_f64();
    println!("{rate:.0} attempts a second, five at a time; the loop is held {:?} by each start", in_start / 200);
    assert!(rate > 20.0, "{rate}");
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
    // Pages of the program itself are shared by all shims.
    println!("a shim: {} KB of its own, {} KB resident", kb("Anonymous:"), kb("Rss:"));
    world.order(key, ShimOrder::Term);
    world.exited(key).await;
    // Most of it are the relocations of an unoptimised program; an optimised one has less than 1.5 MB in all.
    let most = if cfg!(debug_assertions) { 4000 } else { 1500 };
    assert!(kb("Anonymous:") < most, "{rollup}");
}

#[tokio::test]
async fn a_hundred_attempts_run_at_once_and_leave_no_descriptor_and_no_zombie() {
    let descriptors = || std::fs::read_dir("/proc/self/fd").expect("/proc is there").count();
    let mut world = World::new();
    let before = descriptors();
    let start = Instant::now();
    let keys: Vec<Key> = (0..100).map(|_| world.start(&["obeys"])).collect();
    let mut shims = Vec::new();
    for _ in &keys {
        let Fact::Started { key, .. } = world.fact().await else { panic!("one did not start") };
        shims.push(world.folder(key).read_pid().expect("it runs").shim.pid);
    }
    println!("100 attempts running after {:?}", start.elapsed());
    keys.iter().for_each(|&key| world.order(key, ShimOrder::Kill));
    for _ in &keys {
        assert!(matches!(world.fact().await, Fact::Exited { .. }));
    }
    println!("100 attempts started and killed in {:?}", start.elapsed());
    // The task of an attempt waits for its shim after its last word.
    while shims.iter().any(|&pid| std::path::Path::new(&format!("/proc/{pid}")).exists()) {
        assert_within(Duration::from_secs(20), start.elapsed(), "the end of all shims");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // Other tests of this process open some too.
    assert!(descriptors() < before + 60, "{before} before, {} after", descriptors());
}
