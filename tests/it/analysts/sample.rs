//! The sample project of the demonstration: every planted defect is found, nothing else is claimed, and its mended twin is
//! clean.

use quintet::analyst::{Field, Project, check};
use quintet::cli::sample::FILES;
use quintet::scheduler::Severity;

/// Rule, file, a part of the line, and what the line should have been.
const PLANTED: &[(&str, &str, &str, &str)] = &[
    ("build-of-missing-package", "Dockerfile.worker", "./cmd/processor", "./cmd/worker"),
    ("topic-without-subscription", "infra/pubsub.tf", "\"google_pubsub_topic\" \"usage_reports\"", ""),
    ("secret-in-source", "internal/crm/client.go", "\"AKIA3QWVEXNTR5PLK7DM\"", "\"export\""),
    (
        "signature-compared-plainly",
        "internal/auth/signature.go",
        "if expected != signature {",
        "if !hmac.Equal([]byte(expected), []byte(signature)) {",
    ),
    (
        "query-without-tenant",
        "internal/store/calls.go",
        "FROM calls WHERE id = $1\", id)",
        "FROM calls WHERE tenant_id = $1 AND id = $2\", tenant, id)",
    ),
    (
        "test-always-skipped",
        "internal/store/calls_test.go",
        "\tt.Skip(\"flaky since the move to the new schema\")\n",
        "",
    ),
    (
        "test-cannot-fail",
        "internal/worker/worker_test.go",
        "func TestSilentCallIsHandedOn(t *testing.T) {",
        "func TestSilentCallIsHandedOn(t *testing.T) {\n\tdefer func() { t.Fatal(recover()) }()",
    ),
    ("test-result-ignored", "cloudbuild.yaml", " || true", ""),
    ("coverage-gate-missing", "TEST_EXECUTION_GUIDE.md", "| 80 % of lines |", "| shown, not judged |"),
    ("claim-contradicted", "security-baseline-2025.md", "| Signatures are compared in constant time |", ""),
    ("claim-contradicted", "security-baseline-2025.md", "| Tenants are isolated |", ""),
    ("claim-contradicted", "security-baseline-2025.md", "| Secrets are kept in the secret store |", ""),
    ("claim-contradicted", "security-baseline-2025.md", "| Images run without root |", ""),
    ("claim-contradicted", "docs/data-protection.md", "- A caller is never named in logs", ""),
    ("claim-contradicted", "TEST_EXECUTION_GUIDE.md", "refuses a change whose tests fail", ""),
    ("budget-does-not-add-up", "docs/executive-summary.md", "| **$4,300-8,700** |", "| **$4,150-8,400** |"),
    ("call-without-timeout", "internal/crm/client.go", "http.Post(c.base", "c.client.Post(c.base"),
    (
        "query-in-loop",
        "internal/store/calls.go",
        "\t\trow := s.db.QueryRowContext(ctx,\n\t\t\t\"SELECT text FROM transcripts WHERE tenant_id = $1 AND call_id = $2\"",
        "\t\trow := s.texts.Row(ctx,\n\t\t\t\"SELECT text FROM transcripts WHERE tenant_id = $1 AND call_id = $2\"",
    ),
    ("image-not-pinned", "Dockerfile", "FROM alpine:latest", "FROM alpine:3.22"),
    ("container-runs-as-root", "Dockerfile", "EXPOSE 8080", "EXPOSE 8080\nUSER 65532:65532"),
    (
        "terraform-state-local",
        "infra/main.tf",
        "  required_version = \">= 1.9\"\n",
        "  required_version = \">= 1.9\"\n\n  backend \"gcs\" {\n    bucket = \"callgate-state\"\n  }\n",
    ),
    ("variable-name-disagrees", "infra/run.tf", "\"EVENTS_TOPIC\"", "\"CALL_EVENTS_TOPIC\""),
    ("personal-data-in-log", "internal/worker/worker.go", ", \"caller\", call.CallerNumber)", ")"),
    ("retention-disagrees", "docs/data-protection.md", "90 days, then deleted", "365 days, then deleted"),
    ("connections-over-limit", "internal/store/store.go", "SetMaxOpenConns(25)", "SetMaxOpenConns(4)"),
    (
        "load-test-asserts-nothing",
        "load/ingest.js",
        "export const options = {",
        "export const options = {\n  thresholds: { http_req_duration: ['p(95)<250'] },",
    ),
    (
        "alert-reaches-nobody",
        "infra/monitoring.tf",
        "  display_name = \"Events arrive in the dead-letter topic\"\n",
        "  display_name = \"Events arrive in the dead-letter topic\"\n  notification_channels = [var.on_call_channel]\n",
    ),
    ("alert-on-missing-metric", "infra/monitoring.tf", "user/callgate/crm-failures", "user/callgate/ingest-errors"),
    ("link-to-missing-file", "README.md", "- [Runbook for incidents](docs/runbook.md)\n", ""),
    ("command-of-missing-target", "README.md", "make seed\n", ""),
    ("documented-endpoint-missing", "README.md", "| GET | /v1/usage | the tenant's use of this month |\n", ""),
];

#[test]
fn every_planted_defect_is_found_and_nothing_else_is_claimed() {
    let project = Project::of(FILES.iter().copied());
    let mut found: Vec<String> = findings(&project).into_iter().map(|(finding, _)| finding).collect();
    let mut planted: Vec<String> = PLANTED
        .iter()
        .map(|(rule, file, part, _)| {
            let text = text_of(file);
            let at = text.find(part).unwrap_or_else(|| panic!("{file} holds {part:?}"));
            format!("{rule} {file}:{}", line_of(rule, text, at))
        })
        .collect();
    found.sort();
    planted.sort();
    assert_eq!(found, planted);
}

#[test]
fn a_mended_twin_has_nothing_above_low() {
    let mended: Vec<(&str, String)> = FILES.iter().map(|(path, text)| (*path, mended(path, text))).collect();
    let project = Project::of(mended.iter().map(|(path, text)| (*path, text.as_str())));
    let serious: Vec<String> = findings(&project)
        .into_iter()
        .filter(|(_, severity)| *severity > Severity::Low)
        .map(|(finding, _)| finding)
        .collect();
    assert_eq!(serious, [""; 0]);
}

fn findings(project: &Project) -> Vec<(String, Severity)> {
    let checks = check(project, &Field::ALL);
    assert!(checks.iter().all(|check| !check.broke));
    let all = checks.into_iter().flat_map(|check| check.findings);
    all.map(|finding| (format!("{} {}", finding.rule, finding.at()), finding.severity)).collect()
}

fn text_of(path: &str) -> &'static str {
    FILES.iter().find(|(file, _)| *file == path).unwrap_or_else(|| panic!("the sample has no {path}")).1
}

/// Some findings stand on another line than what is wrong: on the stage that lacks a user, say.
fn line_of(rule: &str, text: &str, at: usize) -> usize {
    let at = match rule {
        "container-runs-as-root" => text.find("FROM alpine").expect("there is a last stage"),
        "terraform-state-local" => text.find("provider \"google\"").expect("there is a provider"),
        "load-test-asserts-nothing" => text.find("'k6/http'").expect("it imports k6"),
        "alert-reaches-nobody" => {
            text.find("\"google_monitoring_alert_policy\" \"dead_letters\"").expect("it is there")
        }
        _ => at,
    };
    text[..at].matches('\n').count() + 1
}

fn mended(path: &str, text: &str) -> String {
    let mut text = text.to_owned();
    // A claim needs no mending: it holds once what it speaks of is mended.
    for (_, file, part, mend) in
        PLANTED.iter().filter(|(rule, file, ..)| *file == path && *rule != "claim-contradicted")
    {
        if *file == "infra/pubsub.tf" {
            let start = text.find("resource \"google_pubsub_topic\" \"usage_reports\"").expect("it is there");
            let end = start + text[start..].find("}\n\n").expect("it ends") + 3;
            text.replace_range(start..end, "");
        } else {
            text = text.replacen(part, mend, 1);
        }
    }
    text
}
