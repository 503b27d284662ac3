//! Claude Code: `stream-json` in both directions.
//!
//! Its input stays open: messages reach the model with the next tool result, an `interrupt` request ends the turn and
//! leaves the session usable, permission prompts come as requests and are answered here. It ends when its input is
//! closed after a result.

mod hear;
mod rights;
mod speak;

pub use hear::Conversation;

use super::{Briefing, Engine, Launch, LaunchError, launch};

/// How often the program itself tries a failed model call again. Its own default of 10 keeps a throttled agent silent
/// for minutes of its time box, while Quintet knows when the quota is back and holds the other starts.
const TRIES: &str = "4";

/// Returns how to start Claude Code for one attempt.
pub fn start(engine: &Engine, briefing: &Briefing) -> Result<Launch, LaunchError> {
    let Some((program, first)) = engine.command.split_first() else {
        return Err(LaunchError::NoCommand { engine: engine.name.clone() });
    };
    let mut args = first.to_vec();
    let mut arg = |words: &[&str]| args.extend(words.iter().map(|word| (*word).to_owned()));
    arg(&["-p", "--verbose", "--output-format", "stream-json", "--input-format", "stream-json"]);
    arg(&["--replay-user-messages", "--permission-prompt-tool", "stdio"]);
    // A repository's own settings could grant rights and run hooks that the person was never shown.
    arg(&["--setting-sources", "user"]);
    arg(&["--strict-mcp-config", "--mcp-config", &briefing.mcp_config.to_string_lossy()]);
    arg(&["--permission-mode", rights::mode(briefing.permissions)]);
    arg(&["--allowedTools", &rights::allowed(briefing).join(",")]);
    let refused = rights::refused(briefing);
    if !refused.is_empty() {
        arg(&["--disallowedTools", &refused.join(",")]);
    }
    if let Some(model) = &briefing.model {
        arg(&["--model", model]);
    }
    if let Some(session) = &briefing.session {
        arg(&["--resume", session]);
    }
    if let Some(turns) = briefing.max_turns {
        arg(&["--max-turns", &turns.to_string()]);
    }
    if let Some(cost) = briefing.max_cost {
        // Counted over the whole session, earlier attempts in it included.
        arg(&["--max-budget-usd", &(cost + briefing.session_spent.cost_usd).to_string()]);
    }
    args.extend(engine.args.iter().cloned());
    let mut env = launch::environment(engine, briefing);
    for (name, value) in [("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1"), ("CLAUDE_CODE_MAX_RETRIES", TRIES)] {
        env.entry(name.to_owned()).or_insert_with(|| value.to_owned());
    }
    Ok(Launch {
        program: program.clone(),
        args,
        env,
        env_clear: engine.env_clear,
        input: speak::user(&briefing.opening()),
        keep_input_open: true,
        files: Vec::new(),
    })
}
