//! Judges what was written: a draft without errors becomes a [`Plan`].

use std::collections::HashMap;
use std::time::Duration;

use super::draft::{Draft, DraftAgent};
use super::model::{Agent, AgentId, Compile, Plan, Said};
use super::path::{self, Refusal};
use super::problem::{Code, Problems};
use super::{name, spoken};

/// Roots every report under the project, or says why it cannot lie there.
pub(super) fn outputs(draft: &mut Draft, problems: &mut Problems<'_>) {
    let mut writers: HashMap<String, String> = HashMap::new();
    let reserved = [draft.files.status.clone(), draft.files.findings.clone(), draft.files.urgent.clone()];
    for agent in &mut draft.agents {
        let Some(told) = &agent.told_output else { continue };
        let folder = told.text.ends_with(['/', '\\']);
        let file = if folder { format!("{}{}.md", told.text, agent.slug) } else { told.text.clone() };
        let found = path::inside_project(&file);
        let found = found.and_then(|path| if reserved.contains(&path) { Err(Refusal::Reserved) } else { Ok(path) });
        match found {
            Ok(path) => {
                if let Some(other) = writers.insert(path.clone(), agent.name.clone()) {
                    problems.add(
                        Code::SharedOutput,
                        told.line,
                        format!("`{}` and `{other}` write the same report, `{path}`", agent.name),
                        "give each agent a file of its own",
                    );
                }
                // The agent reads the path as it is meant.
                for line in agent.task.iter_mut().chain(&mut agent.how).filter(|line| line.contains(&told.text)) {
                    *line = line.replace(&told.text, &path);
                }
                agent.output = Some(path);
            }
            Err(refusal) => {
                let code = match refusal {
                    Refusal::Outside => Code::OutputOutside,
                    Refusal::Reserved => Code::OutputReserved,
                };
                problems.add(
                    code,
                    told.line,
                    format!("the output of `{}`, `{}`, {refusal}", agent.name, told.text),
                    format!("write it below the project, for example `.claude-team/reports/{}.md`", agent.slug),
                );
            }
        }
    }
}

/// Finds what is wrong with the draft as a whole.
pub(super) fn judge(draft: &Draft, text: &str, problems: &mut Problems<'_>) {
    if text.trim().is_empty() {
        let hint = "write the agents down, for example as `## 1. security-auditor`, or start from `quintet init`";
        problems.add(Code::EmptyPlan, 1, "the plan is empty", hint);
        return;
    }
    if draft.agents.is_empty() {
        problems.add(
            Code::NoAgents,
            1,
            "the plan names no agent",
            "write each agent as a heading (`## 1. security-auditor`), a list entry (`1. **name**: what it does`) or a \
             row of a table with an Agent column",
        );
    }
    let mut known: HashMap<String, &DraftAgent> = HashMap::new();
    for agent in &draft.agents {
        if let Some(first) = known.get(&name::key(&agent.name)) {
            problems.add(
                Code::DuplicateAgent,
                agent.line.max(first.line),
                format!("two agents are called `{}`: lines {} and {}", agent.name, first.line, agent.line),
                "give one of them another name",
            );
        } else {
            known.insert(name::key(&agent.name), agent);
        }
        if agent.task_lines().next().is_none() {
            problems.add(
                Code::NoTask,
                agent.line,
                format!("`{}` has nothing to do", agent.name),
                "write its micro-task behind or below its name",
            );
        }
        let time_box = draft.time_box_of(agent);
        if agent.time_box.is_some() && !is_time_box(time_box) {
            let message = format!("the time box of `{}` is {}", agent.name, spoken::said(time_box));
            problems.add(Code::BadTimeBox, agent.line, message, "write one between 1s and 24h");
        }
    }
    if !(1..=100).contains(&draft.slots()) {
        let message = format!("{} slots cannot be run", draft.slots());
        problems.add(Code::BadSlots, 0, message, "write a number from 1 to 100");
    }
    // Where the agents' own became the plan's, they have been named.
    let named = draft.agents.iter().any(|agent| agent.time_box == draft.time_box);
    if !named && !is_time_box(draft.time_box()) {
        let message = format!("the time box is {}", spoken::said(draft.time_box()));
        problems.add(Code::BadTimeBox, 0, message, "write one between 1s and 24h");
    }
}

fn is_time_box(time_box: Duration) -> bool {
    (Duration::from_secs(1)..=spoken::LONGEST).contains(&time_box)
}

/// Makes a draft without errors a plan.
pub(super) fn plan(draft: &Draft, said: Said) -> Plan {
    let ids = |places: &[usize]| places.iter().map(|place| AgentId(*place)).collect();
    let agent = |agent: &DraftAgent| Agent {
        name: agent.name.clone(),
        slug: agent.slug.clone(),
        phase: agent.phase,
        task: agent.task_text(),
        needs: ids(&agent.needs),
        time_box: draft.time_box_of(agent),
        tools: agent.tools.clone(),
        tool_hints: agent.tool_hints.clone(),
        output: agent.output.clone(),
        criteria: agent.criteria.clone(),
        reads: agent.reads.iter().map(|told| told.text.clone()).collect(),
        overrides: agent.overrides.clone(),
        line: agent.line,
    };
    Plan {
        title: draft.title.clone(),
        slots: draft.slots(),
        time_box: draft.time_box(),
        agents: draft.agents.iter().map(agent).collect(),
        compile: draft.compile.as_ref().map(|step| Compile { label: step.label.clone(), needs: ids(&step.needs) }),
        files: draft.files.clone(),
        deliverables: draft.deliverables.clone(),
        conditions: draft.conditions.clone(),
        factors: draft.factors.clone(),
        brief: draft.brief.clone(),
        overrides: draft.overrides.clone(),
        said,
    }
}
