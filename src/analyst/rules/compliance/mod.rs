//! Compliance: personal data, how long and where it is kept, and what was promised.

mod personal;
mod promises;
mod retention;

use super::Rule;

pub const TABLES: &[&[Rule]] = &[personal::RULES, retention::RULES, promises::RULES];
