//! The properties that the fuzz targets try, from the tests of the project, with what they stand on.

pub mod engines;
#[path = "../it/properties/mod.rs"]
pub mod properties;
pub mod screens;
