//! What a person sees and what their keys do, at several sizes.

mod keys;
mod live;
mod main_screen;
mod panes;
mod storm;
mod terminal;
mod world;
