//! Rules and reports of the built-in analysts.

mod hostile;
mod sample;
