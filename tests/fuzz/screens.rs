#[path = "../it/screens/world.rs"]
pub mod world;
