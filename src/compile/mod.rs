//! The compile step: a run and what its agents wrote become the final report, the plan's deliverables and the record that
//! ends the run. Pure; it works from whatever exists and is never blocked.

mod deliverables;
mod findings;
mod judge;
mod report;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::plan::AgentId;
use crate::run::Run;
use crate::scheduler::record::{Judged, SlotUse};
use crate::scheduler::{AgentVerdict, Record, Time};
pub use findings::{Merged, merged};

/// What the compile step looks at beside the run.
pub struct Sources<'a> {
    pub run: &'a Run,
    /// Texts of reports and notes by their path, relative to the project. A report of an earlier run is not among them.
    pub papers: BTreeMap<&'a str, &'a str>,
    pub slots: SlotUse,
    pub now: Time,
    pub wall: DateTime<Utc>,
}

impl<'a> Sources<'a> {
    /// Returns path and text of the report that an agent wrote in this run, if it is still there.
    fn report(&self, id: AgentId) -> Option<(&'a str, &'a str)> {
        let path = self.run.report_of(id)?;
        Some((path, self.papers.get(path)?))
    }
}

/// What the compile step makes.
pub struct Compiled {
    /// Path, relative to the project, and text.
    pub files: Vec<(String, String)>,
    /// `run.ended`
    pub record: Record,
}

/// A deliverable of the plan and where it is written.
pub struct Deliverable {
    pub title: String,
    /// What the plan says of it beside its title.
    pub about: String,
    pub path: String,
}

/// Where the final report goes.
pub const FINAL_REPORT: &str = ".claude-team/reports/final-report.md";

/// Returns where the deliverables of a plan are written, in their order; relative to the project.
pub fn deliverable_paths(plan: &crate::plan::Plan) -> Vec<String> {
    deliverables::named(plan).into_iter().map(|it| it.path).collect()
}

/// Compiles a run.
pub fn compile(sources: &Sources) -> Compiled {
    let run = sources.run;
    let findings = merged(run);
    let conditions: Vec<Judged> = run.plan.conditions.iter().map(|text| judge::judge(sources, text)).collect();
    let factors: Vec<Judged> = run.plan.factors.iter().map(|text| judge::judge(sources, text)).collect();
    let deliverables = deliverables::named(&run.plan);
    let verdicts: BTreeMap<String, AgentVerdict> =
        run.plan.each().map(|(id, agent)| (agent.name.clone(), verdict(run, id))).collect();
    let all_done = verdicts.values().all(|verdict| matches!(verdict, AgentVerdict::Done | AgentVerdict::Skipped));
    let complete = all_done && conditions.iter().all(|condition| condition.holds != Some(false));
    let text = report::written(sources, &findings, &conditions, &factors, &deliverables, complete);
    let mut files = vec![(FINAL_REPORT.to_owned(), text)];
    files.extend(deliverables.iter().map(|it| (it.path.clone(), deliverables::written(sources, &findings, it))));
    let wall_s = run.state.started.map_or(0.0, |started| sources.now.since(started).as_secs_f64());
    let cost = run.cost();
    let record = Record::RunEnded {
        complete,
        verdicts,
        conditions,
        factors,
        slots: sources.slots,
        wall_s,
        cost_usd: (cost > 0.0).then_some(cost),
        report: Some(FINAL_REPORT.to_owned()),
    };
    Compiled { files, record }
}

/// Returns an agent's verdict; one that never came to its end is blocked by the end of the run.
fn verdict(run: &Run, id: AgentId) -> AgentVerdict {
    run.state.agent(id).verdict().unwrap_or(AgentVerdict::Blocked)
}
