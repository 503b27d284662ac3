//! Deployment: images, infrastructure, workloads, and the steps that bring them out.

mod copies;
mod images;
mod steps;
mod terraform;
mod users;
mod workloads;

use super::Rule;

pub const TABLES: &[&[Rule]] =
    &[images::RULES, copies::RULES, users::RULES, terraform::RULES, workloads::RULES, steps::RULES];
