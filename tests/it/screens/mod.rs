//! What a person sees and what their keys do, at several sizes.

mod attached;
mod desk;
mod flood;
mod keys;
mod large;
mod live;
mod main_screen;
mod mouse;
mod panes;
mod pictures;
mod printed;
mod quits;
mod read_only;
mod sizes;
mod small_things;
mod start;
mod storm;
mod styles;
mod terminal;
pub mod world;
