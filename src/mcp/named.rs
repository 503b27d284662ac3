//! The MCP servers that a plan names, which of the person's they are, and what cannot be without them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use super::alias;
use super::preflight::{self, Checked, Trouble};
use crate::plan::Plan;
use crate::settings::Setup;

/// Why a server that the plan names is not to be had, when the person has none that could be it.
pub const NOT_CONFIGURED: &str = "not configured";

/// A server that a plan names.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    /// The plan's name.
    pub name: String,
    /// Who is to use it; agents of engines without MCP tools are not among them.
    pub agents: Vec<String>,
    /// The tools that the plan names, by the server's own names; none: it is only named in prose.
    pub tools: Vec<String>,
    pub found: Found,
}

/// What is known of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// It is this one of the person's, which was not started: it has an address, or was not tried.
    Untried { theirs: String },
    /// It was started and offers so many tools. `lacks`: those that the plan names and it does not offer.
    Works { theirs: String, tools: usize, took: Duration, lacks: Vec<String> },
    /// The agents do without it.
    Missing { why: String },
}

/// Returns the servers that the plan names for agents of language models, by name.
pub fn of(plan: &Plan, setup: &Setup) -> Vec<Named> {
    let mut named: BTreeMap<&str, Named> = BTreeMap::new();
    for (agent, _) in plan.agents.iter().zip(&setup.agents).filter(|(_, own)| own.engine.kind.is_llm()) {
        let tools = agent.tools.iter().filter_map(|tool| tool.strip_prefix("mcp__")?.split_once("__"));
        let hints = agent.tool_hints.iter().map(|hint| (hint.as_str(), ""));
        for (server, tool) in tools.chain(hints) {
            let entry = named.entry(server).or_insert_with(|| Named {
                name: server.to_owned(),
                agents: Vec::new(),
                tools: Vec::new(),
                found: Found::Missing { why: NOT_CONFIGURED.to_owned() },
            });
            if !entry.agents.contains(&agent.name) {
                entry.agents.push(agent.name.clone());
            }
            if !tool.is_empty() && !entry.tools.iter().any(|known| known == tool) {
                entry.tools.push(tool.to_owned());
            }
        }
    }
    named.into_values().collect()
}

/// Finds each among the person's servers, by what is known of those that were tried.
pub fn find(named: &mut [Named], setup: &Setup, tried: &[Checked]) {
    let theirs: Vec<String> = setup.mcp.keys().cloned().collect();
    let offered = preflight::tools(tried);
    for one in named {
        let has_tools = |name: &str| {
            offered.get(name).is_none_or(|offered| one.tools.iter().all(|tool| offered.iter().any(|has| has == tool)))
        };
        let meant = match setup.mcp_aliases.get(&one.name) {
            Some(alias) => theirs.iter().find(|name| *name == alias).map(String::as_str),
            None => alias::find(&one.name, &theirs, has_tools),
        };
        let Some(meant) = meant else {
            one.found = Found::Missing { why: NOT_CONFIGURED.to_owned() };
            continue;
        };
        let checked = tried.iter().find(|checked| checked.server == meant);
        one.found = match checked.map(|checked| (&checked.found, checked.took)) {
            None | Some((Err(Trouble::Remote), _)) => Found::Untried { theirs: meant.to_owned() },
            Some((Err(why), _)) => Found::Missing { why: format!("your `{meant}` does not work: {why}") },
            Some((Ok(tools), took)) => Found::Works {
                theirs: meant.to_owned(),
                tools: tools.len(),
                took,
                lacks: one.tools.iter().filter(|tool| !tools.contains(tool)).cloned().collect(),
            },
        };
    }
}

/// Sets the run up with the names alone of the servers that agents mean whom no language model plays yet: a retry may
/// choose one.
pub fn settle_names(plan: &Plan, setup: &mut Setup) {
    let theirs: Vec<String> = setup.mcp.keys().cloned().collect();
    for name in plan.agents.iter().flat_map(crate::plan::Agent::servers) {
        if let Some(meant) = alias::find(name, &theirs, |_| true) {
            setup.mcp_aliases.entry(name.to_owned()).or_insert_with(|| meant.to_owned());
        }
    }
}

/// Sets the run up with what was found: aliases for what is there, and what the agents do without.
pub fn settle(named: &[Named], setup: &mut Setup) {
    setup.mcp_missing.clear();
    for one in named {
        match &one.found {
            Found::Untried { theirs } | Found::Works { theirs, .. } => {
                setup.mcp_aliases.insert(one.name.clone(), theirs.clone());
            }
            Found::Missing { why } => {
                if !one.tools.is_empty() {
                    setup.mcp_missing.insert(one.name.clone(), why.clone());
                }
            }
        }
    }
}

/// Returns what a person must know before anything is spent, in a sentence; `None`: nothing is missing.
pub fn in_short(named: &[Named]) -> Option<String> {
    let (all, missing) = count(named);
    if missing.is_empty() {
        return None;
    }
    let found = all - missing.len();
    Some(format!("{}, {found} found; the agents do without {}", servers(all), missing.join(", ")))
}

/// Returns the page that is shown before anything is spent.
pub fn page(named: &[Named], plan: &Plan) -> String {
    let (all, missing) = count(named);
    let mut text = format!("The plan names {}, {} found.\n\n", servers(all), all - missing.len());
    let width = named.iter().map(|one| one.name.chars().count()).max().unwrap_or(0);
    for one in named.iter().filter(|one| !one.tools.is_empty()) {
        let words = match &one.found {
            Found::Untried { theirs } => format!("+ your `{theirs}`, tried by the agents' programs alone"),
            Found::Works { theirs, tools, took, lacks } if lacks.is_empty() => {
                format!("+ your `{theirs}`: {tools} tools, in {:.1} s", took.as_secs_f64())
            }
            Found::Works { theirs, lacks, .. } => format!("! your `{theirs}` has no {}", lacks.join(", ")),
            Found::Missing { why } => format!("- {why}; wanted by {}", one.agents.join(", ")),
        };
        let _ = writeln!(text, "  {:width$}  {words}", one.name);
    }
    let lost: Vec<&str> =
        plan.factors.iter().map(String::as_str).filter(|factor| wants_tools(factor, &missing)).collect();
    if !missing.is_empty() && !lost.is_empty() {
        let _ = writeln!(text, "\nWithout them this cannot hold:");
        lost.iter().for_each(|factor| {
            let _ = writeln!(text, "  {factor}");
        });
    }
    text
}

/// Returns whether a success factor is about tools, or about a server that is missing.
fn wants_tools(factor: &str, missing: &[&str]) -> bool {
    let factor = factor.to_lowercase();
    let mut words = factor.split(|c: char| !c.is_alphanumeric());
    words.any(|word| ["mcp", "tool", "tools"].contains(&word))
        || missing.iter().any(|name| factor.contains(&name.to_lowercase()))
}

/// Returns how many servers the plan names tools of, and the names of those that are missing.
fn count(named: &[Named]) -> (usize, Vec<&str>) {
    let with_tools = named.iter().filter(|one| !one.tools.is_empty());
    let is_missing = |one: &&Named| matches!(one.found, Found::Missing { .. });
    (with_tools.clone().count(), with_tools.filter(is_missing).map(|one| one.name.as_str()).collect())
}

fn servers(count: usize) -> String {
    if count == 1 { "1 MCP server".to_owned() } else { format!("{count} MCP servers") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Server;
    use crate::plan;
    use crate::settings::{File, Flags, merge};

    const PLAN: &str = "# Keys\n\n#### **1. security-auditor**\n- **MICRO-TASK**: Find weak keys\n- **MCP TOOLS**: `mcp__tavily__search`, `mcp__upstash-context-7-mcp__docs`\n\n#### **2. tester**\n- **MICRO-TASK**: Run tests\n- **MCP TOOLS**: `mcp__tavily__crawl`\n\n## Critical success factors\n1. **MCP Tool Utilization**: All agents use their tools\n2. **Speed**: In an hour\n";

    fn world(engine: &str, theirs: &[&str]) -> (Plan, Setup) {
        let plan = plan::read(PLAN).plan.expect("a plan");
        let flags = Flags { engine: Some(engine.to_owned()), ..Flags::default() };
        let mut project = File::default();
        for name in theirs {
            let command = vec!["serve".to_owned()];
            project.mcp.insert((*name).to_owned(), Server { command, ..Server::default() });
        }
        let setup = merge(&plan, &flags, &project, &File::default()).expect("a setup");
        (plan, setup)
    }

    fn tried(server: &str, found: Result<&[&str], Trouble>) -> Checked {
        let found = found.map(|tools| tools.iter().map(|tool| (*tool).to_owned()).collect());
        Checked { server: server.to_owned(), took: Duration::from_millis(800), found }
    }

    #[test]
    fn one_page_says_what_was_found_who_does_without_and_what_cannot_hold() {
        let (plan, setup) = world("claude", &["tavily-mcp", "github"]);
        let mut named = of(&plan, &setup);
        find(&mut named, &setup, &[tried("tavily-mcp", Ok(&["search"]))]);
        insta::assert_snapshot!(page(&named, &plan));
        assert_eq!(
            in_short(&named).as_deref(),
            Some("2 MCP servers, 1 found; the agents do without upstash-context-7-mcp")
        );
    }

    #[test]
    fn a_server_that_does_not_work_is_missing_and_says_why() {
        let (plan, mut setup) = world("claude", &["tavily", "context7"]);
        let mut named = of(&plan, &setup);
        let ended = Trouble::Ended { last_words: Some("no key".to_owned()) };
        find(&mut named, &setup, &[tried("tavily", Err(ended)), tried("context7", Ok(&["docs"]))]);
        settle(&named, &mut setup);
        let why = &setup.mcp_missing["tavily"];
        assert!(why.contains("no key"), "{why}");
        assert_eq!(setup.mcp_aliases["upstash-context-7-mcp"], "context7");
        assert_eq!(setup.mcp_missing.len(), 1);
    }

    #[test]
    fn the_persons_own_alias_wins_over_a_name_that_is_alike() {
        let (plan, mut setup) = world("claude", &["tavily", "search"]);
        setup.mcp_aliases.insert("tavily".to_owned(), "search".to_owned());
        let mut named = of(&plan, &setup);
        find(&mut named, &setup, &[]);
        assert_eq!(named[0].found, Found::Untried { theirs: "search".to_owned() });
    }

    #[test]
    fn agents_without_mcp_tools_want_no_server() {
        let (plan, setup) = world("builtin", &[]);
        assert_eq!(of(&plan, &setup), []);
    }
}
