//! Orders in short, for stories.

use quintet::plan::AgentId;
use quintet::scheduler::Order;

/// Returns the order in a few words, if it is for this agent.
pub fn order(order: &Order, id: AgentId) -> Option<String> {
    let (agent, words) = match order {
        Order::Record(_) | Order::Compile | Order::Refused { .. } => return None,
        Order::Start { agent, attempt, limit, after, resumes } => {
            let after = after.map(|n| format!(" after {n}")).unwrap_or_default();
            let verb = if *resumes { "resume" } else { "start" };
            (agent, format!("{verb} {attempt}{after}, {} s", limit.as_secs()))
        }
        Order::Warn { agent, left, .. } => (agent, format!("warn, {} s left", left.as_secs())),
        Order::WrapUp { agent, left, .. } => (agent, format!("wrap up, {} s left", left.as_secs())),
        Order::Freeze { agent, hard, .. } => (agent, format!("{} freeze", softness(*hard))),
        Order::Thaw { agent, hard, .. } => (agent, format!("{} thaw", softness(*hard))),
        Order::Term { agent, .. } => (agent, "term".to_owned()),
        Order::Kill { agent, .. } => (agent, "kill".to_owned()),
        Order::Limit { agent, limit, .. } => (agent, format!("limit {} s", limit.as_secs())),
        Order::Message { agent, text, .. } => (agent, format!("message {text}")),
        Order::Answer { agent, answer, .. } => (agent, format!("answer {answer}")),
        Order::WriteNotes { agent, attempt, why } => (agent, format!("notes of {attempt}: {}", why.trim())),
        Order::Verify { agent, .. } => (agent, "verify".to_owned()),
    };
    (*agent == id).then_some(words)
}

fn softness(hard: bool) -> &'static str {
    if hard { "hard" } else { "soft" }
}
