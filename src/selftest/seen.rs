//! What was seen of each proof, and what is thought of it. Pure.

use std::fmt::Write as _;

use crate::scheduler::Time;

/// What was seen of one proof. Times are seconds after the start of the attempt unless said.
#[derive(Debug, Clone, PartialEq)]
pub enum Seen {
    Limits(Limits),
    Escape(Escape),
    Pause(Pause),
    HandOver(HandOver),
    Budget(Budget),
    Refill(Refill),
    Crash(Crash),
    /// It could not be carried through.
    Broken {
        proof: &'static str,
        why: String,
    },
}

/// An agent that hears nothing but KILL, in its time box.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    pub box_s: f64,
    pub grace_s: f64,
    pub warned_s: Option<f64>,
    pub stopped_s: Option<f64>,
    pub ended_s: Option<f64>,
}

/// An agent whose processes try to get away.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Escape {
    /// Processes that wrote down that they live.
    pub known: usize,
    /// Of them, and of those with the run's mark, what lived when the attempt had ended.
    pub left: usize,
    /// From the kill to the end of the attempt.
    pub within_s: f64,
}

/// An agent of two processes in two sessions, paused for a while.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pause {
    pub box_s: f64,
    pub ticks_before: usize,
    /// From the pause to the last tick in it.
    pub moved_for_s: f64,
    pub paused_s: f64,
    pub ticks_after: usize,
    pub run_s: Option<f64>,
}

/// Agents that run out of their box, and their successors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HandOver {
    pub agents: usize,
    pub own_notes: usize,
    /// Notes that Quintet wrote for an agent that left none.
    pub notes_for_it: usize,
    pub successors: usize,
    pub have_read: usize,
}

/// Agents that spend.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Budget {
    pub cap_usd: f64,
    /// How many spend at once.
    pub spenders: usize,
    pub spent_usd: f64,
    pub was_reached: bool,
    pub starts_after: usize,
}

/// More agents than slots; the moments are those that the agents wrote down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refill {
    pub slots: usize,
    pub agents: usize,
    pub begins: Vec<Time>,
    pub ends: Vec<Time>,
}

/// Quintet killed in the middle, and the next one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Crash {
    pub agents: usize,
    /// From the start of the next Quintet to the first attempt that it found again.
    pub adopted_s: f64,
    pub same_processes: bool,
    /// How often an agent began.
    pub starts: usize,
    pub whole_logs: usize,
    pub complete: bool,
}

/// What is thought of one promise.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// The promise in a word or two.
    pub what: &'static str,
    pub holds: bool,
    pub measured: String,
    /// What is promised.
    pub promised: String,
}

/// How far a deadline may be missed: 100 ms and a thousandth.
fn late(deadline_s: f64) -> f64 {
    0.1 + deadline_s * 0.001
}

/// A tree is killed within this time, on a machine at rest.
const KILL_S: f64 = 0.5;
/// A tree is stopped within this time.
const STOP_S: f64 = 0.2;
/// A freed slot is filled within this time: the old process gone, the new one at work.
const REFILL_MS: f64 = 50.0;
/// An attempt is found again within this time.
const ADOPT_S: f64 = 1.0;

impl Seen {
    /// Returns what is thought of it. `busy`: how many want each processor, at least 1; a busy machine is allowed more
    /// time, and nothing else.
    pub fn judge(&self, busy: f64) -> Vec<Verdict> {
        match self {
            Seen::Limits(seen) => seen.judge(busy),
            Seen::Escape(seen) => vec![seen.judge(busy)],
            Seen::Pause(seen) => seen.judge(busy),
            Seen::HandOver(seen) => seen.judge(),
            Seen::Budget(seen) => vec![seen.judge()],
            Seen::Refill(seen) => vec![seen.judge(busy)],
            Seen::Crash(seen) => vec![seen.judge(busy)],
            Seen::Broken { proof, why } => vec![Verdict::new(proof, false, why.clone(), "it can be shown".to_owned())],
        }
    }
}

impl Verdict {
    fn new(what: &'static str, holds: bool, measured: String, promised: String) -> Verdict {
        Verdict { what, holds, measured, promised }
    }

    /// A deadline: neither early nor later than allowed. A clock of milliseconds may round one away.
    fn deadline(what: &'static str, due_s: f64, seen_s: Option<f64>, busy: f64) -> Verdict {
        let promised = format!("{due_s:.1} s, {:.0} ms late at most", late(due_s) * busy * 1000.0);
        let Some(seen) = seen_s else { return Verdict::new(what, false, "never".to_owned(), promised) };
        let late_by = seen - due_s;
        let holds = late_by >= -0.002 && late_by <= late(due_s) * busy;
        Verdict::new(what, holds, format!("after {seen:.3} s"), promised)
    }
}

impl Limits {
    fn judge(self, busy: f64) -> Vec<Verdict> {
        let after_box = |moment: Option<f64>| Some(moment? - self.stopped_s?);
        vec![
            Verdict::deadline("warning", self.box_s * 0.8, self.warned_s, busy),
            Verdict::deadline("time box", self.box_s, self.stopped_s, busy),
            Verdict::deadline("grace", self.grace_s, after_box(self.ended_s), busy),
        ]
    }
}

impl Escape {
    fn judge(self, busy: f64) -> Verdict {
        let holds = self.known >= 3 && self.left == 0 && self.within_s <= KILL_S * busy;
        let mut measured = format!("{} of them left after {:.0} ms", self.left, self.within_s * 1000.0);
        if self.known < 3 {
            let _ = write!(measured, "; only {} of 3 began", self.known);
        }
        Verdict::new("escaping tree", holds, measured, format!("none after {:.0} ms", KILL_S * busy * 1000.0))
    }
}

impl Pause {
    fn judge(self, busy: f64) -> Vec<Verdict> {
        let moved_ms = self.moved_for_s * 1000.0;
        let stops = self.ticks_before > 0 && self.ticks_after > 0 && self.moved_for_s <= STOP_S * busy;
        let measured = if self.ticks_after == 0 {
            "nothing moves after it".to_owned()
        } else {
            format!("stopped in {moved_ms:.0} ms, for {:.1} s", self.paused_s)
        };
        let promised = format!("all stopped in {:.0} ms", STOP_S * busy * 1000.0);
        let pause = Verdict::new("pause", stops, measured, promised);
        let clock = Verdict::deadline("its clock stands", self.box_s, self.run_s, busy);
        vec![pause, clock]
    }
}

impl HandOver {
    fn judge(self) -> Vec<Verdict> {
        let written = self.own_notes + self.notes_for_it;
        // One agent writes its own, for the other Quintet does.
        let notes = self.own_notes >= 1 && self.notes_for_it >= 1 && written >= self.agents;
        let read = self.successors == self.agents && self.have_read == self.agents;
        vec![
            Verdict::new(
                "handoff notes",
                notes,
                format!("{} of {}, {} by Quintet", written.min(self.agents), self.agents, self.notes_for_it),
                "always".to_owned(),
            ),
            Verdict::new(
                "successor",
                read,
                format!("{} of {} began, {} read them", self.successors, self.agents, self.have_read),
                "reads the notes".to_owned(),
            ),
        ]
    }
}

impl Budget {
    fn judge(self) -> Verdict {
        // What runs is stopped at the cap; what is spent while that is carried out is one second's bills at most.
        let most = self.cap_usd + self.spenders as f64;
        let holds = self.was_reached && self.starts_after == 0 && self.spent_usd <= most;
        let measured = match (self.was_reached, self.starts_after) {
            (false, _) => "never reached".to_owned(),
            (true, 0) => format!("${:.2} spent, none started then", self.spent_usd),
            (true, more) => format!("${:.2} spent, {more} started then", self.spent_usd),
        };
        Verdict::new("budget", holds, measured, format!("no start after ${:.2}", self.cap_usd))
    }
}

impl Refill {
    fn judge(&self, busy: f64) -> Verdict {
        let allowed = REFILL_MS * busy;
        let promised = format!("{allowed:.0} ms, never above {}", self.slots);
        if self.begins.len() != self.agents || self.ends.len() != self.agents {
            let measured = format!("{} of {} worked to the end", self.ends.len(), self.agents);
            return Verdict::new("refill", false, measured, promised);
        }
        let (mut begins, mut ends) = (self.begins.clone(), self.ends.clone());
        begins.sort_unstable();
        ends.sort_unstable();
        // The slot that became free first is filled first.
        let pairs = || ends.iter().zip(begins.iter().skip(self.slots));
        let too_many = pairs().any(|(end, begin)| begin < end);
        let mut gaps: Vec<f64> = pairs().map(|(end, begin)| begin.since(*end).as_secs_f64() * 1000.0).collect();
        gaps.sort_unstable_by(f64::total_cmp);
        let middle = gaps.get(gaps.len() / 2).copied().unwrap_or_default();
        let longest = gaps.last().copied().unwrap_or_default();
        let measured = if too_many {
            format!("more than {} at once", self.slots)
        } else {
            format!("{middle:.0} ms, {longest:.0} ms at most")
        };
        Verdict::new("refill", !too_many && middle <= allowed, measured, promised)
    }
}

impl Crash {
    fn judge(self, busy: f64) -> Verdict {
        let allowed = ADOPT_S * busy;
        let promised = format!("found again within {allowed:.1} s");
        let all = self.agents;
        let why = if !self.same_processes {
            "not the same processes".to_owned()
        } else if self.starts != all {
            format!("{all} agents, {} starts", self.starts)
        } else if self.whole_logs != all {
            format!("{} of {all} logs whole", self.whole_logs)
        } else if !self.complete {
            "it did not complete".to_owned()
        } else {
            format!("same processes after {:.0} ms", self.adopted_s * 1000.0)
        };
        let holds = self.same_processes
            && self.starts == all
            && self.whole_logs == all
            && self.complete
            && self.adopted_s <= allowed;
        Verdict::new("Quintet killed", holds, why, promised)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits =
        Limits { box_s: 2.0, grace_s: 1.0, warned_s: Some(1.601), stopped_s: Some(2.004), ended_s: Some(3.02) };

    fn holds(seen: Seen) -> Vec<(&'static str, bool)> {
        seen.judge(1.0).into_iter().map(|verdict| (verdict.what, verdict.holds)).collect()
    }

    #[test]
    fn deadlines_hold_that_are_met_and_no_other() {
        assert_eq!(holds(Seen::Limits(LIMITS)), [("warning", true), ("time box", true), ("grace", true)]);
        let early = Limits { warned_s: Some(1.4), stopped_s: None, ..LIMITS };
        assert_eq!(holds(Seen::Limits(early)), [("warning", false), ("time box", false), ("grace", false)]);
        let late = Limits { stopped_s: Some(2.15), ended_s: Some(3.4), ..LIMITS };
        assert_eq!(holds(Seen::Limits(late)), [("warning", true), ("time box", false), ("grace", false)]);
    }

    #[test]
    fn a_busy_machine_is_allowed_more_time_and_nothing_else() {
        let late = Limits { stopped_s: Some(2.15), ended_s: Some(3.2), ..LIMITS };
        assert!(Seen::Limits(late).judge(2.0).iter().all(|verdict| verdict.holds));
        let left = Escape { known: 3, left: 1, within_s: 0.01 };
        assert!(!Seen::Escape(left).judge(100.0)[0].holds);
    }

    #[test]
    fn a_tree_of_which_something_is_left_or_nothing_was_there_proves_nothing() {
        let gone = Escape { known: 3, left: 0, within_s: 0.02 };
        assert_eq!(holds(Seen::Escape(gone)), [("escaping tree", true)]);
        assert_eq!(holds(Seen::Escape(Escape { known: 1, ..gone })), [("escaping tree", false)]);
        assert_eq!(holds(Seen::Escape(Escape { left: 1, ..gone })), [("escaping tree", false)]);
    }

    #[test]
    fn a_pause_in_which_something_moves_or_the_clock_runs_is_none() {
        let paused = Pause {
            box_s: 2.0,
            ticks_before: 90,
            moved_for_s: 0.01,
            paused_s: 1.0,
            ticks_after: 200,
            run_s: Some(2.01),
        };
        assert_eq!(holds(Seen::Pause(paused)), [("pause", true), ("its clock stands", true)]);
        let moving = Pause { moved_for_s: 0.9, run_s: Some(1.0), ..paused };
        assert_eq!(holds(Seen::Pause(moving)), [("pause", false), ("its clock stands", false)]);
        assert!(!Seen::Pause(Pause { ticks_after: 0, ..paused }).judge(1.0)[0].holds, "it never went on");
    }

    #[test]
    fn notes_that_nobody_reads_are_no_handoff() {
        let seen = HandOver { agents: 2, own_notes: 1, notes_for_it: 1, successors: 2, have_read: 2 };
        assert_eq!(holds(Seen::HandOver(seen)), [("handoff notes", true), ("successor", true)]);
        let unread = HandOver { have_read: 1, ..seen };
        assert_eq!(holds(Seen::HandOver(unread)), [("handoff notes", true), ("successor", false)]);
        assert!(!Seen::HandOver(HandOver { own_notes: 0, notes_for_it: 2, ..seen }).judge(1.0)[0].holds);
    }

    #[test]
    fn a_cap_holds_when_nothing_starts_after_it() {
        let seen = Budget { cap_usd: 1.0, spenders: 2, spent_usd: 1.2, was_reached: true, starts_after: 0 };
        assert_eq!(holds(Seen::Budget(seen)), [("budget", true)]);
        for wrong in [
            Budget { starts_after: 1, ..seen },
            Budget { was_reached: false, ..seen },
            Budget { spent_usd: 9.0, ..seen },
        ] {
            assert_eq!(holds(Seen::Budget(wrong)), [("budget", false)], "{wrong:?}");
        }
    }

    #[test]
    fn slots_are_filled_at_once_and_never_by_one_too_many() {
        let at = |moments: &[u64]| moments.iter().map(|ms| Time(*ms)).collect::<Vec<_>>();
        let refill = |begins: &[u64]| {
            Seen::Refill(Refill { slots: 2, agents: 4, begins: at(begins), ends: at(&[100, 110, 220, 225]) })
        };
        let verdict = refill(&[0, 1, 120, 125]).judge(1.0).remove(0);
        assert_eq!((verdict.holds, verdict.measured.as_str()), (true, "20 ms, 20 ms at most"));
        assert!(!refill(&[0, 1, 90, 125]).judge(1.0)[0].holds, "three ran at once");
        assert!(!refill(&[0, 1, 190, 195]).judge(1.0)[0].holds, "slots were empty");
        assert!(!refill(&[0, 1, 120]).judge(1.0)[0].holds, "one never began");
    }

    #[test]
    fn a_crash_loses_nothing_and_starts_nothing_twice() {
        let seen = Crash { agents: 2, adopted_s: 0.05, same_processes: true, starts: 2, whole_logs: 2, complete: true };
        assert_eq!(holds(Seen::Crash(seen)), [("Quintet killed", true)]);
        for wrong in [
            Crash { adopted_s: 2.0, ..seen },
            Crash { same_processes: false, ..seen },
            Crash { starts: 3, ..seen },
            Crash { whole_logs: 1, ..seen },
            Crash { complete: false, ..seen },
        ] {
            assert_eq!(holds(Seen::Crash(wrong)), [("Quintet killed", false)], "{wrong:?}");
        }
    }

    #[test]
    fn a_proof_that_breaks_is_a_miss_with_its_reason() {
        let broken = Seen::Broken { proof: "crash", why: "no room".to_owned() };
        assert_eq!(holds(broken), [("crash", false)]);
    }
}
