//! The modes of the terminal: what they were, what they are while it is ours, and the way back.

use std::io::{self, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

use crate::shell::watchdog::{self, Before};

/// Alternate screen, no cursor, pasted text in brackets, focus told, escape told apart from what begins with it.
const TAKE: &str = "\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[?1004h\x1b[>1u\x1b[2J";
/// All of it undone, and what a frame may have left open.
pub const RESTORE: &str =
    "\x1b[?2026l\x1b[<u\x1b[?1006l\x1b[?1002l\x1b[?1000l\x1b[?1004l\x1b[?2004l\x1b[0m\x1b[?25h\x1b[?1049l";

/// Returns what takes or leaves the mouse: presses, drags and the wheel, not every motion.
pub fn mouse(on: bool) -> &'static str {
    if on { "\x1b[?1000h\x1b[?1002h\x1b[?1006h" } else { "\x1b[?1006l\x1b[?1002l\x1b[?1000l" }
}

/// What must be put back, shared with the panic hook.
#[derive(Clone)]
pub struct Modes {
    kept: Arc<Mutex<Kept>>,
}

struct Kept {
    before: Termios,
    flags: OFlags,
    taken: bool,
    /// Says whether the terminal is ours; its end without a goodbye makes the watchdog give it back.
    watchdog: Option<(Child, ChildStdin)>,
}

impl Modes {
    /// Takes the terminal. `own_program`: Quintet, to be its own watchdog.
    pub fn take(mouse: bool, own_program: &Path) -> io::Result<Modes> {
        let before = tcgetattr(io::stdin())?;
        let flags = fcntl_getfl(io::stdin())?;
        // Without a watchdog only SIGKILL leaves the terminal as it is.
        let watchdog = start_watchdog(&before, own_program).ok();
        let kept = Kept { before, flags, taken: false, watchdog };
        let modes = Modes { kept: Arc::new(Mutex::new(kept)) };
        modes.take_again(mouse)?;
        Ok(modes)
    }

    /// Takes the terminal again after it was lent.
    pub fn take_again(&self, mouse: bool) -> io::Result<()> {
        let mut kept = self.kept();
        let mut raw = kept.before.clone();
        raw.make_raw();
        kept.tell_watchdog(watchdog::TAKEN);
        kept.taken = true;
        tcsetattr(io::stdin(), OptionalActions::Now, &raw)?;
        let sequence = if mouse { [TAKE, self::mouse(true)].concat() } else { TAKE.to_owned() };
        let mut out = io::stdout().lock();
        out.write_all(sequence.as_bytes())?;
        out.flush()
    }

    /// Puts everything back; nothing happens if it is.
    pub fn restore(&self) {
        let mut kept = self.kept();
        if !std::mem::take(&mut kept.taken) {
            return;
        }
        // A terminal that is gone cannot be given back; there is nobody to tell either.
        let mut out = io::stdout().lock();
        let _ = out.write_all(RESTORE.as_bytes()).and_then(|()| out.flush());
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &kept.before);
        let _ = fcntl_setfl(io::stdin(), kept.flags);
        kept.tell_watchdog(watchdog::GIVEN_BACK);
    }

    /// Returns whether the terminal is ours.
    pub fn are_taken(&self) -> bool {
        self.kept().taken
    }

    /// Puts everything back before the hook that is installed now prints what happened, in whatever thread.
    pub fn restore_on_panic(&self) {
        let (modes, next) = (self.clone(), std::panic::take_hook());
        std::panic::set_hook(Box::new(move |panic| {
            modes.restore();
            next(panic);
        }));
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn tell_watchdog(&mut self, word: u8) {
        if let Some((_, line)) = &mut self.watchdog
            && line.write_all(&[word]).is_err()
        {
            self.watchdog = None;
        }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if let Some((mut child, line)) = self.watchdog.take() {
            drop(line);
            // It ends at once; a zombie would be left otherwise.
            let _ = child.wait();
        }
    }
}

/// Starts the process that gives the terminal back if this one cannot any more.
///
/// The shell between is there to ignore signals that would stop or end it: what is ignored stays so over `exec`, and
/// a process outside the foreground may only then change the modes of its terminal.
fn start_watchdog(before: &Termios, own_program: &Path) -> io::Result<(Child, ChildStdin)> {
    use std::os::unix::process::CommandExt;
    let mut child = Command::new("/bin/sh")
        .args(["-c", "trap '' TTOU TTIN TSTP HUP INT QUIT TERM; exec \"$0\" \"$@\""])
        .arg(own_program)
        .arg(watchdog::WORD)
        .args(Before::of(before).to_args())
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::inherit())
        .stderr(Stdio::null())
        .spawn()?;
    let line = child.stdin.take().expect("its input was asked for as a pipe");
    Ok((child, line))
}
