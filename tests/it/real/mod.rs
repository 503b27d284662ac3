//! A few real processes, for the wires. What is promised here is promised on Linux.

#![cfg(target_os = "linux")]

/// A run with hostile agents.
mod world;

/// Start, input, environment, exit.
mod lives;

/// A kill ends the whole tree.
mod kills;

/// A pause stops the whole tree.
mod pauses;

/// What the agent leaves behind.
mod leftovers;

/// Every byte in the log, whatever it is.
mod output;

/// Quintet is killed, and comes back.
mod quintet_gone;

/// What the next Quintet finds in a folder.
mod recovery;

/// How long the wires take.
mod latency;
