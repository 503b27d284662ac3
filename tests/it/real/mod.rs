//! A few real processes, for the wires.
