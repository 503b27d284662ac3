//! What a person sees and what their keys do, at several sizes.

mod keys;
mod large;
mod live;
mod main_screen;
mod mouse;
mod panes;
mod pictures;
mod read_only;
mod small_things;
mod start;
mod storm;
mod styles;
mod terminal;
pub mod world;
