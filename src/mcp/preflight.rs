//! Whether the person's MCP servers start and what they offer, found out in seconds before agents need them.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};
use serde_json::{Value, json};

use crate::engine::Server;

/// The protocol version that is asked for; a server may answer with another.
const VERSION: &str = "2025-06-18";

/// How long a server may take to tell its tools: one that is fetched first (`npx -y`) needs some seconds.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// What one server answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    pub server: String,
    pub took: Duration,
    pub found: Result<Vec<String>, Trouble>,
}

/// Why a server is of no use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    #[error("cannot start {program}: {why}")]
    Start { program: String, why: String },
    #[error("it ended without an answer{}", .last_words.as_ref().map(|words| format!(": {words}")).unwrap_or_default())]
    Ended { last_words: Option<String> },
    #[error("no answer within {seconds} s")]
    Late { seconds: u64 },
    #[error("it refused: {why}")]
    Refused { why: String },
    #[error("it has an address; those are tried by the agent's program alone")]
    Remote,
}

/// Starts every server at once, in `project`, and asks for its tools; nothing waits longer than `patience`.
pub fn check(servers: &[Server], project: &Path, patience: Duration) -> Vec<Checked> {
    thread::scope(|scope| {
        let checks: Vec<_> = servers
            .iter()
            .map(|server| {
                let check = scope.spawn(move || {
                    let began = Instant::now();
                    let found = one(server, project, patience);
                    Checked { server: server.name.clone(), took: began.elapsed(), found }
                });
                (server, check)
            })
            .collect();
        checks.into_iter().map(|(_, check)| check.join().expect("a check does not panic")).collect()
    })
}

/// Returns of each server, tried under a name of the plan, why it is of no use; `None`: it is of use, as far as is known.
pub fn judge(servers: &[(String, Server)], project: &Path) -> Vec<(String, Option<String>)> {
    let all: Vec<Server> = servers.iter().map(|(_, server)| server.clone()).collect();
    let checked = check(&all, project, PATIENCE);
    let why = |checked: Checked| match checked.found {
        Ok(_) | Err(Trouble::Remote) => None,
        Err(why) => Some(format!("your `{}` does not work: {why}", checked.server)),
    };
    servers.iter().zip(checked).map(|((name, _), checked)| (name.clone(), why(checked))).collect()
}

/// Returns the tools of every server that answered, by name.
pub fn tools(checked: &[Checked]) -> BTreeMap<&str, &[String]> {
    checked.iter().filter_map(|one| Some((one.server.as_str(), one.found.as_deref().ok()?))).collect()
}

fn one(server: &Server, project: &Path, patience: Duration) -> Result<Vec<String>, Trouble> {
    let Some((program, args)) = server.command.split_first() else { return Err(Trouble::Remote) };
    let mut child = Command::new(program)
        .args(args)
        .envs(&server.env)
        .current_dir(project)
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| Trouble::Start { program: program.clone(), why: error.to_string() })?;
    let found = ask(&mut child, Instant::now() + patience, patience);
    end(&mut child);
    found
}

fn ask(child: &mut Child, until: Instant, patience: Duration) -> Result<Vec<String>, Trouble> {
    let lines = follow(child.stdout.take().expect("its output is piped"));
    let errors = follow(child.stderr.take().expect("its error output is piped"));
    let mut input = child.stdin.take().expect("its input is piped");
    let mut say = |message: Value| {
        // A server that is gone shows at its output, which has ended.
        let _ = writeln!(input, "{message}");
        let _ = input.flush();
    };
    let info = json!({"name": "quintet", "version": env!("CARGO_PKG_VERSION")});
    let hello = json!({"protocolVersion": VERSION, "capabilities": {}, "clientInfo": info});
    say(json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}));
    let answer = |id: u64| loop {
        let line = match lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => return Err(Trouble::Late { seconds: patience.as_secs() }),
            Err(RecvTimeoutError::Disconnected) => return Err(Trouble::Ended { last_words: last_words(&errors) }),
        };
        let Ok(message) = serde_json::from_str::<Value>(&line) else { continue };
        if message["id"] != id {
            continue;
        }
        return match message["error"]["message"].as_str() {
            Some(why) => Err(Trouble::Refused { why: why.to_owned() }),
            None => Ok(message["result"].clone()),
        };
    };
    answer(1)?;
    say(json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
    let mut tools = Vec::new();
    let mut cursor = Value::Null;
    for id in 2.. {
        let params = if cursor.is_null() { json!({}) } else { json!({"cursor": cursor}) };
        say(json!({"jsonrpc": "2.0", "id": id, "method": "tools/list", "params": params}));
        let page = answer(id)?;
        let names = page["tools"].as_array().into_iter().flatten().filter_map(|tool| tool["name"].as_str());
        tools.extend(names.map(str::to_owned));
        cursor = page["nextCursor"].clone();
        if cursor.is_null() {
            break;
        }
    }
    Ok(tools)
}

/// Follows a pipe on a thread of its own, which ends with the pipe or with the receiver. The channel is bounded: a
/// server that floods its output waits, and is ended with the check.
fn follow(pipe: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = sync_channel(64);
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

fn last_words(errors: &Receiver<String>) -> Option<String> {
    let mut last = None;
    while let Ok(line) = errors.recv_timeout(Duration::from_millis(200)) {
        if !line.trim().is_empty() {
            last = Some(line.trim().chars().take(200).collect());
        }
    }
    last
}

/// Its input is closed by now; a server that does not end by that within a moment is killed, with all that `npx` and its
/// likes put between.
fn end(child: &mut Child) {
    for _ in 0..20 {
        if matches!(child.try_wait(), Ok(Some(_)) | Err(_)) {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    let _ = rustix::process::kill_process_group(Pid::from_child(child), Signal::KILL);
    let _ = child.wait();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(script: &str) -> Result<Vec<String>, Trouble> {
        let command = ["sh", "-c", script].map(str::to_owned).to_vec();
        let server = Server { name: "s".to_owned(), command, ..Server::default() };
        check(&[server], Path::new("/"), Duration::from_millis(600)).remove(0).found
    }

    #[test]
    fn a_server_that_answers_tells_its_tools_page_by_page() {
        let found = checked(
            r#"read l; echo 'noise'; echo '{"jsonrpc":"2.0","id":1,"result":{}}'; read l; read l;
               echo '{"jsonrpc":"2.0","id":2,"result":{"tools":[{"name":"a"}],"nextCursor":"x"}}'; read l;
               echo '{"jsonrpc":"2.0","id":3,"result":{"tools":[{"name":"b"}]}}'"#,
        );
        assert_eq!(found, Ok(vec!["a".to_owned(), "b".to_owned()]));
    }

    #[test]
    fn every_way_to_fail_is_told_apart() {
        assert_eq!(checked("echo no key >&2; exit 1"), Err(Trouble::Ended { last_words: Some("no key".to_owned()) }));
        assert_eq!(checked("exec sleep 30"), Err(Trouble::Late { seconds: 0 }));
        let refuses = r#"read l; echo '{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"no"}}'"#;
        assert_eq!(checked(refuses), Err(Trouble::Refused { why: "no".to_owned() }));
        let command = vec!["/nonexistent/server".to_owned()];
        let missing = Server { name: "m".to_owned(), command, ..Server::default() };
        let remote = Server { name: "r".to_owned(), url: Some("http://localhost/mcp".to_owned()), ..Server::default() };
        let checked = check(&[missing, remote], Path::new("/"), Duration::from_secs(1));
        assert!(matches!(&checked[0].found, Err(Trouble::Start { program, .. }) if program == "/nonexistent/server"));
        assert_eq!(checked[1].found, Err(Trouble::Remote));
    }
}
