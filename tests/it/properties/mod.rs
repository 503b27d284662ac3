//! What holds for any bytes at all, wherever text of others comes in. Each file holds one property, as a function of
//! bytes: `bounded` tries it a while with every `cargo test`, the fuzz targets in `tests/fuzz` for as long as one likes.

#[cfg(test)]
mod bounded;

pub mod engines;
pub mod escapes;
pub mod journal;
pub mod lines;
pub mod mermaid;
pub mod plan;
pub mod team;
