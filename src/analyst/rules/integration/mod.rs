//! Integration: code, infrastructure and documents that must agree.

mod claims;
mod data;
mod figures;
mod names;

use super::Rule;

pub const TABLES: &[&[Rule]] = &[names::RULES, figures::RULES, data::RULES, claims::RULES];
