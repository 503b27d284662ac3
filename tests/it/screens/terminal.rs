//! The terminal is given back, whatever happens. A screen runs on a terminal of its own here; another emulator says
//! what state that terminal is in.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::os::fd::{AsFd, OwnedFd};
use std::process::Child;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{LocalModes, tcgetattr};

/// Longer than anything here takes, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(20);

/// A terminal with a screen on it.
struct Desk {
    keys: std::fs::File,
    /// Keeps the terminal there when the screen is gone.
    far_end: Option<OwnedFd>,
    seen: Receiver<Vec<u8>>,
    emulator: vt100::Parser,
    bytes: Vec<u8>,
    child: Child,
}

impl Desk {
    fn new(env: &[(&str, &str)]) -> Desk {
        let (pty, pts) = pty_process::blocking::open().expect("a terminal");
        pty.resize(pty_process::Size::new(40, 120)).expect("a size");
        let far_end = pts_of(&pty);
        let before = tcgetattr(pty.as_fd()).expect("the modes of a new terminal");
        assert!(before.local_modes.contains(LocalModes::ICANON | LocalModes::ECHO));
        // A deaf one is not told by SIGHUP that its terminal is gone.
        let deaf = if env.contains(&("DEAF", "1")) { "trap '' HUP; " } else { "" };
        let child = pty_process::blocking::Command::new("/bin/sh")
            .args(["-c", &format!("{deaf}exec \"$0\" \"$@\"")])
            .arg(std::env::current_exe().expect("this program"))
            .args(["--ignored", "--nocapture", "--exact", "screens::live::a_person_looks_at_it"])
            .env_remove("NO_COLOR")
            .env("TERM", "xterm-256color")
            .envs(env.iter().copied())
            .spawn(pts)
            .expect("a screen");
        let near: OwnedFd = pty.into();
        let mut reader = std::fs::File::from(near.try_clone().expect("a second handle"));
        let (sender, seen) = channel();
        std::thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut chunk) {
                if sender.send(chunk[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        let size = |n| NonZeroU16::new(n).expect("not zero");
        Desk {
            keys: near.into(),
            far_end: Some(far_end),
            seen,
            emulator: vt100::Parser::new(size(40), size(120), 0),
            bytes: Vec::new(),
            child,
        }
    }

    fn wait_until(&mut self, what: &str, holds: impl Fn(&vt100::Screen) -> bool) {
        let until = Instant::now() + PATIENCE;
        while !holds(self.emulator.screen()) {
            self.look(until, what);
        }
    }

    fn look(&mut self, until: Instant, what: &str) {
        assert!(
            Instant::now() < until,
            "never: {what}\n{}\n{}",
            self.emulator.screen().contents(),
            String::from_utf8_lossy(&self.bytes[self.bytes.len().saturating_sub(400)..]).escape_debug()
        );
        if let Ok(bytes) = self.seen.recv_timeout(Duration::from_millis(20)) {
            self.emulator.process(&bytes);
            self.bytes.extend(bytes);
        }
    }

    fn is_raw(&self) -> bool {
        let modes = tcgetattr(self.keys.as_fd()).expect("the modes of the terminal");
        !modes.local_modes.contains(LocalModes::ICANON | LocalModes::ECHO)
    }

    fn started() -> Desk {
        Desk::started_with(&[])
    }

    fn started_with(env: &[(&str, &str)]) -> Desk {
        let mut desk = Desk::new(env);
        desk.wait_until("the first frame", |screen| screen.contents().contains("q quit"));
        assert!(desk.is_raw());
        let screen = desk.emulator.screen();
        assert!(screen.alternate_screen() && screen.hide_cursor() && screen.bracketed_paste());
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::ButtonMotion);
        desk
    }

    fn press(&mut self, keys: &[u8]) {
        self.keys.write_all(keys).expect("keys go in");
    }

    fn is_stopped(&self) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("it is there");
        stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('T'))
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Waits until the terminal is as it was before.
    fn is_given_back(&mut self) {
        self.wait_until("the terminal is given back", |screen| {
            !screen.alternate_screen()
                && !screen.hide_cursor()
                && !screen.bracketed_paste()
                && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
        });
        let until = Instant::now() + PATIENCE;
        while self.is_raw() {
            self.look(until, "the modes are put back");
        }
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        // It may have ended long ago, as it should.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn pts_of(pty: &pty_process::blocking::Pty) -> OwnedFd {
    let name = rustix::pty::ptsname(pty.as_fd(), Vec::new()).expect("its name");
    rustix::fs::open(&name, rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY, rustix::fs::Mode::empty())
        .expect("its far end")
}

#[test]
fn the_terminal_is_given_back_at_the_end() {
    let mut desk = Desk::started();
    desk.press(b"q\r");
    desk.is_given_back();
    assert!(desk.child.wait().expect("it ends").success());
}

#[test]
fn the_terminal_is_given_back_before_a_panic_is_told() {
    let mut desk = Desk::started();
    desk.press(b"\x03\x03");
    desk.is_given_back();
    desk.wait_until("what happened is readable", |screen| screen.contents().contains("asked to break"));
}

#[test]
fn the_terminal_is_given_back_when_the_screen_was_killed() {
    let mut desk = Desk::started();
    kill_process(desk.pid(), Signal::KILL).expect("it is killed");
    desk.is_given_back();
}

#[test]
fn a_suspended_screen_lends_the_terminal_and_comes_back() {
    let mut desk = Desk::started();
    desk.press(b"\x1a");
    desk.is_given_back();
    let until = Instant::now() + PATIENCE;
    while !desk.is_stopped() {
        desk.look(until, "it stops");
    }
    kill_process(desk.pid(), Signal::CONT).expect("it goes on");
    desk.wait_until("the screen is back", |screen| screen.alternate_screen() && screen.contents().contains("q quit"));
    assert!(desk.is_raw());
}

#[test]
fn a_terminal_that_hangs_up_without_a_signal_ends_the_screen() {
    let mut desk = Desk::started_with(&[("DEAF", "1")]);
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
    let mut desk = Desk::started_with(&[("NO_COLOR", "1"), ("LOOK", "mono")]);
    desk.press(b"\t");
    let until = Instant::now() + PATIENCE;
    let reversed = |bytes: &[u8]| bytes.windows(4).any(|four| four == b"\x1b[7m");
    while !reversed(&desk.bytes) {
        desk.look(until, "a reversed line");
    }
    let coloured = desk.bytes.windows(5).any(|five| five == b"[38;2" || five == b"[38;5");
    assert!(!coloured, "{}", String::from_utf8_lossy(&desk.bytes).replace('\x1b', "ESC"));
}
