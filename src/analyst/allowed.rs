//! What a project allows: by a comment at the place, or in `[rules]` of its `quintet.toml`. Nothing is hidden by it: the
//! report lists what was allowed, and why.

use super::Finding;
use super::project::Project;

/// Returns in words who allows a finding and why; `None`: nobody does.
pub fn by(project: &Project, finding: &Finding) -> Option<String> {
    comment(project, finding).or_else(|| settings(project, finding))
}

/// `quintet: allow RULE reason` on the line of a finding or the line before.
fn comment(project: &Project, finding: &Finding) -> Option<String> {
    let file = project.file(&finding.place.file)?;
    let line = finding.place.line;
    [line, line.saturating_sub(1)].into_iter().find_map(|number| {
        let (_, after) = file.line(number).split_once("quintet: allow ")?;
        let reason = after.trim_start().strip_prefix(&finding.rule)?;
        let reason = reason.trim_end_matches("-->").trim_end_matches("*/");
        (reason.is_empty() || reason.starts_with(char::is_whitespace)).then(|| words("a comment", reason))
    })
}

/// `RULE = "reason"`, or `RULE = { reason = "…", paths = ["docs/"] }`: a path is the beginning of those it stands for.
fn settings(project: &Project, finding: &Finding) -> Option<String> {
    let table: toml::Table = project.file("quintet.toml")?.text.parse().ok()?;
    let entry = table.get("rules")?.get(&finding.rule)?;
    if let Some(reason) = entry.as_str() {
        return Some(words("quintet.toml", reason));
    }
    let covers = |path: &toml::Value| path.as_str().is_some_and(|start| finding.place.file.starts_with(start));
    let is_covered = entry.get("paths").and_then(toml::Value::as_array).is_none_or(|paths| paths.iter().any(covers));
    let reason = entry.get("reason").and_then(toml::Value::as_str).unwrap_or_default();
    (entry.is_table() && is_covered).then(|| words("quintet.toml", reason))
}

fn words(who: &str, reason: &str) -> String {
    let reason = reason.trim();
    if reason.is_empty() { format!("by {who}, without a reason") } else { format!("by {who}: {reason}") }
}

#[cfg(test)]
mod tests {
    use super::super::{Field, work};
    use super::*;

    const KEY: &str = "package a\nconst key = \"AKIA3QWVEXNTR5PLK7DM\"\n";

    fn allowed(settings: &str) -> Vec<String> {
        let project = Project::of([("quintet.toml", settings), ("crm/a.go", KEY)]);
        let checks = work::check(&project, &[Field::Security]);
        checks.into_iter().flat_map(|check| check.allowed).map(|(_, why)| why).collect()
    }

    #[test]
    fn settings_allow_a_rule_everywhere_or_in_some_folders() {
        assert_eq!(allowed("[rules]\nsecret-in-source = \"revoked\""), ["by quintet.toml: revoked"]);
        let in_folder = "[rules.secret-in-source]\npaths = [\"crm/\"]\nreason = \"old\"";
        assert_eq!(allowed(in_folder), ["by quintet.toml: old"]);
        assert_eq!(allowed(&in_folder.replace("crm", "api")), [""; 0]);
    }
}
