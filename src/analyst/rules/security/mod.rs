//! Security: secrets, signatures, tenants, and what is open to whom.

mod code;
mod containers;
mod infrastructure;
mod pipelines;
mod secrets;
mod signatures;
mod tenants;

use super::Rule;

pub const TABLES: &[&[Rule]] = &[
    secrets::RULES,
    signatures::RULES,
    tenants::RULES,
    code::RULES,
    infrastructure::RULES,
    containers::RULES,
    pipelines::RULES,
];
