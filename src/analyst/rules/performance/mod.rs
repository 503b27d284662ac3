//! Performance and cost: figures that add up, calls that end, loops that do not repeat themselves.

mod connections;
mod loops;
mod money;
mod waiting;

use super::Rule;

pub const TABLES: &[&[Rule]] = &[money::RULES, waiting::RULES, loops::RULES, connections::RULES];
