//! The commands, one file each; this file knows their flags and nothing of what they do.

/// Prints; a reader that has gone away ends the command quietly.
macro_rules! say {
    ($($text:tt)*) => { crate::cli::print(format_args!($($text)*)) };
}

/// The same with a newline.
macro_rules! sayln {
    ($($text:tt)*) => { crate::cli::print(format_args!("{}\n", format_args!($($text)*))) };
}

mod appearance;
mod attach;
mod check;
mod ctl;
mod demo;
mod detach;
mod doctor;
mod history;
mod logs;
mod project;
mod prompt;
mod report;
mod rules;
mod run;
pub mod sample;
mod selftest;
mod servers;
mod shown;
mod spend;
mod start;
mod tidy;
mod trust;
mod watch;
mod worktrees;

use std::ffi::OsString;
use std::io::{BufRead, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand};

use crate::screen::keys::KeyMap;
use crate::screen::taste::Taste;
use crate::settings::{Flags, OnCrash, OnQuit, Share, Span};

/// What the program says when it ends.
pub mod code {
    /// Complete.
    pub const COMPLETE: u8 = 0;
    /// The run ended with something not done.
    pub const NOT_COMPLETE: u8 = 1;
    /// Bad plan, flag or config, or another Quintet on the folder.
    pub const REFUSED: u8 = 2;
    /// An internal fault.
    pub const FAULT: u8 = 3;
    /// Nothing runs.
    pub const NOTHING_RUNS: u8 = 4;
}

/// Keeps five time-boxed agents working on a project, from one Markdown plan, in one terminal.
#[derive(Debug, Parser)]
#[command(name = "quintet", version, about, long_about = None, after_long_help = EXAMPLES)]
struct Line {
    /// Without one: the start page
    #[command(subcommand)]
    command: Option<Command>,
}

const EXAMPLES: &str = "Examples:
  quintet demo                      watch ten built-in analysts work on a sample project
  quintet check plan.md             see what Quintet understands of a plan
  quintet run plan.md               run it in this folder, with the screen
  quintet run plan.md --json        run it without a screen, an event per line
  quintet logs security-auditor -f  follow what an agent prints";

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a plan in a project
    Run(Box<RunLine>),
    /// Show what is understood of a plan, and everything that is wrong with it
    Check {
        /// The plan [default: .claude-team/communications/orchestration-plan.md]
        plan: Option<PathBuf>,
        /// The project that the plan is for: files that it wants read are looked for
        #[arg(long, value_name = "DIR")]
        project: Option<PathBuf>,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Watch the built-in analysts work on a sample project, for about a minute
    Demo {
        /// Unpaced: as fast as it goes
        #[arg(long)]
        fast: bool,
        /// Lay the sample project out here instead of in a fresh temporary folder
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
        /// A line of text per event instead of the screen
        #[arg(long)]
        headless: bool,
        /// A JSON event per line instead of the screen
        #[arg(long)]
        json: bool,
    },
    /// Print what an agent's newest attempt printed
    Logs {
        /// The agent
        agent: String,
        /// This attempt instead of the newest
        #[arg(long, value_name = "N")]
        attempt: Option<u32>,
        /// Go on as it prints more
        #[arg(short, long)]
        follow: bool,
        #[arg(long, value_name = "DIR", default_value = ".")]
        project: PathBuf,
    },
    /// Print an agent's report, or the final one
    Report {
        /// The agent; without it the final report
        agent: Option<String>,
        #[arg(long, value_name = "DIR", default_value = ".")]
        project: PathBuf,
    },
    /// Show the screen of the run in this project, which goes on when it is left
    Attach {
        #[arg(long, value_name = "DIR", default_value = ".")]
        project: PathBuf,
    },
    /// List the runs in this project, or show one of them as it ended
    History {
        /// The run
        run: Option<String>,
        #[arg(long, value_name = "DIR", default_value = ".")]
        project: PathBuf,
    },
    /// Show a team directory that something else drives
    Watch {
        /// The project, or its team directory
        #[arg(value_name = "DIR", default_value = ".")]
        dir: PathBuf,
    },
    /// Print a picture (SVG) of the screen of the run in this project
    #[command(hide = true)]
    Picture {
        #[arg(long, value_name = "DIR", default_value = ".")]
        project: PathBuf,
        #[arg(long, default_value_t = 160)]
        width: u16,
        #[arg(long, default_value_t = 48)]
        height: u16,
        #[arg(long)]
        light: bool,
    },
    /// Print the state of the run in this project
    Status {
        /// Print the object of agent-status.json
        #[arg(long)]
        json: bool,
        /// Print one line, for a status bar
        #[arg(long, conflicts_with = "json")]
        line: bool,
        #[arg(long, value_name = "DIR", default_value = ".")]
        project: PathBuf,
    },
    /// Give an order to the run in this project
    #[command(after_help = ctl_help())]
    Ctl {
        verb: String,
        /// The agent, then what the verb takes
        #[arg(value_name = "AGENT|ARG")]
        words: Vec<String>,
        /// Only if this is the attempt that runs
        #[arg(long, value_name = "N")]
        attempt: Option<u32>,
        /// Return when it took effect
        #[arg(long)]
        wait: bool,
        /// For retry: agree to what the engine would start, may do and cost
        #[arg(long)]
        trust: bool,
        #[arg(long, value_name = "DIR", default_value = ".")]
        project: PathBuf,
    },
    /// List all runs of this user on this machine
    Ls,
    /// Print what an agent would be told
    Prompt {
        agent: String,
        /// The plan [default: .claude-team/communications/orchestration-plan.md]
        #[arg(long)]
        plan: Option<PathBuf>,
        #[arg(long, value_name = "NAME")]
        engine: Option<String>,
        #[arg(long, value_name = "DIR", default_value = ".")]
        project: PathBuf,
    },
    /// Write a small working plan to begin with
    Init {
        /// Print how to have an agent write a plan
        #[arg(long)]
        guide: bool,
        #[arg(long, value_name = "DIR", default_value = ".")]
        project: PathBuf,
    },
    /// Tell what is there, what is not, and what to do about it
    Doctor {
        #[arg(long, value_name = "DIR", default_value = ".")]
        project: PathBuf,
        /// Start the project's MCP servers too, if you agree to them, to see whether they answer
        #[arg(long)]
        servers: bool,
        /// Run the commands of the places too, the project's if you agree to them, to see whether they share the project's disk
        #[arg(long)]
        places: bool,
    },
    /// Prove on this machine, in about ten seconds, that limits hold: time box, kill, pause, crash, budget
    Selftest {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// List the rules of the built-in analysts
    Rules,
    /// List the git worktrees that agents work in, and what is on their branches
    Worktrees {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
        #[arg(long, value_name = "DIR", default_value = ".")]
        project: PathBuf,
    },
    /// Print what an agent changed in its worktree
    Diff {
        agent: String,
        /// In this run instead of the newest that has it
        #[arg(long)]
        run: Option<String>,
        #[arg(long, value_name = "DIR", default_value = ".")]
        project: PathBuf,
    },
    /// Merge what an agent did in its worktree into the project
    Merge {
        agent: String,
        /// Show what it is, ask first, and wait for Enter at the end: for the screen
        #[arg(long, hide = true)]
        ask: bool,
        /// In this run instead of the newest that has it
        #[arg(long)]
        run: Option<String>,
        #[arg(long, value_name = "DIR", default_value = ".")]
        project: PathBuf,
    },
    /// Remove the folders of ended runs
    Clean {
        #[arg(long, value_name = "DIR", default_value = ".")]
        project: PathBuf,
    },
    /// Print what the user's config file may hold
    Config {
        /// Every setting of the screen with its default, and every key
        #[arg(long, required = true)]
        print_default: bool,
    },
    /// Print completions for a shell
    Completions { shell: clap_complete::Shell },
    /// Print the manual page
    #[command(hide = true)]
    Man,
}

/// Flags of `run`.
#[derive(Debug, Args)]
struct RunLine {
    /// The plan [default: .claude-team/communications/orchestration-plan.md]
    plan: Option<PathBuf>,
    /// The project that the agents work on
    #[arg(long, value_name = "DIR", default_value = ".")]
    project: PathBuf,
    /// The engine of agents without one: builtin, claude, codex, gemini, opencode, or a name of quintet.toml
    #[arg(long, value_name = "NAME")]
    engine: Option<String>,
    /// The engine of every agent
    #[arg(long, value_name = "NAME")]
    engine_all: Option<String>,
    /// Where agents without a place of their own run: local, or a name under [places] of quintet.toml
    #[arg(long, value_name = "NAME")]
    place: Option<String>,
    /// How many attempts run at once
    #[arg(long, value_name = "N")]
    slots: Option<usize>,
    /// The limit of an attempt, for example 15m
    #[arg(long, value_name = "SPAN")]
    time_box: Option<Span>,
    /// When in its box an attempt is warned
    #[arg(long, value_name = "SHARE")]
    warning: Option<Share>,
    /// How much of the box is kept for notes
    #[arg(long, value_name = "SHARE")]
    wrap_up: Option<Share>,
    /// How long an attempt may go on after TERM
    #[arg(long, value_name = "SPAN")]
    grace: Option<Span>,
    /// How many successors follow an attempt that ran out of time
    #[arg(long, value_name = "N")]
    successors: Option<u32>,
    /// How often a failed attempt is tried again
    #[arg(long, value_name = "N")]
    retries: Option<u32>,
    /// What leaving the screen does
    #[arg(long, value_name = "WHAT")]
    on_quit: Option<OnQuit>,
    /// What becomes of running attempts when Quintet dies
    #[arg(long, value_name = "WHAT")]
    on_crash: Option<OnCrash>,
    /// The most that the run may cost, in US dollars
    #[arg(long, value_name = "USD")]
    max_cost: Option<f64>,
    /// The most tokens that the run may use
    #[arg(long, value_name = "N")]
    max_tokens: Option<u64>,
    /// Run these agents only
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    only: Vec<String>,
    /// End an unfinished run and begin anew
    #[arg(long, conflicts_with = "carry_on")]
    fresh: bool,
    /// Carry an unfinished run on although plan or engines changed
    #[arg(long)]
    carry_on: bool,
    /// Leave the run to a process without a screen at once
    #[arg(long)]
    detach: bool,
    /// Trust what the plan and quintet.toml would start
    #[arg(long)]
    trust: bool,
    /// Show what would be started, and start nothing
    #[arg(long)]
    dry_run: bool,
    /// A line of text per event instead of the screen
    #[arg(long)]
    headless: bool,
    /// A JSON event per line instead of the screen
    #[arg(long)]
    json: bool,
}

impl RunLine {
    fn flags(&self) -> Flags {
        Flags {
            engine: self.engine.clone(),
            engine_all: self.engine_all.clone(),
            place: self.place.clone(),
            slots: self.slots,
            time_box: self.time_box,
            warning: self.warning,
            wrap_up: self.wrap_up,
            grace: self.grace,
            successors: self.successors,
            retries: self.retries,
            max_cost: self.max_cost,
            max_tokens: self.max_tokens,
            on_quit: self.on_quit,
            on_crash: self.on_crash,
            only: self.only.clone(),
        }
    }
}

/// Returns the verbs of `ctl`, for its help.
fn ctl_help() -> String {
    let verbs = crate::app::VERBS.iter().map(|(verb, takes)| format!("  {verb} {takes}").trim_end().to_owned());
    format!("Verbs:\n{}", verbs.collect::<Vec<_>>().join("\n"))
}

/// Parses the command line and does what it says.
pub fn main() -> ExitCode {
    if let Err(error) = color_eyre::install() {
        eprintln!("quintet: {error}");
        return ExitCode::from(code::FAULT);
    }
    let mut args: Vec<OsString> = std::env::args_os().collect();
    if args.get(1).is_some_and(|word| word == detach::OWN_SESSION) {
        args.remove(1);
        // It fails only in a process that leads a session already.
        let _ = rustix::process::setsid();
    }
    let line = Line::parse_from(&args);
    let words = args.iter().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let result = match line.command {
        Some(command) => perform(command, words),
        None => begin(),
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(Refusal::Refused(why)) => {
            eprintln!("quintet: {why}");
            ExitCode::from(code::REFUSED)
        }
        Err(Refusal::NothingRuns(why)) => {
            eprintln!("quintet: {why}");
            ExitCode::from(code::NOTHING_RUNS)
        }
        Err(Refusal::Fault(report)) => {
            eprintln!("quintet: {report:?}");
            ExitCode::from(code::FAULT)
        }
    }
}

/// The start page, then what is chosen there; without a terminal the help.
fn begin() -> Result<u8, Refusal> {
    if !(std::io::stdout().is_terminal() && std::io::stdin().is_terminal()) {
        say!("{}", Line::command().render_help());
        return Ok(code::COMPLETE);
    }
    let Some(words) = start::main()? else { return Ok(code::COMPLETE) };
    sayln!("quintet {}", words.join(" "));
    let line = Line::parse_from(["quintet".to_owned()].iter().chain(&words));
    line.command.map_or(Ok(code::COMPLETE), |command| perform(command, words))
}

/// Does what was said. `words`: as it was typed.
fn perform(command: Command, words: Vec<String>) -> Result<u8, Refusal> {
    match command {
        Command::Run(line) => run::main(&line, words),
        Command::Check { plan, project, json } => check::main(plan.as_deref(), project.as_deref(), json),
        Command::Demo { fast, dir, headless, json } => demo::main(fast, dir, headless, json),
        Command::Logs { agent, attempt, follow, project } => logs::main(&agent, attempt, follow, &project),
        Command::Report { agent, project } => report::main(agent.as_deref(), &project),
        Command::Attach { project } => attach::main(&project),
        Command::History { run, project } => history::main(run.as_deref(), &project),
        Command::Watch { dir } => watch::main(&dir),
        Command::Picture { project, width, height, light } => attach::picture(&project, width, height, light),
        Command::Status { json, line, project } => ctl::status(&project, json, line),
        Command::Ctl { verb, words, attempt, wait, trust, project } => {
            ctl::order(&ctl::Order { verb: &verb, words: &words, attempt, wait, trust }, &project)
        }
        Command::Ls => ctl::list(),
        Command::Init { guide, project } => tidy::init(&project, guide),
        Command::Doctor { project, servers, places } => doctor::main(&project, servers, places),
        Command::Selftest { json } => selftest::main(json),
        Command::Rules => rules::main(),
        Command::Worktrees { json, project } => worktrees::list(&project, json),
        Command::Diff { agent, run, project } => worktrees::diff(&agent, run.as_deref(), &project),
        Command::Merge { agent, ask: false, run, project } => worktrees::merge(&agent, run.as_deref(), &project),
        Command::Merge { agent, ask: true, run, project } => worktrees::ask_and_merge(&agent, run.as_deref(), &project),
        Command::Clean { project } => tidy::clean(&project),
        Command::Config { .. } => {
            say!("{}\n{}", Taste::default_toml().trim_end(), KeyMap::default_toml());
            Ok(code::COMPLETE)
        }
        Command::Prompt { agent, plan, engine, project } => prompt::main(&agent, plan, &project, engine),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Line::command(), "quintet", &mut text);
            say!("{}", String::from_utf8_lossy(&text));
            Ok(code::COMPLETE)
        }
        Command::Man => clap_mangen::Man::new(Line::command())
            .render(&mut std::io::stdout())
            .map(|()| code::COMPLETE)
            .map_err(Into::into),
    }
}

/// Prints to standard output.
fn print(text: std::fmt::Arguments<'_>) {
    let mut out = std::io::stdout().lock();
    if out.write_fmt(text).and_then(|()| out.flush()).is_err() {
        std::process::exit(0);
    }
}

/// Reads a line of the person's, after what was said; `None` when there is no more.
fn ask() -> Result<Option<String>, Refusal> {
    std::io::stdout().flush()?;
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line)?;
    Ok((read > 0).then(|| line.trim().to_owned()))
}

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub enum Refusal {
    /// The person can mend it: plan, flag, config, another Quintet.
    Refused(String),
    NothingRuns(String),
    /// It should not happen.
    Fault(color_eyre::Report),
}

impl<E: std::error::Error + Send + Sync + 'static> From<E> for Refusal {
    fn from(error: E) -> Refusal {
        Refusal::Fault(color_eyre::Report::new(error))
    }
}
