//! Every fixture is read as its author meant it.

use quintet::plan::{self, check};

pub(super) fn fixture(name: &str) -> String {
    let path = format!("{}/tests/it/plans/fixtures/{name}.md", env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(&path).expect("a fixture");
    plan::decode(&bytes)
}

/// Returns the names of all fixtures, sorted.
pub(super) fn fixtures() -> Vec<String> {
    let folder = format!("{}/tests/it/plans/fixtures", env!("CARGO_MANIFEST_DIR"));
    let files = std::fs::read_dir(folder).expect("the folder of fixtures");
    let name = |file: std::fs::DirEntry| file.path().file_stem().and_then(|stem| stem.to_str()).map(str::to_owned);
    let mut names: Vec<String> = files.flatten().filter_map(name).collect();
    names.sort();
    names
}

#[test]
fn every_plan_is_read_as_it_is_meant() {
    for name in fixtures() {
        insta::assert_json_snapshot!(name.clone(), check::json(&plan::read(&fixture(&name))));
    }
}

#[test]
fn the_plan_is_shown_to_people() {
    insta::assert_snapshot!(check::text(&plan::read(&fixture("orchestration"))));
}

#[test]
fn agents_called_agent_with_a_number_are_not_mistaken_for_numbers() {
    let reading = plan::read("# P\n## Agents\n- agent-1: look at the code\n- agent-2: look at the tests\n");
    let names: Vec<&str> = reading.draft.agents.iter().map(|agent| agent.name.as_str()).collect();
    assert_eq!(names, ["agent-1", "agent-2"]);
}
