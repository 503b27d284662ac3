//! Rules and reports of the built-in analysts.
