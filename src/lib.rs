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
//!                                      ▼  here, or at a place: sbatch, ssh
//!                          shim ──▶ the agent (claude, codex, …, analyst, any command)
//! ```
//!
//! What the person sees, from a run of `quintet demo`, drawn by `ui` from `run` and `screen`:
//!
//! ```text
//!  quintet  Orchestration plan…  builtin  ▲ 1 urgent        5/5  ✓ 3  ◌ 2 │ 00:23
//! ╭ 1 ● performance-engineer ⇄2 ──── 00:14 ╮╭ 2 ● deployment-specialist ──── 14:38 ╮
//! │ █████████████████████████▏░░░░░░░░░░░░ ││ ███████████████████████████████████▌ │
//! │ criteria 1/3  tools 0/2        0 s ago ││ criteria –/3  tools 0/2      1 s ago │
//! │ ▸ read cmd/ingest/main.go         0:00 ││   checking: No image runs as root    │
//! ╰────────────────────────────────────────╯╰──────────────────────────────────────╯
//!  p pause  x stop…  + 5 min  w hand over  r reports  : command  ? help  q quit
//! ```
//!
//! # What always holds
//!
//! - A room uses only rooms listed above it, files stay small, the clock is a parameter: `tests/it/tidy.rs` holds this.
//! - Every decision is a record first. State is the fold of the records: a crash, an attached screen and a replay are one.
//! - Every byte of an agent is in its log before anything else looks at it. The exit file is the truth, and written last.
//! - A slot is free when nothing of the attempt's process tree is left.
//! - Nothing on the loop waits for a disk, a terminal or a client. Every channel is bounded; beside it stands what
//!   happens when it is full.
//!
//! # Promises and the tests that show them
//!
//! | promise | shown by (in `tests/it`) | figure |
//! |---|---|---|
//! | a kill ends the whole tree | `real::kills` | obeys: 250 ms; 500 processes: 500 ms |
//! | Quintet killed at any moment loses nothing, runs nothing twice | `real::quintet_gone`, `runs::crash` | 24 moments, `MOMENTS=200` for more |
//! | no task lost or run twice, always ends, same seed same log | `stories::simulation` | 2,100 runs, `QUINTET_SEEDS=3400` for 10,000 |
//! | never above the slots, never idle while something is ready | `stories::simulation`, `real::latency` | refill without a poll |
//! | the terminal is given back, also after SIGKILL | `screens::terminal` | 200 ms |
//! | pauses stop every process and the clock | `real::pauses`, `runs::crash` | 500 processes: 200 ms |
//! | output never blocks an agent nor grows memory | `real::output` | a line of 100 MB costs its cut |
//! | no control byte of an agent reaches the terminal | `screens::storm`, `properties::escapes` | 1 to 500 columns, a second emulator |
//! | no text of others makes a reader panic | `properties`, `tests/fuzz/run` | 7 properties, at any chunking |
//! | nothing leaks | `runs::soak` | 5 %; `MINUTES=120` for 50,000 attempts |
//! | leftovers of a normal exit are ended | `real::leftovers` | slot held 2 s at most |
//! | one Quintet per folder, a stale lock heals itself | `shell::lock`, `runs::control` | |
//! | a time box ends in notes that the successor gets | `runs::ending` | |
//! | exit 0 is not trusted | `runs::judging`, `engines` | done only with a report |
//! | at a place: found again, lost once, never twice, no secret in its state | `places` | needs sshd, Slurm |
//! | nothing starts before the person agreed | `runs::trust` | |

// Text becomes a plan.
pub mod plan;
// Which agent runs when, for how long, and what its end means.
pub mod scheduler;
// The kinds of program that play an agent.
pub mod engine;
// Where an attempt runs: this machine, a cluster, other hosts.
pub mod place;
// How a run is run: flags, plan, settings files.
pub mod settings;
// `.claude-team/` as a format.
pub mod team_dir;
// The process that owns one attempt.
pub mod shim;
// A git worktree and branch of its own for an agent that changes files.
pub mod worktree;
// What is known of a run: all that is shown, written and compiled is made from it.
pub mod run;
// The compile step: a run becomes its final report.
pub mod compile;
// What the person looks at: focus, what is open, what is asked, keys and words.
pub mod screen;
// The single owner of state, and who decides.
pub mod app;
// State becomes cells.
pub mod ui;
// The built-in agents.
pub mod analyst;
// Quintet as an MCP server for its agents.
pub mod mcp;
// The only room with files, processes, terminal and clock.
pub mod shell;
// Whether limits hold on this machine, shown by small runs of this very program.
pub mod selftest;
// The commands.
pub mod cli;
