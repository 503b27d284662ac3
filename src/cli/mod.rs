//! One file a command.

/// What `quintet demo` starts from.
pub mod sample;
