//! What a pipeline that builds every change would have stopped at: where there is one, the project does not stand so.

use std::sync::LazyLock;

use regex::Regex;

use super::Rule;
use crate::analyst::project::{File, Project};

/// The rules that say that something does not compile, load or start.
const BUILT: &[&str] = &[
    "build-of-missing-package",
    "import-cycle",
    "import-of-missing-file",
    "import-of-missing-package",
    "import-without-requirement",
    "route-registered-twice",
    "test-declared-twice",
    "use-of-missing-name",
];

static BUILDS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\bgo (?:build|test|vet)\b|golangci|goreleaser|setup-go|\bmake\b|\bnpm\b|\byarn\b|\bpnpm\b|\bpytest\b|\btox\b|\bcargo\b|\bdocker\b|\bbazel\b|\bmage\b")
        .expect("it is a pattern")
});

/// Why such a rule was not held against a project, for its report.
pub const WHY: &str = "not judged, since the project's own pipeline builds every change and would have stopped at it";

/// Returns whether the project's pipeline says at every change what this rule would say.
pub fn is_said_by_pipeline(rule: &Rule, project: &Project) -> bool {
    BUILT.contains(&rule.id)
        && project.files().iter().any(|file| is_of_every_change(file) && BUILDS.is_match(&file.text))
}

/// Returns whether a file tells a host of repositories what to run at every change.
fn is_of_every_change(file: &File) -> bool {
    const HOSTS: &[&str] =
        &[".travis.yml", ".gitlab-ci.yml", ".circleci/config.yml", ".drone.yml", "Jenkinsfile", ".cirrus.yml"];
    let is_workflow = file.path.starts_with(".github/workflows/")
        && ["push", "pull_request"].iter().any(|event| file.text.contains(event));
    is_workflow || HOSTS.contains(&file.path.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyst::rules::rules;

    #[test]
    fn every_one_of_them_is_a_rule() {
        let unknown: Vec<&&str> = BUILT.iter().filter(|id| !rules().any(|rule| rule.id == **id)).collect();
        assert_eq!(unknown, [&""; 0]);
    }

    #[test]
    fn only_a_pipeline_that_builds_every_change_says_it() {
        let says = |path: &str, text: &str| {
            let rule = rules().find(|rule| rule.id == "import-cycle").expect("there is such a rule");
            is_said_by_pipeline(rule, &Project::of([(path, text)]))
        };
        assert!(says(".github/workflows/ci.yml", "on: push\njobs:\n  a:\n    steps:\n      - run: go test ./...\n"));
        assert!(!says(
            ".github/workflows/stale.yml",
            "on: schedule\njobs:\n  a:\n    steps:\n      - run: go test ./...\n"
        ));
        assert!(!says(
            ".github/workflows/stale.yml",
            "on: push\njobs:\n  a:\n    steps:\n      - uses: actions/labeler\n"
        ));
        assert!(!says("cloudbuild.yaml", "steps:\n  - args: [go test ./...]\n"));
    }
}
