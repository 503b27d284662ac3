//! The only place that asks what time it is.

use chrono::{DateTime, Local, Utc};
use rustix::time::{ClockId, clock_gettime};

use crate::scheduler::Time;

/// Returns the run time's clock: since boot, without the machine's sleep.
pub fn now() -> Time {
    let at = clock_gettime(ClockId::Monotonic);
    let millis = i128::from(at.tv_sec) * 1000 + i128::from(at.tv_nsec) / 1_000_000;
    Time(u64::try_from(millis).unwrap_or(0))
}

/// Returns the wall clock, for records and the screen.
pub fn wall() -> DateTime<Utc> {
    Utc::now()
}

/// Returns a new run's id: short, sortable within a year, unique enough: `1122-1550-k3f`.
pub fn run_id() -> String {
    let now = Local::now();
    // Base 32 without letters that are mistaken for others.
    const DIGITS: &[u8] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let mut seed = u64::from(now.timestamp_subsec_nanos()) ^ (u64::from(std::process::id()) << 7);
    let tail: String = (0..3)
        .map(|_| {
            let digit = DIGITS[usize::try_from(seed % 32).unwrap_or(0)];
            seed /= 32;
            char::from(digit)
        })
        .collect();
    format!("{}-{tail}", now.format("%m%d-%H%M"))
}

/// Returns the id of this boot: `Time`s of another boot mean nothing here.
pub fn boot_id() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id").map_or_else(|_| String::new(), |id| id.trim().to_owned())
}
