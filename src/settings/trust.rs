//! What a run would start, in words: a plan or `quintet.toml` from a repository starts nothing until the person has seen
//! this and agreed. It is asked again only when this changes.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::file::{EngineTable, File};
use super::merge::{AgentSetup, Setup};
use super::spend;
use crate::engine::{Engine, Kind, Server, foreign};
use crate::place::Place;
use crate::plan::{Agent, Permissions, Plan, Workspace};

/// Only slows the built-in analysts down.
const HARMLESS: &str = "QUINTET_PACE";

/// Behind the path of a file that is meant as the last commit holds it.
const COMMITTED: &str = " as committed";

/// What a setup has from the project's own settings, not from the user's.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Came {
    pub engines: BTreeMap<String, EngineTable>,
    /// Names of MCP servers.
    pub servers: BTreeSet<String>,
    /// Settings of other programs, by their paths in the project, each with its hash.
    pub files: BTreeMap<String, String>,
}

impl Came {
    /// Returns what came with these settings of a project.
    pub fn of(project: &File) -> Came {
        let servers = project.mcp.keys().cloned().collect();
        Came { engines: project.engines.clone(), servers, files: BTreeMap::new() }
    }

    /// Takes in the settings of other programs, [`foreign::NAMES`], by their paths in the project.
    pub fn take_in(&mut self, files: &BTreeMap<String, Vec<u8>>) {
        self.files = files.iter().map(|(path, bytes)| (path.clone(), hash_of(bytes))).collect();
    }

    /// The same of those in the last commit, which an agent in a worktree would find.
    pub fn take_in_committed(&mut self, files: &BTreeMap<String, Vec<u8>>) {
        self.files.extend(files.iter().map(|(path, bytes)| (format!("{path}{COMMITTED}"), hash_of(bytes))));
    }
}

/// Returns everything that would be started or granted beside the built-in analysts, a line each, sorted; empty: nothing
/// to agree to. An engine that the project defines is among them even if no agent uses it yet, and the rights of an agent
/// even if the analysts play it: a retry may choose another engine.
pub fn to_agree(plan: &Plan, setup: &Setup) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    let own = || setup.came.engines.keys().filter_map(|name| setup.engines.get(name));
    let may_start = setup.agents.iter().map(|it| &it.engine).chain(own()).any(|engine| engine.kind != Kind::Builtin);
    for (agent, it) in plan.agents.iter().zip(&setup.agents) {
        if let Some(verify) = &it.verify {
            lines.insert(format!("verify of {}: {verify}", agent.name));
        }
        let user = format!("engine {}", it.engine.name);
        lines.extend(it.env.iter().filter_map(|(name, value)| variable(name, &user, Some(value))));
        lines.extend(of_engine(&it.engine, setup));
        if let Some(place) = setup.places.get(&it.place) {
            lines.insert(of_place(place));
        }
        lines.extend(of_rights(agent, it).filter(|_| may_start));
    }
    lines.extend(own().flat_map(|engine| of_engine(engine, setup)));
    lines.extend(of_servers(plan, setup));
    let has_worktrees = setup.agents.iter().any(|agent| agent.workspace == Workspace::Worktree);
    if let Some(command) = setup.worktree.setup.as_ref().filter(|_| has_worktrees) {
        lines.insert(format!("setup of worktrees: {command}"));
    }
    let hooks = &setup.hooks;
    for (event, hook) in
        [("asking", &hooks.asking), ("urgent", &hooks.urgent), ("held", &hooks.held), ("ended", &hooks.ended)]
    {
        if let Some(command) = hook {
            lines.insert(format!("hook {event}: {command}"));
        }
    }
    lines
}

/// Returns what nobody has agreed to of having an agent played as `own` says: what it would start, what it may do, and
/// who is billed. Nothing for what is agreed to already, for this agent or in an earlier run.
pub fn left_to_agree(agent: &Agent, own: &AgentSetup, setup: &Setup) -> Vec<String> {
    let mut lines = of_engine(&own.engine, setup);
    if own.engine.kind != Kind::Builtin {
        lines.extend(of_rights(agent, own));
        let came = |server: &Server| setup.came.servers.contains(&server.name);
        lines.extend(setup.servers_of(agent).iter().flat_map(|(_, server)| of_server(server, came(server))));
    }
    lines.extend(spend::unconfirmed(agent, own, setup));
    lines.retain(|line| !setup.agreed.contains(line));
    lines
}

/// Tells what an agent may do beside reading, and the tools that the plan approves for it: they are called unasked.
fn of_rights(agent: &Agent, own: &AgentSetup) -> impl Iterator<Item = String> {
    let rights = format!("{:?}", own.permissions).to_lowercase();
    let rights = (own.permissions != Permissions::ReadOnly).then(|| format!("rights of {}: {rights}", agent.name));
    let tools = (!agent.tools.is_empty()).then(|| format!("tools of {}: {}", agent.name, agent.tools.join(", ")));
    rights.into_iter().chain(tools)
}

/// Returns what a place runs.
pub fn of_place(place: &Place) -> String {
    format!("place {}: {}", place.name, place.in_words())
}

/// Returns what an MCP server starts and is given. `came`: with the project.
pub fn of_server(server: &Server, came: bool) -> Vec<String> {
    let user = format!("MCP server {}", server.name);
    let what = server.url.clone().unwrap_or_else(|| server.command.join(" "));
    let known = |value| came.then_some(value);
    let variables = server.env.iter().filter_map(|(name, value)| variable(name, &user, known(value)));
    let headers = server.headers.iter().map(|(name, value)| given("header sent", name, &user, known(value)));
    std::iter::once(format!("{user}: {what}")).chain(variables).chain(headers).collect()
}

fn of_engine(engine: &Engine, setup: &Setup) -> Vec<String> {
    let user = format!("engine {}", engine.name);
    let came = setup.came.engines.get(&engine.name);
    let known = |name: &str| came.and_then(|table| table.env.get(name));
    let mut lines: Vec<String> = engine.env.keys().filter_map(|name| variable(name, &user, known(name))).collect();
    if engine.kind != Kind::Builtin {
        let command: Vec<&str> = engine.command.iter().chain(&engine.args).map(String::as_str).collect();
        lines.push(format!("program: {} ({user})", command.join(" ")));
    }
    lines.extend(foreign::read_by(engine.kind).iter().flat_map(|name| of_files(name, setup)));
    lines
}

/// Tells settings that came with the project and that the program reads by itself, each by its content's hash.
fn of_files(name: &str, setup: &Setup) -> Vec<String> {
    let can = foreign::NAMES.iter().find(|(known, _)| *known == name).map_or("", |(_, can)| can);
    let of = |path: &str| path.trim_end_matches(COMMITTED).split('/').next() == Some(name);
    let its = setup.came.files.iter().filter(|(path, _)| of(path));
    its.map(|(path, hash)| format!("settings read: {path} ({can}, content {hash})")).collect()
}

/// The user's own matter where a program could use them; the project's also where a retry could bring one.
fn of_servers(plan: &Plan, setup: &Setup) -> Vec<String> {
    let starts = setup.agents.iter().any(|agent| agent.engine.kind != Kind::Builtin);
    let named = plan.agents.iter().any(|agent| !agent.tools.is_empty() || !agent.tool_hints.is_empty());
    let came = |server: &Server| setup.came.servers.contains(&server.name);
    let servers = setup.mcp.values().filter(|server| starts || (named && came(server)));
    servers.flat_map(|server| of_server(server, came(server))).collect()
}

fn variable(name: &str, user: &str, value: Option<&String>) -> Option<String> {
    (name != HARMLESS).then(|| given("variable set", name, user, value))
}

/// Tells a value that came with the project by its hash alone: it may be a secret, and another one is a question.
fn given(what: &str, name: &str, user: &str, value: Option<&String>) -> String {
    match value {
        Some(value) => format!("{what}: {name} ({user}, value {})", hash(value)),
        None => format!("{what}: {name} ({user})"),
    }
}

/// Half of a SHA-256: who writes both values cannot find two that have it in common.
fn hash(value: &str) -> String {
    hash_of(value.as_bytes())
}

fn hash_of(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Returns what is to be agreed to: everything, or the difference to what was agreed to before.
pub fn difference(now: &BTreeSet<String>, before: Option<&BTreeSet<String>>) -> Vec<String> {
    match before {
        None => now.iter().map(|line| format!("  {line}")).collect(),
        Some(before) => {
            let new = now.difference(before).map(|line| format!("+ {line}"));
            let gone = before.difference(now).map(|line| format!("- {line}"));
            new.chain(gone).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Flags, merge};

    /// What a run of one agent with tools would start, by its project's settings and the user's.
    fn told(project: &str, user: &str) -> BTreeSet<String> {
        let plan = crate::plan::read("# P\n\n## Agents\n\n1. **a**: look\n   - MCP: `mcp__docs__search`\n");
        let plan = plan.plan.expect("a plan");
        let read = |text| File::read("quintet.toml", text).expect("valid").0;
        let setup = merge(&plan, &Flags::default(), &read(project), &read(user)).expect("a setup");
        to_agree(&plan, &setup)
    }

    #[test]
    fn an_engine_of_the_project_is_told_though_nobody_uses_it_yet() {
        let project = "[engines.claude]\nprogram = \"./evil.sh\"\nenv = { A = \"1\" }\n";
        let lines: Vec<String> = told(project, "").into_iter().collect();
        assert_eq!(lines[0], "program: ./evil.sh (engine claude)");
        assert_eq!(lines[1], "tools of a: mcp__docs__search");
        assert!(lines[2].starts_with("variable set: A (engine claude, value "), "{lines:?}");
        assert!(told("", project).is_empty(), "the user's own start nothing until they are used");
    }

    #[test]
    fn the_tools_that_a_plan_approves_are_told_where_a_program_may_call_them() {
        let project = "engine = \"mine\"\n[engines.mine]\nkind = \"command\"\ncommand = [\"x\"]\n";
        assert!(told(project, "").contains("tools of a: mcp__docs__search"));
        assert!(told("", "").is_empty(), "the analysts call none");
    }

    #[test]
    fn another_value_of_the_projects_is_another_line_and_no_value_is_told() {
        for (before, after) in [
            ("[agents.a]\nenv = { LD_PRELOAD = \"canary-1\" }\n", "canary-2"),
            (
                "[engines.mine]\nkind = \"command\"\ncommand = [\"x\"]\nenv = { LD_PRELOAD = \"canary-1\" }\n",
                "canary-2",
            ),
            ("[mcp.docs]\ncommand = [\"x\"]\nenv = { NODE_OPTIONS = \"canary-1\" }\n", "canary-2"),
            ("[mcp.docs]\nurl = \"http://x\"\nheaders = { Key = \"canary-1\" }\n", "${TOKEN}"),
        ] {
            let agreed = told(before, "");
            let now = told(&before.replace("canary-1", after), "");
            let changed = difference(&now, Some(&agreed));
            assert_eq!(changed.len(), 2, "{changed:?}");
            assert!(!changed.concat().contains("canary"), "{changed:?}");
        }
    }

    #[test]
    fn values_of_the_users_own_are_not_kept_by_the_project() {
        let user = "[mcp.docs]\ncommand = [\"x\"]\nenv = { KEY = \"canary\" }\n";
        let project = "engine = \"mine\"\n[engines.mine]\nkind = \"command\"\ncommand = [\"x\"]\n";
        assert!(told(project, user).contains("variable set: KEY (MCP server docs)"));
    }
}
