//! `quintet prompt AGENT`: what an agent would be told at the start of its first attempt.

use std::path::{Path, PathBuf};

use super::run::wanted;
use super::{Refusal, code, project};
use crate::app::msg::Key;
use crate::settings::Flags;
use crate::shell::open::{self, Earlier};
use crate::shell::sinks::Print;

pub fn main(agent: &str, plan_path: Option<PathBuf>, folder: &Path, engine: Option<String>) -> Result<u8, Refusal> {
    let folder = project::folder(folder)?;
    let path = plan_path.unwrap_or_else(|| project::team(&folder).default_plan());
    let (plan, hash, warnings) = project::plan(&path)?;
    let Some(id) = plan.find(agent) else {
        let known: Vec<&str> = plan.agents.iter().map(|agent| agent.name.as_str()).collect();
        return Err(Refusal::Refused(format!("no agent is called `{agent}`; there are {}", known.join(", "))));
    };
    let flags = Flags { engine, ..Flags::default() };
    let wanted = wanted(&folder, plan, hash, &flags, Print::Lines, Earlier::Same, warnings)?;
    let limit = wanted.setup.agents[id.0].time_box;
    let app = open::rehearse(&wanted);
    say!("{}", app.briefing(Key { agent: id, attempt: 1 }, limit, None, false).prompt);
    Ok(code::COMPLETE)
}
