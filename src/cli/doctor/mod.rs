//! `quintet doctor`: what is there, what is not, and what to do about it.

mod facts;
mod gather;
mod judge;
mod places;
mod programs;

use std::path::Path;

use super::{Refusal, code, project};
use crate::screen::words;
use judge::{Finding, Mark};

/// Where what was found begins, and where lines are broken: so it fits 80 columns.
const INDENT: usize = 25;
const WIDTH: usize = 79;

/// Prints what was found. Exit 1 if something that every run needs is missing. `servers`: the project's MCP servers
/// are started too. `places`: the places are asked.
pub fn main(folder: &Path, servers: bool, places: bool) -> Result<u8, Refusal> {
    let folder = project::folder(folder)?;
    let findings = judge::judge(&gather::facts(&folder, servers, places));
    findings.iter().for_each(|finding| sayln!("{}", told(finding)));
    let count = |mark| findings.iter().filter(|finding| finding.mark == mark).count();
    let (look, missing) = (count(Mark::Look), count(Mark::Missing));
    let verdict = if judge::can_run(&findings) { "Quintet can run here" } else { "Quintet cannot run here" };
    sayln!("\n{verdict}: {look} to look at, {missing} missing.");
    Ok(if judge::can_run(&findings) { code::COMPLETE } else { code::NOT_COMPLETE })
}

/// Returns the lines of a finding.
fn told(finding: &Finding) -> String {
    let mark = match finding.mark {
        Mark::Ok => "ok",
        Mark::Look => "look",
        Mark::Missing => "missing",
    };
    let mut lines = wrapped(&finding.found);
    lines.extend(wrapped(&finding.mend).into_iter().enumerate().map(|(at, line)| match at {
        0 => format!("> {line}"),
        _ => format!("  {line}"),
    }));
    let mut text = format!("{mark:<8} {:<15} ", finding.what);
    let room = INDENT.saturating_sub(words::width(&text));
    text.push_str(&" ".repeat(room));
    text + &lines.join(&format!("\n{}", " ".repeat(INDENT)))
}

/// Breaks a text between words; a word that is longer than a line stays whole.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            // Two cells stand before what is to be done.
            Some(line) if words::width(line) + 1 + words::width(word) <= WIDTH - INDENT - 2 => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_fits_eighty_columns_and_says_what_to_do_below() {
        let mend = "sysctl fs.inotify.max_user_watches=65536; without one Quintet looks twice a second";
        let text = told(&Finding::of(Mark::Look, "watches", "8190 of 8192 inotify watches are used", mend));
        let lines = [
            "look     watches         8190 of 8192 inotify watches are used",
            "                         > sysctl fs.inotify.max_user_watches=65536; without",
            "                           one Quintet looks twice a second",
        ];
        assert_eq!(text, lines.join("\n"));
        assert!(lines.iter().all(|line| words::width(line) < 80));
    }
}
