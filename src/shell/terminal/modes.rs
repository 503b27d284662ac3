//! The modes of the terminal: what they were, what they are while it is ours, and the way back.

use std::io::{self, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

use crate::shell::watchdog::{self as words, Before};

/// Alternate screen, no cursor, pasted text in brackets, focus told, escape told apart from what begins with it.
const TAKE: &str = "\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[?1004h\x1b[>1u\x1b[2J";
/// All of it undone, and what a frame may have left open.
pub const RESTORE: &str =
    "\x1b[?2026l\x1b[<u\x1b[?1006l\x1b[?1002l\x1b[?1000l\x1b[?1004l\x1b[?2004l\x1b[0m\x1b[?25h\x1b[?1049l";

/// Returns what takes or leaves the mouse: presses, drags and the wheel, not every motion.
pub fn mouse(on: bool) -> &'static str {
    if on { "\x1b[?1000h\x1b[?1002h\x1b[?1006h" } else { "\x1b[?1006l\x1b[?1002l\x1b[?1000l" }
}

/// How long a frame that is just being written is waited for before the terminal counts as stuck.
const STUCK: Duration = Duration::from_millis(200);

/// What must be put back, shared with the panic hook and with the thread that writes.
#[derive(Clone)]
pub struct Modes {
    shared: Arc<Shared>,
}

struct Shared {
    before: Termios,
    flags: OFlags,
    taken: AtomicBool,
    /// Held by whoever writes to the terminal, so that no frame comes after it was given back.
    writing: Mutex<()>,
    /// Says whether the terminal is ours; its end without a goodbye makes the watchdog give it back.
    watchdog: Mutex<Option<(Child, ChildStdin)>>,
}

impl Modes {
    /// Takes the terminal. `own_program`: Quintet, to be its own watchdog.
    pub fn take(mouse: bool, own_program: &Path) -> io::Result<Modes> {
        let before = tcgetattr(io::stdin())?;
        let flags = fcntl_getfl(io::stdin())?;
        let (taken, writing, watchdog) = (AtomicBool::new(false), Mutex::new(()), Mutex::new(None));
        let modes = Modes { shared: Arc::new(Shared { before, flags, taken, writing, watchdog }) };
        modes.take_again(mouse)?;
        // The first frame does not wait for it.
        let (kept, own_program) = (modes.clone(), own_program.to_owned());
        std::thread::Builder::new().name("watchdog".to_owned()).spawn(move || kept.start_watchdog(&own_program))?;
        Ok(modes)
    }

    /// Starts the watchdog. Without one, only SIGKILL leaves the terminal as it is.
    fn start_watchdog(&self, own_program: &Path) {
        let Ok(started) = start_watchdog(&self.shared.before, own_program) else { return };
        *self.shared.watchdog.lock().unwrap_or_else(PoisonError::into_inner) = Some(started);
        self.tell_watchdog();
    }

    /// Takes the terminal again after it was lent.
    pub fn take_again(&self, mouse: bool) -> io::Result<()> {
        let mut raw = self.shared.before.clone();
        raw.make_raw();
        self.shared.taken.store(true, Ordering::Release);
        self.tell_watchdog();
        tcsetattr(io::stdin(), OptionalActions::Now, &raw)?;
        let sequence = if mouse { [TAKE, self::mouse(true)].concat() } else { TAKE.to_owned() };
        self.write(sequence.as_bytes())
    }

    /// Puts everything back; nothing happens if it is.
    pub fn restore(&self) {
        if !self.shared.taken.swap(false, Ordering::AcqRel) {
            return;
        }
        // A terminal that is gone cannot be given back, and there is nobody to tell either.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.shared.before);
        let _ = fcntl_setfl(io::stdin(), self.shared.flags);
        let until = Instant::now() + STUCK;
        let _writing = loop {
            match self.shared.writing.try_lock() {
                Ok(guard) => break guard,
                Err(TryLockError::Poisoned(broken)) => break broken.into_inner(),
                Err(TryLockError::WouldBlock) if Instant::now() < until => std::thread::sleep(Duration::from_millis(1)),
                // It takes nothing (Ctrl-S, a dead line): the watchdog writes when it does again.
                Err(TryLockError::WouldBlock) => return,
            }
        };
        let mut out = io::stdout().lock();
        if out.write_all(RESTORE.as_bytes()).and_then(|()| out.flush()).is_ok() {
            self.tell_watchdog();
        }
    }

    /// Writes to the terminal, if it is ours.
    pub fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let _writing = self.shared.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.are_taken() {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        out.write_all(bytes)?;
        out.flush()
    }

    /// Returns whether the terminal is ours.
    pub fn are_taken(&self) -> bool {
        self.shared.taken.load(Ordering::Acquire)
    }

    /// Puts everything back before the hook that is installed now prints what happened, in whatever thread.
    pub fn restore_on_panic(&self) {
        let (modes, next) = (self.clone(), std::panic::take_hook());
        std::panic::set_hook(Box::new(move |panic| {
            modes.restore();
            next(panic);
        }));
    }

    /// Lets the watchdog go: the terminal is given back for good.
    pub fn dismiss_watchdog(&self) {
        let watchdog = self.shared.watchdog.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((mut child, line)) = watchdog {
            drop(line);
            // It ends by itself when its line closes. Its status is of no interest, only that no zombie is left.
            let _ = child.try_wait();
        }
    }

    /// Tells it whether the terminal is ours.
    fn tell_watchdog(&self) {
        let mut watchdog = self.shared.watchdog.lock().unwrap_or_else(PoisonError::into_inner);
        let word = if self.are_taken() { words::TAKEN } else { words::GIVEN_BACK };
        if let Some((_, line)) = watchdog.as_mut()
            && line.write_all(&[word]).is_err()
        {
            *watchdog = None;
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
        .arg(words::WORD)
        .args(Before::of(before).to_args())
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::inherit())
        .stderr(Stdio::null())
        .spawn()?;
    let line = child.stdin.take().expect("its input was asked for as a pipe");
    Ok((child, line))
}
