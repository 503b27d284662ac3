//! The single owner of state. Pure: a message and `now` go in, effects come out.
//!
//! [`run`] is what is known of the run and its agents, fed by records and activities; [`screen`] is what the person
//! looks at, [`action`] everything a person can do. `ui` draws and changes nothing.

pub mod action;
pub mod glance;
pub mod graph;
pub mod keys;
pub mod layout;
pub mod look;
pub mod page;
pub mod roster;
pub mod run;
pub mod screen;
pub mod tally;
pub mod words;
