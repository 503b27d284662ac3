//! Recorded output of real agent programs.
