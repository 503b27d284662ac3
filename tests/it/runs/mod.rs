//! Whole runs through the binary, headless: plan in, events, files and exit code out.

mod beginning;
mod commands;
mod control;
mod crash;
mod detach;
mod doctor;
mod ending;
mod faults;
mod handovers;
mod hooks;
mod judging;
mod kills;
mod many;
mod secrets;
mod selftest;
mod servers;
mod soak;
mod told;
mod trust;
mod watching;
pub mod world;
mod worktrees;
