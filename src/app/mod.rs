//! The single owner of state. Pure: a message and `now` go in, effects come out.
//!
//! [`run`] is what is known of the run and its agents, fed by records and activities; `screen` is what the person
//! looks at. `ui` draws both and changes neither.

pub mod run;
