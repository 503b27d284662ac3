//! Gemini CLI: over ACP, or, with `args = ["-o", "stream-json"]`, one process a turn.
//!
//! ACP is the rule, since only there it takes the MCP servers of one attempt, can be interrupted, and asks. The stream
//! is for those who want it plain: with the servers of the person's own settings, and rights from a policy file.

mod hear;
mod policy;

pub use hear::Conversation;

use super::{Briefing, Engine, Launch, LaunchError, acp, launch};

/// Returns whether it prints a stream of its own instead of speaking ACP.
pub fn is_plain(engine: &Engine) -> bool {
    engine.command.iter().chain(&engine.args).any(|arg| arg == "stream-json")
}

/// Returns how to start Gemini CLI for one attempt.
pub fn start(engine: &Engine, briefing: &Briefing) -> Result<Launch, LaunchError> {
    if is_plain(engine) {
        return turn(engine, briefing, briefing.session.as_deref(), &briefing.opening());
    }
    let mut extra = vec!["--acp"];
    if let Some(model) = &briefing.model {
        extra.extend(["-m", model]);
    }
    Ok(at_home(acp::start(engine, briefing, &extra)?))
}

/// Returns how to run one turn with this text, in a new session or in a known one.
fn turn(engine: &Engine, briefing: &Briefing, session: Option<&str>, text: &str) -> Result<Launch, LaunchError> {
    let Some((program, first)) = engine.command.split_first() else {
        return Err(LaunchError::NoCommand { engine: engine.name.clone() });
    };
    let policy_file = briefing.folder.join("gemini-policy.toml");
    let mut args = first.to_vec();
    let mut arg = |words: &[&str]| args.extend(words.iter().map(|word| (*word).to_owned()));
    arg(&["--approval-mode", policy::mode(briefing.permissions)]);
    arg(&["--policy", &policy_file.to_string_lossy()]);
    if let Some(model) = &briefing.model {
        arg(&["-m", model]);
    }
    if let Some(session) = session {
        arg(&["--resume", session]);
    }
    args.extend(engine.args.iter().cloned());
    Ok(at_home(Launch {
        program: program.clone(),
        args,
        env: launch::environment(engine, briefing),
        env_clear: engine.env_clear,
        input: text.as_bytes().to_vec(),
        keep_input_open: false,
        files: vec![(policy_file, policy::rules(briefing))],
    }))
}

/// Sets what keeps it one process, and at work in a folder that it was never asked about: the person was, by Quintet. In a
/// folder that it does not trust it would start no MCP server, Quintet's own neither.
fn at_home(mut launch: Launch) -> Launch {
    for name in ["GEMINI_CLI_NO_RELAUNCH", "GEMINI_CLI_TRUST_WORKSPACE"] {
        launch.env.entry(name.to_owned()).or_insert_with(|| "true".to_owned());
    }
    launch
}

#[cfg(test)]
mod tests {
    use super::super::testing::{briefing, engine};
    use super::*;
    use crate::engine::Kind;

    #[test]
    fn it_speaks_acp_unless_its_stream_is_asked_for() {
        let mut gemini = engine(Kind::Gemini);
        let mut briefing = briefing();
        briefing.model = Some("gemini-2.5-flash".to_owned());
        let launch = start(&gemini, &briefing).expect("a command");
        assert_eq!(launch.args, ["--acp", "-m", "gemini-2.5-flash"]);
        assert!(launch.keep_input_open && launch.env["GEMINI_CLI_NO_RELAUNCH"] == "true");
        gemini.args = vec!["-o".to_owned(), "stream-json".to_owned()];
        let launch = start(&gemini, &briefing).expect("a command");
        assert!(!launch.keep_input_open && launch.input == b"Do it.");
        assert!(launch.files[0].1.contains("write_file"));
    }
}
