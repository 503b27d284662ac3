//! `quintet report [AGENT]`: the final report, or an agent's.

use std::io::Write;
use std::path::Path;

use super::{Refusal, code, project, shown};
use crate::shell::files;
use crate::team_dir::Status;

/// The most that is printed of a report.
const LIMIT: u64 = 64 * 1024 * 1024;

pub fn main(agent: Option<&str>, folder: &Path) -> Result<u8, Refusal> {
    let folder = project::folder(folder)?;
    let team = project::team(&folder);
    let path = match agent {
        None => team.final_report(),
        Some(name) => {
            let status = files::read_text(team.status(), LIMIT)?.unwrap_or_default();
            let status: Option<Status> = serde_json::from_str(&status).ok();
            let known = status.as_ref().and_then(|status| status.agents.get(name));
            match known.and_then(|agent| agent.report.clone()) {
                Some(report) => folder.join(report),
                None => team.reports().join(format!("{name}.md")),
            }
        }
    };
    match files::read_text(&path, LIMIT)? {
        Some(text) => {
            let mut out = std::io::stdout().lock();
            let text = shown::lines(text.as_bytes(), &out);
            out.write_all(&text)?;
            Ok(code::COMPLETE)
        }
        None => Err(Refusal::Refused(format!("there is no report {}", path.display()))),
    }
}
