//! What a run would start, in words: a plan or `quintet.toml` from a repository starts nothing until the person has seen
//! this and agreed. It is asked again only when this changes.

use std::collections::BTreeSet;

use super::Setup;
use crate::engine::Kind;
use crate::plan::{Permissions, Plan, Workspace};

/// Only slows the built-in analysts down.
const HARMLESS: &str = "QUINTET_PACE";

/// Returns everything that would be started or granted beside the built-in analysts, a line each, sorted; empty: nothing
/// to agree to.
pub fn to_agree(plan: &Plan, setup: &Setup) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for (agent, it) in plan.agents.iter().zip(&setup.agents) {
        if let Some(verify) = &it.verify {
            lines.insert(format!("verify of {}: {verify}", agent.name));
        }
        for name in it.engine.env.keys().chain(it.env.keys()).filter(|name| *name != HARMLESS) {
            lines.insert(format!("variable set: {name} (engine {})", it.engine.name));
        }
        if let Some(place) = setup.places.get(&it.place) {
            lines.insert(format!("place {}: {}", place.name, place.in_words()));
        }
        if it.engine.kind == Kind::Builtin {
            continue;
        }
        let command: Vec<&str> = it.engine.command.iter().chain(&it.engine.args).map(String::as_str).collect();
        lines.insert(format!("program: {} (engine {})", command.join(" "), it.engine.name));
        if it.permissions != Permissions::ReadOnly {
            let rights = format!("{:?}", it.permissions).to_lowercase();
            lines.insert(format!("rights of {}: {rights}", agent.name));
        }
        for server in setup.mcp.values() {
            let what = server.url.clone().unwrap_or_else(|| server.command.join(" "));
            lines.insert(format!("MCP server {}: {what}", server.name));
        }
    }
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
