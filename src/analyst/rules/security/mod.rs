//! Security: secrets, signatures, tenants, and what is open to whom.

mod code;
mod containers;
mod guards;
mod infrastructure;
mod pipelines;
mod queries;
mod scripts;
mod secrets;
mod settings;
mod shown;
mod signatures;
mod tenants;

use super::Rule;

pub const TABLES: &[&[Rule]] = &[
    secrets::RULES,
    signatures::RULES,
    tenants::RULES,
    queries::RULES,
    code::RULES,
    infrastructure::RULES,
    containers::RULES,
    pipelines::RULES,
    settings::RULES,
    scripts::RULES,
    guards::RULES,
];
