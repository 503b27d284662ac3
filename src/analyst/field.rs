//! The ten fields of work, as a plan's agents divide them.

use serde::{Deserialize, Serialize};

/// A field of work. Each rule belongs to one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Field {
    Architecture,
    Security,
    Testing,
    Performance,
    Deployment,
    Integration,
    Compliance,
    Scalability,
    Monitoring,
    Documentation,
}

impl Field {
    /// Every field, in the order of the table of rules.
    pub const ALL: [Field; 10] = [
        Field::Architecture,
        Field::Security,
        Field::Testing,
        Field::Performance,
        Field::Deployment,
        Field::Integration,
        Field::Compliance,
        Field::Scalability,
        Field::Monitoring,
        Field::Documentation,
    ];

    /// Returns its name, as in `quintet rules`.
    pub fn name(self) -> &'static str {
        match self {
            Field::Architecture => "architecture",
            Field::Security => "security",
            Field::Testing => "testing",
            Field::Performance => "performance and cost",
            Field::Deployment => "deployment",
            Field::Integration => "integration",
            Field::Compliance => "compliance",
            Field::Scalability => "scalability",
            Field::Monitoring => "monitoring",
            Field::Documentation => "documentation",
        }
    }
}
