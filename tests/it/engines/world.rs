//! Engines, and what an attempt is told.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use quintet::engine::{Briefing, Engine, Kind, Server, Spent, known};
use quintet::plan::Permissions;

pub const OWN_PROGRAM: &str = "/bin/quintet";

pub fn engine(kind: Kind) -> Engine {
    let mut engine = known::plain(kind);
    if kind == Kind::Acp {
        engine.command = vec!["agent".to_owned(), "--acp".to_owned()];
    }
    engine
}

pub fn briefing(permissions: Permissions) -> Briefing {
    let folder = PathBuf::from("/project/.claude-team/runs/1122-1550-k3f/security-auditor-1");
    let server = |name: &str| Server { name: name.to_owned(), command: vec![name.to_owned()], ..Server::default() };
    Briefing {
        run: "1122-1550-k3f".to_owned(),
        agent: "security-auditor".to_owned(),
        slug: "security-auditor".to_owned(),
        attempt: 1,
        task: "Find weak keys".to_owned(),
        criteria: vec!["Keys listed".to_owned()],
        project: "/project".into(),
        branch: None,
        git_dir: None,
        own_git_dir: None,
        team_dir: "/project/.claude-team".into(),
        report: "/project/.claude-team/reports/security.md".into(),
        handoff: "/project/.claude-team/handoffs/security-auditor-1.md".into(),
        previous_handoff: None,
        needs_file: folder.join("needs.json"),
        prompt_file: folder.join("prompt.md"),
        prompt: "Do it.".to_owned(),
        mcp_config: folder.join("mcp.json"),
        deadline_file: folder.join("deadline"),
        folder,
        deadline: 1_795_359_571,
        limit: Duration::from_secs(900),
        model: None,
        permissions,
        always: Default::default(),
        tools: vec!["mcp__everything__echo".to_owned()],
        servers: vec![server("everything"), server("orch")],
        session: None,
        go_on: "Continue your task.".to_owned(),
        session_spent: Spent::default(),
        max_cost: None,
        max_turns: None,
        env: BTreeMap::new(),
    }
}
