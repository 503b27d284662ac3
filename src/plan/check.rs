//! What a plan was read as: for scripts as JSON, for people as text.

mod json;
mod text;

pub use json::json;
pub use text::{plural, problems, text};
