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
//! | | promise | shown by (in `tests/it`) | promised: measured, with five wanting each of two processors |
//! |---|---|---|---|
//! | R1 | a kill ends the whole tree | `real::kills`, `runs::kills`, `quintet selftest` | escapees: 30 ms; 500 processes 500 ms: 294 ms; three teams of escapees after their grace 500 ms: 285 ms at most |
//! | R2 | Quintet killed at any moment: nothing is left, or nothing lost | `real::quintet_gone`, `runs::kills` | stop 2 s: 1.0 s; found again 1 s: 4 ms; `MOMENTS=200` |
//! | R3 | no task lost, none run twice | `stories::simulation`, `runs::kills`, `runs::many` | 2,100 runs, `QUINTET_SEEDS=3400`; 24 kills, `KILLS=200`; 100 agents, `AGENTS=1000` |
//! | R4 | always five, never six | `stories::slots`, `real::latency`, `runs::many`, `quintet selftest` | slot empty 50 ms (p99): 32 ms, p50 8 ms of 200 agents (release, at rest); 57 ms with three wanting two processors |
//! | R5 | the terminal is given back | `screens::quits`, `screens::terminal` | 200 ms: 3 to 47 ms; closed 1 s: 0.9 s; `INJECTIONS=50` |
//! | R6 | deadlines fire once, without pauses, over a crash | `stories::time_boxes`, `runs::kills`, `quintet selftest` | box of 5 s, 105 ms late: 1 to 12 ms |
//! | R7 | a pause stops every process and the clock | `real::pauses`, `runs::kills`, `quintet selftest` | 500 processes 200 ms: 118 ms |
//! | R8 | output never blocks an agent nor grows memory | `real::output`, `screens::flood` | 150 MB: 24 MB after 10 GB; idle 0.5 %: 0.25 %; key 50 ms (p99) at 200 MB/s: 85 ms (p50 5 ms) at 1.4 GB/s, which is all that two processors give (release, at rest) |
//! | R9 | hostile bytes neither corrupt nor crash | `screens::storm`, `screens::printed`, `properties`, `tests/fuzz/run` | 1 to 500 columns, a second emulator, any chunking |
//! | R10 | logs are whole and in order up to their cap | `real::output`, `real::recovery` | 64 MB, the gap marked |
//! | R11 | leftovers of a normal exit are ended | `real::leftovers` | slot held 2 s at most |
//! | R12 | no fact is torn or lost; no disk, no descriptors: what runs goes on | `runs::faults`, `runs::kills`, `properties::journal` | told once, tried again after 1 and 5 s |
//! | R13 | one Quintet per folder, a stale lock heals itself | `shell::lock`, `runs::control`, `runs::kills` | no `rm`, ever |
//! | R14 | a failed agent blocks exactly its dependants | `stories::simulation` (an oracle) | by the same event |
//! | R15 | quitting is bounded | `runs::ending`, `screens::quits` | grace + 1 s: grace + 0.4 s; the second word: 0.1 s |
//! | R16 | changed files are seen, bursts are one look | `shell::watcher`, `runs::watching`, `runs::faults` | 10,000 files: one look; without inotify every 500 ms |
//! | R17 | the screen stays usable at any size | `screens::storm`, `screens::large`, `screens::sizes` | 40x12 to 300x100, 1,000 resizes; a frame at 160x48: 0.3 ms (release) |
//! | R18 | nothing leaks | `runs::soak` | 5 %; `MINUTES=120` for 50,000 attempts |
//! | R19 | every decision is in the journal with reason and time | `runs::told` | a golden journal |
//! | R20 | secrets stay in the log; files and sockets are the user's own | `runs::secrets`, `real::lives` | 0600, 0700 |
//! | R21 | a time box ends in notes that the successor has read | `runs::handovers`, `runs::ending` | obey, ignore, hang, crash: all; `HANDOVERS=25` for 100 |
//! | R22 | exit 0 is not trusted, a hang after the result not waited for | `runs::judging`, `stories::time_boxes`, `engines` | done only with a report; ended within 30 s |
//! | | nothing starts before the person agreed | `runs::trust`, `runs::doctor`, `screens::quits` | asked again only with a difference, of a value too |
//! | | a thousand agents in fifty slots: the run answers | `places::scale` (`--release`, `--ignored`) | `quintet status` p99: 364 ms on three nodes, 164 ms here |
//! | | at a place: found again, lost once, never twice, no secret in its state | `places` | needs sshd, Slurm |
//! | | worktrees: nothing merged or removed unasked, nothing lost | `runs::worktrees` | five at once, `COMMITS=100` |

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
