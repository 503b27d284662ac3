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
    steps_of(workflow, |_| true)
}

fn steps_of<'a>(workflow: &'a Node, is_wanted: impl Fn(&Node) -> bool + 'a) -> impl Iterator<Item = &'a Node> {
    let jobs = workflow.get("jobs").map(|jobs| jobs.entries()).unwrap_or_default();
    let jobs = jobs.iter().filter(move |(_, _, job)| is_wanted(job));
    jobs.filter_map(|(_, _, job)| job.get("steps")).flat_map(|steps| steps.items())
}

static ROBOT: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"==\s*'[^']*\[bot\]'").expect("it is a pattern"));

/// Returns whether a job, or a step, is for a robot alone: the robot names the branches.
fn is_of_robot(node: &Node) -> bool {
    node.text_of("if").is_some_and(|only| only.split("||").all(|case| ROBOT.is_match(case)))
}

fn pipeline_runs_foreign_text(project: &Project, look: &mut Look) {
    for (file, workflow) in workflows(project) {
        // From a fork, `pull_request` runs without secrets and without rights.
        let on = workflow.get("on");
        let events: Vec<&str> = on
            .map(|on| match on.text() {
                Some(one) => vec![one],
                None => on
                    .items()
                    .iter()
                    .filter_map(Node::text)
                    .chain(on.entries().iter().map(|(name, _, _)| name.as_str()))
                    .collect(),
            })
            .unwrap_or_default();
        let has_rights = events.iter().any(|event| {
            matches!(
                *event,
                "issues"
                    | "issue_comment"
                    | "pull_request_target"
                    | "pull_request_review"
                    | "pull_request_review_comment"
                    | "discussion"
                    | "discussion_comment"
                    | "workflow_run"
            )
        });
        for step in steps_of(workflow, |job| !is_of_robot(job)) {
            let Some(run) = step.get("run") else { continue };
            look.saw_one();
            if is_of_robot(step) {
                continue;
            }
            let Some(found) = run.text().and_then(|text| FOREIGN.captures(text)) else { continue };
            let written = found[0].to_owned();
            let line = file.lines().find(|(number, line)| *number >= run.line && line.contains(&written));
            let line = line.map_or(run.line, |(number, _)| number);
            let finding = look.found(file, line, format!("`{}` is put into a command as it comes.", &found[1]));
            if !has_rights {
                finding.severity = Severity::Low;
                finding.why = "Whoever names a branch writes a command; from a fork it runs without secrets, from a branch of this repository with them.".to_owned();
            }
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
        let is_guarded = [
            "user.login",
            "author_association",
            "github.actor",
            "head.repo",
            "permission",
            "labels",
            "label.name",
            "merged",
        ]
        .iter()
        .any(|word| file.lines().any(|(_, line)| line.trim_start().starts_with("if:") && line.contains(word)));
        // A label, or an environment, is a person's approval; without secrets and rights nothing can be taken.
        let types: Vec<&str> = on
            .and_then(|on| on.at(&["pull_request_target", "types"]))
            .map(|types| types.items().iter().filter_map(Node::text).collect())
            .unwrap_or_default();
        let is_approved = !types.is_empty() && types.iter().all(|kind| matches!(*kind, "labeled" | "closed"))
            || workflow
                .get("jobs")
                .is_some_and(|jobs| jobs.entries().iter().any(|(_, _, job)| job.get("environment").is_some()));
        let is_powerless =
            !file.text.contains("secrets.") && workflow.get("permissions").is_some() && !file.text.contains(": write");
        if !is_target || is_guarded || is_approved || is_powerless {
            continue;
        }
        for step in steps(workflow) {
            let is_checkout = step.text_of("uses").is_some_and(|uses| uses.starts_with("actions/checkout"));
            let reference = step.at(&["with", "ref"]).filter(|reference| {
                reference
                    .text()
                    .is_some_and(|text| text.contains("pull_request.head") || text.contains("github.head_ref"))
            });
            // Whoever marks the code as untrusted knows what not to run.
            let is_marked = |line: u32| file.line(line).to_ascii_lowercase().contains("untrusted");
            let reference =
                reference.filter(|reference| !(reference.line.saturating_sub(8)..=reference.line).any(is_marked));
            if let (true, Some(reference)) = (is_checkout, reference) {
                look.found(file, reference.line, "The code of a pull request is checked out where the secrets are.");
            }
        }
    }
}
