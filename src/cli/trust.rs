//! Asks the person before anything that came with a project is started, and remembers the answer.

use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::path::Path;

use super::{Refusal, ask};
use crate::screen::words;
use crate::settings::trust;
use crate::shell::open::Wanted;
use crate::shell::registry;

/// Makes sure that the person agrees to what this run would start. `given`: `--trust` was said.
pub fn ensure(wanted: &Wanted, given: bool) -> Result<(), Refusal> {
    let would_start = trust::to_agree(&wanted.plan, &wanted.setup);
    if would_start.is_empty() {
        return Ok(());
    }
    let agreed = registry::agreed(&wanted.project);
    if agreed.as_ref().is_some_and(|agreed| would_start.is_subset(agreed)) {
        return Ok(());
    }
    let what = shown(&trust::difference(&would_start, agreed.as_ref()));
    let heading = if agreed.is_some() {
        "What this run would start has changed since you agreed to it:"
    } else {
        "This run would start programs:"
    };
    if !given {
        if wanted.headless || !std::io::stdin().is_terminal() {
            let why = format!(
                "{heading}\n{what}\nNothing was started. Say --trust to agree; it is remembered for this project"
            );
            return Err(Refusal::Refused(why));
        }
        sayln!("{heading}\n{what}\n");
        say!("Agree for {}? [y/N] ", wanted.project.display());
        if !matches!(ask()?.as_deref(), Some("y" | "Y" | "yes")) {
            return Err(Refusal::Refused("nothing was started".to_owned()));
        }
    }
    registry::agree(&wanted.project, &would_start)?;
    Ok(())
}

/// Returns whether what came with the project may be started outside a run: it was agreed to for its runs, or the person
/// agrees to it here, for this once.
pub fn allows(project: &Path, lines: &BTreeSet<String>) -> bool {
    let agreed = registry::agreed(project).unwrap_or_default();
    let left: Vec<String> = lines.difference(&agreed).map(|line| format!("  {line}")).collect();
    if left.is_empty() {
        return true;
    }
    if !(std::io::stdin().is_terminal() && std::io::stdout().is_terminal()) {
        return false;
    }
    sayln!("This came with the project and would be started:\n{}", shown(&left));
    say!("Start it now? [y/N] ");
    matches!(ask(), Ok(Some(answer)) if ["y", "Y", "yes"].contains(&answer.as_str()))
}

/// Returns lines for the person's eyes: what came with a project could hide itself from a terminal.
fn shown(lines: &[String]) -> String {
    lines.iter().map(|line| words::clean(line)).collect::<Vec<_>>().join("\n")
}
