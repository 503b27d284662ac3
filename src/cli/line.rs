//! The command line: every command and every flag.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::settings::{Flags, OnCrash, OnQuit, Share, Span};

/// Keeps five time-boxed agents working on a project, from one Markdown plan, in one terminal.
#[derive(Debug, Parser)]
#[command(name = "quintet", version, about, long_about = None, after_long_help = EXAMPLES)]
pub struct Line {
    /// Without one: the start page
    #[command(subcommand)]
    pub command: Option<Command>,
}

const EXAMPLES: &str = "Examples:
  quintet demo                      watch ten built-in analysts work on a sample project
  quintet check plan.md             see what Quintet understands of a plan
  quintet run plan.md               run it in this folder, with the screen
  quintet run plan.md --json        run it without a screen, an event per line
  quintet logs security-auditor -f  follow what an agent prints";

#[derive(Debug, Subcommand)]
pub enum Command {
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
        plan: Option<PathBuf>,
        /// The same
        #[arg(long = "plan", value_name = "PLAN", conflicts_with = "plan")]
        plan_file: Option<PathBuf>,
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
pub struct RunLine {
    /// The plan [default: .claude-team/communications/orchestration-plan.md]
    pub plan: Option<PathBuf>,
    /// The project that the agents work on
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub project: PathBuf,
    /// The engine of agents without one: builtin, claude, codex, gemini, opencode, or a name of quintet.toml
    #[arg(long, value_name = "NAME")]
    pub engine: Option<String>,
    /// The engine of every agent
    #[arg(long, value_name = "NAME")]
    pub engine_all: Option<String>,
    /// Where agents without a place of their own run: local, or a name under [places] of quintet.toml
    #[arg(long, value_name = "NAME")]
    pub place: Option<String>,
    /// How many attempts run at once
    #[arg(long, value_name = "N")]
    pub slots: Option<usize>,
    /// The limit of an attempt, for example 15m
    #[arg(long, value_name = "SPAN")]
    pub time_box: Option<Span>,
    /// When in its box an attempt is warned
    #[arg(long, value_name = "SHARE")]
    pub warning: Option<Share>,
    /// How much of the box is kept for notes
    #[arg(long, value_name = "SHARE")]
    pub wrap_up: Option<Share>,
    /// How long an attempt may go on after TERM
    #[arg(long, value_name = "SPAN")]
    pub grace: Option<Span>,
    /// How many successors follow an attempt that ran out of time
    #[arg(long, value_name = "N")]
    pub successors: Option<u32>,
    /// How often a failed attempt is tried again
    #[arg(long, value_name = "N")]
    pub retries: Option<u32>,
    /// What leaving the screen does
    #[arg(long, value_name = "WHAT")]
    pub on_quit: Option<OnQuit>,
    /// What becomes of running attempts when Quintet dies
    #[arg(long, value_name = "WHAT")]
    pub on_crash: Option<OnCrash>,
    /// The most that the run may cost, in US dollars
    #[arg(long, value_name = "USD")]
    pub max_cost: Option<f64>,
    /// The most tokens that the run may use
    #[arg(long, value_name = "N")]
    pub max_tokens: Option<u64>,
    /// Run these agents only
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub only: Vec<String>,
    /// End an unfinished run and begin anew
    #[arg(long, conflicts_with = "carry_on")]
    pub fresh: bool,
    /// Carry an unfinished run on although plan or engines changed
    #[arg(long)]
    pub carry_on: bool,
    /// Leave the run to a process without a screen at once
    #[arg(long)]
    pub detach: bool,
    /// Trust what the plan and quintet.toml would start
    #[arg(long)]
    pub trust: bool,
    /// Show what would be started, and start nothing
    #[arg(long)]
    pub dry_run: bool,
    /// A line of text per event instead of the screen
    #[arg(long)]
    pub headless: bool,
    /// A JSON event per line instead of the screen
    #[arg(long)]
    pub json: bool,
}

impl RunLine {
    pub fn flags(&self) -> Flags {
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
