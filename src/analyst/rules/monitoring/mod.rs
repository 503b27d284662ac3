//! Monitoring: alerts that reach someone, metrics that move, failures that are told.

mod alerts;
mod failures;
mod metrics;

use super::Rule;

pub use metrics::labels;

pub const TABLES: &[&[Rule]] = &[alerts::RULES, metrics::RULES, failures::RULES];
