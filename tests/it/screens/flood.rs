//! Five agents print as fast as they can, and a person looks on. The whole promise, with ten gigabytes:
//! `FLOOD_MB=10000 cargo test --release --test it screens::flood -- --nocapture`.

use std::ffi::OsString;
use std::time::{Duration, Instant};

use super::desk::{Desk, PATIENCE};
use crate::machine::business;
use crate::runs::world::World;

/// Megabytes of all agents together, unless `FLOOD_MB` says otherwise.
const FLOOD_MB: u64 = 200;
/// The most memory of Quintet itself.
const MEMORY_MB: f64 = 150.0;
/// From a key to what it shows, for 99 of 100 keys; for 9 of 10 where there are fewer than a hundred, as one key that
/// waits for another test's turn on the processor says nothing.
const KEY_MS: f64 = 50.0;
/// Of one processor, with five countdowns on the screen.
const IDLE: f64 = 0.005;
/// A build with checks is slower than what is promised.
const SLOWER: f64 = if cfg!(debug_assertions) { 4.0 } else { 1.0 };

#[test]
fn a_flood_neither_grows_memory_nor_keeps_a_key_waiting_and_costs_nothing_when_it_is_over() {
    let megabytes = std::env::var("FLOOD_MB").ok().and_then(|megabytes| megabytes.parse().ok()).unwrap_or(FLOOD_MB);
    let world = World::new(&["a1", "a2", "a3", "a4", "a5"])
        .set("engine = \"mine\"\n[engines.mine]\nkind = \"command\"\ncommand = [\"./flood.sh\"]\nreport = \"none\"\n");
    let each = megabytes / 5;
    let script = world.write(
        "flood.sh",
        &format!(
            "#!/bin/sh\nyes 'a line of eighty bytes or so, which is what agents print when something goes wrong' | head -c {each}M\necho over >> over\nexec sleep 600\n"
        ),
    );
    std::fs::set_permissions(script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("a program");
    world.settle();
    let words = [env!("CARGO_BIN_EXE_quintet"), "run", "plan.md", "--trust", "--grace", "1s"].map(OsString::from);
    let at = |name: &str| world.path(name).into_os_string();
    let env = [("XDG_STATE_HOME", at(".state")), ("XDG_CONFIG_HOME", at(".config")), ("HOME", at(""))];
    let mut desk = Desk::open("exec \"$0\" \"$@\"", &words, Some(&world.path("")), &env);
    desk.is_taken();

    let begun = Instant::now();
    let over = || std::fs::read_to_string(world.path("over")).is_ok_and(|over| over.lines().count() == 5);
    let (mut waits, mut most) = (Vec::new(), 0.0_f64);
    while !over() || waits.len() < 20 {
        let pressed = Instant::now();
        let shows = waits.len() % 2 == 0;
        desk.press(if shows { b"?" } else { b"\x1b" });
        let until = Instant::now() + PATIENCE;
        while desk.emulator.screen().contents().contains("This help") != shows {
            desk.look(until, "the key is heard");
        }
        waits.push(pressed.elapsed().as_secs_f64() * 1000.0);
        most = most.max(memory_mb(desk.child.id()));
        assert!(begun.elapsed() < Duration::from_secs(60 + megabytes / 5), "the flood does not end");
    }
    let took = begun.elapsed();
    if waits.len() % 2 == 1 {
        desk.press(b"\x1b");
    }
    waits.sort_unstable_by(f64::total_cmp);
    let share = |share: f64| waits[((waits.len() as f64 * share) as usize).min(waits.len() - 1)];
    let most_keys = if waits.len() < 100 { 0.9 } else { 0.99 };
    println!(
        "{megabytes} MB in {took:.1?}: {most:.0} MB of memory, {} keys: p50 {:.1} ms, p{:.0} {:.1} ms",
        waits.len(),
        share(0.5),
        most_keys * 100.0,
        share(most_keys)
    );
    assert!(most < MEMORY_MB, "it grew to {most} MB");
    let allowed = SLOWER * business();
    assert!(share(most_keys) < KEY_MS * allowed, "a key waited {} ms", share(most_keys));

    // Nothing happens now but five countdowns: this is what the test is about. On a busy machine the last of the flood
    // may still be read in the first seconds.
    println!("idle: {:.2} % of one processor", cost(&mut desk) * 100.0);
    desk.press(b"\x03\x03\x03");
    desk.is_given_back();
}

#[test]
fn a_finished_run_that_is_left_on_the_screen_costs_nothing() {
    let world = World::new(&["alpha"]).play("alpha", "echo \"# $QUINTET_AGENT\" > \"$QUINTET_REPORT\"");
    world.settle();
    let words = [env!("CARGO_BIN_EXE_quintet"), "run", "plan.md", "--trust"].map(OsString::from);
    let at = |name: &str| world.path(name).into_os_string();
    let env = [("XDG_STATE_HOME", at(".state")), ("XDG_CONFIG_HOME", at(".config")), ("HOME", at(""))];
    let mut desk = Desk::open("exec \"$0\" \"$@\"", &words, Some(&world.path("")), &env);
    desk.wait_until("it has ended", |screen| screen.contents().contains("complete"));
    // Whatever is written every second has become due by then.
    let share = cost(&mut desk);
    println!("finished: {:.2} % of one processor", share * 100.0);
    desk.press(b"q");
    desk.is_given_back();
}

/// Returns the share of one processor that costs too little to be felt, out of three tries.
fn cost(desk: &mut Desk) -> f64 {
    let span = Duration::from_secs(4);
    let mut costs_for = || {
        let before = processor_time(desk.child.id());
        let until = Instant::now() + span;
        while Instant::now() < until {
            desk.look(until + PATIENCE, "time goes by");
        }
        (processor_time(desk.child.id()) - before) / span.as_secs_f64()
    };
    let allowed = IDLE * (SLOWER * business()).max(2.0);
    let share = (0..3).map(|_| costs_for()).find(|share| *share < allowed);
    share.expect("nothing happens, and it costs too much, thrice")
}

fn memory_mb(pid: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kb| kb.parse::<f64>().ok()).unwrap_or_default() / 1024.0
}

/// Returns the seconds of processor time that a process has used.
fn processor_time(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks = |at: usize| fields.get(at).and_then(|ticks| ticks.parse::<f64>().ok()).unwrap_or_default();
    (ticks(11) + ticks(12)) / 100.0
}
