//! Who wins: flag, then `[agents.X]`, front matter, plan text, `quintet.toml`, the user's config, the default.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::file::{AgentTable, EngineTable, File, Hooks, Worktree};
use super::places;
use super::span::{Share, Span};
use super::spend::{self, Account};
use super::trust::Came;
use super::workspace;
use crate::engine::{self, Engine, Kind, Output, ReportRule, Server, Stdin};
use crate::place::{LOCAL, Place};
use crate::plan::{Agent, Permissions, Plan, Workspace};

/// What the command line said.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Flags {
    pub engine: Option<String>,
    /// Overrides the engine of every agent.
    pub engine_all: Option<String>,
    /// Where agents without a place of their own run.
    pub place: Option<String>,
    pub slots: Option<usize>,
    pub time_box: Option<Span>,
    pub warning: Option<Share>,
    pub wrap_up: Option<Share>,
    pub grace: Option<Span>,
    pub successors: Option<u32>,
    pub retries: Option<u32>,
    pub max_cost: Option<f64>,
    pub max_tokens: Option<u64>,
    pub on_quit: Option<OnQuit>,
    pub on_crash: Option<OnCrash>,
    /// These agents of the plan only; empty: all.
    pub only: Vec<String>,
}

impl Flags {
    /// Returns what was said now, and where nothing was, what was said before.
    #[must_use]
    pub fn or(self, before: Flags) -> Flags {
        Flags {
            engine: self.engine.or(before.engine),
            engine_all: self.engine_all.or(before.engine_all),
            place: self.place.or(before.place),
            slots: self.slots.or(before.slots),
            time_box: self.time_box.or(before.time_box),
            warning: self.warning.or(before.warning),
            wrap_up: self.wrap_up.or(before.wrap_up),
            grace: self.grace.or(before.grace),
            successors: self.successors.or(before.successors),
            retries: self.retries.or(before.retries),
            max_cost: self.max_cost.or(before.max_cost),
            max_tokens: self.max_tokens.or(before.max_tokens),
            on_quit: self.on_quit.or(before.on_quit),
            on_crash: self.on_crash.or(before.on_crash),
            only: if self.only.is_empty() { before.only } else { self.only },
        }
    }
}

/// What leaving the screen does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum OnQuit {
    #[default]
    Ask,
    Detach,
    Stop,
}

/// What the shims do when Quintet dies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum OnCrash {
    /// End their agents.
    Stop,
    /// Keep them for the next Quintet.
    #[default]
    Keep,
}

/// Where a setting came from, for `check`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    Flag,
    Agents,
    FrontMatter,
    Plan,
    Project,
    User,
    Default,
}

/// A run, set up.
#[derive(Debug, Clone, PartialEq)]
pub struct Setup {
    pub slots: usize,
    pub slots_from: Origin,
    pub warning: f64,
    pub wrap_up: f64,
    pub grace: Duration,
    pub successors: u32,
    pub retries: u32,
    pub max_cost: Option<f64>,
    pub max_cost_from: Origin,
    pub max_tokens: Option<u64>,
    pub on_quit: OnQuit,
    pub on_crash: OnCrash,
    /// In plan order.
    pub agents: Vec<AgentSetup>,
    /// Every engine by name: a retry may choose another.
    pub engines: BTreeMap<String, Engine>,
    pub mcp: BTreeMap<String, Server>,
    pub mcp_aliases: BTreeMap<String, String>,
    pub worktree: Worktree,
    /// MCP servers that the plan names and that are not to be had, and why.
    pub mcp_missing: BTreeMap<String, String>,
    /// Those of them that were tried, by the plan's names.
    pub mcp_tried: BTreeSet<String>,
    pub hooks: Hooks,
    /// By name; this machine is none of them.
    pub places: BTreeMap<String, Place>,
    pub came: Came,
    /// Variables with a key to a model that Quintet itself has, and agents inherit.
    pub keys: BTreeSet<&'static str>,
    /// What the person has agreed to for this project, in the words of [`trust`](super::trust).
    pub agreed: BTreeSet<String>,
}

/// One agent, set up.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentSetup {
    pub engine: Engine,
    pub engine_from: Origin,
    pub model: Option<String>,
    pub time_box: Duration,
    pub time_box_from: Origin,
    pub permissions: Permissions,
    pub workspace: Workspace,
    pub workspace_from: Origin,
    pub env: BTreeMap<String, String>,
    pub max_cost: Option<f64>,
    /// [`Origin::Default`]: nobody said one.
    pub max_cost_from: Origin,
    pub max_tokens: Option<u64>,
    pub max_turns: Option<u32>,
    pub account: Account,
    pub verify: Option<String>,
    pub place: String,
}

/// A setting that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {why}")]
pub struct Problem {
    pub what: String,
    pub why: String,
}

/// More attempts at once than any machine should run.
const MOST_SLOTS: usize = 1000;
/// In less no attempt can do anything.
const SHORTEST_BOX: Duration = Duration::from_millis(100);

/// What was said in one place, and the place.
type Said<T> = (Option<T>, Origin);

/// Returns the first thing that was said, or the default.
fn first<T>(said: impl IntoIterator<Item = Said<T>>, default: T) -> (T, Origin) {
    said.into_iter()
        .find_map(|(value, origin)| value.map(|value| (value, origin)))
        .unwrap_or((default, Origin::Default))
}

/// The same of a setting that nobody need say.
fn said<T>(said: impl IntoIterator<Item = Said<T>>) -> Said<T> {
    said.into_iter().find(|(value, _)| value.is_some()).unwrap_or((None, Origin::Default))
}

/// Merges what was said into one setup; all problems at once.
///
/// # Errors
/// An unknown engine, an engine without a program, an agent in `[agents]` that is not in the plan, a slot count of 0.
pub fn merge(plan: &Plan, flags: &Flags, project: &File, user: &File) -> Result<Setup, Vec<Problem>> {
    let mut problems = Vec::new();
    let engines = engines(project, user, &mut problems);
    let places = places::places(project, user, &mut problems);
    for name in project.agents.keys() {
        // Settings of agents that are left out are no mistakes.
        if plan.find(name).is_none() && flags.only.is_empty() {
            let known: Vec<&str> = plan.agents.iter().map(|agent| agent.name.as_str()).collect();
            problems.push(Problem { what: format!("[agents.{name}]"), why: unknown("agent", name, &known) });
        }
    }
    let (slots, slots_from) = first(
        [
            (flags.slots, Origin::Flag),
            (plan.said.slots.then_some(plan.slots), Origin::Plan),
            (project.slots, Origin::Project),
            (user.slots, Origin::User),
        ],
        plan.slots,
    );
    if !(1..=MOST_SLOTS).contains(&slots) {
        problems.push(Problem { what: "slots".into(), why: format!("{slots} is not from 1 to {MOST_SLOTS}") });
    }
    let either = |flag, project, user, default| {
        first([(flag, Origin::Flag), (project, Origin::Project), (user, Origin::User)], default).0
    };
    let share = |flag: Option<Share>, project: Option<Share>, user: Option<Share>, default: f64| {
        first([(flag, Origin::Flag), (project, Origin::Project), (user, Origin::User)], Share(default)).0.0
    };
    let (run_cap, max_cost_from) = said([
        (flags.max_cost, Origin::Flag),
        (plan.overrides.max_cost, Origin::FrontMatter),
        (project.max_cost, Origin::Project),
        (user.max_cost, Origin::User),
    ]);
    let mut agents: Vec<AgentSetup> = plan
        .agents
        .iter()
        .filter_map(|agent| agent_setup(plan, agent, flags, project, user, &engines, &mut problems))
        .collect();
    for (agent, own) in plan.agents.iter().zip(&mut agents) {
        (own.workspace, own.workspace_from) = workspace::of(plan, agent, own, slots, [project, user]);
    }
    problems.extend(places::unknown(plan, &agents, &places));
    let grace = [(flags.grace, Origin::Flag), (project.grace, Origin::Project), (user.grace, Origin::User)];
    let setup = Setup {
        slots,
        slots_from,
        warning: share(flags.warning, project.warning, user.warning, 0.8),
        wrap_up: share(flags.wrap_up, project.wrap_up, user.wrap_up, 0.1),
        grace: first(grace, Span(Duration::from_secs(10))).0.0,
        successors: either(flags.successors, project.successors, user.successors, 2),
        retries: either(flags.retries, project.retries, user.retries, 2),
        max_cost: run_cap,
        max_cost_from,
        max_tokens: flags.max_tokens.or(plan.overrides.max_tokens).or(project.max_tokens).or(user.max_tokens),
        on_quit: flags.on_quit.or(project.on_quit).or(user.on_quit).unwrap_or_default(),
        on_crash: flags.on_crash.or(project.on_crash).or(user.on_crash).unwrap_or_default(),
        agents,
        engines,
        mcp: servers(project, user),
        mcp_aliases: user.mcp_aliases.clone().into_iter().chain(project.mcp_aliases.clone()).collect(),
        worktree: worktree(project, user),
        mcp_missing: BTreeMap::new(),
        mcp_tried: BTreeSet::new(),
        hooks: hooks(project, user),
        places,
        came: Came::of(project),
        keys: BTreeSet::new(),
        agreed: BTreeSet::new(),
    };
    for (agent, own) in plan.agents.iter().zip(&setup.agents) {
        problems.extend(spend::unkept(&agent.name, own, &setup));
    }
    if problems.is_empty() { Ok(setup) } else { Err(problems) }
}

fn agent_setup(
    plan: &Plan,
    agent: &Agent,
    flags: &Flags,
    project: &File,
    user: &File,
    engines: &BTreeMap<String, Engine>,
    problems: &mut Vec<Problem>,
) -> Option<AgentSetup> {
    let nothing = AgentTable::default();
    let table = project.agents.get(&agent.name).or_else(|| project.agents.get(&agent.slug)).unwrap_or(&nothing);
    let front = &agent.overrides;
    let whole = &plan.overrides;
    let (name, engine_from) = first(
        [
            (flags.engine_all.clone(), Origin::Flag),
            (table.engine.clone(), Origin::Agents),
            (front.engine.clone(), Origin::FrontMatter),
            (flags.engine.clone(), Origin::Flag),
            (whole.engine.clone(), Origin::FrontMatter),
            (project.engine.clone(), Origin::Project),
            (user.engine.clone(), Origin::User),
        ],
        "builtin".to_owned(),
    );
    let Some(engine) = engines.get(&name) else {
        let known: Vec<&str> = engines.keys().map(String::as_str).collect();
        let problem = Problem { what: format!("engine of {}", agent.name), why: unknown("engine", &name, &known) };
        problems.push(problem);
        return None;
    };
    let (time_box, time_box_from) = first(
        [
            (flags.time_box.map(|span| span.0), Origin::Flag),
            (table.time_box.map(|span| span.0), Origin::Agents),
            (seconds(front.time_box_s), Origin::FrontMatter),
            (plan.said.time_box.then_some(agent.time_box), Origin::Plan),
            ((agent.time_box != plan.time_box).then_some(agent.time_box), Origin::Plan),
            (project.time_box.map(|span| span.0), Origin::Project),
            (user.time_box.map(|span| span.0), Origin::User),
        ],
        agent.time_box,
    );
    if time_box < SHORTEST_BOX {
        let why = format!("{} s is too short for anything", time_box.as_secs_f64());
        problems.push(Problem { what: format!("time box of {}", agent.name), why });
    }
    let mut env = whole.env.clone();
    env.extend(front.env.clone());
    env.extend(table.env.clone());
    let permissions = table
        .permissions
        .or(front.permissions)
        .or(whole.permissions)
        .or(project.permissions)
        .or(user.permissions)
        .unwrap_or_default();
    let model = table.model.clone().or(front.model.clone()).or(whole.model.clone()).or(engine.model.clone());
    let (max_cost, max_cost_from) = said([(table.max_cost, Origin::Agents), (front.max_cost, Origin::FrontMatter)]);
    let own_place = table.place.clone().or(front.place.clone());
    let of_all = [&flags.place, &whole.place, &engine.place, &project.place, &user.place];
    let place = own_place.or_else(|| of_all.into_iter().find_map(Clone::clone));
    Some(AgentSetup {
        model,
        engine_from,
        time_box,
        time_box_from,
        permissions,
        workspace: Workspace::default(),
        workspace_from: Origin::Default,
        env,
        max_cost,
        max_cost_from,
        max_tokens: table.max_tokens.or(front.max_tokens),
        max_turns: table.max_turns.or(front.max_turns),
        account: Account::default(),
        verify: table.verify.clone().or(front.verify.clone()),
        place: place.unwrap_or_else(|| LOCAL.to_owned()),
        engine: engine.clone(),
    })
}

/// Returns every engine by name: the known ones, the user's, the project's.
fn engines(project: &File, user: &File, problems: &mut Vec<Problem>) -> BTreeMap<String, Engine> {
    let mut engines: BTreeMap<String, Engine> =
        engine::known().into_iter().map(|engine| (engine.name.clone(), engine)).collect();
    for (name, table) in user.engines.iter().chain(&project.engines) {
        let known = engines.get(name).cloned();
        match configured(name, table, known) {
            Ok(engine) => {
                engines.insert(name.clone(), engine);
            }
            Err(why) => problems.push(Problem { what: format!("[engines.{name}]"), why }),
        }
    }
    engines
}

fn configured(name: &str, table: &EngineTable, known: Option<Engine>) -> Result<Engine, String> {
    let kind = table.kind.or(known.as_ref().map(|engine| engine.kind));
    let Some(kind) = kind else {
        return Err("say its `kind`: builtin, claude, codex, gemini, opencode, acp or command".to_owned());
    };
    let of_kind = known
        .filter(|engine| engine.kind == kind)
        .or_else(|| engine::known().into_iter().find(|engine| engine.kind == kind));
    let mut engine = of_kind.unwrap_or_else(|| Engine {
        name: name.to_owned(),
        kind,
        command: Vec::new(),
        model: None,
        args: Vec::new(),
        env: BTreeMap::new(),
        env_clear: false,
        stdin: Stdin::default(),
        output: Output::default(),
        report: ReportRule::default(),
        place: None,
    });
    engine.name = name.to_owned();
    if let Some(command) = &table.command {
        engine.command = command.clone();
    }
    if let Some(program) = &table.program {
        engine.command = vec![program.clone()];
    }
    if engine.command.is_empty() && kind != Kind::Builtin {
        return Err("it has no `command`, for example command = [\"./agent.sh\", \"{agent}\"]".to_owned());
    }
    engine.model = table.model.clone().or(engine.model);
    engine.args.extend(table.args.iter().cloned());
    engine.env.extend(table.env.clone());
    engine.env_clear |= table.env_clear;
    engine.stdin = table.stdin.unwrap_or(engine.stdin);
    engine.output = table.output.unwrap_or(engine.output);
    engine.report = table.report.unwrap_or(engine.report);
    engine.place = table.place.clone().or(engine.place);
    Ok(engine)
}

fn servers(project: &File, user: &File) -> BTreeMap<String, Server> {
    let all = user.mcp.clone().into_iter().chain(project.mcp.clone());
    all.map(|(name, server)| (name.clone(), Server { name, ..server })).collect()
}

fn worktree(project: &File, user: &File) -> Worktree {
    let (project, user) = (&project.worktree, &user.worktree);
    Worktree {
        copy: if project.copy.is_empty() { user.copy.clone() } else { project.copy.clone() },
        setup: project.setup.clone().or(user.setup.clone()),
    }
}

fn hooks(project: &File, user: &File) -> Hooks {
    let (project, user) = (&project.hooks, &user.hooks);
    Hooks {
        asking: project.asking.clone().or(user.asking.clone()),
        urgent: project.urgent.clone().or(user.urgent.clone()),
        held: project.held.clone().or(user.held.clone()),
        ended: project.ended.clone().or(user.ended.clone()),
    }
}

fn seconds(value: Option<f64>) -> Option<Duration> {
    value.and_then(|value| Duration::try_from_secs_f64(value).ok())
}

/// Says that a name is unknown, and which known one is near.
pub(super) fn unknown(what: &str, name: &str, known: &[&str]) -> String {
    let near = known.iter().max_by(|a, b| strsim::jaro_winkler(name, a).total_cmp(&strsim::jaro_winkler(name, b)));
    match near {
        Some(near) if strsim::jaro_winkler(name, near) > 0.8 => {
            format!("no {what} is called `{name}`; did you mean `{near}`?")
        }
        _ => format!("no {what} is called `{name}`; there are {}", known.join(", ")),
    }
}
