//! What `ps` knows of processes. Each question is a process of its own, so this is for systems without `/proc`.

use std::io;
use std::process::Command;

use rustix::process::{Pid, getsid};

use super::Stat;

/// Returns what is known of a process; `None` if there is none (any more).
pub fn stat(pid: i32) -> Option<Stat> {
    parse(ps(&["-o", COLUMNS, "-p", &pid.to_string()]).ok()?.lines().next()?)
}

/// Returns the numbers of all processes that can be seen.
pub fn all() -> io::Result<Vec<i32>> {
    Ok(ps(&["-axo", "pid="])?.lines().filter_map(|line| line.trim().parse().ok()).collect())
}

/// The children of one process cannot be listed.
pub fn children(_pid: i32) -> Option<Vec<i32>> {
    None
}

/// Returns a process's environment, entries divided by zero bytes. `ps` divides by spaces, so entries with spaces come
/// apart; those that are looked for have none.
pub fn environment(pid: i32) -> Vec<u8> {
    let line = ps(&["-Eww", "-o", "command=", "-p", &pid.to_string()]).unwrap_or_default();
    line.split_ascii_whitespace().collect::<Vec<_>>().join("\0").into_bytes()
}

/// Returns a name for the time since the machine started.
pub fn boot() -> String {
    let output = Command::new("sysctl").args(["-n", "kern.bootsessionuuid"]).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}

/// There is only one.
pub fn namespace() -> u64 {
    0
}

/// The start has five words and the name may have any number, so it comes last.
const COLUMNS: &str = "pid=,ppid=,pgid=,stat=,lstart=,comm=";

fn ps(args: &[&str]) -> io::Result<String> {
    let output = Command::new("ps").args(args).env("LC_ALL", "C").output()?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn parse(line: &str) -> Option<Stat> {
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    let (head, rest) = words.split_at_checked(4)?;
    let (start, name) = rest.split_at_checked(5)?;
    let pid: i32 = head[0].parse().ok()?;
    let start = chrono::NaiveDateTime::parse_from_str(&start[1..].join(" "), "%b %e %H:%M:%S %Y").ok()?;
    Some(Stat {
        pid,
        name: name.join(" "),
        state: *head[3].as_bytes().first()?,
        parent: head[1].parse().ok()?,
        group: head[2].parse().ok()?,
        session: getsid(Pid::from_raw(pid)).map(Pid::as_raw_pid).unwrap_or_default(),
        threads: 1,
        start: u64::try_from(start.and_utc().timestamp()).ok()?,
    })
}
