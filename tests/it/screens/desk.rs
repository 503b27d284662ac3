//! A terminal with a screen on it, as a person has one; another emulator says what state it is in.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::process::Child;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rustix::process::Pid;
use rustix::termios::{LocalModes, Termios, tcgetattr};

/// Longer than anything here takes, however busy the machine is.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A terminal with a shell on it that runs a program.
pub struct Desk {
    pub keys: std::fs::File,
    /// Keeps the terminal there when the screen is gone.
    pub far_end: Option<OwnedFd>,
    pub seen: Receiver<Vec<u8>>,
    pub emulator: vt100::Parser,
    pub bytes: Vec<u8>,
    /// The shell, or what it has become.
    pub child: Child,
    before: Termios,
    /// Of the file that is the shell's input.
    flags: String,
}

impl Desk {
    /// Lets `/bin/sh -c SCRIPT WORDS…` have a new terminal.
    pub fn open(script: &str, words: &[OsString], folder: Option<&Path>, env: &[(&str, OsString)]) -> Desk {
        Desk::open_at(script, words, folder, env, None)
    }

    /// The same at the end of a line that carries this many bytes a second.
    pub fn open_at(
        script: &str,
        words: &[OsString],
        folder: Option<&Path>,
        env: &[(&str, OsString)],
        rate: Option<u32>,
    ) -> Desk {
        let (pty, pts) = pty_process::blocking::open().expect("a terminal");
        pty.resize(pty_process::Size::new(40, 120)).expect("a size");
        let far_end = pts_of(&pty);
        let before = tcgetattr(pty.as_fd()).expect("the modes of a new terminal");
        assert!(before.local_modes.contains(LocalModes::ICANON | LocalModes::ECHO));
        let mut command = pty_process::blocking::Command::new("/bin/sh")
            .args(["-c", script])
            .args(words)
            .env_remove("NO_COLOR")
            .env("TERM", "xterm-256color")
            .envs(env.iter().map(|(name, value)| (*name, value)));
        if let Some(folder) = folder {
            command = command.current_dir(folder);
        }
        let child = command.spawn(pts).expect("a shell");
        let near: OwnedFd = pty.into();
        let mut reader = std::fs::File::from(near.try_clone().expect("a second handle"));
        let (sender, seen) = channel();
        std::thread::spawn(move || {
            let mut chunk = vec![0; if rate.is_some() { 256 } else { 4096 }];
            while let Ok(count @ 1..) = reader.read(&mut chunk) {
                if let Some(rate) = rate {
                    std::thread::sleep(Duration::from_secs_f64(count as f64 / f64::from(rate)));
                }
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
            flags: flags_of(child.id()),
            child,
            before,
        }
    }

    pub fn wait_until(&mut self, what: &str, holds: impl Fn(&vt100::Screen) -> bool) {
        let until = Instant::now() + PATIENCE;
        while !holds(self.emulator.screen()) {
            self.look(until, what);
        }
    }

    /// Takes in what was printed, or waits for it a moment.
    pub fn look(&mut self, until: Instant, what: &str) {
        assert!(
            Instant::now() < until,
            "never: {what}\n{}\n{}",
            self.emulator.screen().contents(),
            String::from_utf8_lossy(&self.bytes[self.bytes.len().saturating_sub(400)..]).escape_debug()
        );
        if let Ok(bytes) = self.seen.recv_timeout(Duration::from_millis(5)) {
            self.emulator.process(&bytes);
            self.bytes.extend(bytes);
        }
    }

    pub fn is_raw(&self) -> bool {
        !self.modes().local_modes.contains(LocalModes::ICANON | LocalModes::ECHO)
    }

    fn modes(&self) -> Termios {
        tcgetattr(self.keys.as_fd()).expect("the modes of the terminal")
    }

    fn are_modes_back(&self) -> bool {
        let (now, before) = (self.modes(), &self.before);
        now.local_modes == before.local_modes
            && now.input_modes == before.input_modes
            && now.output_modes == before.output_modes
            && now.control_modes == before.control_modes
    }

    /// Waits for the first frame.
    pub fn is_taken(&mut self) {
        self.wait_until("the first frame", |screen| screen.contents().contains("q quit"));
        assert!(self.is_raw());
        let screen = self.emulator.screen();
        assert!(screen.alternate_screen() && screen.hide_cursor() && screen.bracketed_paste());
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::ButtonMotion);
    }

    pub fn press(&mut self, keys: &[u8]) {
        self.keys.write_all(keys).expect("keys go in");
    }

    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Waits until the terminal is as it was before; returns how long that took.
    pub fn is_given_back(&mut self) -> Duration {
        let begun = Instant::now();
        self.wait_until("the terminal is given back", |screen| {
            !screen.alternate_screen()
                && !screen.hide_cursor()
                && !screen.bracketed_paste()
                && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
        });
        let until = Instant::now() + PATIENCE;
        // The flags of the keyboard are no state that the emulator knows.
        let restores = |bytes: &[u8]| bytes.windows(4).any(|four| four == b"\x1b[<u");
        while !self.are_modes_back() || !restores(&self.bytes) {
            self.look(until, "the modes are put back");
        }
        begun.elapsed()
    }

    /// Returns whether the shell's file is as it was: nobody has left it non-blocking.
    pub fn are_flags_back(&self) -> bool {
        flags_of(self.child.id()) == self.flags
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        // It may have ended long ago, as it should.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns the flags of what a process has as its input.
fn flags_of(pid: u32) -> String {
    let info = std::fs::read_to_string(format!("/proc/{pid}/fdinfo/0")).unwrap_or_default();
    info.lines().find(|line| line.starts_with("flags")).unwrap_or_default().to_owned()
}

fn pts_of(pty: &pty_process::blocking::Pty) -> OwnedFd {
    let name = rustix::pty::ptsname(pty.as_fd(), Vec::new()).expect("its name");
    rustix::fs::open(&name, rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY, rustix::fs::Mode::empty())
        .expect("its far end")
}
