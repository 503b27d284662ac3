//! Rules and reports of the built-in analysts.

mod fixtures;
mod hostile;
mod sample;
