//! A model server on the loopback that says what a test wants: enough of Anthropic's Messages, OpenAI's Responses and
//! Chat Completions and of Gemini, streamed, to drive real agent programs without network or key.

mod chat;
mod gemini;
mod messages;
mod responses;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use serde_json::{Value, json};

/// What the program asked the model.
#[derive(Debug)]
pub struct Asked {
    /// Tool rounds since the last word of the user.
    pub step: usize,
    /// The last word of the user.
    pub user: String,
    tools: Vec<Tool>,
}

#[derive(Debug)]
struct Tool {
    name: String,
    namespace: Option<String>,
}

/// What the model answers.
#[derive(Debug, Clone)]
pub enum Says {
    Text(String),
    /// Calls the tool of this name, or else the one whose name ends so.
    Call(&'static str, Value),
    /// Runs this in the program's shell.
    Shell(String),
    Error(u16),
}

/// The server; it ends with the test's process.
pub struct Model {
    pub url: String,
    requests: Arc<AtomicU64>,
}

impl Model {
    pub fn new(script: impl Fn(&Asked) -> Says + Send + Sync + 'static) -> Model {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let requests = Arc::new(AtomicU64::new(0));
        let (script, counter) = (Arc::new(script), Arc::clone(&requests));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (script, counter) = (Arc::clone(&script), Arc::clone(&counter));
                // A program that hangs up is no failure of the server.
                thread::spawn(move || serve(stream, &*script, &counter));
            }
        });
        Model { url, requests }
    }

    /// Returns how often the model was asked, not counting refusals.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::SeqCst)
    }
}

fn serve(stream: TcpStream, script: &dyn Fn(&Asked) -> Says, requests: &AtomicU64) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut out = stream;
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).ok()? == 0 {
                return None;
            }
        }
        let length =
            head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        reader.read_exact(&mut body).ok()?;
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let path = head.split_whitespace().nth(1).unwrap_or_default();
        if path.contains("/responses") {
            answer(&mut out, responses::asked(&body), script, requests, responses::events)?;
        } else if path.contains("/chat/completions") {
            answer(&mut out, chat::asked(&body), script, requests, chat::events)?;
        } else if path.contains(":streamGenerateContent") {
            answer(&mut out, gemini::asked(&body), script, requests, gemini::events)?;
        } else if path.contains("/v1/messages") && !path.contains("count_tokens") {
            answer(&mut out, messages::asked(&body), script, requests, messages::events)?;
        } else {
            write!(out, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{{}}").ok()?;
        }
    }
}

type Events = fn(&Says, &Asked) -> Vec<Value>;

fn answer(
    out: &mut TcpStream,
    asked: Asked,
    script: &dyn Fn(&Asked) -> Says,
    requests: &AtomicU64,
    events: Events,
) -> Option<()> {
    // Without tools it is a helper request (a title, a classifier): any text will do.
    let says = if asked.tools.is_empty() { Says::Text("Helper.".to_owned()) } else { script(&asked) };
    if let Says::Error(status) = says {
        let body =
            json!({"type": "error", "error": {"type": "api_error", "message": "the model says no", "code": status}});
        let body = body.to_string();
        let head = "content-type: application/json\r\ncontent-length:";
        return write!(out, "HTTP/1.1 {status} Error\r\n{head} {}\r\n\r\n{body}", body.len()).ok();
    }
    if !asked.tools.is_empty() {
        requests.fetch_add(1, Ordering::SeqCst);
    }
    write!(out, "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n").ok()?;
    for event in events(&says, &asked) {
        if let Some(name) = event["type"].as_str() {
            writeln!(out, "event: {name}").ok()?;
        }
        write!(out, "data: {event}\n\n").ok()?;
    }
    out.flush().ok()?;
    out.shutdown(std::net::Shutdown::Write).ok()
}

impl Tool {
    fn letters(&self) -> String {
        letters(self.namespace.as_deref().unwrap_or_default()) + &letters(&self.name)
    }
}

fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect()
}

fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect::<Vec<_>>().join("\n"),
        _ => String::new(),
    }
}

impl Asked {
    fn tool(&self, ending: &str) -> Tool {
        let exact = self.tools.iter().find(|tool| tool.name == ending);
        // Each program has its own way to write the server before the tool, and its own tools of like names.
        let bare = ending.rsplit("__").next().unwrap_or(ending);
        let ends_so = |word: &str| self.tools.iter().find(|tool| tool.letters().ends_with(&letters(word)));
        let found = exact.or_else(|| ends_so(ending.trim_start_matches("mcp__"))).or_else(|| ends_so(bare));
        let (name, namespace) = found.map_or((ending, None), |tool| (tool.name.as_str(), tool.namespace.clone()));
        Tool { name: name.to_owned(), namespace }
    }

    /// Returns the call that an answer is, as tool and arguments.
    fn call(&self, says: &Says) -> Option<(Tool, Value)> {
        match says {
            Says::Call(ending, arguments) => Some((self.tool(ending), arguments.clone())),
            Says::Shell(command) => {
                let names = ["Bash", "exec_command", "run_shell_command", "bash"];
                let name = names.into_iter().find(|name| self.tools.iter().any(|tool| tool.name == *name));
                let name = name.unwrap_or("no_shell");
                let field = if name == "exec_command" { "cmd" } else { "command" };
                Some((self.tool(name), json!({field: command, "description": "a command"})))
            }
            Says::Text(_) | Says::Error(_) => None,
        }
    }
}

/// Returns a number that no other answer has.
fn fresh() -> u64 {
    static ANSWERS: AtomicU64 = AtomicU64::new(0);
    ANSWERS.fetch_add(1, Ordering::SeqCst)
}
