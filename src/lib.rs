//! Quintet keeps five time-boxed agents working on a project, from one Markdown plan.
//!
//! Facts come in as messages, one owner (`app`) turns each into new state plus effects, the shell performs them, the
//! screen is drawn from the state. Only the shell touches the world.
//!
//! ```text
//!   plan.md ──▶ plan ──▶ scheduler ◀──▶ app ──▶ ui ──▶ the terminal
//!                            ▲           ▲ │
//!                   facts, time, keys ───┘ └──▶ effects
//!                            │                    │
//!                            └────── shell ◀──────┘
//!                                      │  one folder an attempt
//!                                      ▼
//!                          shim ──▶ the agent (claude, codex, …, analyst, any command)
//! ```
//!
//! A room uses only rooms listed above it.

/// Text becomes a plan.
pub mod plan;
/// Which agent runs when, for how long, and what its end means.
pub mod scheduler;
/// The kinds of program that play an agent.
pub mod engine;
/// How a run is run: flags, plan, settings files.
pub mod settings;
/// `.claude-team/` as a format.
pub mod team_dir;
/// The process that owns one attempt.
pub mod shim;
/// What is known of a run: all that is shown, written and compiled is made from it.
pub mod run;
/// The compile step: a run becomes its final report.
pub mod compile;
/// The single owner of state, and who decides.
pub mod app;
/// State becomes cells.
pub mod ui;
/// The built-in agents.
pub mod analyst;
/// Where attempts run.
pub mod place;
/// Quintet as an MCP server for its agents.
pub mod mcp;
/// The only room with files, processes, terminal and clock.
pub mod shell;
/// The commands.
pub mod cli;
