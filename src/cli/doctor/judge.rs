//! Facts become findings: what is good, what should be looked at, what is missing, and what to do. Pure.

use super::facts::{Facts, Folder, Git, Kernel, Limit, Multiplexer, Server, Source, Terminal};
use super::{places, programs};
use crate::screen::layout::LEAST;
use crate::screen::words;

/// With fewer free inotify watches or instances, Quintet or a neighbour may get none.
const FEW_WATCHES: u64 = 1024;
const FEW_INSTANCES: u64 = 8;
/// Quintet has about 20 files open, and 5 more for each running attempt.
const FEW_DESCRIPTORS: u64 = 256;
/// Five logs at their cap, twice.
const LITTLE_ROOM: u64 = 640 << 20;

/// How something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Ok,
    /// It works, less well.
    Look,
    /// It is not there; no harm, unless it is needed.
    Missing,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub mark: Mark,
    pub what: String,
    pub found: String,
    /// What to do about it; empty where nothing is to be done.
    pub mend: String,
    /// No run is possible without it.
    pub needed: bool,
}

impl Finding {
    pub fn of(mark: Mark, what: &str, found: impl Into<String>, mend: impl Into<String>) -> Finding {
        let (what, found, mend) = (what.to_owned(), words::clean(&found.into()), mend.into());
        Finding { mark, what, found, mend, needed: false }
    }

    fn needed(self) -> Finding {
        Finding { needed: true, ..self }
    }
}

/// Returns whether every run can be run here.
pub fn can_run(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| !finding.needed || finding.mark != Mark::Missing)
}

/// Judges everything, in the order in which it is told.
pub fn judge(facts: &Facts) -> Vec<Finding> {
    let mut findings = terminal(&facts.terminal);
    findings.extend(kernel(&facts.kernel));
    findings.extend(folder(&facts.project));
    findings.push(folders_of_the_user("sockets", facts.sockets.as_ref().map(|path| path.display().to_string())));
    findings.push(folders_of_the_user("state", facts.state.as_ref().map(|path| path.display().to_string())));
    findings.push(match &facts.config {
        Some((path, true)) => Finding::of(Mark::Ok, "config", path.display().to_string(), ""),
        Some((path, false)) => Finding::of(Mark::Ok, "config", format!("none, at {}", path.display()), ""),
        None => Finding::of(Mark::Look, "config", "no home folder is known", "set HOME"),
    });
    findings.push(match &facts.settings {
        Ok(()) => Finding::of(Mark::Ok, "settings", "understood", ""),
        Err(why) => Finding::of(Mark::Missing, "settings", why, "correct them: a run refuses them too").needed(),
    });
    findings.push(git(&facts.git));
    findings.extend(facts.programs.iter().map(programs::judge));
    findings.extend(facts.servers.iter().map(server));
    findings.extend(facts.places.iter().map(places::judge));
    findings
}

fn terminal(it: &Terminal) -> Vec<Finding> {
    if !it.is_there {
        let found = "standard output is none";
        return vec![Finding::of(Mark::Look, "terminal", found, "runs are headless here: a line of text an event")];
    }
    vec![size(it), colours(it), letters(it), keys(it), clipboard(it)]
}

fn size(it: &Terminal) -> Finding {
    match it.size {
        Some((width, height)) if width < LEAST.0 || height < LEAST.1 => {
            let mend = format!("the screen needs {}x{}, and is best from 80x24", LEAST.0, LEAST.1);
            Finding::of(Mark::Look, "terminal", format!("{}, {width}x{height}", it.term), mend)
        }
        Some((width, height)) => Finding::of(Mark::Ok, "terminal", format!("{}, {width}x{height}", it.term), ""),
        None => {
            Finding::of(Mark::Look, "terminal", format!("{} does not say its size", it.term), "set COLUMNS and LINES")
        }
    }
}

fn colours(it: &Terminal) -> Finding {
    let few = "COLORTERM=truecolor, if your terminal shows them";
    match it.colorterm.as_str() {
        _ if it.no_color => Finding::of(Mark::Ok, "colours", "none, as NO_COLOR asks", ""),
        _ if it.term == "dumb" || it.term.is_empty() => {
            Finding::of(Mark::Look, "colours", "none", "set TERM to the name of your terminal, as xterm-256color")
        }
        "truecolor" | "24bit" => Finding::of(Mark::Ok, "colours", "all", ""),
        _ if it.term.contains("256") || it.term.contains("kitty") || it.term.contains("alacritty") => {
            Finding::of(Mark::Ok, "colours", "256", "")
        }
        _ => Finding::of(Mark::Look, "colours", "16", few),
    }
}

fn letters(it: &Terminal) -> Finding {
    let locale = it.locale.to_lowercase();
    if it.term == "linux" {
        let found = "the console has few characters; plain ones are used";
        return Finding::of(Mark::Look, "characters", found, "a terminal in a window shows them all");
    }
    if locale.is_empty() {
        return Finding::of(Mark::Ok, "characters", "taken for UTF-8: no locale is set", "");
    }
    if locale.contains("utf-8") || locale.contains("utf8") {
        return Finding::of(Mark::Ok, "characters", format!("UTF-8 ({})", it.locale), "");
    }
    Finding::of(Mark::Look, "characters", format!("{}; plain ones are used", it.locale), "set LANG=C.UTF-8")
}

fn keys(it: &Terminal) -> Finding {
    match it.tells_keys {
        Some(true) => Finding::of(Mark::Ok, "keys", "told apart (kitty keyboard protocol)", ""),
        Some(false) => Finding::of(Mark::Ok, "keys", "as ever; the key map needs no more", ""),
        None => Finding::of(Mark::Look, "keys", "the terminal does not answer", "keys may be slow, as Esc"),
    }
}

fn clipboard(it: &Terminal) -> Finding {
    let found = "by the terminal (OSC 52)";
    match (it.multiplexer, it.program.as_str()) {
        (Some(Multiplexer::Tmux), _) => {
            Finding::of(Mark::Look, "copying", "through tmux", "tmux set -g set-clipboard on, if copying does nothing")
        }
        (Some(Multiplexer::Screen), _) => {
            Finding::of(Mark::Look, "copying", "screen does not pass it on", "select with the mouse after ctrl-t")
        }
        (None, "Apple_Terminal" | "vte") => {
            let found = "this terminal may not take it (OSC 52)";
            Finding::of(Mark::Look, "copying", found, "select with the mouse after ctrl-t, if copying does nothing")
        }
        (None, _) => Finding::of(Mark::Ok, "copying", found, ""),
    }
}

fn kernel(it: &Kernel) -> Vec<Finding> {
    let mut findings = vec![match (it.proc, it.subreaper) {
        (true, true) => {
            Finding::of(Mark::Ok, "processes", format!("{}: whole trees are ended and paused", it.name), "")
        }
        (proc, _) => {
            let lacks = if proc { "no subreaper" } else { "no /proc" };
            let mend = "agents that leave their session are not all found: Linux 3.4 with /proc does it";
            Finding::of(Mark::Look, "processes", format!("{}: {lacks}", it.name), mend)
        }
    }];
    if let Some(most) = it.descriptors {
        let found = format!("{most} a process");
        findings.push(match most {
            FEW_DESCRIPTORS.. => Finding::of(Mark::Ok, "open files", found, ""),
            _ => Finding::of(Mark::Look, "open files", found, "ulimit -n 1024"),
        });
    }
    findings.extend(it.watches.map(|limit| scarce("watches", limit, FEW_WATCHES, "max_user_watches")));
    findings.extend(it.instances.map(|limit| scarce("watchers", limit, FEW_INSTANCES, "max_user_instances")));
    findings
}

/// Judges an inotify limit.
fn scarce(what: &str, limit: Limit, few: u64, name: &str) -> Finding {
    let found = format!("{} of {} inotify {what} are used", limit.used, limit.most);
    if limit.most.saturating_sub(limit.used) >= few {
        return Finding::of(Mark::Ok, what, found, "");
    }
    let more = limit.most.saturating_mul(4).max(few * 8);
    let mend = format!("sysctl fs.inotify.{name}={more}; without one Quintet looks twice a second");
    Finding::of(Mark::Look, what, found, mend)
}

fn folder(it: &Folder) -> Vec<Finding> {
    let path = it.path.display();
    if let Err(why) = &it.writes {
        let mend = "the team directory lies in it: give yourself the right to write";
        return vec![Finding::of(Mark::Missing, "project", format!("{path}: {why}"), mend).needed()];
    }
    let mut findings = vec![Finding::of(Mark::Ok, "project", format!("{path} can be written"), "")];
    let locks = match (it.locks, it.network) {
        (true, None) => Finding::of(Mark::Ok, "file system", "locks files, tells changes", ""),
        (true, Some(kind)) => {
            let found = format!("{kind}: changes made elsewhere are not told");
            Finding::of(Mark::Look, "file system", found, "Quintet looks twice a second; a local folder is quicker")
        }
        (false, _) => {
            let mend = "never start two Quintets on this folder from two machines";
            Finding::of(Mark::Look, "file system", "does not lock files", mend)
        }
    };
    findings.push(locks);
    findings.extend(it.free.map(|free| {
        let found = format!("{} free", words::bytes(free));
        match free {
            LITTLE_ROOM.. => Finding::of(Mark::Ok, "room", found, ""),
            _ => Finding::of(Mark::Look, "room", found, "a log may take 64 MB; `quintet clean` removes ended runs"),
        }
    }));
    findings
}

fn folders_of_the_user(what: &str, found: Result<String, &String>) -> Finding {
    let mend = match what {
        "sockets" => "set XDG_RUNTIME_DIR to a folder that only you may read",
        _ => "set XDG_STATE_HOME to a folder that you may write: without it no run is carried on",
    };
    match found {
        Ok(path) => Finding::of(Mark::Ok, what, path, ""),
        Err(why) => Finding::of(Mark::Missing, what, why, mend).needed(),
    }
}

fn git(it: &Git) -> Finding {
    match &it.version {
        Ok(version) if it.is_repository => Finding::of(Mark::Ok, "git", version, ""),
        Ok(version) => {
            let found = format!("{version}; the project is no repository");
            Finding::of(Mark::Look, "git", found, "git init, to see what agents changed")
        }
        Err(why) => Finding::of(Mark::Missing, "git", why, "install git, to see what agents changed"),
    }
}

/// How a person agrees to what came with the project.
pub const AGREE: &str = "at a terminal the doctor shows it and asks; `quintet run` asks for what a plan needs";

fn server(it: &Server) -> Finding {
    let what = format!("mcp {}", it.name);
    let from = match it.source {
        Source::User => "your config",
        Source::Project => "the project",
    };
    match &it.answer {
        Some(Ok((tools, took))) => {
            let found = format!("{}, answered in {:.1} s ({from})", words::plural(*tools, "tool"), took.as_secs_f64());
            Finding::of(Mark::Ok, &what, found, "")
        }
        Some(Err(why)) => {
            Finding::of(Mark::Missing, &what, format!("{why} ({from})"), "agents whose plan names its tools go without")
        }
        None if it.is_refused => {
            Finding::of(Mark::Look, &what, "not started: it came with the project, and nobody agreed to it", AGREE)
        }
        None if it.is_remote => {
            let mend = "the program of the agent tells whether it answers";
            Finding::of(Mark::Look, &what, format!("not tried: it has an address ({from})"), mend)
        }
        None => {
            let mend = "quintet doctor --servers starts it, to see whether it answers";
            Finding::of(Mark::Look, &what, "not tried: it came with the project", mend)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    pub fn good() -> Facts {
        Facts {
            terminal: Terminal {
                is_there: true,
                size: Some((120, 40)),
                term: "xterm-256color".to_owned(),
                colorterm: "truecolor".to_owned(),
                locale: "C.UTF-8".to_owned(),
                tells_keys: Some(true),
                ..Terminal::default()
            },
            kernel: Kernel {
                name: "Linux 6.1".to_owned(),
                proc: true,
                subreaper: true,
                descriptors: Some(1024),
                watches: Some(Limit { most: 65536, used: 12 }),
                instances: Some(Limit { most: 128, used: 3 }),
            },
            project: Folder {
                path: "/project".into(),
                writes: Ok(()),
                locks: true,
                network: None,
                free: Some(90 << 30),
            },
            sockets: Ok("/run/user/1000/quintet".into()),
            state: Ok("/home/me/.local/state/quintet".into()),
            config: Some(("/home/me/.config/quintet/config.toml".into(), false)),
            settings: Ok(()),
            git: Git { version: Ok("git version 2.47.0".to_owned()), is_repository: true },
            programs: Vec::new(),
            servers: Vec::new(),
            places: Vec::new(),
        }
    }

    fn found<'a>(findings: &'a [Finding], what: &str) -> &'a Finding {
        findings.iter().find(|finding| finding.what == what).unwrap_or_else(|| panic!("{what} is not told"))
    }

    #[test]
    fn a_good_machine_has_nothing_to_mend() {
        let findings = judge(&good());
        assert!(findings.iter().all(|it| it.mark == Mark::Ok && it.mend.is_empty()), "{findings:?}");
        assert!(can_run(&findings));
    }

    #[test]
    fn what_every_run_needs_decides_and_nothing_else() {
        let mut facts = good();
        facts.git.version = Err("not found in PATH".to_owned());
        facts.terminal.is_there = false;
        facts.kernel.watches = Some(Limit { most: 8192, used: 8190 });
        assert!(can_run(&judge(&facts)));
        for spoil in [
            (|it| it.project.writes = Err("permission denied".to_owned())) as fn(&mut Facts),
            |it| it.sockets = Err("no folder is private".to_owned()),
            |it| it.state = Err("no home".to_owned()),
            |it| it.settings = Err("line 3".to_owned()),
        ] {
            let mut facts = good();
            spoil(&mut facts);
            let findings = judge(&facts);
            assert!(!can_run(&findings), "{findings:?}");
        }
    }

    #[test]
    fn whatever_is_not_ok_says_what_to_do() {
        let mut facts = good();
        facts.terminal = Terminal {
            is_there: true,
            size: Some((30, 10)),
            term: "screen".to_owned(),
            locale: "POSIX".to_owned(),
            multiplexer: Some(Multiplexer::Screen),
            ..Terminal::default()
        };
        facts.kernel = Kernel {
            descriptors: Some(64),
            watches: Some(Limit { most: 8192, used: 8000 }),
            instances: Some(Limit { most: 128, used: 128 }),
            ..Kernel::default()
        };
        facts.project.network = Some("NFS");
        facts.project.free = Some(1 << 20);
        facts.git.is_repository = false;
        let server =
            |source, answer| Server { name: "tavily".to_owned(), source, is_remote: false, answer, is_refused: false };
        facts.servers =
            vec![server(Source::Project, None), server(Source::User, Some(Err("no answer within 5 s".to_owned())))];
        let findings = judge(&facts);
        assert!(findings.iter().all(|it| (it.mark == Mark::Ok) == it.mend.is_empty()), "{findings:?}");
        for what in ["terminal", "colours", "characters", "keys", "copying", "processes", "open files", "watches"] {
            assert_eq!(found(&findings, what).mark, Mark::Look, "{what}");
        }
        for what in ["watchers", "file system", "room", "git", "mcp tavily"] {
            assert_eq!(found(&findings, what).mark, Mark::Look, "{what}");
        }
    }

    #[test]
    fn a_server_that_answers_tells_its_tools() {
        let mut facts = good();
        let answer = Some(Ok((7, Duration::from_millis(1230))));
        facts.servers =
            vec![Server { name: "docs".to_owned(), source: Source::User, is_remote: false, answer, is_refused: false }];
        assert_eq!(found(&judge(&facts), "mcp docs").found, "7 tools, answered in 1.2 s (your config)");
    }
}
