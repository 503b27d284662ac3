//! Leaving a run to a process without a screen: the same as carrying on after a crash, only at once.

use std::fs::File;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTSTP};

use super::{Refusal, code};
use crate::shell::client::Client;
use crate::shell::open::{self, Wanted};
use crate::team_dir::TeamDir;

/// How long the other process may take until it answers.
const PATIENCE: Duration = Duration::from_secs(10);
/// The first argument of a process that leaves the terminal's session ([`own_session`]).
pub const OWN_SESSION: &str = "__own-session";
/// Flags of the process that leaves which the other one must not have.
const DROPPED: [&str; 6] = ["--fresh", "--carry-on", "--detach", "--json", "--headless", "--trust"];

/// Returns how another process carries on the run that these arguments began.
pub fn arguments(own: impl Iterator<Item = String>) -> Vec<String> {
    let kept = own.filter(|argument| !DROPPED.contains(&argument.as_str()));
    kept.chain(["--headless", "--carry-on", "--trust"].map(str::to_owned)).collect()
}

/// Leaves the terminal's session: no terminal's end is this process's end.
///
/// It was started as the leader of a group, which SIGHUP does not reach when the terminal goes: that is sent to the session's
/// leader and to the group in the foreground. A leader of a group cannot lead a session, so it joins its parent's group for
/// a moment, and from then on does not end or stop by a signal of a terminal.
pub fn own_session() {
    use rustix::process::{getpgid, getppid, setpgid, setsid};
    for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTSTP] {
        let _ = signal_hook::flag::register(signal, Arc::default());
    }
    if let Some(group) = getppid().and_then(|parent| getpgid(Some(parent)).ok()) {
        let _ = setpgid(None, Some(group));
    }
    // It fails only in a process that leads a session already, or whose parent has gone.
    let _ = setsid();
}

/// Returns what brings the screen of a run back, typed where the person is now.
pub fn how_to_attach(project: &Path) -> String {
    let is_here = std::env::current_dir().and_then(|here| here.canonicalize()).is_ok_and(|here| here == project);
    if is_here { "quintet attach".to_owned() } else { format!("quintet attach --project {}", project.display()) }
}

/// Starts the process that carries a run on, in a session of its own, and waits until it answers.
pub fn spawn(team: &TeamDir, run: &str, arguments: &[String]) -> Result<(), Refusal> {
    let words = team.run(run).0.join("headless.log");
    let log = File::options().create(true).append(true).open(&words)?;
    let mut command = Command::new(open::own_program());
    command.arg(OWN_SESSION).args(arguments).process_group(0);
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    let mut child = command.spawn()?;
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        if Client::connect(team).is_ok() {
            // The terminal may be gone; the run is not.
            let attach = how_to_attach(team.project());
            let _ = writeln!(std::io::stdout(), "The run goes on (pid {}); `{attach}` shows it again.", child.id());
            return Ok(());
        }
        if child.try_wait()?.is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Err(Refusal::Refused(format!(
        "the process that was to carry on the run does not answer; `quintet run` carries it on. Its words are in {}",
        words.display()
    )))
}

/// `--detach`: opens the run and leaves it at once.
pub fn begin(wanted: Wanted, arguments: &[String]) -> Result<u8, Refusal> {
    let team = TeamDir::new(&wanted.project, &wanted.plan.files);
    let opened = open::open(wanted).map_err(|error| Refusal::Refused(error.to_string()))?;
    let run = opened.run_id.clone();
    drop(opened);
    spawn(&team, &run, arguments)?;
    Ok(code::COMPLETE)
}
