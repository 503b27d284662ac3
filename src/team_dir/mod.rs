//! `.claude-team/` as a format: every path and every record. No IO.
