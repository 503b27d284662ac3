//! Testing: tests that run, can fail, and count.

mod gates;
mod promises;
mod running;
mod scripts;
mod verdicts;

use super::Rule;
use crate::analyst::project::go::{Call, Function, GoFile};
use crate::analyst::project::{File, Kind, Project};

pub const TABLES: &[&[Rule]] = &[verdicts::RULES, running::RULES, gates::RULES, promises::RULES, scripts::RULES];

/// Calls `take` for every test function with the calls in it.
fn each_test(project: &Project, mut take: impl FnMut(&File, &GoFile, &Function, &[&Call])) {
    for (file, go) in test_files(project) {
        for (index, function) in go.functions.iter().enumerate() {
            let takes_t = function.params.len() == 1 && function.params[0].kind == "*testing.T";
            let is_test = function.receiver.is_none() && takes_t && is_test_name(&function.name);
            if is_test {
                let calls: Vec<&Call> = go.calls.iter().filter(|call| call.at.function == index as u32).collect();
                take(file, go, function, &calls);
            }
        }
    }
}

fn is_test_name(name: &str) -> bool {
    name.strip_prefix("Test").is_some_and(|rest| !rest.starts_with(|c: char| c.is_lowercase()))
}

/// Returns the files of tests that are not themselves data for tests.
fn test_files(project: &Project) -> impl Iterator<Item = (&File, &GoFile)> {
    let tests = project.of_kind(Kind::Go).filter(|file| file.name().ends_with("_test.go"));
    let is_passed_over =
        |file: &File| file.path.contains("testdata/") || file.path.split('/').any(|part| part.starts_with(['_', '.']));
    tests
        .filter(move |file| !is_passed_over(file))
        .filter_map(|file| Some((file, file.go()?)))
        .filter(|(_, go)| !go.generated)
}
