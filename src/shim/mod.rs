//! The process that owns one attempt: its process tree, its log, its exit status.
