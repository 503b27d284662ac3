//! What a person sees and what their keys do, at several sizes.

mod main_screen;
mod world;
