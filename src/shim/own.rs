//! Taking the folder, and giving it back: the steps around a life, in the order that a crash at any point allows.

use std::fmt::Display;
use std::fs;
use std::io::{self, Write};

use chrono::Utc;

use super::company::Company;
use super::folder::{ExitFile, Folder, PidFile, Reason, VERSION, create_private, write_by_rename};
use super::identity::Identity;
use super::life::Life;
use super::protocol::Say;
use super::signals::Signals;
use super::sock::Sock;
use super::{agent, link, lock};

/// Room for the exit, taken while there is some.
const RESERVED: usize = 16 << 10;

/// Why a shim does not own the folder.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Somebody has it, or had it.
    #[error("{0}")]
    Taken(String),
    #[error("{0}")]
    Unusable(String),
}

/// Owns the attempt in the folder from start to exit file.
pub fn own(folder: &Folder) -> Result<(), Refused> {
    let _lock = lock::take(folder).map_err(unusable)?.ok_or_else(|| Refused::Taken("another shim owns it".into()))?;
    for trace in [folder.pid(), folder.exit()] {
        if trace.exists() {
            return Err(Refused::Taken(format!("{} is there: it ran already", trace.display())));
        }
    }
    let spec = folder.read_spec().map_err(unusable)?;
    let env = agent::read_env(folder).map_err(unusable)?;
    // A place may have made this a session of its own already.
    let _ = rustix::process::setsid();
    #[cfg(target_os = "linux")]
    rustix::process::set_child_subreaper(Some(rustix::process::getpid())).map_err(unusable)?;
    let signals = Signals::new().map_err(unusable)?;
    let lifeline = link::lifeline().map_err(unusable)?;
    reserve_exit(folder).map_err(unusable)?;
    // Without a socket the files are polled.
    let sock = if spec.place == "local" { Sock::open(folder).ok() } else { None };
    let company = Company::new(lifeline, sock);

    // From here on nobody may start this attempt again: the agent comes after the pid file.
    let mut pid =
        PidFile { v: VERSION, shim: Identity::own(), agent: None, version: env!("CARGO_PKG_VERSION").to_owned() };
    write_by_rename(&folder.pid(), &pid).map_err(unusable)?;
    let _ = fs::remove_file(folder.env());
    let (exit, mut company) = match agent::start(&spec, env) {
        Ok(agent) => {
            pid.agent = Identity::of(agent.pid);
            // A convenience for people and for places without a socket: the mark finds the tree.
            let _ = write_by_rename(&folder.pid(), &pid);
            Life::new(folder, spec, agent, company, signals).live()
        }
        Err(why) => (cannot_start(why), company),
    };
    write_exit(folder, &exit);
    company.say(&Say::Exit(exit));
    Ok(())
}

fn unusable(error: impl Display) -> Refused {
    Refused::Unusable(error.to_string())
}

fn cannot_start(why: String) -> ExitFile {
    ExitFile {
        v: VERSION,
        exit: None,
        signal: None,
        reason: Reason::CannotStart,
        why: Some(why),
        run_s: 0.0,
        ended: Utc::now(),
        dropped: 0,
        out: 0,
        err: 0,
        leftovers: Vec::new(),
        unkillable: Vec::new(),
    }
}

/// Takes the room that the exit will need, so that a full disk does not hide it.
fn reserve_exit(folder: &Folder) -> io::Result<()> {
    create_private(&folder.exit().with_extension("tmp"))?.write_all(&[b' '; RESERVED])
}

fn write_exit(folder: &Folder, exit: &ExitFile) {
    let path = folder.exit();
    let reserved = path.with_extension("tmp");
    let json = serde_json::to_vec(exit).expect("an exit has no maps with keys that are no strings");
    let in_place = || {
        let mut file = fs::OpenOptions::new().write(true).open(&reserved)?;
        file.write_all(&json)?;
        file.set_len(json.len() as u64)?;
        fs::rename(&reserved, &path)
    };
    // Last try: somebody has tidied the reserved file away.
    if in_place().is_err() {
        let _ = write_by_rename(&path, exit);
    }
}
