//! Deployment: images, infrastructure, workloads, and the steps that bring them out.

mod images;
mod steps;
mod terraform;
mod users;
mod workloads;

use super::Rule;

pub const TABLES: &[&[Rule]] = &[images::RULES, users::RULES, terraform::RULES, workloads::RULES, steps::RULES];
