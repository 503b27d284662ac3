//! Opening a run: a new one, or one that is carried on.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::files::{self, Rights};
use super::journal::{self, Journal};
use super::lock::{Lock, LockError};
use super::registry::{self, Registered};
use super::{clear, clock, worktrees};
use crate::app::msg::Key;
use crate::app::{App, Home};
use crate::place::Place;
use crate::plan::{AgentId, Plan};
use crate::run::Run;
use crate::scheduler::Record;
use crate::settings::spend::{self, Account};
use crate::settings::{Flags, Setup};
use crate::team_dir::secrets::Secrets;
use crate::team_dir::{Envelope, RunDir, TeamDir};

/// How many runs are kept.
const KEPT: usize = 10;

/// What is to be run.
pub struct Wanted {
    /// Absolute.
    pub project: PathBuf,
    pub plan: Plan,
    pub plan_path: PathBuf,
    pub plan_hash: String,
    pub setup: Setup,
    /// What the command line said: a run that is carried on keeps it.
    pub flags: Flags,
    pub headless: bool,
    pub earlier: Earlier,
    /// What a person should know before it begins.
    pub warnings: Vec<String>,
}

/// What becomes of an unfinished run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Earlier {
    /// Carried on if it is the same; refused if not.
    Same,
    /// Carried on, even if the plan or an engine changed.
    CarryOn,
    /// Ended and left.
    Fresh,
}

/// A run that can begin, or go on.
pub struct Opened {
    pub app: App,
    pub journal: Journal,
    pub team: TeamDir,
    pub run_id: String,
    /// `run.started` or `run.resumed`, journalled already.
    pub first: Envelope,
    /// Attempts that were active when the earlier Quintet went; their folders, and whether every line counts.
    pub to_adopt: Vec<(Key, PathBuf, bool)>,
    /// What its records are without.
    pub secrets: Secrets,
    pub lock: Lock,
}

/// Why no run can begin.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Locked(#[from] LockError),
    #[error("cannot {what} {path}: {error}")]
    Io { what: &'static str, path: PathBuf, error: io::Error },
    #[error(
        "an unfinished run {run} is there, and {what}; say --carry-on to go on with it as it is now, or --fresh to end it and begin anew"
    )]
    Differs { run: String, what: String },
    #[error("{path} leads out of the project, to {target}: a run writes only into its project")]
    Outside { path: PathBuf, target: PathBuf },
}

/// Opens the run that is wanted; one Quintet per team directory.
///
/// # Errors
/// Another Quintet is there, an unfinished run differs, or the file system refuses.
pub fn open(wanted: Wanted) -> Result<Opened, OpenError> {
    let team = TeamDir::new(&wanted.project, &wanted.plan.files);
    stay_inside(&team, &wanted.plan)?;
    for folder in [team.communications(), team.reports(), team.handoffs()] {
        fs::create_dir_all(&folder).map_err(|error| OpenError::Io { what: "make", path: folder, error })?;
    }
    let runs = team.runs();
    files::private_folder(&runs).map_err(|error| OpenError::Io { what: "make", path: runs.clone(), error })?;
    let _ = fs::write(runs.join(".gitignore"), "*\n");
    let lock = Lock::take(&team.lock(), "")?;
    let unfinished = unfinished(&team);
    match unfinished {
        Some(run) if wanted.earlier != Earlier::Fresh => carry_on(wanted, team, lock, &run),
        earlier => begin(wanted, team, lock, earlier.as_ref()),
    }
}

/// Refuses links that lead out of the project from where Quintet or an agent is to write.
fn stay_inside(team: &TeamDir, plan: &Plan) -> Result<(), OpenError> {
    let project = team.project();
    let real = project.canonicalize().map_err(|error| OpenError::Io { what: "find", path: project.into(), error })?;
    let mut places = vec![team.communications(), team.reports(), team.handoffs(), team.runs()];
    places.extend([team.status(), team.findings(), team.urgent()].map(Path::to_path_buf));
    let outputs = plan.agents.iter().map(|agent| team.report(agent));
    places.extend(outputs.filter_map(|output| output.parent().map(Path::to_path_buf)));
    for place in places {
        // What is not there yet is made in what is.
        let target = place.ancestors().find_map(|it| it.canonicalize().ok());
        if let Some(target) = target.filter(|target| !target.starts_with(&real)) {
            return Err(OpenError::Outside { path: place, target });
        }
    }
    Ok(())
}

/// Returns the app of a run that is not begun: for what it would do.
pub fn rehearse(wanted: &Wanted) -> App {
    attached(wanted, "rehearsal")
}

/// Returns the app of a run that goes on in another process, without its records.
pub fn attached(wanted: &Wanted, run: &str) -> App {
    let team = TeamDir::new(&wanted.project, &wanted.plan.files);
    app(wanted, &team, team.run(run), run)
}

/// Returns where the plan of a run is.
///
/// # Errors
/// The journal cannot be read.
pub fn plan_of(team: &TeamDir, run: &str) -> io::Result<Option<PathBuf>> {
    let lines = journal::read(&team.run(run).journal())?;
    Ok(lines.into_iter().find_map(|line| match line.record {
        Record::RunStarted { plan, project, .. } => Some(Path::new(&project).join(plan)),
        _ => None,
    }))
}

/// Returns the flags of the unfinished run that would be carried on, if there is one.
pub fn earlier_flags(team: &TeamDir) -> Option<Flags> {
    let run = unfinished(team)?;
    run.lines.iter().find_map(|line| match &line.record {
        Record::RunStarted { options, .. } => flags_in(options),
        _ => None,
    })
}

/// Returns the agents of a run, in their order, and the flags that it was started with.
///
/// # Errors
/// The journal cannot be read.
pub fn begun_with(team: &TeamDir, run: &str) -> io::Result<(Vec<String>, Flags)> {
    let begun = journal::read(&team.run(run).journal())?.into_iter().find_map(|line| match line.record {
        Record::RunStarted { agents, options, .. } => Some((agents, flags_in(&options).unwrap_or_default())),
        _ => None,
    });
    Ok(begun.unwrap_or_default())
}

fn flags_in(options: &serde_json::Value) -> Option<Flags> {
    serde_json::from_value(options.get("flags")?.clone()).ok()
}

/// An earlier run without its end.
struct Unfinished {
    id: String,
    lines: Vec<Envelope>,
}

/// Returns the newest run of this user that has no end.
fn unfinished(team: &TeamDir) -> Option<Unfinished> {
    let (id, journal) = runs(team).pop()?;
    let lines = journal::read(&journal).ok()?;
    let is_over = |line: &Envelope| matches!(line.record, Record::RunEnded { .. } | Record::RunStopped { .. });
    let has_begun = lines.iter().any(|line| matches!(line.record, Record::RunStarted { .. }));
    let is_unfinished = has_begun && !lines.iter().any(is_over) && registry::knows(&id, team.project());
    is_unfinished.then_some(Unfinished { id, lines })
}

/// Returns the runs with a journal, the oldest first.
pub fn runs(team: &TeamDir) -> Vec<(String, PathBuf)> {
    let Ok(entries) = fs::read_dir(team.runs()) else { return Vec::new() };
    let mut found: Vec<_> = entries
        .filter_map(|entry| {
            let id = entry.ok()?.file_name().into_string().ok()?;
            let journal = team.run(&id).journal();
            // A run's folder is made at its start and the journal in it at once.
            let born = journal.metadata().ok()?;
            let began = born.created().or_else(|_| born.modified()).ok()?;
            Some((began, id, journal))
        })
        .collect();
    found.sort();
    found.into_iter().map(|(_, id, journal)| (id, journal)).collect()
}

fn begin(wanted: Wanted, team: TeamDir, lock: Lock, earlier: Option<&Unfinished>) -> Result<Opened, OpenError> {
    let left = earlier.map(|run| end_earlier(&team, run, &wanted.setup.places)).transpose()?.flatten();
    let id = clock::run_id();
    let home = team.run(&id);
    let io = |what, path: &Path| {
        let path = path.to_owned();
        move |error| OpenError::Io { what, path, error }
    };
    files::private_folder(&home.0).map_err(io("make", &home.0))?;
    let (mut journal, _) = Journal::open(&home.journal(), &id).map_err(io("open", &home.journal()))?;
    let mut warnings = wanted.warnings.clone();
    warnings.extend(left);
    if let Err(error) = keep_before(&team, &home, &wanted.plan) {
        warnings.push(format!("what was there before could not all be copied to {}: {error}", home.before().display()));
    }
    // Without it the run is shown later with the plan as it is then.
    // A copy has the rights of what was copied, and nobody else may open the files of a run.
    let kept = home.plan();
    let _ =
        fs::copy(&wanted.plan_path, &kept).and_then(|_| fs::set_permissions(&kept, fs::Permissions::from_mode(0o600)));
    let registered = Registered {
        v: 1,
        run: id.clone(),
        project: wanted.project.clone(),
        plan: wanted.plan_path.to_string_lossy().into_owned(),
    };
    if let Err(error) = registry::register(&registered) {
        warnings.push(format!("this run cannot be carried on after a crash: {error}"));
    }
    prune(&team);
    let mut app = app(&wanted, &team, home, &id);
    let (now, wall) = (clock::now(), clock::wall());
    let started = Record::RunStarted {
        plan: team.relative(&wanted.plan_path),
        plan_hash: wanted.plan_hash,
        project: wanted.project.to_string_lossy().into_owned(),
        agents: wanted.plan.agents.iter().map(|agent| agent.name.clone()).collect(),
        slots: wanted.setup.slots,
        boot: clock::boot_id(),
        options: options(&wanted.setup, &wanted.flags),
    };
    app.replay(now, wall, &started);
    let (first, written) = journal.append(now, wall, started);
    written.map_err(io("write", &team.run(&id).journal()))?;
    for warning in warnings {
        app.say(wall, warning);
    }
    Ok(Opened { app, journal, team, run_id: id, first, to_adopt: Vec::new(), secrets: secrets(&wanted.setup), lock })
}

fn carry_on(wanted: Wanted, team: TeamDir, lock: Lock, run: &Unfinished) -> Result<Opened, OpenError> {
    if wanted.earlier == Earlier::Same
        && let Some(what) = difference(&wanted, run)
    {
        return Err(OpenError::Differs { run: run.id.clone(), what });
    }
    let home = team.run(&run.id);
    let path = home.journal();
    let (mut journal, lines) =
        Journal::open(&path, &run.id).map_err(|error| OpenError::Io { what: "open", path: path.clone(), error })?;
    let mut app = app(&wanted, &team, home.clone(), &run.id);
    for line in &lines {
        app.replay(line.mono, line.t, &line.record);
    }
    remember_notes(&mut app, &team);
    let (now, wall) = (clock::now(), clock::wall());
    let resumed = Record::RunResumed { boot: clock::boot_id() };
    app.replay(now, wall, &resumed);
    let (first, written) = journal.append(now, wall, resumed);
    written.map_err(|error| OpenError::Io { what: "write", path, error })?;
    for warning in wanted.warnings {
        app.say(wall, warning);
    }
    let strangers = live(&home, run, |agent| app.run.plan.find(agent).is_none());
    let left = clear::end(strangers, &wanted.setup.places).map_err(|error| OpenError::Io {
        what: "end attempts in",
        path: home.0.clone(),
        error,
    })?;
    if left > 0 {
        app.say(wall, format!("{left} attempts of agents that are no longer in the plan could not be ended"));
    }
    let to_adopt = app.adopt();
    let to_adopt = to_adopt.into_iter().map(|(key, folder, every)| (key, newest_process(&folder), every)).collect();
    Ok(Opened { app, journal, team, run_id: run.id.clone(), first, to_adopt, secrets: secrets(&wanted.setup), lock })
}

/// Returns in words how the wanted run differs from the unfinished one.
fn difference(wanted: &Wanted, run: &Unfinished) -> Option<String> {
    let started = run.lines.iter().find_map(|line| match &line.record {
        Record::RunStarted { plan_hash, options, .. } => Some((plan_hash, options)),
        _ => None,
    })?;
    let reloaded = run.lines.iter().rev().find_map(|line| match &line.record {
        Record::PlanReloaded { plan_hash, .. } => Some(plan_hash),
        _ => None,
    });
    if *reloaded.unwrap_or(started.0) != wanted.plan_hash {
        return Some("its plan is not this plan".to_owned());
    }
    let engines = |options: &serde_json::Value| options.get("engines").cloned().unwrap_or_default();
    (engines(started.1) != engines(&options(&wanted.setup, &wanted.flags)))
        .then(|| "its engines are not these".to_owned())
}

fn options(setup: &Setup, flags: &Flags) -> serde_json::Value {
    let engines: Vec<&str> = setup.agents.iter().map(|agent| agent.engine.name.as_str()).collect();
    json!({
        "engines": engines,
        "slots": setup.slots,
        "grace_s": setup.grace.as_secs_f64(),
        "successors": setup.successors,
        "retries": setup.retries,
        "flags": flags,
    })
}

fn app(wanted: &Wanted, team: &TeamDir, home: RunDir, id: &str) -> App {
    let mut run = Run::new(id, wanted.plan.clone(), wanted.plan_path.clone(), wanted.project.clone());
    run.engines = wanted.setup.agents.iter().map(|agent| shown(&agent.engine.name, agent.model.as_deref())).collect();
    let deaf = wanted.setup.engines.iter().filter(|(_, engine)| !engine.kind.is_llm());
    run.deaf_engines = deaf.map(|(name, _)| name.clone()).collect();
    run.max_cost = wanted.setup.max_cost;
    let engines = &wanted.setup.engines;
    run.accounts = engines.iter().map(|(name, engine)| (name.clone(), spend::sharers(engine, engines))).collect();
    run.billed = wanted.setup.agents.iter().map(|own| own.account != Account::Login).collect();
    run.without.clone_from(&wanted.setup.mcp_missing);
    let home = Home { team: team.clone(), run: home, later: Vec::new(), own_program: own_program() };
    App::new(run, wanted.setup.clone(), home, secrets(&wanted.setup), wanted.headless)
}

fn secrets(setup: &Setup) -> Secrets {
    let inherited: Vec<(String, String)> = std::env::vars().collect();
    let servers = setup.mcp.values().flat_map(|server| server.env.iter().chain(&server.headers));
    let configured = setup.agents.iter().flat_map(|agent| agent.env.iter().chain(&agent.engine.env)).chain(servers);
    let all = inherited.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    Secrets::of(all.chain(configured.map(|(name, value)| (name.as_str(), value.as_str()))))
}

fn shown(engine: &str, model: Option<&str>) -> String {
    model.map_or_else(|| engine.to_owned(), |model| format!("{engine} {model}"))
}

/// Returns this program, as agents and shims start it: there even if the file was replaced since.
pub fn own_program() -> PathBuf {
    std::env::current_exe().ok().filter(|path| path.is_file()).unwrap_or_else(|| PathBuf::from("/proc/self/exe"))
}

/// Copies what the run will replace to its folder: all that can be copied, whatever cannot.
///
/// # Errors
/// The first that came.
fn keep_before(team: &TeamDir, home: &RunDir, plan: &Plan) -> io::Result<()> {
    let mut files: Vec<PathBuf> =
        vec![team.status().to_owned(), team.log(), team.urgent().to_owned(), team.findings().to_owned()];
    files.extend(plan.agents.iter().map(|agent| team.report(agent)));
    let mut result = Ok(());
    for folder in [team.reports(), team.handoffs()] {
        match fs::read_dir(folder) {
            Ok(entries) => files.extend(entries.filter_map(|entry| entry.ok().map(|entry| entry.path()))),
            Err(error) => result = result.and(Err(error)),
        }
    }
    files.sort();
    files.dedup();
    for file in files {
        result = result.and(files::keep_before(&file, team, &home.before()));
    }
    result
}

/// Ends every attempt of an earlier run that may still live, then writes down that the run was stopped; returns what a
/// person should know of it.
fn end_earlier(
    team: &TeamDir,
    run: &Unfinished,
    places: &BTreeMap<String, Place>,
) -> Result<Option<String>, OpenError> {
    let home = team.run(&run.id);
    let open = |error| OpenError::Io { what: "end the attempts of", path: home.0.clone(), error };
    let left = clear::end(live(&home, run, |_| true), places).map_err(open)?;
    let path = home.journal();
    let (mut journal, _) =
        Journal::open(&path, &run.id).map_err(|error| OpenError::Io { what: "open", path: path.clone(), error })?;
    let stopped = Record::RunStopped { why: "a fresh run was begun".to_owned() };
    journal.append(clock::now(), clock::wall(), stopped).1.map_err(|error| OpenError::Io {
        what: "write",
        path,
        error,
    })?;
    Ok((left > 0).then(|| format!("{left} attempts of run {} could not be ended", run.id)))
}

/// Returns the folders of a run's attempts that have no exit status, of these agents.
fn live(home: &RunDir, run: &Unfinished, of: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let folders = run.lines.iter().filter_map(|line| match &line.record {
        Record::AttemptStarting { agent, folder, .. } if of(agent) => Some(newest_process(&home.attempt(folder))),
        _ => None,
    });
    folders.filter(|folder| folder.is_dir() && !folder.join("exit").is_file()).collect()
}

/// Returns the folder of the newest process of an attempt: one that continued its session has a folder of its own.
pub fn newest_process(attempt: &Path) -> PathBuf {
    let again = (1..).map(|n| attempt.join(format!("again-{n}"))).take_while(|path| path.is_dir()).last();
    again.unwrap_or_else(|| attempt.to_owned())
}

fn remember_notes(app: &mut App, team: &TeamDir) {
    let written: Vec<(Key, String)> = app
        .run
        .state
        .agents
        .iter()
        .enumerate()
        .flat_map(|(index, agent)| agent.attempts.iter().map(move |attempt| (AgentId(index), attempt)))
        .filter_map(|(agent, attempt)| Some((Key { agent, attempt: attempt.n }, attempt.notes.as_ref()?.0.clone())))
        .collect();
    for (key, path) in written {
        if let Ok(Some(text)) = files::read_text(&team.project().join(path), 64 * 1024) {
            app.remember_notes(key, text);
        }
    }
}

/// Removes the oldest runs over the number that is kept; one that may still live stays.
fn prune(team: &TeamDir) {
    let all = runs(team);
    let surplus = all.len().saturating_sub(KEPT);
    for (id, journal) in &all[..surplus] {
        if has_ended(journal) && worktrees::clear(team.project(), &team.run(id), id).is_empty() {
            let _ = fs::remove_dir_all(team.run(id).0);
        }
    }
}

/// Returns whether the run of this journal has ended.
pub fn has_ended(journal: &Path) -> bool {
    journal::read(journal).is_ok_and(|lines| {
        lines.iter().any(|line| matches!(line.record, Record::RunEnded { .. } | Record::RunStopped { .. }))
    })
}

/// Writes the first status and makes the communication files, so that agents find them.
///
/// # Errors
/// Those of the file system.
pub fn lay_out(app: &App, team: &TeamDir) -> io::Result<()> {
    let status = app.run.status(clock::now(), clock::wall());
    files::replace(team.status(), &status.text(), Rights::Private)?;
    for (path, title) in [(team.findings(), "Cross-agent findings"), (team.urgent(), "Urgent issues")] {
        if !path.exists() {
            files::append(path, &format!("# {title}\n"))?;
        }
    }
    Ok(())
}
