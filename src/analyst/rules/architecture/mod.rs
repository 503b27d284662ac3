//! Architecture: packages, functions, routes and messages that name each other must be there.

mod builds;
mod calls;
mod described;
mod imports;
mod messages;
mod routes;
mod scripts;
mod twins;

use super::Rule;

pub const TABLES: &[&[Rule]] = &[
    builds::RULES,
    imports::RULES,
    calls::RULES,
    routes::RULES,
    messages::RULES,
    twins::RULES,
    scripts::RULES,
    described::RULES,
];
