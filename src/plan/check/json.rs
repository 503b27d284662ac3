//! The reading as the public contract has it.

use serde_json::{Value, json};

use crate::plan::{Draft, DraftAgent, Problem, Reading};

/// Returns the object of `check --json`.
pub fn json(reading: &Reading) -> Value {
    let draft = &reading.draft;
    let agents: Vec<Value> = draft.agents.iter().enumerate().map(|(at, one)| agent(draft, one, at + 1)).collect();
    let edges: Vec<Value> = draft.edges().map(|(needed, dependant)| json!([needed.name, dependant.name])).collect();
    let compile = draft.compile.as_ref().map(|step| json!({"label": step.label, "needs": names(draft, &step.needs)}));
    json!({
        "v": 1,
        "title": draft.title,
        "slots": draft.slots(),
        "time_box_s": seconds(draft.time_box()),
        "agents": agents,
        "edges": edges,
        "compile": compile,
        "files": draft.files,
        "deliverables": draft.deliverables,
        "conditions": draft.conditions,
        "factors": draft.factors,
        "brief_chars": draft.brief.chars().count(),
        "problems": reading.problems.iter().map(problem).collect::<Vec<_>>(),
        "hash": reading.hash,
    })
}

fn agent(draft: &Draft, agent: &DraftAgent, order: usize) -> Value {
    json!({
        "name": agent.name,
        "slug": agent.slug,
        "line": agent.line,
        "phase": agent.phase,
        "order": order,
        "task": agent.task_text(),
        "needs": names(draft, &agent.needs),
        "time_box_s": seconds(draft.time_box_of(agent)),
        "tools": agent.tools,
        "tool_hints": agent.tool_hints,
        "output": agent.output,
        "criteria": agent.criteria,
        "reads": agent.reads.iter().map(|told| &told.text).collect::<Vec<_>>(),
    })
}

fn names<'a>(draft: &'a Draft, places: &[usize]) -> Vec<&'a str> {
    places.iter().map(|place| draft.agents[*place].name.as_str()).collect()
}

/// Whole seconds stay whole numbers.
fn seconds(time: std::time::Duration) -> Value {
    if time.subsec_nanos() == 0 { json!(time.as_secs()) } else { json!(time.as_secs_f64()) }
}

fn problem(problem: &Problem) -> Value {
    serde_json::to_value(problem).expect("texts and numbers")
}
