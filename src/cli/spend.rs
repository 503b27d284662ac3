//! Before anything is spent: the worst case, confirmed once.

use super::{Refusal, ask};
use crate::settings::{WorstCase, worst_case};
use crate::shell::open::Wanted;
use crate::shell::registry;

/// Shows what a run can cost at worst and has the person confirm it, once for the same words. Without a terminal it is
/// only said.
pub fn ensure(wanted: &Wanted) -> Result<(), Refusal> {
    let worst: WorstCase = worst_case(&wanted.plan, &wanted.setup);
    let words = worst.words(&wanted.setup);
    if words.is_empty() {
        return Ok(());
    }
    let what = format!("{}.\n{words}", worst.in_short());
    if wanted.headless {
        eprint!("quintet: {what}");
        return Ok(());
    }
    if !worst.is_billed() || registry::confirmed(&wanted.project).as_deref() == Some(&what) {
        return Ok(());
    }
    say!("{what}Go on? [y/N] ");
    match ask()?.as_deref() {
        Some("y" | "Y" | "yes") => Ok(registry::confirm(&wanted.project, &what)?),
        Some(_) | None => Err(Refusal::Refused("nothing was started".to_owned())),
    }
}
