//! Starting the agent: its own process group, its own environment, pipes that never block the shim.

use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::{ChildStderr, ChildStdin, ChildStdout, Command, Stdio};

use super::folder::{Folder, Input, Spec};

/// What a pipe holds while the shim is busy elsewhere: fewer, larger reads under a flood.
const PIPE: usize = 1 << 20;

/// The agent's pid and our ends of its pipes.
#[derive(Debug)]
pub struct Agent {
    pub pid: i32,
    pub input: Option<ChildStdin>,
    pub out: ChildStdout,
    pub err: ChildStderr,
}

/// Which devices a place has given to a job.
const DEVICES: &[&str] = &["CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "GPU_DEVICE_ORDINAL", "ZE_AFFINITY_MASK"];

/// Starts the agent. The error is the sentence that a person reads.
pub fn start(spec: &Spec, env: Vec<(String, String)>) -> Result<Agent, String> {
    if !spec.cwd.is_dir() {
        return Err(format!("the folder to start in does not exist: {}", spec.cwd.display()));
    }
    let input = match spec.input {
        Input::Null => Stdio::null(),
        Input::File => Stdio::piped(),
    };
    let mut command = Command::new(&spec.program);
    command
        .args(&spec.args)
        .current_dir(&spec.cwd)
        .env_clear()
        .envs(of_place(spec))
        .envs(env)
        .process_group(0)
        .stdin(input)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| why(spec, &error))?;
    let agent = Agent {
        pid: child.id() as i32,
        input: child.stdin.take(),
        out: child.stdout.take().expect("it was asked for"),
        err: child.stderr.take().expect("it was asked for"),
    };
    // Only our ends: the agent's are descriptions of their own.
    let ours = [Some(agent.out.as_fd()), Some(agent.err.as_fd()), agent.input.as_ref().map(AsFd::as_fd)];
    for pipe in ours.into_iter().flatten() {
        rustix::io::ioctl_fionbio(pipe, true).expect("a pipe can be told not to block");
        // A user with many pipes may not enlarge this one: then it stays as it is.
        let _ = enlarge(pipe);
    }
    Ok(agent)
}

/// Returns what a place tells those who run there: which job it is, which devices it has.
fn of_place(spec: &Spec) -> impl Iterator<Item = (OsString, OsString)> {
    let is_local = spec.place == "local";
    let is_told = |name: &OsString| {
        let name = name.to_string_lossy();
        name.starts_with("SLURM") || DEVICES.contains(&&*name)
    };
    std::env::vars_os().filter(move |(name, _)| !is_local && is_told(name))
}

/// Returns the values in `env`. Names that are not UTF-8 are not kept.
pub fn read_env(folder: &Folder) -> io::Result<Vec<(String, String)>> {
    let packed = match fs::read(folder.env()) {
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        read => read?,
    };
    let pair = |entry: &[u8]| {
        let (name, value) = std::str::from_utf8(entry).ok()?.split_once('=')?;
        Some((name.to_owned(), value.to_owned()))
    };
    Ok(packed.split(|&byte| byte == 0).filter_map(pair).collect())
}

#[cfg(target_os = "linux")]
fn enlarge(pipe: std::os::fd::BorrowedFd<'_>) -> rustix::io::Result<usize> {
    rustix::pipe::fcntl_setpipe_size(pipe, PIPE)
}

#[cfg(not(target_os = "linux"))]
fn enlarge(_pipe: std::os::fd::BorrowedFd<'_>) -> rustix::io::Result<usize> {
    Ok(PIPE)
}

fn why(spec: &Spec, error: &io::Error) -> String {
    let program = spec.program.display();
    match error.kind() {
        // An interpreter that is named in the first line and missing looks the same.
        ErrorKind::NotFound if spec.program.exists() => {
            format!("{program} cannot start: the interpreter in its first line does not exist")
        }
        ErrorKind::NotFound => format!("{program} does not exist"),
        ErrorKind::PermissionDenied if spec.program.is_dir() => format!("{program} is a folder, not a program"),
        ErrorKind::PermissionDenied => format!("{program} may not be executed"),
        _ if error.raw_os_error() == Some(rustix::io::Errno::NOEXEC.raw_os_error()) => {
            format!("{program} is neither a program for this machine nor a script with #! in its first line")
        }
        _ if error.raw_os_error() == Some(rustix::io::Errno::TOOBIG.raw_os_error()) => {
            let bytes: usize = spec.args.iter().map(|arg| arg.len() + 1).sum();
            format!("{program} cannot start: its arguments ({bytes} bytes) and environment are too long")
        }
        _ => format!("{program} cannot start: {error}"),
    }
}
