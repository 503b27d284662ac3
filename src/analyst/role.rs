//! From an agent's name and task to the fields it can work on.

use super::Field;

/// Beginnings of words that name a field. A stem that ends with `$` must be the whole word.
const STEMS: &[(Field, &[&str])] = &[
    (Field::Architecture, &["architect", "microservice"]),
    (Field::Security, &["secur", "vulnerab", "pentest", "threat", "hmac$"]),
    (Field::Testing, &["test", "quality$", "qa$", "coverage$"]),
    (Field::Performance, &["perf", "cost", "budget", "latency$", "finops$"]),
    (Field::Deployment, &["deploy", "devops$", "infra", "release", "terraform$", "docker", "kubernetes$"]),
    (Field::Integration, &["integrat", "synthes", "consolidat"]),
    (Field::Compliance, &["complian", "gdpr$", "ccpa$", "privacy$", "regulat"]),
    (Field::Scalability, &["scalab", "scaling$", "autoscal", "load$"]),
    (Field::Monitoring, &["monitor", "observab", "alert", "telemetry$", "sre$"]),
    (Field::Documentation, &["document", "docs$", "readme$"]),
];

/// Returns the fields that an agent works on: those its name says, else those its task says; none: no rule fits.
pub fn fields(name: &str, task: &str) -> Vec<Field> {
    let named = mentioned(name);
    if named.is_empty() { mentioned(task) } else { named }
}

fn mentioned(text: &str) -> Vec<Field> {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let says = |stems: &[&str]| {
        stems.iter().any(|stem| match stem.strip_suffix('$') {
            Some(whole) => words.contains(&whole),
            None => words.iter().any(|word| word.starts_with(stem)),
        })
    };
    STEMS.iter().filter(|(_, stems)| says(stems)).map(|(field, _)| *field).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_an_agent_decides_before_its_task() {
        let fields = fields("scalability-engineer", "Auto-scaling and load testing analysis");
        assert_eq!(fields, [Field::Scalability]);
    }

    #[test]
    fn a_name_that_says_nothing_leaves_it_to_the_task() {
        assert_eq!(fields("reviewer-7", "GDPR deep dive"), [Field::Compliance]);
    }

    #[test]
    fn a_task_of_no_field_has_none() {
        assert!(fields("poet", "Write a sonnet about autumn").is_empty());
    }

    #[test]
    fn the_ten_roles_of_the_default_plan_are_known() {
        let names = [
            "architecture-analyst",
            "security-auditor",
            "testing-engineer",
            "performance-engineer",
            "deployment-specialist",
            "integration-analyst",
            "compliance-specialist",
            "scalability-engineer",
            "monitoring-specialist",
            "documentation-reviewer",
        ];
        let found: Vec<Field> = names.iter().flat_map(|name| fields(name, "")).collect();
        assert_eq!(found, Field::ALL);
    }
}
