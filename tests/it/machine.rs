//! What the machine of these tests has, and how busy it is.

use std::io::Write;

/// A test is not slower than so many times what is promised, however busy the machine: what takes longer is broken.
const MOST: f64 = 6.0;

/// Returns how many want each processor, in the last minute or right now (the average of a minute hardly knows of a load
/// that has just begun), at least one and at most six: so much longer things may take.
pub fn business() -> f64 {
    let averages = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let mut fields = averages.split(' ');
    let of_the_minute: f64 = fields.next().and_then(|load| load.parse().ok()).unwrap_or(1.0);
    let now = fields.nth(2).and_then(|tasks| tasks.split('/').next()?.parse().ok()).unwrap_or(1.0);
    let cpus = std::thread::available_parallelism().map_or(1.0, |cpus| cpus.get() as f64);
    (of_the_minute.max(now) / cpus).clamp(1.0, MOST)
}

/// Says why something is not tried here. The test passes, and what it prints is not shown; so the reason goes into the
/// file `QUINTET_SKIPS` too, which the gate shows.
pub fn skip<T>(why: &str) -> Option<T> {
    eprintln!("skipped: {why}");
    if let Some(path) = std::env::var_os("QUINTET_SKIPS") {
        let file = std::fs::File::options().create(true).append(true).open(path);
        writeln!(file.expect("QUINTET_SKIPS can be written"), "{why}").expect("there is room");
    }
    None
}
