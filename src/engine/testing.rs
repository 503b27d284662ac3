//! A briefing and engines for the tests of this room.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::{Briefing, Engine, Kind, Spent, known};
use crate::plan::Permissions;

pub fn engine(kind: Kind) -> Engine {
    let engine = known::plain(kind);
    let name = if kind == Kind::Command { "mine".to_owned() } else { engine.name };
    Engine { name, ..engine }
}

pub fn briefing() -> Briefing {
    let folder = PathBuf::from("/p/.claude-team/runs/1122-1550-k3f/security-auditor-1");
    Briefing {
        run: "1122-1550-k3f".to_owned(),
        agent: "security-auditor".to_owned(),
        slug: "security-auditor".to_owned(),
        attempt: 1,
        task: "Find weak keys".to_owned(),
        criteria: vec!["Keys listed".to_owned(), "Fixes named".to_owned()],
        project: "/p".into(),
        branch: None,
        git_dir: None,
        own_git_dir: None,
        team_dir: "/p/.claude-team".into(),
        report: "/p/.claude-team/reports/security.md".into(),
        handoff: "/p/.claude-team/handoffs/security-auditor-1.md".into(),
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
        permissions: Permissions::ReadOnly,
        always: Default::default(),
        tools: Vec::new(),
        servers: Vec::new(),
        session: None,
        go_on: "Continue your task.".to_owned(),
        session_spent: Spent::default(),
        max_cost: None,
        max_turns: None,
        env: BTreeMap::new(),
    }
}
