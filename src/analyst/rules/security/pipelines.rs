//! What strangers can make a pipeline do.

use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::Field;
use crate::analyst::project::yaml::Node;
use crate::analyst::project::{Kind, Project};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[
    Rule {
        id: "pipeline-runs-foreign-text",
        field: Field::Security,
        severity: Severity::High,
        title: "No pipeline puts text of strangers into a command",
        rationale: "Whoever opens an issue or names a branch writes a command that runs with the pipeline's rights.",
        wrong_if: "only members can cause the event",
        remedy: "Hand it over as an environment variable, and quote that.",
        looks_at: "commands of workflows",
        topics: &["secur", "pipeline", "injection"],
        check: pipeline_runs_foreign_text,
    },
    Rule {
        id: "pipeline-trusts-foreign-code",
        field: Field::Security,
        severity: Severity::High,
        title: "No pipeline with secrets runs the code of a pull request",
        rationale: "`pull_request_target` has the repository's secrets and rights; code from a fork must not run in it.",
        wrong_if: "a person has to approve every run",
        remedy: "Use `pull_request`, or do not check out the head of the request.",
        looks_at: "workflows",
        topics: &["secur", "pipeline"],
        check: pipeline_trusts_foreign_code,
    },
];

static FOREIGN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\$\{\{\s*(github\.event\.(?:issue|pull_request|comment|review|discussion)\.(?:title|body)|github\.event\.pull_request\.head\.(?:ref|label)|github\.head_ref)\s*\}\}")
        .expect("it is a pattern")
});

fn workflows(project: &Project) -> impl Iterator<Item = (&crate::analyst::project::File, &Node)> {
    let files = project.of_kind(Kind::Yaml).filter(|file| file.path.starts_with(".github/workflows/"));
    files.filter_map(|file| Some((file, file.yaml()?.first()?)))
}

/// Returns the steps of all jobs.
fn steps(workflow: &Node) -> impl Iterator<Item = &Node> {
    let jobs = workflow.get("jobs").map(|jobs| jobs.entries()).unwrap_or_default();
    jobs.iter().filter_map(|(_, _, job)| job.get("steps")).flat_map(|steps| steps.items())
}

fn pipeline_runs_foreign_text(project: &Project, look: &mut Look) {
    for (file, workflow) in workflows(project) {
        for run in steps(workflow).filter_map(|step| step.get("run")) {
            look.saw_one();
            let Some(found) = run.text().and_then(|text| FOREIGN.captures(text)) else { continue };
            let written = found[0].to_owned();
            let line = file.lines().find(|(number, line)| *number >= run.line && line.contains(&written));
            let line = line.map_or(run.line, |(number, _)| number);
            look.found(file, line, format!("`{}` is put into a command as it comes.", &found[1]));
        }
    }
}

fn pipeline_trusts_foreign_code(project: &Project, look: &mut Look) {
    for (file, workflow) in workflows(project) {
        look.saw_one();
        let on = workflow.get("on");
        let is_target = on.is_some_and(|on| {
            on.text() == Some("pull_request_target")
                || on.get("pull_request_target").is_some()
                || on.items().iter().any(|event| event.text() == Some("pull_request_target"))
        });
        // A job that looks at who asks decides for itself.
        let is_guarded = ["user.login", "author_association", "github.actor", "head.repo", "permission"]
            .iter()
            .any(|word| file.lines().any(|(_, line)| line.trim_start().starts_with("if:") && line.contains(word)));
        if !is_target || is_guarded {
            continue;
        }
        for step in steps(workflow) {
            let is_checkout = step.text_of("uses").is_some_and(|uses| uses.starts_with("actions/checkout"));
            let reference = step.at(&["with", "ref"]).filter(|reference| {
                reference
                    .text()
                    .is_some_and(|text| text.contains("pull_request.head") || text.contains("github.head_ref"))
            });
            if let (true, Some(reference)) = (is_checkout, reference) {
                look.found(file, reference.line, "The code of a pull request is checked out where the secrets are.");
            }
        }
    }
}
