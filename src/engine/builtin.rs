//! The analysts inside Quintet, run as a child process like any other agent: offline, no account, deterministic.

use std::path::Path;

use super::{Briefing, Engine, Launch};

/// Returns how to start an analyst: this program itself, `own_program`, with what the agent is to do.
pub fn launch(engine: &Engine, briefing: &Briefing, own_program: &Path) -> Launch {
    let mut args = vec!["__analyst".to_owned()];
    args.extend(["--agent".to_owned(), briefing.agent.clone(), "--task".to_owned(), briefing.task.clone()]);
    for criterion in &briefing.criteria {
        args.extend(["--criterion".to_owned(), criterion.clone()]);
    }
    args.extend(engine.args.iter().cloned());
    Launch {
        program: own_program.to_string_lossy().into_owned(),
        args,
        env: super::environment(engine, briefing),
        env_clear: engine.env_clear,
        ..Launch::default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{briefing, engine};
    use super::*;
    use crate::engine::Kind;

    #[test]
    fn an_analyst_is_told_its_task_and_criteria() {
        let launch = launch(&engine(Kind::Builtin), &briefing(), Path::new("/bin/quintet"));
        assert_eq!(launch.program, "/bin/quintet");
        assert_eq!(
            launch.args,
            [
                "__analyst",
                "--agent",
                "security-auditor",
                "--task",
                "Find weak keys",
                "--criterion",
                "Keys listed",
                "--criterion",
                "Fixes named"
            ]
        );
    }
}
