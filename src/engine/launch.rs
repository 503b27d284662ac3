//! From an engine and a briefing to what must be started, and to who listens.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Briefing, Engine, Kind, Launch, Output, Session, acp, builtin, claude, codex, command, gemini, opencode};

/// Why an attempt cannot even be started.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum LaunchError {
    #[error("engine `{engine}` has no command")]
    NoCommand { engine: String },
}

/// Returns what to start for one attempt. `own_program`: the Quintet that runs, absolute.
pub fn launch(engine: &Engine, briefing: &Briefing, own_program: &Path) -> Result<Launch, LaunchError> {
    match engine.kind {
        Kind::Builtin => Ok(builtin::launch(engine, briefing, own_program)),
        Kind::Command => command::launch(engine, briefing),
        Kind::Claude => claude::start(engine, briefing),
        Kind::Codex => codex::start(engine, briefing, own_program),
        Kind::Acp => acp::start(engine, briefing, &[]),
        Kind::Gemini => gemini::start(engine, briefing),
        Kind::Opencode => opencode::start(engine, briefing, own_program),
    }
}

/// Returns who reads the output of this attempt and speaks to it; `own_program` as for [`launch`].
pub fn session(engine: &Engine, briefing: &Briefing, own_program: &Path) -> Box<dyn Session> {
    match engine.kind {
        Kind::Builtin => Box::new(command::Conversation::new(Output::Jsonl)),
        Kind::Claude => Box::new(claude::Conversation::new(briefing)),
        Kind::Codex if codex::is_server(engine) => Box::new(codex::server::Conversation::new(briefing)),
        Kind::Codex => Box::new(codex::Conversation::new(engine, briefing, own_program)),
        Kind::Acp => Box::new(acp::Conversation::new(briefing, own_program)),
        Kind::Gemini if gemini::is_plain(engine) => Box::new(gemini::Conversation::new(engine, briefing)),
        Kind::Gemini => Box::new(acp::Conversation::new(briefing, own_program)),
        Kind::Opencode => Box::new(opencode::Conversation::new(engine, briefing, own_program)),
        Kind::Command => Box::new(command::Conversation::new(engine.output)),
    }
}

/// Returns the variables of an attempt: the engine's, then the agent's own, then Quintet's.
pub(super) fn environment(engine: &Engine, briefing: &Briefing) -> BTreeMap<String, String> {
    let mut env = engine.env.clone();
    env.extend(briefing.env.clone());
    env.extend(briefing.environment());
    // Some programs believe it rather than the folder they are started in: they would work where Quintet was started.
    env.insert("PWD".to_owned(), briefing.project.to_string_lossy().into_owned());
    env
}

#[cfg(test)]
mod tests {
    use super::super::testing::{briefing, engine};
    use super::*;

    #[test]
    fn the_agents_variables_win_over_the_engines_and_quintets_over_both() {
        let (mut engine, mut briefing) = (engine(Kind::Command), briefing());
        engine.env = BTreeMap::from([
            ("A".into(), "engine".into()),
            ("B".into(), "engine".into()),
            ("QUINTET_RUN".into(), "x".into()),
        ]);
        briefing.env = BTreeMap::from([("B".into(), "agent".into())]);
        let env = environment(&engine, &briefing);
        assert_eq!([&env["A"], &env["B"], &env["QUINTET_RUN"]], ["engine", "agent", "1122-1550-k3f"]);
        assert_eq!(env["PWD"], "/p", "where it works, not where Quintet was started");
    }
}
