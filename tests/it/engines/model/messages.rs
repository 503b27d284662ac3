//! Anthropic's Messages.

use serde_json::{Value, json};

use super::{Asked, Says, Tool, fresh, text_of};

pub fn asked(body: &Value) -> Asked {
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

pub fn events(says: &Says, asked: &Asked) -> Vec<Value> {
    let n = fresh();
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
