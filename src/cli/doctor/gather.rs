//! Looks at this machine. Nothing of the project is started that nobody agreed to, no program is asked for more than its version.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::IsTerminal;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustix::process::{Resource, getrlimit, getuid};

use super::facts::{Facts, Folder, Git, Kernel, Limit, Login, Multiplexer, Program, Server, Source, Terminal};
use super::programs;
use crate::cli::{Refusal, project, trust};
use crate::engine::{self, Kind};
use crate::mcp::preflight;
use crate::settings;
use crate::settings::file::EngineTable;
use crate::shell::attempts::{environment, program};
use crate::shell::registry;

/// How long a program may take to say its version.
const VERSION_WITHIN: Duration = Duration::from_secs(10);
/// How long an MCP server may take: `npx` may fetch it first.
const SERVER_WITHIN: Duration = Duration::from_secs(15);

/// Returns what is found. `servers`: the project's MCP servers are started too. `places`: the places are asked.
pub fn facts(folder: &Path, servers: bool, places: bool) -> Facts {
    let env: BTreeMap<String, String> = environment::inherited(false).into_iter().collect();
    let (own, users, settings) = match project::settings(folder) {
        Ok((own, users, unknown)) if unknown.is_empty() => (own, users, Ok(())),
        Ok((own, users, unknown)) => (own, users, Err(unknown.join("; "))),
        Err(refusal) => (settings::File::default(), settings::File::default(), Err(words(refusal))),
    };
    Facts {
        terminal: terminal(),
        kernel: kernel(),
        project: project_folder(folder),
        sockets: crate::shim::private_base().map_err(|error| error.to_string()),
        state: state(),
        config: registry::config_file().map(|path| (path.clone(), path.is_file())),
        settings,
        git: Git {
            version: version("git", &env),
            is_repository: folder.ancestors().any(|path| path.join(".git").exists()),
        },
        programs: engines(folder, &own, &users, &env),
        places: super::places::found(folder, &own, &users, places),
        servers: mcp(folder, &own, &users, servers, &env),
    }
}

fn words(refusal: Refusal) -> String {
    match refusal {
        Refusal::Refused(why) | Refusal::NothingRuns(why) => why,
        Refusal::Fault(report) => report.to_string(),
    }
}

fn terminal() -> Terminal {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let is_there = std::io::stdout().is_terminal() && std::io::stdin().is_terminal();
    let multiplexer = match (set("TMUX"), set("STY")) {
        (Some(_), _) => Some(Multiplexer::Tmux),
        (None, Some(_)) => Some(Multiplexer::Screen),
        (None, None) => None,
    };
    Terminal {
        is_there,
        size: is_there.then(|| crossterm::terminal::size().ok()).flatten(),
        term: set("TERM").unwrap_or_default(),
        colorterm: set("COLORTERM").unwrap_or_default(),
        no_color: set("NO_COLOR").is_some(),
        locale: ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| set(name)).unwrap_or_default(),
        tells_keys: is_there.then(|| crossterm::terminal::supports_keyboard_enhancement().ok()).flatten(),
        multiplexer,
        program: set("VTE_VERSION").map(|_| "vte".to_owned()).or(set("TERM_PROGRAM")).unwrap_or_default(),
    }
}

fn kernel() -> Kernel {
    let system = rustix::system::uname();
    let name = format!("{} {}", system.sysname().to_string_lossy(), system.release().to_string_lossy());
    let used = inotify_of(getuid().as_raw());
    let limit = |name: &str, used: u64| {
        let text = fs::read_to_string(format!("/proc/sys/fs/inotify/{name}")).ok()?;
        Some(Limit { most: text.trim().parse().ok()?, used })
    };
    Kernel {
        name,
        proc: fs::read_to_string("/proc/self/stat").is_ok(),
        subreaper: is_subreaper_known(),
        descriptors: getrlimit(Resource::Nofile).current,
        watches: limit("max_user_watches", used.0),
        instances: limit("max_user_instances", used.1),
    }
}

#[cfg(target_os = "linux")]
fn is_subreaper_known() -> bool {
    rustix::process::child_subreaper().is_ok()
}

#[cfg(not(target_os = "linux"))]
fn is_subreaper_known() -> bool {
    false
}

/// Returns how many inotify watches and instances a user has, as far as `/proc` tells.
fn inotify_of(user: u32) -> (u64, u64) {
    let (mut watches, mut instances) = (0, 0);
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten().map(|entry| entry.path());
    for process in processes.filter(|path| path.metadata().is_ok_and(|found| found.uid() == user)) {
        for descriptor in fs::read_dir(process.join("fd")).into_iter().flatten().flatten() {
            if fs::read_link(descriptor.path()).is_ok_and(|to| to.as_os_str() == "anon_inode:inotify") {
                instances += 1;
                let told = fs::read_to_string(process.join("fdinfo").join(descriptor.file_name())).unwrap_or_default();
                watches += told.lines().filter(|line| line.starts_with("inotify ")).count() as u64;
            }
        }
    }
    (watches, instances)
}

fn project_folder(folder: &Path) -> Folder {
    let probe = folder.join(format!(".quintet-doctor-{}", std::process::id()));
    let tried = File::create_new(&probe).map(|file| {
        let locked = file.try_lock().is_ok();
        let again = File::open(&probe).is_ok_and(|other| other.try_lock().is_err());
        locked && again
    });
    if tried.is_ok() {
        // It was ours; what stays is an empty file.
        let _ = fs::remove_file(&probe);
    }
    Folder {
        path: folder.to_owned(),
        locks: tried.as_ref().is_ok_and(|locks| *locks),
        writes: tried.map(drop).map_err(|error| error.to_string()),
        network: network(folder),
        free: rustix::fs::statvfs(folder).ok().map(|found| found.f_bavail.saturating_mul(found.f_frsize)),
    }
}

/// Returns the kind of a file system on which changes made elsewhere are not told.
#[cfg(target_os = "linux")]
fn network(folder: &Path) -> Option<&'static str> {
    // The numbers of statfs(2).
    match rustix::fs::statfs(folder).ok()?.f_type as u64 & 0xffff_ffff {
        0x6969 => Some("NFS"),
        0xff53_4d42 | 0xfe53_4d42 | 0x517b => Some("SMB"),
        0x0102_1997 => Some("9p"),
        0x6573_5546 => Some("FUSE"),
        0x00c3_6400 => Some("Ceph"),
        _ => None,
    }
}

#[cfg(not(target_os = "linux"))]
fn network(_folder: &Path) -> Option<&'static str> {
    None
}

/// Returns where runs are remembered, if this user may write there; nothing is made.
fn state() -> Result<PathBuf, String> {
    let path = registry::state_folder().map_err(|error| error.to_string())?;
    let there = path.ancestors().find(|path| path.exists()).unwrap_or(Path::new("/"));
    rustix::fs::access(there, rustix::fs::Access::WRITE_OK)
        .map(|()| path.clone())
        .map_err(|error| format!("{}: {error}", there.display()))
}

/// The programs that Quintet knows, by the names that they have, then the engines that somebody has written down: the
/// person's own and the project's. Those are looked for, not started.
fn engines(
    folder: &Path,
    own: &settings::File,
    users: &settings::File,
    env: &BTreeMap<String, String>,
) -> Vec<Program> {
    let mut found = Vec::new();
    for engine in engine::known().into_iter().filter(|engine| engine.kind != Kind::Builtin) {
        let Some(program) = engine.command.first() else { continue };
        let version = version(program, env);
        // What a file gives the program counts as if it were set.
        let given = [users, own].into_iter().filter_map(|file| file.engines.get(&engine.name));
        let mut env = env.clone();
        env.extend(given.flat_map(|table| table.env.clone()));
        let login = login(engine.kind, &env);
        found.push(Program { name: engine.name, kind: engine.kind, command: engine.command, version, login });
    }
    let known: Vec<String> = found.iter().map(|program| program.name.clone()).collect();
    for (file, from) in [(users, Path::new("/")), (own, folder)] {
        let more = file.engines.iter().filter(|(name, _)| !known.contains(name));
        found.extend(more.filter_map(|(name, table)| written(name, table, from, env)));
    }
    found
}

fn written(name: &str, table: &EngineTable, from: &Path, env: &BTreeMap<String, String>) -> Option<Program> {
    let command = table.command.clone().or_else(|| Some(vec![table.program.clone()?]))?;
    let path = env.get("PATH").map_or("", String::as_str);
    let version = program::find(Path::new(command.first()?), path, from).map(|path| path.display().to_string());
    let kind = table.kind.unwrap_or(Kind::Command);
    let env = env.iter().chain(&table.env).map(|(name, value)| (name.clone(), value.clone())).collect();
    Some(Program { name: name.to_owned(), kind, command, version, login: login(kind, &env) })
}

fn login(kind: Kind, env: &BTreeMap<String, String>) -> Login {
    let Some(keeps) = programs::keeps(kind) else { return Login::Unknown };
    let is_set = |name: &&&str| env.get(**name).is_some_and(|value| !value.is_empty());
    if let Some(name) = keeps.variables.iter().find(is_set) {
        return Login::There((*name).to_owned());
    }
    let (variable, below) = keeps.home;
    let home = env.get(variable).map(PathBuf::from);
    let home = home.or_else(|| Some(Path::new(env.get("HOME")?).join(below)));
    let Some(path) = home.map(|home| home.join(keeps.file)) else { return Login::None };
    let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64);
    match fs::read_to_string(&path) {
        Ok(text) => programs::login_in(kind, &text, &path.display().to_string(), now_ms),
        Err(_) => Login::None,
    }
}

/// Asks a program for its version. It starts in the root folder, where nothing of a project is read.
fn version(name: &str, env: &BTreeMap<String, String>) -> Result<String, String> {
    let mut child = Command::new(name)
        .arg("--version")
        .current_dir("/")
        .env_clear()
        .envs(env)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|_| "not found in PATH".to_owned())?;
    let until = Instant::now() + VERSION_WITHIN;
    while child.try_wait().map_err(|error| error.to_string())?.is_none() {
        if Instant::now() > until {
            // It is not waited for any longer, whatever it does.
            let _ = child.kill();
            return Err(format!("it does not say its version within {} s", VERSION_WITHIN.as_secs()));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    match text.lines().find(|line| !line.trim().is_empty()) {
        Some(line) => Ok(line.trim().to_owned()),
        None => Err("it is there and does not say its version".to_owned()),
    }
}

/// The MCP servers that are written down. The person's own are started, away from the project, where `npx` would take
/// a program of the project for the one that is meant; the project's only when the person says so and agrees to them.
fn mcp(
    folder: &Path,
    own: &settings::File,
    users: &settings::File,
    try_all: bool,
    env: &BTreeMap<String, String>,
) -> Vec<Server> {
    let mut found = checked(&users.mcp, Source::User, Some(Path::new("/")), env);
    let is_allowed = |name: &str, server: &engine::Server| {
        let server = engine::Server { name: name.to_owned(), ..server.clone() };
        trust::allows(folder, &settings::trust::of_server(&server, true).into_iter().collect())
    };
    // One with an address is nothing to start.
    let is_refused =
        |name: &str, server: &engine::Server| try_all && !server.command.is_empty() && !is_allowed(name, server);
    let (refused, allowed): (BTreeMap<_, _>, BTreeMap<_, _>) =
        own.mcp.clone().into_iter().partition(|(name, server)| is_refused(name, server));
    found.extend(checked(&allowed, Source::Project, try_all.then_some(folder), env));
    let refused = checked(&refused, Source::Project, None, env);
    found.extend(refused.into_iter().map(|server| Server { answer: None, is_refused: true, ..server }));
    found
}

/// Starts servers in a folder and asks for their tools; without a folder they are only named.
fn checked(
    servers: &BTreeMap<String, engine::Server>,
    source: Source,
    start_in: Option<&Path>,
    env: &BTreeMap<String, String>,
) -> Vec<Server> {
    let mut ready = Vec::new();
    let mut found = Vec::new();
    for (name, server) in servers {
        let server = engine::Server { name: name.clone(), ..server.clone() };
        let is_remote = server.command.is_empty();
        let untried = Server { name: name.clone(), source, is_remote, answer: None, is_refused: false };
        match server.expanded(|variable| env.get(variable).cloned()) {
            Err(variable) => found.push(Server { answer: Some(Err(format!("{variable} is not set"))), ..untried }),
            Ok(server) if start_in.is_some() && !is_remote => ready.push(server),
            Ok(_) => found.push(untried),
        }
    }
    let answers = start_in.map(|folder| preflight::check(&ready, folder, SERVER_WITHIN)).unwrap_or_default();
    found.extend(answers.into_iter().map(|one| {
        let answer = match one.found {
            Ok(tools) => Ok((tools.len(), one.took)),
            Err(trouble) => Err(trouble.to_string()),
        };
        Server { name: one.server, source, is_remote: false, answer: Some(answer), is_refused: false }
    }));
    found
}
