//! Before anything is spent: which of the MCP servers that the plan names are there, and what to do about the others.

use std::io::IsTerminal;

use super::{Refusal, ask};
use crate::engine::Server;
use crate::mcp::named::{self, Found, Named};
use crate::mcp::preflight::{self, Checked};
use crate::shell::open::{self, Earlier, Wanted};
use crate::shell::registry;
use crate::team_dir::TeamDir;

/// Finds the servers by their names alone, without starting any.
pub fn guess(wanted: &mut Wanted) {
    let known = registry::aliases(&wanted.project);
    for (name, theirs) in known {
        wanted.setup.mcp_aliases.entry(name).or_insert(theirs);
    }
    let mut named = named::of(&wanted.plan, &wanted.setup);
    named::find(&mut named, &wanted.setup, &[]);
    named::settle(&named, &mut wanted.setup);
    named::settle_names(&wanted.plan, &mut wanted.setup);
}

/// Starts each server that is needed and, where some are missing, asks the person: map, run without, quit. Without a
/// terminal the run does without them and says so.
pub fn ensure(wanted: &mut Wanted) -> Result<(), Refusal> {
    expand(wanted);
    let mut named = named::of(&wanted.plan, &wanted.setup);
    if named.is_empty() || is_carried_on(wanted) {
        return Ok(());
    }
    let asks = !wanted.headless && std::io::stdin().is_terminal();
    if asks {
        sayln!("Trying the MCP servers that the plan names…");
    }
    let mut tried = Vec::new();
    look(wanted, &mut named, &mut tried);
    if asks {
        while named::in_short(&named).is_some() {
            say!("\n{}\n[r]un without, [m]ap a name to a server of yours, [q]uit? ", named::page(&named, &wanted.plan));
            match ask()?.as_deref() {
                Some("r") => break,
                Some("m") => {
                    map(wanted)?;
                    look(wanted, &mut named, &mut tried);
                }
                Some("q") | None => return Err(Refusal::Refused("nothing was started".to_owned())),
                Some(_) => {}
            }
        }
    }
    named::settle(&named, &mut wanted.setup);
    wanted.setup.mcp_tried = named.iter().map(|one| one.name.clone()).collect();
    wanted.warnings.extend(named::in_short(&named));
    if wanted.headless
        && let Some(short) = named::in_short(&named)
    {
        eprintln!("quintet: {short}");
    }
    Ok(())
}

/// Agents of a run that goes on are met again at once: nothing is tried for them a second time.
fn is_carried_on(wanted: &Wanted) -> bool {
    let team = TeamDir::new(&wanted.project, &wanted.plan.files);
    wanted.earlier != Earlier::Fresh && open::earlier_flags(&team).is_some()
}

/// Fills in variables: `${NAME}` stands for what Quintet itself has under that name.
fn expand(wanted: &mut Wanted) {
    let setup = &mut wanted.setup;
    for (name, server) in &mut setup.mcp {
        match server.expanded(|variable| std::env::var(variable).ok()) {
            Ok(expanded) => *server = expanded,
            Err(variable) => {
                wanted.warnings.push(format!("MCP server `{name}` needs the variable {variable}, which is not set"));
            }
        }
    }
}

/// Tries those that could be meant and were not tried yet, and finds each again.
fn look(wanted: &Wanted, named: &mut [Named], tried: &mut Vec<Checked>) {
    named::find(named, &wanted.setup, tried);
    let meant = |server: &Server| {
        named.iter().any(|one| matches!(&one.found, Found::Untried { theirs } if *theirs == server.name))
    };
    let some_unknown = named.iter().any(|one| matches!(one.found, Found::Missing { .. }));
    let servers: Vec<Server> = wanted
        .setup
        .mcp
        .values()
        .filter(|server| tried.iter().all(|one| one.server != server.name))
        // What a server offers may tell which of two that are called alike is meant.
        .filter(|server| some_unknown || meant(server))
        .cloned()
        .collect();
    tried.extend(preflight::check(&servers, &wanted.project, preflight::PATIENCE));
    named::find(named, &wanted.setup, tried);
}

/// Asks for one name of the plan and the person's server that it means; it is remembered for this project.
fn map(wanted: &mut Wanted) -> Result<(), Refusal> {
    let yours: Vec<&str> = wanted.setup.mcp.keys().map(String::as_str).collect();
    if yours.is_empty() {
        sayln!("You have no MCP server: write it into quintet.toml, .mcp.json or your config, and run again.");
        return Ok(());
    }
    say!("Your servers: {}.\nThe plan's name = yours: ", yours.join(", "));
    let Some(answer) = ask()? else { return Ok(()) };
    let pair = answer.split_once('=').map(|(name, theirs)| (name.trim().to_owned(), theirs.trim().to_owned()));
    match pair.filter(|(_, theirs)| yours.contains(&theirs.as_str())) {
        Some((name, theirs)) => {
            registry::remember_alias(&wanted.project, &name, &theirs)?;
            wanted.setup.mcp_aliases.insert(name, theirs);
        }
        None => sayln!("`{answer}` is not of the form: name = one of {}", yours.join(", ")),
    }
    Ok(())
}
