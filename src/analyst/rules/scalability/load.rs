//! Load tests: what they judge and what they call.

use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::Field;
use crate::analyst::project::{File, Kind, Project};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[
    Rule {
        id: "load-test-asserts-nothing",
        field: Field::Scalability,
        severity: Severity::Medium,
        title: "Every load test has something that can fail",
        rationale: "The run is green whatever the latency and the errors are; it proves no target.",
        wrong_if: "another program judges its output",
        remedy: "Add thresholds for the promised latency and error rate, and checks of the answers.",
        looks_at: "load tests",
        topics: &["load", "test", "scal"],
        check: load_test_asserts_nothing,
    },
    Rule {
        id: "load-test-of-missing-endpoint",
        field: Field::Scalability,
        severity: Severity::High,
        title: "Every endpoint that a load test calls is served",
        rationale: "The test measures how fast the service says 404.",
        wrong_if: "another service answers it",
        remedy: "Call an endpoint that exists.",
        looks_at: "endpoints called by load tests",
        topics: &["load", "test", "scal"],
        check: load_test_of_missing_endpoint,
    },
];

fn load_test_asserts_nothing(project: &Project, look: &mut Look) {
    for file in project.of_kind(Kind::Script) {
        // One that only makes traffic has nothing to judge.
        let lower = file.path.to_ascii_lowercase();
        let makes_traffic = ["generator", "loadgen", "traffic", "seed", "demo"].iter().any(|word| lower.contains(word));
        let tries_k6 = ["test.k6.io", "quickpizza"].iter().any(|host| file.text.contains(host))
            || project
                .of_kind(Kind::GoMod)
                .filter_map(|module| module.gomod())
                .any(|module| module.requires.iter().any(|require| require.path == "go.k6.io/k6"));
        if !is_load_test(file) || makes_traffic || tries_k6 {
            continue;
        }
        look.saw_one();
        let judges =
            ["check(", "thresholds", "fail(", "abort(", "Rate(", "expect("].iter().any(|word| file.text.contains(word));
        let is_library = !file.text.contains("export default") && !file.text.contains("export const options");
        let imports_own =
            file.lines().any(|(_, line)| line.trim_start().starts_with("import") && line.contains("from '."));
        if !judges && !is_library && !imports_own {
            let line = file.lines().find(|(_, line)| line.contains("k6/http")).map_or(1, |(line, _)| line);
            look.found(file, line, "This load test has no check and no threshold.");
        }
    }
}

fn is_load_test(file: &File) -> bool {
    file.text.contains("from 'k6/http'") || file.text.contains("from \"k6/http\"")
}

static CALL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"http\.(get|post|put|patch|del)\(\s*[`'"](?:\$\{\w+\}|https?://[\w.:-]+)(/[^`'"?]*)"#)
        .expect("it is a pattern")
});

fn load_test_of_missing_endpoint(project: &Project, look: &mut Look) {
    let routes = project.routes();
    if routes.open || routes.routes.is_empty() {
        return;
    }
    for file in project.of_kind(Kind::Script).filter(|file| is_load_test(file)) {
        for found in CALL.captures_iter(&file.text) {
            look.saw_one();
            let method = match &found[1] {
                "del" => "DELETE".to_owned(),
                other => other.to_ascii_uppercase(),
            };
            let line = file.line_of(found.get(0).map_or(0, |whole| whole.start()));
            if !routes.serves(Some(&method), &found[2]) {
                look.found(file, line, format!("`{method} {}` is called, and no code registers it.", &found[2]));
            }
        }
    }
}
