//! Running a command of a place: short, without a terminal, never waited for too long.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use tokio::time::{Instant, sleep_until, timeout};

use crate::place::{Answer, Call};

/// A command that takes longer has not answered. `squeue` of a busy cluster takes some seconds.
const ANSWERED_WITHIN: Duration = Duration::from_secs(30);
/// After its end, what still holds its output (the background master of an ssh connection) is not waited for.
const LAST_WORDS: Duration = Duration::from_millis(300);

/// Runs a command to its end.
pub async fn call(call: &Call) -> Answer {
    timeout(ANSWERED_WITHIN, run(call)).await.unwrap_or_else(|_| Answer {
        err: format!("{} did not answer within {} s", call.program, ANSWERED_WITHIN.as_secs()),
        ..Answer::default()
    })
}

async fn run(call: &Call) -> Answer {
    let mut command = Command::new(&call.program);
    command.args(&call.args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if let Some(kept) = call.keeps {
        let is_kept = |name: &std::ffi::OsStr| kept.iter().any(|prefix| name.to_string_lossy().starts_with(prefix));
        command.env_clear().envs(std::env::vars_os().filter(|(name, _)| is_kept(name)));
    }
    // A Ctrl-C in the terminal is Quintet's alone.
    command.process_group(0).kill_on_drop(true);
    let mut child = match command.spawn() {
        Ok(child) => child,
        // The code of a shell for a program that is not there; nothing was begun.
        Err(error) => {
            return Answer { code: Some(126), err: format!("{}: {error}", call.program), ..Answer::default() };
        }
    };
    let mut stdin = child.stdin.take().expect("it was asked for");
    let mut stdout = child.stdout.take().expect("it was asked for");
    let mut stderr = child.stderr.take().expect("it was asked for");
    let input = call.input.clone();
    let feed = tokio::spawn(async move {
        // Who does not read it all says so by what it answers.
        let _ = stdin.write_all(input.as_bytes()).await;
    });
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let (mut out_is_open, mut err_is_open) = (true, true);
    let mut code = None;
    let mut over_at: Option<Instant> = None;
    while over_at.is_none() || out_is_open || err_is_open {
        tokio::select! {
            read = stdout.read_buf(&mut out), if out_is_open => out_is_open = read.is_ok_and(|length| length > 0),
            read = stderr.read_buf(&mut err), if err_is_open => err_is_open = read.is_ok_and(|length| length > 0),
            status = child.wait(), if over_at.is_none() => {
                code = status.ok().and_then(|status| status.code());
                over_at = Some(Instant::now() + LAST_WORDS);
            }
            () = sleep_until(over_at.unwrap_or_else(Instant::now)), if over_at.is_some() => break,
        }
    }
    feed.abort();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Answer { code, out: text(out), err: text(err) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str, input: &str) -> Answer {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let (program, args) = ("sh".to_owned(), vec!["-c".to_owned(), script.to_owned()]);
        let what = Call { program, args, input: input.to_owned(), keeps: Some(&["PA"]) };
        runtime.block_on(call(&what))
    }

    #[test]
    fn what_a_command_reads_says_and_ends_with_is_told() {
        let answer = sh("cat; echo no >&2; exit 3", "one\ntwo\n");
        assert_eq!(answer, Answer { code: Some(3), out: "one\ntwo\n".to_owned(), err: "no\n".to_owned() });
    }

    #[test]
    fn only_the_variables_that_it_keeps_are_passed_on() {
        let answer = sh("env | cut -d= -f1 | grep -vE '^(PWD|SHLVL|_)$'", "");
        assert_eq!(answer.out, "PATH\n");
    }

    #[test]
    fn a_child_that_holds_the_output_is_not_waited_for() {
        let began = std::time::Instant::now();
        let answer = sh("echo done; sleep 20 & exit 0", "");
        assert_eq!((answer.code, answer.out.as_str()), (Some(0), "done\n"));
        assert!(began.elapsed() < Duration::from_secs(10), "it took {:?}", began.elapsed());
    }
}
