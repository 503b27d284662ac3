#[path = "../it/engines/world.rs"]
pub mod world;
