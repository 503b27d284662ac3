//! Simulated runs of the scheduler.
