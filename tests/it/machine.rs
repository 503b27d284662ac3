//! How busy the machine of these tests is.

/// A test is not slower than so many times what is promised, however busy the machine: what takes longer is broken.
const MOST: f64 = 4.0;

/// Returns how many want each processor, at least one and at most four: so much longer things may take.
pub fn business() -> f64 {
    let averages = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: f64 = averages.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or(1.0);
    let cpus = std::thread::available_parallelism().map_or(1.0, |cpus| cpus.get() as f64);
    (load / cpus).clamp(1.0, MOST)
}
