//! What is open beside the attempts.

use super::doc::Doc;
use super::pager::Pager;
use crate::plan::AgentId;
use crate::run::{Earlier, Run, Source};
use crate::scheduler::Severity;
use crate::screen::words;

/// What is open. It takes a part of the screen; the attempts stay in sight.
#[derive(Debug, Clone)]
pub enum Pane {
    /// One agent, closely. `scroll`: lines up from the end of its output.
    Zoom {
        agent: AgentId,
        scroll: usize,
    },
    Pager(Box<Pager>),
    /// Everything there is to read.
    Reports {
        at: usize,
    },
    /// Everything that was found, down to a severity. `at`: its place in the list.
    Findings {
        at: usize,
        least: Severity,
    },
    Timeline {
        agent: AgentId,
    },
    /// How the run stands or ended.
    Verdict {
        scroll: usize,
    },
    /// What happened, line by line. `scroll`: lines up from the newest.
    Events {
        scroll: usize,
    },
    /// Earlier runs in the team directory, the newest first; `None`: they are being looked for.
    History {
        at: usize,
        runs: Option<Vec<Earlier>>,
    },
}

/// A line of the list of documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shelf {
    pub doc: Doc,
    pub name: String,
    pub detail: String,
}

/// Returns everything there is to read, the run's own documents first.
pub fn shelf(run: &Run) -> Vec<Shelf> {
    let mut all = Vec::new();
    let mut put = |doc: Doc, name: String, detail: String| all.push(Shelf { doc, name, detail });
    if run.end.is_some() {
        put(Doc::FinalReport, "final report".to_owned(), "the run, compiled".to_owned());
        for (at, name) in run.plan.deliverables.iter().enumerate() {
            put(Doc::Deliverable(at), words::clean(name), "deliverable".to_owned());
        }
    }
    for (agent, state) in run.plan.each().map(|(id, _)| (id, run.state.agent(id))) {
        if let crate::scheduler::Phase::Ended { report: Some(path), .. } = &state.phase {
            put(Doc::Report(agent), format!("{} report", state.name), words::clean(path));
        }
        if let Some(worktree) = run.worktrees.get(&agent) {
            put(Doc::Diff(agent), format!("{} changes", state.name), words::clean(&worktree.branch));
        }
        for attempt in state.attempts.iter().rev() {
            let n = attempt.n;
            if let Some((path, _)) = &attempt.notes {
                put(Doc::Notes { agent, attempt: n }, format!("{} notes {n}", state.name), words::clean(path));
            }
            if run.source != Source::Files {
                put(Doc::Log { agent, attempt: n }, format!("{} log {n}", state.name), "output".to_owned());
            }
        }
    }
    if run.source == Source::Files {
        // Who wrote which is not always told.
        for (_, path) in run.papers.iter().rev() {
            let name = path.rsplit('/').next().unwrap_or(path);
            put(Doc::File { path: path.clone(), line: None }, words::clean(name), words::clean(path));
        }
    }
    put(Doc::Urgent, "urgent issues".to_owned(), words::clean(&run.plan.files.urgent));
    put(Doc::Findings, "findings".to_owned(), words::clean(&run.plan.files.findings));
    put(Doc::OrchestrationLog, "orchestration log".to_owned(), String::new());
    put(Doc::Plan, "plan".to_owned(), words::clean(&run.plan_path.to_string_lossy()));
    all
}

/// Returns what a document is called at the top of its pane.
pub fn title(run: &Run, doc: &Doc) -> String {
    let name = |agent: AgentId| run.plan.agent(agent).name.as_str();
    match doc {
        Doc::Report(agent) => format!("{} report", name(*agent)),
        Doc::Log { agent, attempt } => format!("{} log, attempt {attempt}", name(*agent)),
        Doc::Notes { agent, attempt } => format!("{} handoff notes, attempt {attempt}", name(*agent)),
        Doc::Prompt { agent, attempt } => format!("{} was told, attempt {attempt}", name(*agent)),
        Doc::Diff(agent) => format!("{} changes", name(*agent)),
        Doc::FinalReport => "final report".to_owned(),
        Doc::Deliverable(at) => run.plan.deliverables.get(*at).map_or_else(String::new, |name| words::clean(name)),
        Doc::Plan => "plan".to_owned(),
        Doc::Findings => "findings".to_owned(),
        Doc::Urgent => "urgent issues".to_owned(),
        Doc::OrchestrationLog => "orchestration log".to_owned(),
        Doc::File { path, .. } => words::clean(path),
    }
}
