//! `quintet doctor`: what is there, what is not, and what to do about it.

use std::io::IsTerminal;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{Refusal, code, project};
use crate::engine::{self, Kind};
use crate::shell::{attempts, registry};

/// How long a program may take to say its version.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// With fewer inotify watches other programs may leave none.
const FEW_WATCHES: u64 = 8192;

/// One thing that was looked at.
struct Look {
    good: bool,
    what: String,
    found: String,
    /// What to do if it is not good.
    mend: &'static str,
}

/// Prints what was found. Exit 1 if something that every run needs is missing.
pub fn main(folder: &Path) -> Result<u8, Refusal> {
    let folder = project::folder(folder)?;
    let needed = [terminal(), team_folder(&folder), sockets(), watches(), state()];
    let others: Vec<Look> = std::iter::once(git(&folder)).chain(programs(&folder)).collect();
    let settings = match project::settings(&folder) {
        Ok((_, _, unknown)) if unknown.is_empty() => Look::of(true, "settings", "read", ""),
        Ok((_, _, unknown)) => Look::of(false, "settings", &unknown.join("; "), "correct the names"),
        Err(Refusal::Refused(why) | Refusal::NothingRuns(why)) => Look::of(false, "settings", &why, "correct it"),
        Err(Refusal::Fault(report)) => Look::of(false, "settings", &report.to_string(), "look at the file"),
    };
    for look in needed.iter().chain([&settings]).chain(&others) {
        let mark = if look.good { "✓" } else { "–" };
        let mend = if look.good || look.mend.is_empty() { String::new() } else { format!("\n    {}", look.mend) };
        sayln!("{mark} {:<14} {}{mend}", look.what, look.found);
    }
    let all_needed = needed.iter().skip(1).all(|look| look.good) && settings.good;
    Ok(if all_needed { code::COMPLETE } else { code::NOT_COMPLETE })
}

impl Look {
    fn of(good: bool, what: &str, found: &str, mend: &'static str) -> Look {
        Look { good, what: what.to_owned(), found: found.to_owned(), mend }
    }
}

fn terminal() -> Look {
    let term = std::env::var("TERM").unwrap_or_default();
    let colours = std::env::var("COLORTERM").unwrap_or_else(|_| "by TERM".to_owned());
    if std::io::stdout().is_terminal() {
        Look::of(true, "terminal", &format!("{term}, colours {colours}"), "")
    } else {
        Look::of(false, "terminal", "standard output is none", "runs are headless then: a line of text per event")
    }
}

fn team_folder(folder: &Path) -> Look {
    let probe = folder.join(format!(".quintet-doctor-{}", std::process::id()));
    match std::fs::write(&probe, "").and_then(|()| std::fs::remove_file(&probe)) {
        Ok(()) => Look::of(true, "project", &format!("{} can be written", folder.display()), ""),
        Err(error) => Look::of(
            false,
            "project",
            &error.to_string(),
            "the team directory lies in it: give yourself the right to write",
        ),
    }
}

fn sockets() -> Look {
    match crate::shim::private_base() {
        Ok(path) => Look::of(true, "sockets", &path.display().to_string(), ""),
        Err(error) => {
            Look::of(false, "sockets", &error.to_string(), "set XDG_RUNTIME_DIR to a folder that only you may read")
        }
    }
}

fn watches() -> Look {
    let limit = std::fs::read_to_string("/proc/sys/fs/inotify/max_user_watches").ok();
    match limit.and_then(|text| text.trim().parse::<u64>().ok()) {
        Some(limit) => Look::of(
            limit >= FEW_WATCHES,
            "file notices",
            &format!("{limit} inotify watches a user"),
            "raise fs.inotify.max_user_watches; without a watch Quintet looks twice a second",
        ),
        None => Look::of(true, "file notices", "no inotify here; files are looked at twice a second", ""),
    }
}

fn state() -> Look {
    match registry::config_file() {
        Some(path) if path.is_file() => Look::of(true, "config", &path.display().to_string(), ""),
        Some(path) => Look::of(true, "config", &format!("none at {}; the defaults hold", path.display()), ""),
        None => Look::of(false, "config", "no home folder is known", "set HOME: runs cannot be carried on without it"),
    }
}

fn git(folder: &Path) -> Look {
    let is_repository = folder.ancestors().any(|path| path.join(".git").exists());
    match version("git", folder) {
        Ok(version) if is_repository => Look::of(true, "git", &version, ""),
        Ok(version) => Look::of(
            false,
            "git",
            &format!("{version}; the project is no repository"),
            "git init, to see what agents changed",
        ),
        Err(why) => Look::of(false, "git", &why, "install git, to see what agents changed"),
    }
}

/// The programs that can play agents.
fn programs(folder: &Path) -> Vec<Look> {
    let known = engine::known().into_iter().filter(|engine| engine.kind != Kind::Builtin && !engine.command.is_empty());
    known
        .filter(|engine| engine.kind != Kind::Acp)
        .map(|engine| match version(&engine.command[0], folder) {
            Ok(version) => Look::of(true, &engine.name, &version, ""),
            Err(why) => Look::of(false, &engine.name, &why, install(engine.kind)),
        })
        .collect()
}

fn install(kind: Kind) -> &'static str {
    match kind {
        Kind::Claude => "npm install -g @anthropic-ai/claude-code, then log in by running `claude`",
        Kind::Codex => "npm install -g @openai/codex, then log in by running `codex`",
        Kind::Gemini => "npm install -g @google/gemini-cli, then log in by running `gemini`",
        Kind::Opencode => "npm install -g opencode-ai, then log in by `opencode auth login`",
        Kind::Builtin | Kind::Acp | Kind::Command => "",
    }
}

/// Asks a program for its version.
fn version(program: &str, folder: &Path) -> Result<String, String> {
    let mut child = Command::new(program)
        .arg("--version")
        .current_dir(folder)
        .env_clear()
        .envs(attempts::environment::inherited(false))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|_| "not found in PATH".to_owned())?;
    let until = Instant::now() + ANSWER_WITHIN;
    while child.try_wait().map_err(|error| error.to_string())?.is_none() {
        if Instant::now() > until {
            // It is not waited for any longer, whatever it does.
            let _ = child.kill();
            return Err(format!("it does not say its version within {} s", ANSWER_WITHIN.as_secs()));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(crate::screen::words::clean(text.lines().next().unwrap_or("found")))
}
