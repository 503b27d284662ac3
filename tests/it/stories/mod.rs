//! Simulated runs of the scheduler: a world, an action, the picture.

mod crashes;
mod dice;
mod ends;
mod orders;
mod picture;
mod process;
mod promises;
mod queues;
mod simulation;
mod slots;
mod time_boxes;
mod verdicts;
mod world;
