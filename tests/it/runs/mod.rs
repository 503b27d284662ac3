//! Whole runs through the binary, headless: plan in, events, files and exit code out.

mod beginning;
mod control;
mod crash;
mod detach;
mod doctor;
mod ending;
mod judging;
mod soak;
mod trust;
mod world;
