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
mod line;
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
use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use line::{Command, Line, RunLine};

use crate::screen::keys::KeyMap;
use crate::screen::taste::Taste;

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

/// Parses the command line and does what it says.
pub fn main() -> ExitCode {
    if let Err(error) = color_eyre::install() {
        eprintln!("quintet: {error}");
        return ExitCode::from(code::FAULT);
    }
    let mut args: Vec<OsString> = std::env::args_os().collect();
    if args.get(1).is_some_and(|word| word == detach::OWN_SESSION) {
        args.remove(1);
        detach::own_session();
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
        Command::Prompt { agent, plan, plan_file, engine, project } => {
            prompt::main(&agent, plan.or(plan_file), &project, engine)
        }
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
