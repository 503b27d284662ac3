//! Lines for an agent that speaks ACP: JSON-RPC 2.0, one message a line.

use serde_json::{Value, json};

use crate::engine::json::line;
use crate::engine::{Server, servers};

pub fn initialize(id: u64) -> Vec<u8> {
    let params = json!({
        "protocolVersion": 1,
        "clientCapabilities": {"fs": {"readTextFile": false, "writeTextFile": false}, "terminal": false},
        "clientInfo": {"name": servers::OWN, "version": env!("CARGO_PKG_VERSION")},
    });
    request(id, "initialize", params)
}

/// Opens a session, or (`load`) the one of this id.
pub fn open(id: u64, load: Option<&str>, project: &str, servers: &[Server], takes_http: bool) -> Vec<u8> {
    let servers: Vec<Value> = servers.iter().filter_map(|server| self::server(server, takes_http)).collect();
    // The adapter of Claude Code reads settings and servers of the project unless it is told not to.
    let meta = json!({"claudeCode": {"options": {"settingSources": ["user"], "strictMcpConfig": true}}});
    match load {
        Some(session) => request(
            id,
            "session/load",
            json!({"sessionId": session, "cwd": project, "mcpServers": servers, "_meta": meta}),
        ),
        None => request(id, "session/new", json!({"cwd": project, "mcpServers": servers, "_meta": meta})),
    }
}

pub fn set_mode(id: u64, session: &str, mode: &str) -> Vec<u8> {
    request(id, "session/set_mode", json!({"sessionId": session, "modeId": mode}))
}

pub fn set_model(id: u64, session: &str, model: &str) -> Vec<u8> {
    request(id, "session/set_model", json!({"sessionId": session, "modelId": model}))
}

pub fn prompt(id: u64, session: &str, text: &str) -> Vec<u8> {
    request(id, "session/prompt", said(session, text))
}

/// An extension: adds to the running turn, where the agent says that it can.
pub fn steer(id: u64, session: &str, text: &str) -> Vec<u8> {
    request(id, "_session/steering", said(session, text))
}

pub fn cancel(session: &str) -> Vec<u8> {
    line(&json!({"jsonrpc": "2.0", "method": "session/cancel", "params": {"sessionId": session}}))
}

/// Answers a permission prompt with one of its options.
pub fn select(id: &Value, option: &str) -> Vec<u8> {
    result(id, json!({"outcome": {"outcome": "selected", "optionId": option}}))
}

/// Answers a permission prompt whose turn was cancelled.
pub fn cancelled(id: &Value) -> Vec<u8> {
    result(id, json!({"outcome": {"outcome": "cancelled"}}))
}

/// Answers a request for something that Quintet does not offer.
pub fn refuse(id: &Value, method: &str) -> Vec<u8> {
    let message = format!("{method} is not offered");
    line(&json!({"jsonrpc": "2.0", "id": id, "error": {"code": -32601, "message": message}}))
}

fn request(id: u64, method: &str, params: Value) -> Vec<u8> {
    line(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}))
}

fn result(id: &Value, result: Value) -> Vec<u8> {
    line(&json!({"jsonrpc": "2.0", "id": id, "result": result}))
}

fn said(session: &str, text: &str) -> Value {
    json!({"sessionId": session, "prompt": [{"type": "text", "text": text}]})
}

fn server(server: &Server, takes_http: bool) -> Option<Value> {
    let pairs = |pairs: &std::collections::BTreeMap<String, String>| -> Vec<Value> {
        pairs.iter().map(|(name, value)| json!({"name": name, "value": value})).collect()
    };
    if let Some((program, args)) = server.command.split_first() {
        let env = pairs(&server.env);
        return Some(json!({"name": server.name, "command": program, "args": args, "env": env}));
    }
    let url = server.url.as_ref().filter(|_| takes_http)?;
    Some(json!({"type": "http", "name": server.name, "url": url, "headers": pairs(&server.headers)}))
}
