//! Places: whether they see the project.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::facts::Place;
use super::judge::{AGREE, Finding, Mark};
use crate::cli::trust;
use crate::place;
use crate::settings::{self, File};
use crate::shell::open;
use crate::shell::places::look;

/// Returns what is found of the places of the settings. `ask`: their commands are run, those that came with the project
/// only if the person agrees to them; else they are only named.
pub fn found(folder: &Path, own: &File, users: &File, ask: bool) -> Vec<Place> {
    let mut problems = Vec::new();
    let places = settings::places(own, users, &mut problems);
    let named = |name: String, sees, is_refused| Place { name, sees, is_refused };
    let wrong = problems.into_iter().map(|problem| named(problem.what, Some(Err(problem.why)), false));
    if !ask {
        return wrong.chain(places.into_keys().map(|name| named(name, None, false))).collect();
    }
    let is_allowed = |name: &str, place: &place::Place| {
        !own.places.contains_key(name) || trust::allows(folder, &BTreeSet::from([settings::trust::of_place(place)]))
    };
    let (allowed, refused): (BTreeMap<_, _>, BTreeMap<_, _>) =
        places.into_iter().partition(|(name, place)| is_allowed(name, place));
    let refused = refused.into_keys().map(|name| named(name, None, true));
    let seen: Vec<Place> = match look::look(&allowed, folder, &open::own_program()) {
        Ok(found) => found.into_iter().map(|(name, sees)| named(name, Some(sees), false)).collect(),
        Err(error) => vec![named("all".to_owned(), Some(Err(error.to_string())), false)],
    };
    wrong.chain(seen).chain(refused).collect()
}

/// Judges a place.
pub fn judge(it: &Place) -> Finding {
    let mend =
        "project and quintet must be there by the same paths; `program` of the place may say another for quintet";
    match &it.sees {
        None if it.is_refused => {
            let found = format!("{}, not asked: it came with the project, and nobody agreed to it", it.name);
            Finding::of(Mark::Look, "place", found, AGREE)
        }
        None => Finding::of(
            Mark::Ok,
            "place",
            format!("{}, not asked", it.name),
            "quintet doctor --places runs its commands, to see whether the project is seen there",
        ),
        Some(Ok(())) => Finding::of(Mark::Ok, "place", format!("{} sees the project", it.name), ""),
        Some(Err(why)) => Finding::of(Mark::Missing, "place", format!("{}: {why}", it.name), mend),
    }
}
