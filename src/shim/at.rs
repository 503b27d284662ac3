//! `quintet __at WORD …`: what Quintet has done on another host that shares its disk, each a short command by itself.
//!
//! | word | does | prints |
//! |---|---|---|
//! | `begin FOLDER` | starts the shim in a session of its own and waits until it owns the folder | |
//! | `list` | looks at each folder that it reads | `lives FOLDER`, `new …`, `ended …`, `dead …`, `missing …` |
//! | `end FOLDER` | ends what a dead or deaf shim left on this host | |
//! | `look FILE` | | the file |

use std::ffi::OsString;
use std::fs;
use std::io::{self, BufRead, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::folder::{Folder, append_private};
use super::marked::{self, Mark};
use super::{is_held, tidy};

/// A shim owns its folder some milliseconds after its start; on a disk far away it takes longer.
const OWNED_WITHIN: Duration = Duration::from_secs(10);
/// Leftovers are killed for this long at most.
const ENDED_WITHIN: Duration = Duration::from_secs(2);
/// What `cat` and shells exit with when something is not there or not so.
const FAILED: u8 = 1;

/// Does what the words say.
pub fn main(words: &[OsString]) -> ExitCode {
    let path = words.get(1).map(Path::new);
    let done = match (words.first().and_then(|word| word.to_str()), path) {
        (Some("begin"), Some(folder)) => begin(&Folder::new(folder)),
        (Some("list"), None) => list(),
        (Some("end"), Some(folder)) => end(&Folder::new(folder)),
        (Some("look"), Some(file)) => look(file),
        _ => Err("quintet __at takes: begin FOLDER, list, end FOLDER, look FILE".to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(FAILED)
        }
    }
}

fn begin(folder: &Folder) -> Result<(), String> {
    if let Err(error) = folder.read_spec() {
        return Err(format!("the attempt's folder cannot be used here (is the disk shared?): {error}"));
    }
    let log = append_private(&folder.path().join("place.log")).map_err(|error| error.to_string())?;
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut shim = Command::new(program)
        .arg0("quintet")
        .arg("__shim")
        .arg(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        // Where the connection came in is not where it works. No group of its own: then it could make no session.
        .current_dir("/")
        .spawn()
        .map_err(|error| format!("the attempt's shim cannot start: {error}"))?;
    let until = Instant::now() + OWNED_WITHIN;
    while !folder.pid().exists() {
        if let Some(status) = gone(&mut shim)? {
            let said = fs::read_to_string(folder.path().join("place.log")).unwrap_or_default();
            return Err(format!("the attempt's shim gave up ({status}): {}", said.trim()));
        }
        if Instant::now() > until {
            return Err("the attempt's shim does not own its folder".to_owned());
        }
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

fn gone(shim: &mut Child) -> Result<Option<std::process::ExitStatus>, String> {
    shim.try_wait().map_err(|error| error.to_string())
}

fn list() -> Result<(), String> {
    for line in io::stdin().lock().lines() {
        let line = line.map_err(|error| error.to_string())?;
        let folder = Folder::new(&line);
        let word = if folder.exit().exists() {
            "ended"
        } else if is_held(&folder) || folder.read_pid().is_ok_and(|pid| pid.shim.is_alive()) {
            "lives"
        } else if folder.exit().exists() {
            // It ended between the two looks.
            "ended"
        } else if folder.pid().exists() {
            "dead"
        } else if folder.spec().exists() {
            "new"
        } else {
            "missing"
        };
        writeln!(io::stdout(), "{word} {line}").map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn end(folder: &Folder) -> Result<(), String> {
    let spec = folder.read_spec().map_err(|error| error.to_string())?;
    let mark = Mark::new(&spec.run, &spec.agent, spec.attempt);
    let left = marked::end(&mark, folder.read_pid().ok().as_ref(), ENDED_WITHIN);
    tidy(folder);
    match left.len() {
        0 => Ok(()),
        left => Err(format!("{left} processes could not be ended")),
    }
}

fn look(file: &Path) -> Result<(), String> {
    let bytes = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    io::stdout().write_all(&bytes).map_err(|error| error.to_string())
}
