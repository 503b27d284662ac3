//! Documentation: what it points to must be there, and what is there must be in its lists.

mod commands;
mod endpoints;
mod links;

use super::Rule;

pub const TABLES: &[&[Rule]] = &[links::RULES, commands::RULES, endpoints::RULES];
