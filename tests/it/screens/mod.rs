//! What a person sees and what their keys do, at several sizes.

mod live;
mod main_screen;
mod world;
