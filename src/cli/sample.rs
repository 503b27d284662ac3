//! What `quintet demo` puts into a new folder: a small service with planted defects, the default plan, and settings that
//! make a run of it last about a minute.

/// The sample project: paths and texts.
pub const FILES: &[(&str, &str)] = &[
    (".dockerignore", include_str!("../../assets/sample/.dockerignore")),
    (".env.example", include_str!("../../assets/sample/.env.example")),
    (".gitignore", include_str!("../../assets/sample/.gitignore")),
    ("Dockerfile", include_str!("../../assets/sample/Dockerfile")),
    ("Dockerfile.worker", include_str!("../../assets/sample/Dockerfile.worker")),
    ("Makefile", include_str!("../../assets/sample/Makefile")),
    ("README.md", include_str!("../../assets/sample/README.md")),
    ("TEST_EXECUTION_GUIDE.md", include_str!("../../assets/sample/TEST_EXECUTION_GUIDE.md")),
    ("cloudbuild.yaml", include_str!("../../assets/sample/cloudbuild.yaml")),
    ("cmd/ingest/main.go", include_str!("../../assets/sample/cmd/ingest/main.go")),
    ("cmd/worker/main.go", include_str!("../../assets/sample/cmd/worker/main.go")),
    ("docs/architecture.md", include_str!("../../assets/sample/docs/architecture.md")),
    ("docs/data-protection.md", include_str!("../../assets/sample/docs/data-protection.md")),
    ("docs/executive-summary.md", include_str!("../../assets/sample/docs/executive-summary.md")),
    ("docs/operations.md", include_str!("../../assets/sample/docs/operations.md")),
    ("go.mod", include_str!("../../assets/sample/go.mod")),
    ("go.sum", include_str!("../../assets/sample/go.sum")),
    ("infra/database.tf", include_str!("../../assets/sample/infra/database.tf")),
    ("infra/main.tf", include_str!("../../assets/sample/infra/main.tf")),
    ("infra/monitoring.tf", include_str!("../../assets/sample/infra/monitoring.tf")),
    ("infra/pubsub.tf", include_str!("../../assets/sample/infra/pubsub.tf")),
    ("infra/run.tf", include_str!("../../assets/sample/infra/run.tf")),
    ("infra/storage.tf", include_str!("../../assets/sample/infra/storage.tf")),
    ("infra/variables.tf", include_str!("../../assets/sample/infra/variables.tf")),
    ("internal/auth/signature.go", include_str!("../../assets/sample/internal/auth/signature.go")),
    ("internal/auth/signature_test.go", include_str!("../../assets/sample/internal/auth/signature_test.go")),
    ("internal/config/config.go", include_str!("../../assets/sample/internal/config/config.go")),
    ("internal/config/config_test.go", include_str!("../../assets/sample/internal/config/config_test.go")),
    ("internal/crm/client.go", include_str!("../../assets/sample/internal/crm/client.go")),
    ("internal/httpapi/handlers.go", include_str!("../../assets/sample/internal/httpapi/handlers.go")),
    ("internal/httpapi/server.go", include_str!("../../assets/sample/internal/httpapi/server.go")),
    ("internal/httpapi/server_test.go", include_str!("../../assets/sample/internal/httpapi/server_test.go")),
    ("internal/model/call.go", include_str!("../../assets/sample/internal/model/call.go")),
    ("internal/queue/publisher.go", include_str!("../../assets/sample/internal/queue/publisher.go")),
    ("internal/queue/publisher_test.go", include_str!("../../assets/sample/internal/queue/publisher_test.go")),
    ("internal/store/calls.go", include_str!("../../assets/sample/internal/store/calls.go")),
    ("internal/store/calls_test.go", include_str!("../../assets/sample/internal/store/calls_test.go")),
    ("internal/store/store.go", include_str!("../../assets/sample/internal/store/store.go")),
    ("internal/worker/worker.go", include_str!("../../assets/sample/internal/worker/worker.go")),
    ("internal/worker/worker_test.go", include_str!("../../assets/sample/internal/worker/worker_test.go")),
    ("load/ingest.js", include_str!("../../assets/sample/load/ingest.js")),
    (
        "migrations/0001_tenants_and_calls.sql",
        include_str!("../../assets/sample/migrations/0001_tenants_and_calls.sql"),
    ),
    ("migrations/0002_transcripts.sql", include_str!("../../assets/sample/migrations/0002_transcripts.sql")),
    ("security-baseline-2025.md", include_str!("../../assets/sample/security-baseline-2025.md")),
];

/// The plan that the sample is reviewed by.
pub const PLAN: &str = include_str!("../../assets/default-plan.md");

/// The sample's `quintet.toml`.
pub const SETTINGS: &str = include_str!("../../assets/demo.toml");
