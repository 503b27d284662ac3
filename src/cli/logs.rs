//! `quintet logs AGENT [-f]`: what an attempt printed, byte by byte unless a terminal would obey it; following goes on until it ends.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Refusal, code, project, shown};
use crate::scheduler::Record;
use crate::shell::attempts::follow::Follower;
use crate::shell::journal;
use crate::shell::open;
use crate::shim::Folder;
use crate::shim::folder::LogName;

/// How often a followed log is looked at.
const PAUSE: Duration = Duration::from_millis(200);

pub fn main(agent: &str, attempt: Option<u32>, follow: bool, folder: &Path) -> Result<u8, Refusal> {
    let team = project::team(&project::folder(folder)?);
    let Some((run, path)) = open::runs(&team).pop() else {
        return Err(Refusal::NothingRuns(format!("there is no run in {}", team.runs().display())));
    };
    let folder = newest(&path, agent, attempt)?.map(|name| team.run(&run).attempt(&name));
    let Some(folder) = folder else {
        let which = attempt.map_or_else(String::new, |attempt| format!(" {attempt}"));
        return Err(Refusal::Refused(format!("{agent} has no attempt{which} in run {run}")));
    };
    print(folder, follow)
}

/// Returns the folder of the attempt; `None` if there is none.
fn newest(path: &Path, agent: &str, attempt: Option<u32>) -> Result<Option<String>, Refusal> {
    let lines = journal::read(path)?;
    let mut folders = lines.into_iter().filter_map(|line| match line.record {
        Record::AttemptStarting { agent: name, attempt: n, folder, .. }
            if name == agent && attempt.is_none_or(|wanted| wanted == n) =>
        {
            Some(folder)
        }
        _ => None,
    });
    Ok(folders.next_back())
}

fn print(folder: PathBuf, follow: bool) -> Result<u8, Refusal> {
    let folder = Folder::new(folder);
    let mut out = Follower::whole(&folder, LogName::Out);
    let mut err = Follower::whole(&folder, LogName::Err);
    loop {
        // Asked before reading, so that nothing printed before the end is missed.
        let has_ended = folder.exit().is_file();
        let is_last = has_ended || !follow;
        pour(&mut out, &mut std::io::stdout().lock(), is_last)?;
        pour(&mut err, &mut std::io::stderr().lock(), is_last)?;
        if is_last {
            return Ok(code::COMPLETE);
        }
        std::thread::sleep(PAUSE);
    }
}

/// Prints what came since, and marks what was not kept.
fn pour(from: &mut Follower, to: &mut (impl Write + IsTerminal), is_last: bool) -> std::io::Result<()> {
    loop {
        let read = from.read(None);
        if read.cut.skipped > 0 {
            writeln!(to, "[{} bytes are not kept]", read.cut.skipped)?;
        }
        for line in &read.cut.lines {
            let line = shown::lines(line, to);
            to.write_all(&line)?;
            to.write_all(b"\n")?;
        }
        if !read.more {
            break;
        }
    }
    if is_last && let Some(line) = from.finish() {
        let line = shown::lines(&line, to);
        to.write_all(&line)?;
    }
    to.flush()
}
