//! Places: whether they see the project.

use std::path::Path;

use super::facts::Place;
use super::judge::{Finding, Mark};
use crate::settings::{self, File};
use crate::shell::open;
use crate::shell::places::look;

/// Returns what is found of the places of the settings. `ask`: their commands are run, also those that came with a
/// clone; else they are only named.
pub fn found(folder: &Path, own: &File, users: &File, ask: bool) -> Vec<Place> {
    let mut problems = Vec::new();
    let places = settings::places(own, users, &mut problems);
    let wrong = problems.into_iter().map(|problem| Place { name: problem.what, sees: Some(Err(problem.why)) });
    if !ask {
        return wrong.chain(places.into_keys().map(|name| Place { name, sees: None })).collect();
    }
    match look::look(&places, folder, &open::own_program()) {
        Ok(found) => wrong.chain(found.into_iter().map(|(name, sees)| Place { name, sees: Some(sees) })).collect(),
        Err(error) => vec![Place { name: "all".to_owned(), sees: Some(Err(error.to_string())) }],
    }
}

/// Judges a place.
pub fn judge(it: &Place) -> Finding {
    let mend =
        "project and quintet must be there by the same paths; `program` of the place may say another for quintet";
    match &it.sees {
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
