//! Topics, and who reads and writes them.

use crate::analyst::Field;
use crate::analyst::project::{Kind, Project};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[Rule {
    id: "topic-without-subscription",
    field: Field::Architecture,
    severity: Severity::Medium,
    title: "Every topic that Terraform creates is read or written by something",
    rationale: "What is published there is kept by nobody; a consumer that the design counts on does not exist.",
    wrong_if: "the subscription is made in another repository or by hand",
    remedy: "Create the subscription and its consumer, or remove the topic.",
    looks_at: "topics in Terraform",
    topics: &["gcp", "cloud", "integration", "queue", "bottleneck", "event"],
    check: topic_without_subscription,
}];

fn topic_without_subscription(project: &Project, look: &mut Look) {
    for (file, topic) in project.terraform("resource", "google_pubsub_topic") {
        let Some(name) = topic.attribute("name").and_then(|name| name.string()) else { continue };
        look.saw_one();
        let reference = format!("google_pubsub_topic.{}", topic.name());
        let is_referred = project.of_kind(Kind::Terraform).any(|other| other.text.contains(&reference));
        let is_code = |file: &crate::analyst::project::File| !matches!(file.kind, Kind::Terraform | Kind::Markdown);
        let is_named = !project.named_in([name], is_code).is_empty();
        // By its name in other Terraform: a subscription that spells it out.
        let is_spelled = project
            .of_kind(Kind::Terraform)
            .map(|other| other.text.matches(&format!("{name}\"")).count())
            .sum::<usize>()
            > 1;
        if !is_referred && !is_named && !is_spelled {
            let statement = format!("The topic `{name}` is created, and no subscription, code or setting names it.");
            look.found(file, topic.line, statement);
        }
    }
}
