//! `quintet check PLAN`: what is understood of a plan, and everything that is wrong with it.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use super::{Refusal, code, project};
use crate::plan::{self, Plan};
use crate::settings::{self, Flags, Origin, Setup};

/// The most files of a project that are looked through for near matches.
const FILES: usize = 50_000;

/// With a project, also what its settings and the user's make of the plan, and where each came from.
pub fn main(path: Option<&Path>, folder: Option<&Path>, json: bool) -> Result<u8, Refusal> {
    let here = project::folder(folder.unwrap_or(Path::new(".")))?;
    let path = path.map_or_else(|| project::team(&here).default_plan(), Path::to_path_buf);
    let mut reading = plan::read(&project::plan_text(&path)?);
    let mut settled = None;
    if folder.is_some() {
        let files = files_of(&here);
        let exists = |name: &str| here.join(name).exists();
        let missing = plan::missing_reads(&reading, exists, &files);
        reading.problems.extend(missing);
        settled = reading.plan.as_ref().map(|plan| settle(plan, &here)).transpose()?;
    }
    if json {
        let mut object = plan::check::json(&reading);
        if let Some(settled) = &settled {
            object["settings"] = settled.json();
        }
        sayln!("{object}");
    } else {
        say!("{}", plan::check::text(&reading));
        if let Some(settled) = &settled {
            say!("{}", settled.text());
        }
    }
    let runs = reading.plan.is_some() && settled.is_none_or(|settled| settled.setup.is_ok());
    Ok(if runs { code::COMPLETE } else { code::REFUSED })
}

/// What the settings files make of a plan.
struct Settled {
    setup: Result<Setup, Vec<String>>,
    agents: Vec<String>,
    warnings: Vec<String>,
}

fn settle(plan: &Plan, folder: &Path) -> Result<Settled, Refusal> {
    let (mine, users, warnings) = project::settings(folder)?;
    let setup = settings::merge(plan, &Flags::default(), &mine, &users);
    let setup = setup.map_err(|problems| problems.iter().map(ToString::to_string).collect());
    let agents = plan.agents.iter().map(|agent| agent.name.clone()).collect();
    Ok(Settled { setup, agents, warnings })
}

impl Settled {
    fn text(&self) -> String {
        let mut text = String::from("\nWith the settings files:\n");
        match &self.setup {
            Err(problems) => problems.iter().for_each(|problem| text.push_str(&format!("  error: {problem}\n"))),
            Ok(setup) => {
                text.push_str(&format!("  slots {} ({})\n", setup.slots, place(setup.slots_from)));
                for (name, it) in self.agents.iter().zip(&setup.agents) {
                    text.push_str(&format!(
                        "  {name}: engine {} ({}), time box {} s ({})\n",
                        it.engine.name,
                        place(it.engine_from),
                        it.time_box.as_secs_f64(),
                        place(it.time_box_from)
                    ));
                }
            }
        }
        self.warnings.iter().for_each(|warning| text.push_str(&format!("  warning: {warning}\n")));
        text
    }

    fn json(&self) -> Value {
        match &self.setup {
            Err(problems) => json!({ "problems": problems, "warnings": self.warnings }),
            Ok(setup) => {
                let agents = self.agents.iter().zip(&setup.agents).map(|(name, it)| {
                    json!({"name": name, "engine": it.engine.name, "engine_from": it.engine_from,
                        "time_box_s": it.time_box.as_secs_f64(), "time_box_from": it.time_box_from})
                });
                json!({"slots": setup.slots, "slots_from": setup.slots_from, "agents": agents.collect::<Vec<_>>(),
                    "problems": [], "warnings": self.warnings})
            }
        }
    }
}

/// Returns where a setting came from, in words.
fn place(origin: Origin) -> &'static str {
    match origin {
        Origin::Flag => "a flag",
        Origin::Agents => "[agents] of quintet.toml",
        Origin::FrontMatter => "the plan's front matter",
        Origin::Plan => "the plan",
        Origin::Project => "quintet.toml",
        Origin::User => "the user's config",
        Origin::Default => "default",
    }
}

/// Returns the project's files, relative, without what git ignores.
fn files_of(folder: &Path) -> Vec<String> {
    let walk = ignore::WalkBuilder::new(folder).hidden(false).filter_entry(|entry| entry.file_name() != ".git").build();
    let files: BTreeSet<String> = walk
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()))
        .take(FILES)
        .filter_map(|entry| Some(entry.path().strip_prefix(folder).ok()?.to_string_lossy().into_owned()))
        .collect();
    files.into_iter().collect()
}
