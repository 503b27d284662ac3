//! Any agent that speaks the Agent Client Protocol over its stdio.
//!
//! The conversation is a small machine: it asks who the agent is, opens a session with the MCP servers, sets mode and
//! model, prompts; then it listens, answers permission prompts, and speaks again when a turn was cancelled. It goes by
//! the shape of what it hears and not by the ids of what it sent, so that it can be rebuilt from the log alone.

mod call;
mod calls;
mod hear;
mod speak;
mod touched;
mod turns;

pub use hear::Conversation;

use super::{Briefing, Engine, Launch, LaunchError, launch};

/// Returns how to start the agent; `extra` comes after its command.
pub fn start(engine: &Engine, briefing: &Briefing, extra: &[&str]) -> Result<Launch, LaunchError> {
    let Some((program, first)) = engine.command.split_first() else {
        return Err(LaunchError::NoCommand { engine: engine.name.clone() });
    };
    let mut args = first.to_vec();
    args.extend(extra.iter().map(|arg| (*arg).to_owned()).filter(|arg| !first.contains(arg)));
    args.extend(engine.args.iter().cloned());
    let mut env = launch::environment(engine, briefing);
    // The adapter of Claude Code has no `alwaysLoad`: without this, tools of MCP servers hide behind a search.
    env.entry("ENABLE_TOOL_SEARCH".to_owned()).or_insert_with(|| "false".to_owned());
    Ok(Launch {
        program: program.clone(),
        args,
        env,
        env_clear: engine.env_clear,
        input: speak::initialize(hear::FIRST_ID),
        keep_input_open: true,
        files: Vec::new(),
    })
}
