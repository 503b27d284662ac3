//! The terminal is given back, whatever happens. A screen runs on a terminal of its own here.

use std::ffi::OsString;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use rustix::process::{Signal, kill_process};

use super::desk::{Desk, PATIENCE};

fn started() -> Desk {
    started_with(&[])
}

/// Starts the screen that waits for a person.
fn started_with(env: &[(&str, &str)]) -> Desk {
    // A deaf one is not told by SIGHUP that its terminal is gone.
    let deaf = if env.contains(&("DEAF", "1")) { "trap '' HUP; " } else { "" };
    let own = std::env::current_exe().expect("this program").into_os_string();
    let words = ["--ignored", "--nocapture", "--exact", "screens::live::a_person_looks_at_it"].map(OsString::from);
    let env: Vec<(&str, OsString)> = env.iter().map(|(name, value)| (*name, OsString::from(value))).collect();
    let mut desk = Desk::open(&format!("{deaf}exec \"$0\" \"$@\""), &[&[own], &words[..]].concat(), None, &env);
    desk.is_taken();
    desk
}

fn is_stopped(desk: &Desk) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", desk.child.id())).expect("it is there");
    stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('T'))
}

#[test]
fn the_terminal_is_given_back_at_the_end() {
    let mut desk = started();
    desk.press(b"q\r");
    desk.is_given_back();
    assert!(desk.child.wait().expect("it ends").success());
}

#[test]
fn the_terminal_is_given_back_before_a_panic_is_told() {
    let mut desk = started();
    desk.press(b"\x03\x03");
    desk.is_given_back();
    desk.wait_until("what happened is readable", |screen| screen.contents().contains("asked to break"));
}

#[test]
fn the_terminal_is_given_back_before_a_panic_of_any_thread_is_told() {
    let mut desk = started_with(&[("BREAKS", "elsewhere")]);
    desk.press(b"\x03\x03");
    desk.is_given_back();
    desk.wait_until("what happened is readable", |screen| screen.contents().contains("asked to break elsewhere"));
}

#[test]
fn the_terminal_is_given_back_when_the_screen_was_killed() {
    let mut desk = started();
    kill_process(desk.pid(), Signal::KILL).expect("it is killed");
    desk.is_given_back();
}

#[test]
fn a_suspended_screen_lends_the_terminal_and_comes_back() {
    let mut desk = started();
    desk.press(b"\x1a");
    desk.is_given_back();
    let until = Instant::now() + PATIENCE;
    while !is_stopped(&desk) {
        desk.look(until, "it stops");
    }
    kill_process(desk.pid(), Signal::CONT).expect("it goes on");
    desk.wait_until("the screen is back", |screen| screen.alternate_screen() && screen.contents().contains("q quit"));
    assert!(desk.is_raw());
}

#[test]
fn a_terminal_that_hangs_up_without_a_signal_ends_the_screen() {
    let mut desk = started_with(&[("DEAF", "1")]);
    let Desk { keys, far_end, seen, .. } = &mut desk;
    *far_end = None;
    *keys = std::fs::File::open("/dev/null").expect("nothing");
    // Nobody takes what it prints: the thread that reads gives up the last handle at the next tick of the clocks.
    *seen = channel().1;
    let until = Instant::now() + PATIENCE;
    while desk.child.try_wait().expect("its state").is_none() {
        assert!(Instant::now() < until, "it goes on without a terminal");
        let _ = desk.seen.recv_timeout(Duration::from_millis(20));
        std::thread::yield_now();
    }
    assert!(desk.child.wait().expect("its end").code().is_some(), "it was ended, it did not end");
}

#[test]
fn without_colours_what_is_selected_is_still_reversed() {
    let mut desk = started_with(&[("NO_COLOR", "1"), ("LOOK", "mono")]);
    desk.press(b"\t");
    let until = Instant::now() + PATIENCE;
    let reversed = |bytes: &[u8]| bytes.windows(4).any(|four| four == b"\x1b[7m");
    while !reversed(&desk.bytes) {
        desk.look(until, "a reversed line");
    }
    let coloured = desk.bytes.windows(5).any(|five| five == b"[38;2" || five == b"[38;5");
    assert!(!coloured, "{}", String::from_utf8_lossy(&desk.bytes).replace('\x1b', "ESC"));
}
