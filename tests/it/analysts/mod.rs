//! Rules and reports of the built-in analysts.

mod fixtures;
mod hostile;
mod process;
mod sample;
mod shared;
