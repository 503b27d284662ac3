//! The built-in fake agent, `quintet __fake BEHAVIOUR …`: small, and as bad as agents can be.
//!
//! What it does it writes down in the ledger, one line each, appended by one write: the judge believes nothing that
//! Quintet says of itself. Whatever happens to Quintet, each fake ends after [`LIFE`].

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::shell::clock;

/// The word on the command line that makes Quintet a fake agent.
pub const WORD: &str = "__fake";
/// No fake lives longer, so that a failed proof leaves nothing for long.
const LIFE: Duration = Duration::from_secs(45);
/// Between two ticks.
const TICK: Duration = Duration::from_millis(10);
/// Between two bills.
const BILL: Duration = Duration::from_millis(50);
/// One bill, in dollars.
pub const BILL_USD: f64 = 0.05;

/// What an agent of a proof does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// Works so many milliseconds and writes its report.
    Works(u64),
    /// Says so many numbered lines, a tenth of a second apart, and writes its report.
    Counts(u64),
    /// Hears nothing but KILL.
    Deaf,
    /// Deaf, with three more that try to get away: a session of its own, a daemon without environment, a fork racer.
    Escapes,
    /// Two processes in two sessions write a line every [`TICK`].
    Ticks,
    /// Leaves notes at its TERM; its successor reads them and writes the report.
    HandsOver,
    /// Leaves no notes and hears no TERM; its successor reads what Quintet wrote for it.
    LeavesNothing,
    /// Spends [`BILL_USD`] every [`BILL`].
    Spends,
}

impl Behaviour {
    /// Returns the arguments of Quintet that make it this agent.
    pub fn args(self, ledger: &Path) -> Vec<String> {
        let (word, number) = match self {
            Behaviour::Works(ms) => ("works", ms),
            Behaviour::Counts(lines) => ("counts", lines),
            Behaviour::Deaf => ("deaf", 0),
            Behaviour::Escapes => ("escapes", 0),
            Behaviour::Ticks => ("ticks", 0),
            Behaviour::HandsOver => ("hands-over", 0),
            Behaviour::LeavesNothing => ("leaves-nothing", 0),
            Behaviour::Spends => ("spends", 0),
        };
        vec![WORD.to_owned(), ledger.to_string_lossy().into_owned(), word.to_owned(), number.to_string()]
    }
}

/// The file in which fakes write down what they do.
struct Ledger(PathBuf);

impl Ledger {
    /// Appends `MONOTONIC-MS WHO WHAT`.
    fn note(&self, what: &str) {
        let agent = std::env::var("QUINTET_AGENT").unwrap_or_else(|_| "nobody".to_owned());
        let line = format!("{} {agent} {what}\n", clock::now().0);
        let file = OpenOptions::new().append(true).create(true).open(&self.0);
        // A ledger that cannot be written shows as a proof that failed.
        let _ = file.and_then(|mut file| file.write_all(line.as_bytes()));
    }
}

/// Plays an agent: `args` are those after the word.
pub fn main(args: &[String]) -> ExitCode {
    let [ledger, word, number] = args else { return ExitCode::from(2) };
    let ledger = Ledger(PathBuf::from(ledger));
    let number: u64 = number.parse().unwrap_or(0);
    match play(&ledger, word, number) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{word}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn play(ledger: &Ledger, word: &str, number: u64) -> io::Result<()> {
    match word {
        "works" => {
            ledger.note("begins");
            thread::sleep(Duration::from_millis(number));
            report("worked")?;
            ledger.note("ends");
            Ok(())
        }
        "counts" => {
            ledger.note("begins");
            for n in 1..=number {
                say(&n.to_string());
                thread::sleep(Duration::from_millis(100));
            }
            report("counted")
        }
        "deaf" => {
            let _deaf = [hear(SIGTERM)?, hear(SIGINT)?, hear(SIGHUP)?];
            ledger.note(&format!("lives {}", std::process::id()));
            thread::sleep(LIFE);
            Ok(())
        }
        "escapes" => {
            again(ledger, "session", 0).spawn()?;
            again(ledger, "daemon", 0).spawn()?;
            again(ledger, "races", clock::now().0 + LIFE.as_millis() as u64).spawn()?;
            play(ledger, "deaf", 0)
        }
        // In a session of its own.
        "session" => {
            rustix::process::setsid()?;
            play(ledger, "deaf", 0)
        }
        // Its child is nobody's, and nothing in its environment tells whose it was.
        "daemon" => {
            rustix::process::setsid()?;
            again(ledger, "deaf", 0).env_clear().spawn().map(drop)
        }
        // A process that is another one whenever somebody looks.
        "races" => {
            if clock::now().0 < number {
                again(ledger, "races", number).spawn()?;
            }
            Ok(())
        }
        "ticks" => {
            again(ledger, "ticks-alone", 0).spawn()?;
            play(ledger, "ticking", 0)
        }
        "ticks-alone" => {
            rustix::process::setsid()?;
            play(ledger, "ticking", 0)
        }
        "ticking" => {
            let begun = Instant::now();
            while begun.elapsed() < LIFE {
                ledger.note("ticks");
                thread::sleep(TICK);
            }
            Ok(())
        }
        "hands-over" => succeed_or(ledger, |words| {
            let asked = hear(SIGTERM)?;
            let begun = Instant::now();
            while !asked.load(Ordering::Relaxed) && begun.elapsed() < LIFE {
                thread::sleep(Duration::from_millis(2));
            }
            std::fs::write(variable("QUINTET_HANDOFF")?, format!("- next: {words}\n"))
        }),
        "leaves-nothing" => succeed_or(ledger, |_| play(ledger, "deaf", 0)),
        "spends" => {
            for bills in 1..=(LIFE.as_millis() / BILL.as_millis()) as u64 {
                ledger.note("spends");
                // What it has used so far.
                let cost = bills as f64 * BILL_USD;
                say(&format!(
                    "{{\"type\":\"usage\",\"input_tokens\":{bills},\"output_tokens\":0,\"cost_usd\":{cost}}}"
                ));
                thread::sleep(BILL);
            }
            Ok(())
        }
        other => Err(io::Error::other(format!("no fake behaves like {other}"))),
    }
}

/// The first attempt says words of its own and goes on with `first`; a successor reports whether its notes have them.
fn succeed_or(ledger: &Ledger, first: impl FnOnce(&str) -> io::Result<()>) -> io::Result<()> {
    let words = format!("the words of {}", variable("QUINTET_AGENT")?);
    let Ok(notes) = variable("QUINTET_PREVIOUS_HANDOFF") else {
        say(&words);
        return first(&words);
    };
    ledger.note("succeeds");
    if std::fs::read_to_string(notes)?.contains(&words) {
        ledger.note("has-read");
    }
    report(&words)
}

fn again(ledger: &Ledger, word: &str, number: u64) -> Command {
    let own = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("/proc/self/exe"));
    let mut command = Command::new(own);
    command.arg(WORD).arg(&ledger.0).args([word, &number.to_string()]).stdin(Stdio::null());
    command
}

fn report(text: &str) -> io::Result<()> {
    std::fs::write(variable("QUINTET_REPORT")?, format!("# {text}\n"))
}

fn variable(name: &str) -> io::Result<String> {
    std::env::var(name).map_err(|_| io::Error::other(format!("{name} is not set")))
}

/// Prints a line with one write. Nobody may be there any more to hear it; that is no reason to end.
fn say(line: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(format!("{line}\n").as_bytes()).and_then(|()| out.flush());
}

fn hear(signal: i32) -> io::Result<Arc<AtomicBool>> {
    let heard = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(signal, Arc::clone(&heard))?;
    Ok(heard)
}
