//! `quintet run [PLAN]`

use std::fmt::Write as _;
use std::io::IsTerminal;

use super::{Refusal, RunLine, appearance, code, detach, project, servers, spend, trust};
use crate::engine::{self, Kind, foreign};
use crate::plan::{Permissions, Plan, Workspace};
use crate::screen::words;
use crate::settings::{self, Flags, Setup};
use crate::shell::begin::{self, Ended, View};
use crate::shell::open::{self, Earlier, Wanted};
use crate::shell::sinks::Print;
use crate::shell::{attach, registry, worktrees};
use crate::team_dir::TeamDir;

/// `words`: as it was typed, for the process that carries the run on.
pub fn main(line: &RunLine, words: Vec<String>) -> Result<u8, Refusal> {
    let folder = project::folder(&line.project)?;
    let path = match &line.plan {
        Some(path) => path.clone(),
        None => project::team(&folder).default_plan(),
    };
    let print = print(line.headless, line.json);
    let (plan, plan_hash, warnings) = project::plan(&path)?;
    let path = path.canonicalize()?;
    let earlier = match (line.fresh, line.carry_on) {
        (true, _) => Earlier::Fresh,
        (false, true) => Earlier::CarryOn,
        (false, false) => Earlier::Same,
    };
    let mut flags = line.flags();
    if earlier != Earlier::Fresh
        && let Some(before) = open::earlier_flags(&TeamDir::new(&folder, &plan.files))
    {
        flags = flags.or(before);
    }
    let plan = only(plan, &flags.only)?;
    let wanted = wanted(&folder, plan, plan_hash, &flags, print, earlier, warnings)?;
    let mut wanted = Wanted { plan_path: path, ..wanted };
    if line.dry_run {
        wanted.warnings.iter().for_each(|warning| sayln!("{warning}"));
        say!("{}", dry_run(&wanted.plan, &wanted.setup));
        return Ok(code::COMPLETE);
    }
    let reads = |engine: &engine::Engine| !foreign::read_by(engine.kind).is_empty();
    match project::foreign(&folder) {
        Ok(files) => wanted.setup.came.take_in(&files),
        Err(refusal) if wanted.setup.agents.iter().any(|agent| reads(&agent.engine)) => return Err(refusal),
        // Nobody reads them, and nobody may come to in a retry.
        Err(_) => wanted.setup.engines.retain(|_, engine| !reads(engine)),
    }
    if wanted.setup.agents.iter().any(|agent| agent.workspace == Workspace::Worktree) {
        let committed = worktrees::committed(&folder, &foreign::NAMES.map(|(name, _)| name));
        wanted.setup.came.take_in_committed(&committed.map_err(|error| Refusal::Refused(error.to_string()))?);
    }
    trust::ensure(&wanted, line.trust)?;
    wanted.setup.agreed = registry::agreed(&wanted.project).unwrap_or_default();
    servers::ensure(&mut wanted)?;
    spend::ensure(&wanted)?;
    let again = detach::arguments(words.into_iter());
    if line.detach {
        return detach::begin(wanted, &again);
    }
    go(wanted, print, &again)
}

/// Returns what is to be run, from a plan, the flags and the settings files.
pub fn wanted(
    folder: &std::path::Path,
    plan: Plan,
    plan_hash: String,
    flags: &Flags,
    print: Print,
    earlier: Earlier,
    mut warnings: Vec<String>,
) -> Result<Wanted, Refusal> {
    let (mine, users, more) = project::settings(folder)?;
    warnings.extend(more);
    let mut setup = settings::merge(&plan, flags, &mine, &users).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(|problem| format!("  {problem}")).collect();
        Refusal::Refused(format!("the settings do not fit:\n{}", lines.join("\n")))
    })?;
    let shared = worktrees::settle(&mut setup, &plan, folder).map_err(Refusal::Refused)?;
    warnings.extend(shared);
    let mut wanted = Wanted {
        project: folder.to_owned(),
        plan,
        plan_path: std::path::PathBuf::new(),
        plan_hash,
        setup,
        flags: flags.clone(),
        headless: print != Print::Nothing,
        earlier,
        warnings,
    };
    settings::spend::settle(&mut wanted.setup, |name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    servers::guess(&mut wanted);
    Ok(wanted)
}

/// Opens the run, runs it to its end, and says how it ended. `again`: how another process carries it on.
pub fn go(wanted: Wanted, print: Print, again: &[String]) -> Result<u8, Refusal> {
    let view = match print {
        Print::Nothing => appearance::view(&wanted.project)?,
        Print::Lines | Print::Json => View::Print(print),
    };
    let team = TeamDir::new(&wanted.project, &wanted.plan.files);
    let opened = open::open(wanted).map_err(|error| Refusal::Refused(error.to_string()))?;
    let run = opened.run_id.clone();
    let ended = begin::run(opened, view)?;
    Ok(match ended {
        Ended::Run { complete } => {
            if print == Print::Nothing {
                sayln!("The final report: {}", team.final_report().display());
            }
            if complete { code::COMPLETE } else { code::NOT_COMPLETE }
        }
        Ended::Signal(number) => 128 + u8::try_from(number).unwrap_or(127),
        Ended::Detached => {
            attach::remember_left(&team, &run);
            detach::spawn(&team, &run, again)?;
            code::COMPLETE
        }
    })
}

/// Without a terminal on standard output, headless is the default.
pub fn print(headless: bool, json: bool) -> Print {
    let has_screen = std::io::stdout().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
    match (json, headless || !has_screen) {
        (true, _) => Print::Json,
        (false, true) => Print::Lines,
        (false, false) => Print::Nothing,
    }
}

fn only(plan: Plan, names: &[String]) -> Result<Plan, Refusal> {
    if names.is_empty() {
        return Ok(plan);
    }
    let unknown: Vec<&str> = names.iter().filter(|name| plan.find(name).is_none()).map(String::as_str).collect();
    if !unknown.is_empty() {
        let known: Vec<&str> = plan.agents.iter().map(|agent| agent.name.as_str()).collect();
        let (unknown, known) = (unknown.join(", "), known.join(", "));
        return Err(Refusal::Refused(format!("--only names {unknown}, and the plan has {known}")));
    }
    Ok(plan.only(names))
}

fn rights(permissions: Permissions) -> &'static str {
    match permissions {
        Permissions::ReadOnly => "read-only",
        Permissions::Edit => "edit",
        Permissions::Full => "full",
    }
}

/// Returns what would be started, in order, and with which rights.
fn dry_run(plan: &Plan, setup: &Setup) -> String {
    let mut text = format!(
        "{}, {}; nothing is started.\n",
        words::plural(plan.agents.len(), "agent"),
        words::plural(setup.slots, "slot")
    );
    let mut order: Vec<usize> = (0..plan.agents.len()).collect();
    let chains = plan.chain_lengths();
    order.sort_by_key(|index| (plan.agents[*index].phase, std::cmp::Reverse(chains[*index]), *index));
    for index in order {
        let (agent, it) = (&plan.agents[index], &setup.agents[index]);
        let needs: Vec<&str> = agent.needs.iter().map(|need| plan.agent(*need).name.as_str()).collect();
        let needs = if needs.is_empty() { "nothing".to_owned() } else { needs.join(", ") };
        let program = match it.engine.kind {
            Kind::Builtin => "this program's own analyst".to_owned(),
            _ => it.engine.command.iter().chain(&it.engine.args).cloned().collect::<Vec<_>>().join(" "),
        };
        let names: Vec<&str> = it.engine.env.keys().chain(it.env.keys()).map(String::as_str).collect();
        let rights = rights(it.permissions);
        let _ = writeln!(text, "\n{}. {}", index + 1, agent.name);
        let _ = writeln!(text, "   engine   {} ({program})", it.engine.name);
        let _ = writeln!(text, "   needs    {needs}");
        let _ = writeln!(text, "   time box {} s, rights {rights}, place {}", it.time_box.as_secs_f64(), it.place);
        if it.workspace == Workspace::Worktree {
            let _ = writeln!(text, "   works in a git worktree of its own");
        }
        let _ = writeln!(text, "   report   {}", agent.report_path());
        if !names.is_empty() {
            let _ = writeln!(text, "   env      {}", names.join(", "));
        }
        if !agent.tools.is_empty() {
            let _ = writeln!(text, "   tools    {}", agent.tools.join(", "));
        }
        if let Some(verify) = &it.verify {
            let _ = writeln!(text, "   verify   {verify}");
        }
    }
    let worst = settings::worst_case(plan, setup);
    let _ = writeln!(text, "\n{} of wall time, retries' pauses not counted.", worst.in_short());
    text.push_str(&worst.words(setup));
    text
}
