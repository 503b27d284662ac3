//! Quintet as an MCP server for its agents.
