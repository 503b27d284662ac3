//! Lines for the input of Claude Code.

use serde_json::{Value, json};

use crate::engine::json::line;

/// The ids of Quintet's own requests begin with this.
pub const INTERRUPT: &str = "quintet-interrupt-";

/// Returns a message of the user.
pub fn user(text: &str) -> Vec<u8> {
    line(&json!({"type": "user", "message": {"role": "user", "content": text}}))
}

/// Returns the order to end the turn.
pub fn interrupt(n: u64) -> Vec<u8> {
    let request_id = format!("{INTERRUPT}{n}");
    line(&json!({"type": "control_request", "request_id": request_id, "request": {"subtype": "interrupt"}}))
}

/// Returns the permission to go on with this one call. What the program suggests to allow for good reaches further, into
/// files of the project too, and is never sent back.
pub fn allow(request: &str, input: &Value) -> Vec<u8> {
    answered(request, json!({"behavior": "allow", "updatedInput": input}))
}

/// Returns the refusal of a call.
pub fn deny(request: &str, why: &str) -> Vec<u8> {
    answered(request, json!({"behavior": "deny", "message": why}))
}

/// Returns the answer to a request that Quintet does not know, so that the program does not wait for it.
pub fn unknown(request: &str) -> Vec<u8> {
    let response = json!({"subtype": "error", "request_id": request, "error": "not supported"});
    line(&json!({"type": "control_response", "response": response}))
}

fn answered(request: &str, answer: Value) -> Vec<u8> {
    let response = json!({"subtype": "success", "request_id": request, "response": answer});
    line(&json!({"type": "control_response", "response": response}))
}
