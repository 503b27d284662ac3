//! The one integration binary.

mod analysts;
mod engines;
mod machine;
mod places;
mod plans;
mod properties;
mod real;
mod runs;
mod screens;
mod stories;
mod tidy;
