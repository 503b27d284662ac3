//! A model server on the loopback that says what a test wants: enough of Anthropic's Messages and OpenAI's Responses,
//! streamed, to drive real agent programs without network or key.

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
    /// Calls the tool whose name ends so.
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
            answer(&mut out, responses_asked(&body), script, requests, responses)?;
        } else if path.contains("/v1/messages") && !path.contains("count_tokens") {
            answer(&mut out, messages_asked(&body), script, requests, messages)?;
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
        write!(out, "event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap_or_default()).ok()?;
    }
    out.flush().ok()?;
    out.shutdown(std::net::Shutdown::Write).ok()
}

fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect::<Vec<_>>().join("\n"),
        _ => String::new(),
    }
}

fn messages_asked(body: &Value) -> Asked {
    let tools = body["tools"].as_array().into_iter().flatten();
    let tools = tools.filter_map(|tool| Some(Tool { name: tool["name"].as_str()?.to_owned(), namespace: None }));
    let mut asked = Asked { step: 0, user: String::new(), tools: tools.collect() };
    for message in body["messages"].as_array().into_iter().flatten().filter(|message| message["role"] == "user") {
        let parts = message["content"].as_array().cloned().unwrap_or_default();
        let said = |part: &&Value| part["text"].as_str().is_some_and(|text| !text.starts_with("<system-reminder>"));
        if parts.iter().any(|part| part["type"] == "tool_result") {
            asked.step += 1;
        }
        if let Some(part) = parts.iter().rfind(said) {
            asked.user = text_of(&part["text"]);
            asked.step = 0;
        } else if let Some(text) = message["content"].as_str() {
            asked.user = text.to_owned();
            asked.step = 0;
        }
    }
    asked
}

fn responses_asked(body: &Value) -> Asked {
    let mut tools = Vec::new();
    for tool in body["tools"].as_array().into_iter().flatten() {
        let inner = tool["tools"].as_array().map_or(std::slice::from_ref(tool), Vec::as_slice);
        let namespace = (tool["type"] == "namespace").then(|| tool["name"].as_str().map(str::to_owned)).flatten();
        tools.extend(
            inner
                .iter()
                .filter_map(|tool| tool["name"].as_str())
                .map(|name| Tool { name: name.to_owned(), namespace: namespace.clone() }),
        );
    }
    let mut asked = Asked { step: 0, user: String::new(), tools };
    for item in body["input"].as_array().into_iter().flatten() {
        if item["role"] == "user" && !text_of(&item["content"]).starts_with(['<', '#']) {
            asked.user = text_of(&item["content"]);
            asked.step = 0;
        }
        if item["type"].as_str().is_some_and(|kind| kind.ends_with("_call_output")) {
            asked.step += 1;
        }
    }
    asked
}

impl Asked {
    fn tool(&self, ending: &str) -> Tool {
        let found = self.tools.iter().find(|tool| tool.name.ends_with(ending));
        let (name, namespace) = found.map_or((ending, None), |tool| (tool.name.as_str(), tool.namespace.clone()));
        Tool { name: name.to_owned(), namespace }
    }

    /// Returns the call that an answer is, as tool and arguments.
    fn call(&self, says: &Says) -> Option<(Tool, Value)> {
        match says {
            Says::Call(ending, arguments) => Some((self.tool(ending), arguments.clone())),
            Says::Shell(command) if self.tools.iter().any(|tool| tool.name == "exec_command") => {
                Some((self.tool("exec_command"), json!({"cmd": command})))
            }
            Says::Shell(command) => Some((self.tool("Bash"), json!({"command": command, "description": "a command"}))),
            Says::Text(_) | Says::Error(_) => None,
        }
    }
}

fn messages(says: &Says, asked: &Asked) -> Vec<Value> {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let n = CALLS.fetch_add(1, Ordering::SeqCst);
    let usage = json!({"input_tokens": 500, "cache_read_input_tokens": 500, "output_tokens": 1});
    let message = json!({"id": format!("msg_{n}"), "type": "message", "role": "assistant", "model": "model", "content": [], "usage": usage});
    let (start, delta, stop) = match (asked.call(says), says) {
        (Some((tool, arguments)), _) => (
            json!({"type": "tool_use", "id": format!("toolu_{n}"), "name": tool.name, "input": {}}),
            json!({"type": "input_json_delta", "partial_json": arguments.to_string()}),
            "tool_use",
        ),
        (None, Says::Text(text)) => {
            (json!({"type": "text", "text": ""}), json!({"type": "text_delta", "text": text}), "end_turn")
        }
        (None, _) => unreachable!("errors are answered before"),
    };
    vec![
        json!({"type": "message_start", "message": message}),
        json!({"type": "content_block_start", "index": 0, "content_block": start}),
        json!({"type": "content_block_delta", "index": 0, "delta": delta}),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": stop, "stop_sequence": null}, "usage": {"output_tokens": 20}}),
        json!({"type": "message_stop"}),
    ]
}

fn responses(says: &Says, asked: &Asked) -> Vec<Value> {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let n = CALLS.fetch_add(1, Ordering::SeqCst);
    let item = match (asked.call(says), says) {
        (Some((tool, arguments)), _) => {
            let mut item = json!({"type": "function_call", "id": format!("fc_{n}"), "call_id": format!("call_{n}"), "name": tool.name, "arguments": arguments.to_string(), "status": "completed"});
            if let Some(namespace) = tool.namespace {
                item["namespace"] = json!(namespace);
            }
            item
        }
        (None, Says::Text(text)) => {
            let content = json!([{"type": "output_text", "text": text, "annotations": []}]);
            json!({"type": "message", "id": format!("msg_{n}"), "role": "assistant", "status": "completed", "content": content})
        }
        (None, _) => unreachable!("errors are answered before"),
    };
    let usage = json!({"input_tokens": 1000, "input_tokens_details": {"cached_tokens": 500}, "output_tokens": 20, "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 1020});
    let response = |status: &str, output: Value| json!({"id": format!("resp_{n}"), "object": "response", "created_at": 0, "model": "model", "status": status, "output": output, "usage": usage});
    vec![
        json!({"type": "response.created", "sequence_number": 1, "response": response("in_progress", json!([]))}),
        json!({"type": "response.output_item.added", "sequence_number": 2, "output_index": 0, "item": item}),
        json!({"type": "response.output_item.done", "sequence_number": 3, "output_index": 0, "item": item}),
        json!({"type": "response.completed", "sequence_number": 4, "response": response("completed", json!([item]))}),
    ]
}
