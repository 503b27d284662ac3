//! Many agents: each runs once, and the slots are always full.

use super::world::World;
use crate::machine::business;

/// How many agents, unless `AGENTS` says otherwise.
const AGENTS: usize = 100;

/// With a ledger that the agents keep themselves. The whole promise: `AGENTS=1000`.
#[test]
fn of_many_agents_each_runs_once_in_always_five_slots() {
    let count = std::env::var("AGENTS").ok().and_then(|agents| agents.parse().ok()).unwrap_or(AGENTS);
    let names: Vec<String> = (1..=count).map(|n| format!("a{n:04}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let world = World::new(&names)
        .set("engine = \"mine\"\n[engines.mine]\nkind = \"command\"\ncommand = [\"./note.sh\"]\nreport = \"none\"\n");
    let script = world.write("note.sh", "#!/bin/sh\necho \"$QUINTET_AGENT\" >> ledger\n");
    std::fs::set_permissions(script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("a program");
    let ran = world.run(&["--slots", "5"]);
    assert_eq!(ran.code(), 0, "{}", ran.errors);
    let ledger = world.read("ledger");
    let mut noted: Vec<&str> = ledger.lines().collect();
    noted.sort_unstable();
    assert_eq!(noted, names);
    let end = ran.all("run.ended").next().expect("it ended");
    println!("{count} agents in {:?}: {}", ran.took, end["slots"]);
    assert_eq!(end["slots"]["max_active"], 5);
    // Where others want the processors too, a build with checks has even less of them.
    let slower = if cfg!(debug_assertions) && business() > 1.0 { 4.0 } else { 1.0 };
    let idle = end["slots"]["idle_p99_ms"].as_f64().expect("a figure");
    assert!(idle <= 50.0 * business() * slower, "99 of 100 slots were empty for {idle} ms at most");
}
