//! OpenCode: `opencode run --format json`, one process a turn, settings in a variable, its prompt on its input.

pub mod config;
mod hear;

pub use hear::Conversation;

use std::path::Path;

use super::{Briefing, Engine, Launch, LaunchError, launch};

/// Set, no settings, plugins or instructions of the project are read: they could grant rights and start programs.
pub const NO_PROJECT: &str = "OPENCODE_DISABLE_PROJECT_CONFIG";

/// Returns how to start OpenCode for one attempt.
pub fn start(engine: &Engine, briefing: &Briefing, own_program: &Path) -> Result<Launch, LaunchError> {
    turn(engine, briefing, own_program, briefing.session.as_deref(), &briefing.opening())
}

/// Returns how to run one turn with this text, in a new session or in a known one.
fn turn(
    engine: &Engine,
    briefing: &Briefing,
    own_program: &Path,
    session: Option<&str>,
    text: &str,
) -> Result<Launch, LaunchError> {
    let Some((program, first)) = engine.command.split_first() else {
        return Err(LaunchError::NoCommand { engine: engine.name.clone() });
    };
    let mut args = first.to_vec();
    let mut arg = |words: &[&str]| args.extend(words.iter().map(|word| (*word).to_owned()));
    arg(&["run", "--format", "json"]);
    if let Some(model) = &briefing.model {
        arg(&["-m", model]);
    }
    if let Some(session) = session {
        arg(&["--session", session]);
    }
    if !engine.args.iter().any(|arg| arg == "--agent") {
        arg(&["--agent", config::AGENT]);
    }
    args.extend(engine.args.iter().cloned());
    let mut env = launch::environment(engine, briefing);
    let config = config::config(env.get(config::VARIABLE).map(String::as_str), briefing, own_program);
    env.insert(config::VARIABLE.to_owned(), config.to_string());
    env.entry("OPENCODE_DISABLE_AUTOUPDATE".to_owned()).or_insert_with(|| "1".to_owned());
    env.entry(NO_PROJECT.to_owned()).or_insert_with(|| "1".to_owned());
    Ok(Launch {
        program: program.clone(),
        args,
        env,
        env_clear: engine.env_clear,
        input: text.as_bytes().to_vec(),
        keep_input_open: false,
        files: Vec::new(),
    })
}
