//! A whole run on a terminal is left in every way in which it can be: the terminal is as it was, and what became of the
//! run is what was asked for. More often: `INJECTIONS=50`.

use std::ffi::OsString;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::desk::{Desk, PATIENCE};
use crate::machine::business;
use crate::runs::world::World;

/// How long a terminal takes to be given back, on a machine at rest.
const GIVEN_BACK: Duration = Duration::from_millis(200);

/// Works until `go` is there. Says so at its end.
const WAITS: &str = "until test -e go; do sleep 0.05; done; echo \"# $QUINTET_AGENT\" > \"$QUINTET_REPORT\"";

fn injections() -> u32 {
    std::env::var("INJECTIONS").ok().and_then(|times| times.parse().ok()).unwrap_or(1)
}

/// A run on a terminal, below a shell that stays.
struct Seat {
    world: World,
    desk: Desk,
    quintet: Pid,
}

impl Seat {
    fn take() -> Seat {
        let world = World::new(&["alpha", "beta: alpha"]).play("alpha", WAITS).play("beta", WAITS);
        world.settle();
        let desk = open(&world, &["run", "plan.md", "--trust", "--grace", "1s"]);
        let mut seat = Seat { world, desk, quintet: Pid::INIT };
        seat.desk.is_taken();
        seat.quintet = child_of(seat.desk.child.id());
        seat.until("alpha runs", |status| status["agents"]["alpha"]["state"] == "running");
        seat
    }

    /// Waits until the status that is on disk is so.
    fn until(&self, what: &str, holds: impl Fn(&Value) -> bool) {
        self.world.until(what, || {
            let path = self.world.path(".claude-team/communications/agent-status.json");
            let text = std::fs::read(path).unwrap_or_default();
            serde_json::from_slice(&text).is_ok_and(|status: Value| holds(&status))
        });
    }

    fn signal(&self, signal: Signal) {
        kill_process(self.quintet, signal).expect("it runs");
    }

    /// The terminal is as it was, soon.
    fn is_given_back(&mut self, how: &str) {
        let took = self.desk.is_given_back();
        println!("{how}: given back after {took:?}");
        assert!(took <= GIVEN_BACK.mul_f64(business()), "{how}: it took {took:?}");
    }

    /// Nobody has left the shell a file that does not block.
    fn are_flags_back(&mut self) {
        let until = Instant::now() + PATIENCE;
        while !self.desk.are_flags_back() {
            self.desk.look(until, "the flags of the shell's file are back");
        }
    }

    /// Returns whether the process that has the run leads a session of its own, which has no terminal.
    fn leads_a_session(&self) -> bool {
        let lock = std::fs::read(self.world.path(".claude-team/runs/lock")).expect("a run goes on");
        let pid = serde_json::from_slice::<Value>(&lock).expect("it is JSON")["pid"].to_string();
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("it runs");
        let (_, rest) = stat.rsplit_once(") ").expect("a name stands before it");
        let mut fields = rest.split(' ').skip(3);
        fields.next() == Some(&pid) && fields.next() == Some("0")
    }

    /// The run goes on without a screen: what waits is started, and it comes to its end.
    fn goes_on(&self) {
        self.world.write("go", "");
        self.until("beta was started and is done", |status| status["agents"]["beta"]["state"] == "done");
        self.world.until("it has ended", || self.world.say(&["status"]).0 == 4);
        assert!(self.world.say(&["report"]).1.contains("**Complete.**"));
    }
}

/// Lets Quintet have a terminal, below a shell that says how it ended and stays.
pub fn open(world: &World, args: &[&str]) -> Desk {
    open_at(world, args, None)
}

/// The same at the end of a line that carries this many bytes a second.
pub fn open_at(world: &World, args: &[&str], rate: Option<u32>) -> Desk {
    let program = OsString::from(env!("CARGO_BIN_EXE_quintet"));
    let words: Vec<OsString> = std::iter::once(program).chain(args.iter().map(OsString::from)).collect();
    let at = |name: &str| world.path(name).into_os_string();
    let env = [("XDG_STATE_HOME", at(".state")), ("XDG_CONFIG_HOME", at(".config")), ("HOME", at(""))];
    // Keys that the terminal makes signals of leave the shell where it is.
    let script = "trap : INT QUIT; \"$0\" \"$@\"; echo \"ended with $?\"; exec sleep 1000";
    Desk::open_at(script, &words, Some(&world.path("")), &env, rate)
}

fn child_of(shell: u32) -> Pid {
    let children = std::fs::read_to_string(format!("/proc/{shell}/task/{shell}/children")).expect("it is there");
    let pid = children.split_whitespace().next().expect("it has one").parse().expect("a pid");
    Pid::from_raw(pid).expect("not 0")
}

#[test]
fn q_and_enter_give_the_terminal_back_and_the_run_goes_on() {
    for _ in 0..injections() {
        let mut seat = Seat::take();
        seat.desk.press(b"q");
        seat.desk.wait_until("the question", |screen| screen.contents().contains("etach"));
        seat.desk.press(b"\r");
        seat.is_given_back("q");
        seat.desk.wait_until("it says so", |screen| screen.contents().contains("The run goes on"));
        seat.desk.wait_until("it ends", |screen| screen.contents().contains("ended with 0"));
        seat.are_flags_back();
        assert!(seat.leads_a_session(), "the end of this terminal would be its end");
        seat.goes_on();
    }
}

#[test]
fn term_int_and_quit_give_the_terminal_back_when_what_ran_is_wrapped_up() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130), (Signal::QUIT, 131)] {
        for _ in 0..injections() {
            let mut seat = Seat::take();
            seat.signal(signal);
            seat.world.until("the run has ended", || {
                let runs = std::fs::read_dir(seat.world.path(".claude-team/runs")).expect("it is there").flatten();
                runs.map(|run| std::fs::read_to_string(run.path().join("journal.jsonl")).unwrap_or_default())
                    .any(|journal| journal.contains("\"run.ended\""))
            });
            seat.is_given_back(&format!("{signal:?}"));
            let ended = format!("ended with {code}");
            seat.desk.wait_until(&ended, |screen| screen.contents().contains(&ended));
            seat.are_flags_back();
            assert!(seat.world.path(".claude-team/handoffs/alpha-1.md").is_file(), "{signal:?}: no notes");
        }
    }
}

#[test]
fn a_hang_up_gives_the_terminal_back_and_the_run_goes_on_and_refills() {
    for _ in 0..injections() {
        let mut seat = Seat::take();
        seat.signal(Signal::HUP);
        seat.is_given_back("HUP");
        seat.are_flags_back();
        seat.goes_on();
    }
}

#[test]
fn a_killed_quintet_gives_the_terminal_back_and_the_next_one_carries_on() {
    for _ in 0..injections() {
        let mut seat = Seat::take();
        seat.signal(Signal::KILL);
        seat.is_given_back("KILL");
        seat.are_flags_back();
        seat.world.write("go", "");
        let (code, out, errors) = seat.world.say(&["run", "plan.md", "--headless"]);
        assert_eq!(code, 0, "{out}{errors}");
    }
}

#[test]
fn when_the_terminal_is_closed_the_run_goes_on_and_refills() {
    for _ in 0..injections() {
        let mut seat = Seat::take();
        let Desk { keys, far_end, seen, .. } = &mut seat.desk;
        *far_end = None;
        *keys = std::fs::File::open("/dev/null").expect("nothing");
        // The thread that reads gives up the last handle when nobody takes what it reads.
        *seen = std::sync::mpsc::channel().1;
        let gone = Instant::now();
        let pid = seat.quintet.as_raw_nonzero();
        let is_dead = || {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            stat.rsplit(") ").next().is_none_or(|rest| rest.is_empty() || rest.starts_with(['Z', 'X']))
        };
        seat.world.until("the screen's process has gone", is_dead);
        println!("closed: left after {:?}", gone.elapsed());
        seat.goes_on();
    }
}

#[test]
fn a_suspended_run_goes_on_and_its_screen_comes_back() {
    let mut seat = Seat::take();
    seat.desk.press(b"\x1a");
    seat.is_given_back("Ctrl-Z");
    let stat = format!("/proc/{}/stat", seat.quintet.as_raw_nonzero());
    seat.world.until("it stops", || std::fs::read_to_string(&stat).is_ok_and(|stat| stat.contains(") T ")));
    seat.are_flags_back();
    // What runs is not stopped with it: alpha ends meanwhile, and what waits is started when Quintet is back.
    seat.world.write("go", "");
    seat.world.until("alpha ends", || seat.world.path(".claude-team/reports/alpha.md").is_file());
    seat.signal(Signal::CONT);
    seat.desk.wait_until("the screen is back", |screen| screen.alternate_screen());
    assert!(seat.desk.is_raw());
    seat.until("beta is done", |status| status["agents"]["beta"]["state"] == "done");
    seat.desk.press(b"q\r");
    seat.is_given_back("q");
}

#[test]
fn nothing_starts_on_a_terminal_before_the_person_has_seen_it_and_agreed() {
    let world = World::new(&["alpha"]).play("alpha", "touch started; echo '# a' > \"$QUINTET_REPORT\"");
    world.settle();
    for answer in ["n\r", "\r"] {
        let mut desk = open(&world, &["run", "plan.md"]);
        desk.wait_until("it asks", |screen| screen.contents().contains("[y/N]"));
        assert!(desk.emulator.screen().contents().contains("program: ./alpha.sh"));
        desk.press(answer.as_bytes());
        desk.wait_until("it refuses", |screen| screen.contents().contains("ended with 2"));
        assert!(!world.path("started").exists(), "it was started");
    }
    let mut desk = open(&world, &["run", "plan.md"]);
    desk.wait_until("it asks", |screen| screen.contents().contains("[y/N]"));
    desk.press(b"y\r");
    world.until("it is started", || world.path("started").exists());
    desk.wait_until("its screen", |screen| screen.alternate_screen());
    desk.press(b"q\r");
    desk.wait_until("it ends", |screen| screen.contents().contains("ended with"));
    // It was agreed to: it is not asked again.
    assert_eq!(world.say(&["run", "plan.md", "--headless"]).0, 0);
}

#[test]
fn a_finished_run_whose_screen_is_still_read_leaves_the_folder_to_the_next_one() {
    let world = World::new(&["alpha"]).play("alpha", "echo \"# $QUINTET_AGENT\" > \"$QUINTET_REPORT\"");
    world.settle();
    let mut desk = open(&world, &["run", "plan.md", "--trust"]);
    desk.wait_until("it has ended", |screen| screen.contents().contains("complete"));
    world.until("nothing runs", || world.say(&["status"]).0 == 4);
    assert_eq!(world.run(&[]).code(), 0, "another run begins and ends beside the screen");
    assert!(!world.say(&["ls"]).1.contains("runs (pid"), "{}", world.say(&["ls"]).1);
    desk.press(b"q");
    desk.is_given_back();
}

#[test]
fn while_the_terminal_is_lent_ctrl_c_and_quit_are_not_for_quintet() {
    let mut seat = Seat::take();
    seat.desk.press(b"s");
    seat.desk.wait_until("plain lines", |screen| screen.contents().contains("[Enter brings the screen back]"));
    // The terminal makes signals of them: INT and QUIT.
    for (key, shown) in [(b"\x03", "^C"), (b"\x1c", "^\\")] {
        seat.desk.press(key);
        seat.desk.wait_until(shown, |screen| screen.contents().contains(shown));
    }
    seat.desk.press(b"\r");
    seat.desk.wait_until("the screen is back", |screen| screen.alternate_screen());
    seat.desk.press(b"q");
    seat.desk.wait_until("the question", |screen| screen.contents().contains("etach"));
    seat.desk.press(b"\r");
    seat.is_given_back("q");
    seat.desk.wait_until("it says so", |screen| screen.contents().contains("The run goes on"));
    seat.goes_on();
}
