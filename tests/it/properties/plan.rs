//! No text makes the reader of plans panic, and what it calls a plan is one.

use std::collections::HashSet;

use quintet::plan::{self, Severity, check};

/// Holds for the bytes of a file, in whatever encoding.
pub fn hold(bytes: &[u8]) {
    read_and_hold(&plan::decode(bytes));
}

/// Reads, shows, and holds what every reading promises.
pub fn read_and_hold(text: &str) {
    let reading = plan::read(text);
    check::text(&reading);
    let json = check::json(&reading);
    assert_eq!(json["v"], 1);
    let lines = 1 + text.matches(['\n', '\r']).count();
    for problem in &reading.problems {
        assert!(problem.line <= lines, "{problem:?} of {lines} lines");
        assert!(!problem.message.is_empty() && !problem.hint.is_empty(), "{problem:?}");
    }
    let errors = reading.problems.iter().any(|problem| problem.severity == Severity::Error);
    assert_eq!(errors, reading.plan.is_none());
    if let Some(plan) = reading.plan {
        let slugs: HashSet<&str> = plan.agents.iter().map(|agent| agent.slug.as_str()).collect();
        assert_eq!(slugs.len(), plan.agents.len(), "files of their own");
        assert!(slugs.iter().all(|slug| (1..=40).contains(&slug.len())));
        assert!(plan.chain_lengths().iter().all(|length| *length <= plan.agents.len()), "no cycle");
        for agent in &plan.agents {
            let path = agent.report_path();
            assert!(!path.starts_with('/') && path.split('/').all(|part| part != ".."), "{path}");
            assert!(agent.phase >= 1);
        }
    }
}
