//! What `/proc` knows of processes.

use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;

use super::Stat;

/// Returns what is known of a process; `None` if there is none (any more).
pub fn stat(pid: i32) -> Option<Stat> {
    // One read of a small buffer: a frozen tree of hundreds is looked at in a few milliseconds.
    let mut buffer = [0_u8; 512];
    let length = fs::File::open(format!("/proc/{pid}/stat")).ok()?.read(&mut buffer).ok()?;
    parse(&buffer[..length])
}

/// Returns the numbers of all processes that can be seen.
pub fn all() -> io::Result<Vec<i32>> {
    let number = |entry: io::Result<fs::DirEntry>| entry.ok()?.file_name().to_str()?.parse().ok();
    Ok(fs::read_dir("/proc")?.filter_map(number).collect())
}

/// Returns the children of all threads of a process; `None` where the kernel does not list them.
pub fn children(pid: i32) -> Option<Vec<i32>> {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return Some(Vec::new());
    };
    let mut children = Vec::new();
    for thread in threads.flatten() {
        match fs::read_to_string(thread.path().join("children")) {
            Ok(list) => children.extend(list.split_ascii_whitespace().filter_map(|pid| pid.parse::<i32>().ok())),
            // The thread ended meanwhile, or the kernel was built without the file.
            Err(_) if thread.path().join("stat").exists() => return None,
            Err(_) => {}
        }
    }
    Some(children)
}

/// Returns a process's environment, entries divided by zero bytes; nothing if it is another user's.
pub fn environment(pid: i32) -> Vec<u8> {
    fs::read(format!("/proc/{pid}/environ")).unwrap_or_default()
}

/// Returns a name for the time since the machine started.
pub fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
}

/// Returns the PID namespace in which pids count here.
pub fn namespace() -> u64 {
    fs::metadata("/proc/self/ns/pid").map(|namespace| namespace.ino()).unwrap_or_default()
}

fn parse(line: &[u8]) -> Option<Stat> {
    // The name is in brackets and may hold anything, brackets and newlines included.
    let open = line.iter().position(|&byte| byte == b'(')?;
    let close = line.iter().rposition(|&byte| byte == b')')?;
    let pid = std::str::from_utf8(&line[..open]).ok()?.trim().parse().ok()?;
    let name = String::from_utf8_lossy(&line[open + 1..close]).into_owned();
    let rest = std::str::from_utf8(line.get(close + 2..)?).ok()?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().take(20).collect();
    Some(Stat {
        pid,
        name,
        state: *fields.first()?.as_bytes().first()?,
        parent: fields.get(1)?.parse().ok()?,
        group: fields.get(2)?.parse().ok()?,
        session: fields.get(3)?.parse().ok()?,
        threads: fields.get(17)?.parse().ok()?,
        start: fields.get(19)?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_does_not_shift_the_fields() {
        let line = b"42 (a) b (c) S 7 42 40 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 98765 100 200\n";
        let stat = parse(line).expect("a whole line");
        assert_eq!((stat.name.as_str(), stat.state, stat.parent), ("a) b (c", b'S', 7));
        assert_eq!((stat.group, stat.session, stat.start), (42, 40, 98765));
    }

    #[test]
    fn a_process_whose_first_thread_has_ended_is_not_dead() {
        let line = |threads: u32| format!("42 (x) Z 7 42 40 0 -1 0 1 2 3 4 5 6 7 8 20 0 {threads} 0 98765 100 200\n");
        assert!(!parse(line(3).as_bytes()).expect("a whole line").is_dead());
        assert!(parse(line(1).as_bytes()).expect("a whole line").is_dead());
    }

    #[test]
    fn this_process_is_found_with_its_parent() {
        let me = stat(std::process::id() as i32).expect("this process is alive");
        assert!(!me.is_dead() && !me.is_stopped() && me.threads >= 1);
        assert!(all().expect("/proc is there").contains(&me.parent));
    }
}
