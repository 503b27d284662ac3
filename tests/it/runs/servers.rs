//! MCP servers: those that a plan names are tried before an agent starts, and a run says what it does without.

use super::world::World;

/// Answers like a server with one tool, `search`.
const SERVER: &str = r#"#!/bin/bash
read -r hello; echo '{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-06-18","capabilities":{}}}'
read -r ready; read -r list; echo '{"jsonrpc":"2.0","id":2,"result":{"tools":[{"name":"search"}]}}'
echo "$WHO" > started"#;

/// Plays Claude Code: says its answer and ends.
const MODEL: &str = r#"#!/bin/bash
cp "$QUINTET_MCP_CONFIG" seen.json
echo '{"type":"result","is_error":false,"result":"All strong."}'"#;

const PLAN: &str = "# Keys

#### **1. alpha**
- **MICRO-TASK**: Find weak keys
- **MCP TOOLS**: `mcp__tavily__search`, `mcp__upstash-context-7-mcp__docs`
";

fn world() -> World {
    let world = World::new(&["alpha"])
        .set("engine = \"claude\"\n[engines.claude]\nprogram = \"./model.sh\"")
        .set("[mcp.tavily-mcp]\ncommand = [\"bash\", \"server.sh\"]\nenv = { WHO = \"${USER_OF_IT:-nobody}\" }");
    world.write("plan.md", PLAN);
    world.write("server.sh", SERVER);
    world.program("model.sh", MODEL);
    world
}

#[test]
fn a_headless_run_tries_the_servers_and_says_what_it_does_without() {
    let world = world();
    let ran = world.run(&[]);
    assert_eq!(ran.code(), 0, "{}", ran.errors);
    assert!(ran.errors.contains("2 MCP servers, 1 found"), "{}", ran.errors);
    assert_eq!(world.read("started").trim(), "nobody", "the server was tried, with its variables filled in");
    let run = ran.events[0]["run"].as_str().expect("it has an id").to_owned();
    let config = world.read("seen.json");
    assert!(config.contains("\"tavily\"") && !config.contains("context"), "{config}");
    let attempt = world.path(&format!(".claude-team/runs/{run}/alpha-1"));
    assert!(
        attempt.is_dir() && !attempt.join("mcp.json").exists(),
        "what its servers were given is kept after its end"
    );
    let report = world.read(".claude-team/reports/final-report.md");
    assert!(report.contains("did without the MCP server `upstash-context-7-mcp`: not configured"), "{report}");
}

#[test]
fn a_server_of_the_shared_file_is_found_and_one_that_does_not_work_is_left_out() {
    let world = world();
    world.write(
        ".mcp.json",
        r#"{"mcpServers":{"context7":{"command":"bash","args":["-c","echo no key >&2; exit 1"]}}}"#,
    );
    let ran = world.run(&[]);
    assert!(ran.errors.contains("2 MCP servers, 1 found"), "{}", ran.errors);
    let report = world.read(".claude-team/reports/final-report.md");
    assert!(report.contains("your `context7` does not work: it ended without an answer: no key"), "{report}");
}

#[test]
fn nothing_of_a_repository_is_started_before_the_person_agreed() {
    let world = world();
    world.settle();
    let (code, _, errors) = world.say(&["run", "plan.md", "--headless"]);
    assert_eq!(code, 2);
    assert!(errors.contains("MCP server tavily-mcp: bash server.sh"), "{errors}");
    assert!(!world.path("started").exists(), "a server was started without consent");
}
