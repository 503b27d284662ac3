//! Deployment: images, infrastructure, workloads, and the steps that bring them out.

mod images;
mod steps;
mod terraform;
mod workloads;

use super::Rule;

pub const TABLES: &[&[Rule]] = &[images::RULES, terraform::RULES, workloads::RULES, steps::RULES];
