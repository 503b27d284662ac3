//! Scalability: limits against each other, autoscalers that can work, and load tests that tell something.

mod autoscaling;
mod limits;
mod load;

use super::Rule;

pub const TABLES: &[&[Rule]] = &[limits::RULES, autoscaling::RULES, load::RULES];
